/** Anything that clients, payers, providers, notifications, workers and dying processes do, in any order, with many owners. */
import { assert, describe, it } from "@effect/vitest"
import { Memory, Workload } from "@salesos/core/testing"
import { Effect, References } from "effect"
import { TestClock } from "effect/testing"
import { noon } from "../support/given.ts"
import { breathe, patiently } from "../support/gateway.ts"

const tenants = 3

/** Nobody waits while time is let pass, but for charges that are made late. */
const time: Workload.Time = {
  pass: (duration) => Effect.andThen(TestClock.adjust(duration), breathe),
  patiently: (effect) => patiently(effect, "1 second")
}

/** Carries steps out in a gateway in memory of their own. */
const inMemory = (steps: ReadonlyArray<Workload.Step>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(noon.epochMilliseconds)
    const { drivers, providers } = yield* Workload.openProviders
    return yield* Effect.gen(function* () {
      const world = yield* Workload.open(tenants, providers, time)
      return yield* Workload.run(world, steps)
    }).pipe(Effect.provide(Memory.layer({ drivers })))
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"), Effect.provide(TestClock.layer()))

const seeds = Number(process.env["WORKLOAD_SEED"] ?? 0) > 0 ? [Number(process.env["WORKLOAD_SEED"])] : [1, 2, 3, 4]
const count = Number(process.env["WORKLOAD_STEPS"] ?? 700)

describe("a gateway under a workload", () => {
  it.effect.each(seeds)(
    "keeps all its promises, whatever happens: seed %i",
    (seed) =>
      Effect.gen(function* () {
        const steps = Workload.generate(seed, count, 2 * tenants)
        const failure = yield* inMemory(steps)
        if (failure === undefined) return
        const least = yield* Workload.shrink(steps.slice(0, failure.at + 1), (some) =>
          Effect.map(inMemory(some), (again) => again !== undefined)
        )
        const again = yield* inMemory(least)
        assert.fail(
          `WORKLOAD_SEED=${seed} WORKLOAD_STEPS=${count}, after ${failure.at + 1} steps: ${failure.findings.join("\n")}\n` +
            `The least that fails: ${again?.findings.join("\n")}\n${least.map((step) => JSON.stringify(step)).join("\n")}`
        )
      }),
    60_000
  )
})
