/** What waits while a batch is under way is the next batch. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber } from "effect"
import * as Batches from "../src/Batches.ts"

const refusal = "refused" as const

/** Work whose batches wait to be let go, and that keeps what it was asked; odd members are told apart from even ones. */
const held = (maximum = 100) => {
  const batches: Array<ReadonlyArray<number>> = []
  const gates: Array<Deferred.Deferred<void, typeof refusal>> = []
  const submit = Batches.make({
    groupOf: (member: number) => (member % 2 === 0 ? "even" : "odd"),
    maximum,
    run: (members) =>
      Effect.gen(function* () {
        batches.push(members)
        const gate = Deferred.makeUnsafe<void, typeof refusal>()
        gates.push(gate)
        yield* Deferred.await(gate)
        if (members.includes(666)) return yield* Effect.die("a member that nobody can do")
        return members.map((member) => member * 10)
      })
  })
  const settle = Effect.replicateEffect(Effect.yieldNow, 10, { discard: true })
  return {
    batches,
    submit: (member: number) => Effect.tap(Effect.forkChild(submit(member)), () => settle),
    /** Lets the batch at a place of the order in which they began go on. */
    release: (place: number, exit: Exit.Exit<void, typeof refusal> = Exit.void) =>
      Effect.andThen(Deferred.done(gates[place]!, exit), settle)
  }
}

describe("a batch", () => {
  it.effect("is what came while the one before it was under way; who comes alone is done at once", () =>
    Effect.gen(function* () {
      const { batches, release, submit } = held()
      const fibers = [yield* submit(2), yield* submit(4), yield* submit(6)]
      assert.deepStrictEqual(batches, [[2]])
      yield* release(0)
      assert.deepStrictEqual(batches, [[2], [4, 6]])
      fibers.push(yield* submit(8))
      yield* release(1)
      yield* release(2)
      assert.deepStrictEqual(batches, [[2], [4, 6], [8]])
      assert.deepStrictEqual(yield* Effect.forEach(fibers, Fiber.join), [20, 40, 60, 80])
      yield* submit(10)
      assert.deepStrictEqual(batches.at(-1), [10])
    })
  )

  it.effect("has members of one group, and no group waits for another", () =>
    Effect.gen(function* () {
      const { batches, release, submit } = held()
      const [, odd] = [yield* submit(2), yield* submit(1), yield* submit(4), yield* submit(3)]
      assert.deepStrictEqual(batches, [[2], [1]])
      yield* release(1)
      assert.strictEqual(yield* Fiber.join(odd!), 10)
      assert.deepStrictEqual(batches, [[2], [1], [3]])
    })
  )

  it.effect("is no larger than it may be, and nobody is left behind", () =>
    Effect.gen(function* () {
      const { batches, release, submit } = held(2)
      const fibers = yield* Effect.forEach([2, 4, 6, 8, 10, 12], submit)
      for (const place of [0, 1, 2, 3]) yield* release(place)
      assert.deepStrictEqual(batches, [[2], [4, 6], [8, 10], [12]])
      assert.deepStrictEqual(yield* Effect.forEach(fibers, Fiber.join), [20, 40, 60, 80, 100, 120])
    })
  )

  it.effect("goes on without a member that is interrupted, also the one that came first", () =>
    Effect.gen(function* () {
      const { batches, release, submit } = held()
      const [first, second, third] = [yield* submit(2), yield* submit(4), yield* submit(6)]
      yield* Fiber.interrupt(first)
      yield* Fiber.interrupt(second)
      yield* release(0)
      yield* release(1)
      assert.deepStrictEqual(batches, [[2], [4, 6]])
      assert.strictEqual(yield* Fiber.join(third), 60)
    })
  )

  it.effect("that dies is done one by one, and only who is to blame suffers", () =>
    Effect.gen(function* () {
      const { batches, release, submit } = held()
      const fibers = yield* Effect.forEach([2, 4, 666, 8], submit)
      for (const place of [0, 1, 2, 3, 4]) yield* release(place)
      assert.deepStrictEqual(batches, [[2], [4, 666, 8], [4], [666], [8]])
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.deepStrictEqual(
        exits.map((exit) => (Exit.isSuccess(exit) ? exit.value : "died")),
        [20, 40, "died", 80]
      )
    })
  )

  it.effect("that fails has failed for all of its members, and the next one is done", () =>
    Effect.gen(function* () {
      const { batches, release, submit } = held()
      const fibers = yield* Effect.forEach([2, 4, 6], submit)
      yield* release(0)
      const last = yield* submit(8)
      yield* release(1, Exit.fail(refusal))
      yield* release(2)
      assert.deepStrictEqual(batches, [[2], [4, 6], [8]])
      const exits = yield* Effect.forEach(fibers, Fiber.await)
      assert.deepStrictEqual(exits, [Exit.succeed(20), Exit.fail(refusal), Exit.fail(refusal)])
      assert.strictEqual(yield* Fiber.join(last), 80)
    })
  )
})
