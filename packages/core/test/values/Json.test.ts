import { assert, describe, it } from "@effect/vitest"
import { Json } from "@salesos/core"
import { Equal } from "effect"
import * as fc from "fast-check"

/** The same value with the keys of every object in another order. */
const reordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reordered)
    : typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([key, inner]) => [key, reordered(inner)])
        )
      : value

describe("canonical JSON", () => {
  it("does not depend on the order of keys, nor on white space", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const spaced: unknown = JSON.parse(JSON.stringify(reordered(value), null, 3))
        assert.strictEqual(Json.canonical(spaced), Json.canonical(value))
      })
    )
  })

  it("means what it was made from", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(Json.canonical(value)), JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it("tells different values apart", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [one, other]: ReadonlyArray<unknown> = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))]
        assert.strictEqual(Json.canonical(one) === Json.canonical(other), Equal.equals(one, other))
      })
    )
  })

  it("keeps the order of lists, and tells numbers from their text", () => {
    assert.strictEqual(Json.canonical({ b: [2, 1], a: { d: 1, c: "1" } }), '{"a":{"c":"1","d":1},"b":[2,1]}')
  })
})
