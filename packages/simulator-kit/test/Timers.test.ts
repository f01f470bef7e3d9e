import { assert, describe, it } from "@effect/vitest"
import { Timers } from "@salesos/simulator-kit"
import { Clock, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"

describe("timers", () => {
  const Times = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })))

  it.effect.prop(
    "hand over every item at its time, whatever the order in which they were set",
    [Times, Times],
    ([first, second]) =>
      Effect.gen(function* () {
        const timers = Timers.make<number>()
        const done: Array<readonly [due: number, at: number]> = []
        const start = yield* Clock.currentTimeMillis
        for (const time of first) timers.schedule(start + time, time)
        const fiber = yield* Effect.forkChild(
          timers.run((due) => Effect.map(Clock.currentTimeMillis, (at) => done.push([due, at - start])))
        )
        yield* TestClock.adjust(10)
        for (const time of second) timers.schedule(start + time, time)
        yield* TestClock.adjust(90)
        yield* Fiber.interrupt(fiber)
        const expected = [
          ...first.map((time) => [time, time] as const),
          ...second.map((time) => [time, Math.max(time, 10)] as const)
        ]
        const order = (a: readonly [number, number], b: readonly [number, number]) => a[1] - b[1] || a[0] - b[0]
        assert.deepStrictEqual(
          done.map(([, at]) => at),
          done.map(([, at]) => at).toSorted((a, b) => a - b)
        )
        assert.deepStrictEqual(done.toSorted(order), expected.toSorted(order))
      })
  )
})
