/** A notification that commits between the reading of what it names and the writing of a change to it: by two connections. */
import { assert, layer as testLayer } from "@effect/vitest"
import { Operations, type Owner, Payout, PayoutObservations, Store } from "@salesos/core"
import { PayoutSamples, Samples } from "@salesos/core/testing"
import { invoice, observe, tenancy } from "@salesos/core/testing/laws/given"
import { payout } from "@salesos/core/testing/laws/payouts"
import { DateTime, Deferred, Duration, Effect, Fiber, Option, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { layer } from "./support/store.ts"

/** Something whose provider has told an id, `tx1` of a charge and `po1` of a payout, and when it is due. */
interface Subject {
  /** Changes when its attempt is due, and nothing else. */
  readonly dueAt: (at: DateTime.Utc | null) => Effect.Effect<void, Operations.StoreUnavailable, Services>
  readonly isDue: Effect.Effect<boolean, Operations.StoreUnavailable, Services>
}

type Services = Store.InvoiceStore | Store.PayoutStore | SqlClient.SqlClient

const hasPassed = (at: DateTime.Utc | null | undefined) =>
  Effect.map(DateTime.now, (now) => at !== null && at !== undefined && DateTime.isLessThanOrEqualTo(at, now))

const charge = Effect.fnUntraced(function* (of: Owner.Owner) {
  const { id } = (yield* invoice(of)).invoice
  yield* observe(of, id, Samples.observation("tx1"))
  return {
    dueAt: Effect.fnUntraced(function* (at) {
      yield* (yield* Store.InvoiceStore).change(of, id, null, ({ current }) => {
        const attempts = current.attempts.map((each) => ({ ...each, dueAt: at }))
        return Effect.succeed({ change: Operations.onlyState({ ...current, attempts }), result: undefined })
      })
    }),
    isDue: Effect.gen(function* () {
      const found = yield* (yield* Store.InvoiceStore).get(of, id)
      return yield* hasPassed(Option.getOrThrow(found).attempts[0]?.dueAt)
    })
  } satisfies Subject as Subject
})

const transfer = Effect.fnUntraced(function* (of: Owner.Owner) {
  const { id } = (yield* payout(of)).current
  yield* PayoutObservations.apply(of, id, 1, PayoutSamples.observation("po1"))
  return {
    dueAt: Effect.fnUntraced(function* (at) {
      yield* (yield* Store.PayoutStore).change(of, id, null, ({ current }) =>
        Effect.succeed({ change: Operations.onlyState(Payout.askAt(current, 1, at)), result: undefined })
      )
    }),
    isDue: Effect.gen(function* () {
      const found = yield* (yield* Store.PayoutStore).get(of, id)
      return yield* hasPassed(Option.getOrThrow(found).attempts[0]?.dueAt)
    })
  } satisfies Subject as Subject
})

/** Receives a notification, and commits it once somebody waits for a row that it holds. */
const receivedMeanwhile = Effect.fnUntraced(function* (of: Owner.Owner, told: Deferred.Deferred<void>) {
  const sql = yield* SqlClient.SqlClient
  const { receive } = yield* Store.Notifications
  const waiters = sql`select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`
  yield* receive({
    owner: of,
    account: "infrapsp",
    dedupeKey: "n1",
    charges: ["tx1"],
    payouts: ["po1"],
    endToEndIds: {},
    body: new Uint8Array()
  }).pipe(
    Effect.andThen(Deferred.succeed(told, undefined)),
    Effect.andThen(Effect.repeat(waiters, { until: (rows) => rows.length > 0, schedule: Schedule.spaced("5 millis") })),
    sql.withTransaction
  )
})

testLayer(layer, { excludeTestServices: true })("what is heard while a change is made is not forgotten", (it) => {
  const kinds = [
    ["charge", charge],
    ["payout", transfer]
  ] as const
  const changes = [
    ["that ends it", () => null],
    ["that puts it off", (now: DateTime.Utc) => DateTime.addDuration(now, Duration.minutes(15))]
  ] as const
  for (const [kind, make] of kinds) {
    for (const [what, next] of changes) {
      it.effect(`of a ${kind}, by a change ${what}`, () =>
        Effect.gen(function* () {
          const { sandbox } = yield* tenancy
          const { dueAt, isDue } = yield* make(sandbox)
          yield* dueAt(DateTime.add(yield* DateTime.now, { hours: 1 }))
          const told = yield* Deferred.make<void>()
          const receiving = yield* Effect.forkChild(receivedMeanwhile(sandbox, told))
          yield* Deferred.await(told)
          yield* dueAt(next(yield* DateTime.now))
          yield* Fiber.join(receiving)
          assert.isTrue(yield* isDue)
        })
      )
    }
  }
})
