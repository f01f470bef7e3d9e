import { assert, describe, it } from "@effect/vitest"
import { Reconciliations as Reconciliation } from "@salesos/core"
import { FakeProvider, Memory, TestOwners } from "@salesos/core/testing"
import { DateTime, Effect, Layer, References } from "effect"
import { TestClock } from "effect/testing"
import * as Reconciliations from "../src/Reconciliations.ts"

const pass = (minutes: number) =>
  Effect.forEach(
    Array.from({ length: minutes / 5 }),
    () => Effect.andThen(Effect.replicateEffect(Effect.yieldNow, 30, { discard: true }), TestClock.adjust("5 minutes")),
    { discard: true }
  )

describe("the worker", () => {
  it.effect(
    "reconciles every account once a day in the calm hours, however many workers there are, and when asked to",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(DateTime.makeUnsafe("2026-11-21T12:00:00Z").epochMilliseconds)
        const provider = yield* FakeProvider.make()
        const workers = Layer.effectDiscard(
          Effect.replicateEffect(Effect.forkScoped(Reconciliations.run), 3, { discard: true })
        )
        yield* Effect.gen(function* () {
          const { sandbox } = yield* (yield* TestOwners.TestOwners).fresh(["infrapsp"])
          const reports = Effect.map(Reconciliation.list(sandbox, {}, { limit: 100 }), ({ data }) => data)
          yield* pass(10)
          assert.deepStrictEqual(yield* reports, [])
          yield* Reconciliation.request(sandbox, "infrapsp")
          yield* pass(5)
          assert.strictEqual((yield* reports).length, 1)
          yield* pass(36 * 60)
          const [{ nextAt } = assert.fail("it has a schedule")] = yield* Reconciliation.schedules(sandbox)
          assert.isTrue(DateTime.isGreaterThan(nextAt, yield* DateTime.now))
          const all = yield* reports
          assert.deepStrictEqual(
            all.map(({ startedAt, status }) => `${DateTime.formatIsoDateUtc(startedAt)} ${status}`),
            ["2026-11-22 finished", "2026-11-21 finished"]
          )
          for (const { startedAt } of all.slice(0, 1)) {
            assert.include([6, 7, 8], DateTime.getPartUtc(startedAt, "hour"))
          }
        }).pipe(Effect.provide(Layer.provideMerge(workers, Memory.layer({ drivers: [provider.driver] }))))
      }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))
  )
})
