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

describe("numbers of JSON", () => {
  it("are read with the digits they were written with", () => {
    assert.deepEqual(Json.parseExact('{"a":300.10,"b":[99999999999999999.99,-0,1e400],"c":"1.0","d":null}'), {
      a: "300.10",
      b: ["99999999999999999.99", "-0", "1e400"],
      c: "1.0",
      d: null
    })
    assert.isUndefined(Json.parseExact("{"))
  })

  it("are written with the digits they are given with", () => {
    assert.strictEqual(
      JSON.stringify({ amount: Json.exactNumber("99999999999999999.90") }),
      '{"amount":99999999999999999.90}'
    )
  })
})

describe("a payload that is kept", () => {
  it("has lost its secrets, and what a database refuses", () => {
    assert.deepEqual(
      Json.withoutSecrets({ a: "x\u0000\ud800", access_token: "t", callback: "https://x/token", b: [{ cvv: 1 }] }),
      {
        a: "x\ufffd",
        b: [{}]
      }
    )
  })

  it("has masked what is known to be secret wherever it is quoted", () => {
    assert.deepEqual(Json.withoutSecrets({ s3cret: ["a s3cret b", { c: "s3cret.k3y" }] }, ["s3cret", "k3y", ""]), {
      "***": ["a *** b", { c: "***.***" }]
    })
  })

  it("is kept in part where it is absurdly deep", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`)
    assert.isBelow(JSON.stringify(Json.withoutSecrets(deep)).length, 10_000)
  })
})
