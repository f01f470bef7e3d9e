import { assert, describe, it } from "@effect/vitest"
import { Ids } from "@salesos/core"
import { Effect, Random } from "effect"
import { random } from "../src/SecureRandom.ts"

describe("the randomness of ids", () => {
  it("is even between 0 and 1, and never comes again", () => {
    const drawn = Array.from({ length: 20_000 }, () => random.nextDoubleUnsafe())
    assert.isTrue(drawn.every((each) => each >= 0 && each < 1))
    assert.strictEqual(new Set(drawn).size, drawn.length)
    // Each tenth has 2000 of them, give or take: 400 would be ten standard deviations.
    const tenths = Map.groupBy(drawn, (each) => Math.floor(each * 10))
    assert.isTrue([...tenths.values()].every(({ length }) => Math.abs(length - 2000) < 400))
  })

  it("gives safe integers of both signs", () => {
    const drawn = Array.from({ length: 1000 }, () => random.nextIntUnsafe())
    assert.isTrue(drawn.every(Number.isSafeInteger))
    assert.isTrue(drawn.some((each) => each < 0) && drawn.some((each) => each > 0))
  })

  it.effect("makes ids that differ in their random part", () =>
    Effect.gen(function* () {
      const id = Effect.provideService(Ids.generate("inv"), Random.Random, random)
      const [a, b] = [yield* id, yield* id]
      assert.notStrictEqual(a.slice(-16), b.slice(-16))
    })
  )
})
