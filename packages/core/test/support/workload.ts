/** A workload in a gateway in memory. */
import { Memory, Workload } from "@salesos/core/testing"
import { Effect, References } from "effect"
import { TestClock } from "effect/testing"
import { breathe, patiently } from "./gateway.ts"
import { noon } from "./given.ts"

const tenants = 3

/** How many owners steps are made for. */
export const owners = 2 * tenants

/** Nobody waits while time is let pass, but for charges that are made late. */
const time: Workload.Time = {
  pass: (duration) => Effect.andThen(TestClock.adjust(duration), breathe),
  patiently: (effect) => patiently(effect, "1 second")
}

type Run = Effect.Effect<Workload.Failure | undefined, unknown, Workload.Services>

/** Carries steps out in a gateway of their own, which a test may have tampered with. */
export const carryOut = (steps: ReadonlyArray<Workload.Step>, tamper: (run: Run) => Run = (run) => run) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(noon.epochMilliseconds)
    const { drivers, providers } = yield* Workload.openProviders
    return yield* Effect.gen(function* () {
      const world = yield* Workload.open(tenants, providers, time)
      return yield* tamper(Workload.run(world, steps))
    }).pipe(Effect.provide(Memory.layer({ drivers })))
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"), Effect.provide(TestClock.layer()))
