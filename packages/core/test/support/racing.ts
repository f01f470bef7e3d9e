/** Races in memory. */
import { Memory, type Races } from "@salesos/core/testing"
import { Effect, type Layer, References } from "effect"
import { TestClock } from "effect/testing"
import { noon } from "./given.ts"

type Store = Layer.Layer<Layer.Success<ReturnType<typeof Memory.layer>>>

/** A database of its own for every interleaving, and a clock that each call moves by a millisecond. */
export const inMemory = (store: Store = Memory.layer()): Races.Place => ({
  time: { pass: TestClock.adjust, tick: TestClock.adjust("1 millis") },
  inStore: (run) =>
    Effect.andThen(TestClock.setTime(noon.epochMilliseconds), Effect.provide(run, store)).pipe(
      Effect.provide(TestClock.layer()),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
})
