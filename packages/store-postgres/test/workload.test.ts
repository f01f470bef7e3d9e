/**
 * The workload of core's own tests, carried out in PostgreSQL: leases, due times and misses by a database's clock that is moved
 * as that of the processes is. To try more: `WORKLOAD_SEEDS=1,2,3 WORKLOAD_STEPS=2000 pnpm exec vitest run
 * packages/store-postgres/test/workload.test.ts`.
 */
import { assert, layer as testLayer } from "@effect/vitest"
import { Provider, Settings, TaxIssuer } from "@salesos/core"
import { Workload } from "@salesos/core/testing"
import { Clock, Duration, Effect, References } from "effect"
import * as Inspection from "@salesos/store-postgres/testing/Inspection"
import * as MovableClock from "./support/movableClock.ts"
import { over } from "./support/store.ts"

const seeds = (process.env["WORKLOAD_SEEDS"] ?? "1,2").split(",").map(Number)
const count = Number(process.env["WORKLOAD_STEPS"] ?? 150)
const tenants = 2

/** A call is given up soon, and what a provider makes after that is made never: here nobody can let 20 seconds pass in between. */
const soon = (step: Workload.Step): Workload.Step =>
  step.do === "invoice"
    ? { ...step, answers: step.answers.map((each) => (each._tag === "Hang" ? { _tag: each._tag } : each)) }
    : step.do === "payout"
      ? { ...step, answers: step.answers.map((each) => (each._tag === "Hang" ? { _tag: each._tag } : each)) }
      : step

const carryOut = Effect.fnUntraced(function* (steps: ReadonlyArray<Workload.Step>) {
  const { clock, pass } = yield* MovableClock.make
  const { drivers, providers } = yield* Workload.openProviders
  const settings = { ...(yield* Settings.Settings), callDeadline: Duration.millis(200) }
  return yield* Effect.gen(function* () {
    const world = yield* Workload.open(tenants, providers, { pass, patiently: (effect) => effect })
    return yield* Workload.run(world, steps)
  }).pipe(
    Effect.provideService(Provider.Drivers, drivers),
    Effect.provideService(TaxIssuer.TaxIssuers, []),
    Effect.provideService(Settings.Settings, settings),
    Effect.provideService(Clock.Clock, clock),
    Effect.provideService(References.MinimumLogLevel, "None"),
    Effect.provide(Inspection.layer)
  )
})

for (const seed of seeds) {
  testLayer(over(MovableClock.prepare), { excludeTestServices: true })(
    "a gateway on PostgreSQL under a workload",
    (it) => {
      it.effect(
        `keeps all its promises, whatever happens: seed ${seed}`,
        () =>
          Effect.gen(function* () {
            const failure = yield* carryOut(Workload.generate(seed, count, 2 * tenants).map(soon))
            if (failure !== undefined) {
              assert.fail(
                `WORKLOAD_SEEDS=${seed} WORKLOAD_STEPS=${count}, after ${failure.at + 1} steps: ` +
                  `${JSON.stringify(failure.step)}\n${failure.findings.join("\n")}`
              )
            }
          }),
        Math.max(600_000, count * 4000) // a machine with other work to do is no failure
      )
    }
  )
}
