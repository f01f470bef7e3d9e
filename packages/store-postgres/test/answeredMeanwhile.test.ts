/** A key whose answer is committed between the reading of what the key means and the taking of its lease: by two connections. */
import { assert, layer as testLayer } from "@effect/vitest"
import { Idempotency, Operations, Store } from "@salesos/core"
import { intent, tenancy } from "@salesos/core/testing/laws/given"
import { Deferred, Duration, Effect, Exit, Fiber, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { layer } from "./support/store.ts"

const often = Schedule.spaced("5 millis")
const answer: Idempotency.StoredResponse = { status: 201, body: "the answer" }

/** Somebody waits for a row that this connection holds. */
const awaited = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const waiters = sql`select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`
  yield* Effect.repeat(waiters, { until: (rows) => rows.length > 0, schedule: often })
})

/** Long enough for the holder to begin its change; over once it has decided, so that whoever comes then may take the lease. */
const lease = Duration.seconds(3)
const lapses = Effect.sleep("3100 millis")

testLayer(layer, { excludeTestServices: true })("a key that is answered while it is asked for again", (it) => {
  const asked = {
    "by the creation": (wanted: Store.InvoiceIntent, _: Idempotency.Keyed) =>
      Effect.flatMap(Store.InvoiceStore, ({ open }) => open(wanted)),
    "by another operation": ({ id, owner }: Store.InvoiceIntent, keyed: Idempotency.Keyed) =>
      Effect.flatMap(Store.InvoiceStore, ({ begin }) => begin(owner, id, keyed, Duration.minutes(1)))
  }
  for (const [name, again] of Object.entries(asked)) {
    it.effect(`is not gone on with, ${name}`, () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const store = yield* Store.InvoiceStore
        const { sandbox } = yield* tenancy
        const wanted = yield* intent(sandbox, { lease })
        const opened = yield* store.open(wanted)
        if (opened._tag !== "Created") return assert.fail(opened._tag)
        const decided = yield* Deferred.make<void, Operations.StoreUnavailable>()
        const answering = yield* store
          .change(sandbox, wanted.id, opened.lease, ({ current, holdsLease }) => {
            assert.isTrue(holdsLease)
            const finished = { keyed: wanted.keyed, response: answer }
            const change = { ...Operations.onlyState(current), finished }
            return Effect.as(lapses, { change, result: undefined })
          })
          .pipe(
            Effect.onExit((exit) => Deferred.done(decided, Exit.asVoid(exit))),
            Effect.andThen(awaited),
            sql.withTransaction,
            Effect.forkChild
          )
        yield* Deferred.await(decided)
        const { _tag } = yield* again(wanted, wanted.keyed)
        yield* Fiber.join(answering)
        assert.include(["InProgress", "Replay", "Busy"], _tag)
        const then = yield* again(wanted, wanted.keyed)
        assert.deepStrictEqual(then, { _tag: "Replay", response: answer })
      })
    )
  }
})
