/** Numbers that are taken in batches: what the laws of stores do not see of one store alone. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { assert, layer as testLayer } from "@effect/vitest"
import { Idempotency, Ids, OurNumber, Store } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { intent, owner } from "@salesos/core/testing/laws/given"
import { layer as store } from "@salesos/store-postgres"
import { Context, Deferred, Duration, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Database, layer, settings, vault } from "./support/store.ts"

const upTo = (count: number) => Array.from({ length: count }, (_, place) => place + 1)

const many = <A, E, R>(effects: Iterable<Effect.Effect<A, E, R>>) => Effect.all(effects, { concurrency: "unbounded" })

/** What is numbered of an owner, in the order of the numbers. */
const numbered = Effect.fnUntraced(function* (of: Store.InvoiceIntent["owner"]) {
  const { data } = yield* (yield* Store.InvoiceStore).list(of, {}, { limit: 100 })
  return data.map(({ ourNumber }) => OurNumber.parse(ourNumber).sequence).toSorted((a, b) => a - b)
})

/** The store of another process: its own connections and batches. Waits for a lock no longer than told. */
const another = (lockTimeout: Duration.Input) =>
  Effect.flatMap(Database, ({ url }) =>
    Effect.map(
      Layer.build(
        Layer.fresh(
          store.pipe(
            Layer.provide(vault),
            Layer.provide(settings),
            Layer.provide(
              PgClient.layer({
                url: Redacted.make(url),
                maxConnections: 4,
                startupParameters: { lock_timeout: String(Duration.toMillis(lockTimeout)) }
              })
            )
          )
        )
      ),
      Context.get(Store.InvoiceStore)
    )
  )

testLayer(layer, { excludeTestServices: true })("numbers that are taken together", (it) => {
  it.effect("are in the order of the ids, so that a list by time is one by number", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const { open } = yield* Store.InvoiceStore
      const intents = yield* Effect.forEach(upTo(60), (place) =>
        Effect.map(intent(of), (each) => ({
          ...each,
          keyed: { ...each.keyed, key: Idempotency.IdempotencyKey.make(`${100 - place}`) }
        }))
      )
      const opened = yield* many(intents.map(open))
      const inOrder = opened.flatMap((each) => (each._tag === "Created" ? [each.current] : []))
      assert.deepStrictEqual(
        inOrder.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ ourNumber }) => OurNumber.parse(ourNumber).sequence),
        upTo(60)
      )
    })
  )

  it.effect("are kept by a request that has gone away, and nobody else loses one", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const { open } = yield* Store.InvoiceStore
      const intents = yield* Effect.forEach(upTo(30), () => intent(of))
      const fibers = yield* Effect.forEach(intents, (each) => Effect.forkChild(open(each)))
      yield* Effect.yieldNow
      yield* Effect.forEach(fibers.slice(0, 10), Fiber.interrupt)
      const others = yield* Effect.forEach(fibers.slice(10), Fiber.join)
      assert.isTrue(others.every(({ _tag }) => _tag === "Created"))
      const sequences = yield* numbered(of)
      assert.deepStrictEqual(sequences, upTo(sequences.length))
      assert.isAtLeast(sequences.length, 20)
    })
  )

  it.effect("are taken once for a key that two processes send crosswise", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const stores = [yield* Store.InvoiceStore, yield* another("2 seconds")]
      const intents = yield* Effect.forEach(upTo(80), () => intent(of))
      const orders = [intents, intents.toReversed()]
      const opened = yield* many(
        stores.flatMap(({ open }, place) =>
          orders[place]!.map((each) => Effect.flatMap(Ids.generate("inv"), (id) => open({ ...each, id })))
        )
      )
      assert.deepStrictEqual(
        ["Created", "InProgress"].map((tag) => opened.filter(({ _tag }) => _tag === tag).length),
        [80, 80]
      )
      assert.deepStrictEqual(yield* numbered(of), upTo(80))
    })
  )

  it.effect("are not taken by what the database refuses, and its companions have theirs", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const { open } = yield* Store.InvoiceStore
      const good = yield* Effect.forEach(upTo(20), () => intent(of))
      const request = Samples.request({ description: "a text that no jsonb can hold: \u0000" })
      const bad = yield* intent(of, { request })
      const exits = yield* many([...good.slice(0, 7), bad, ...good.slice(7)].map((each) => Effect.exit(open(each))))
      assert.deepStrictEqual(
        exits.flatMap((exit, place) => (Exit.isFailure(exit) ? [place] : [])),
        [7]
      )
      assert.deepStrictEqual(yield* numbered(of), upTo(20))
    })
  )

  it.effect("are an owner's own: one that nobody knows has a batch to itself", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const unknown = { ...of, tenant: yield* Ids.generate("ten") }
      const { open } = yield* Store.InvoiceStore
      const intents = yield* Effect.forEach(upTo(20), (place) => intent(place % 2 === 0 ? of : unknown))
      yield* many(intents.map(open))
      assert.deepStrictEqual([yield* numbered(of), yield* numbered(unknown)], [upTo(10), upTo(10)])
    })
  )

  it.effect("are waited for while somebody holds the counter, and given up after some tries, all of a batch", () =>
    Effect.gen(function* () {
      const of = yield* owner
      const sql = yield* SqlClient.SqlClient
      const { open } = yield* another("100 millis")
      yield* open(yield* intent(of))
      const intents = yield* Effect.forEach(upTo(5), () => intent(of))
      const opening = many(intents.map((each) => Effect.result(open(each))))
      /** Holds the counter, from before this gives until it is told to let go. */
      const hold = Effect.gen(function* () {
        const [held, letGo] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const holding = yield* sql`select 1 from our_number where tenant = ${of.tenant} for update`.pipe(
          Effect.andThen(Deferred.succeed(held, undefined)),
          Effect.andThen(Deferred.await(letGo)),
          sql.withTransaction,
          Effect.forkChild
        )
        yield* Deferred.await(held)
        return Effect.andThen(Deferred.succeed(letGo, undefined), Fiber.join(holding))
      })
      const firstGone = yield* hold
      const refused = yield* opening
      yield* firstGone
      assert.deepStrictEqual(
        refused.map((each) => (each._tag === "Failure" ? each.failure._tag : each.success._tag)),
        upTo(5).map(() => "StoreUnavailable")
      )
      assert.deepStrictEqual(yield* numbered(of), [1])
      const secondGone = yield* hold
      const waiting = yield* Effect.forkChild(opening)
      yield* Effect.sleep("150 millis") // longer than the lock is waited for, so that it is tried again
      yield* secondGone
      const served = yield* Fiber.join(waiting)
      assert.isTrue(served.every((each) => each._tag === "Success" && each.success._tag === "Created"))
      assert.deepStrictEqual(yield* numbered(of), upTo(6))
    })
  )
})
