import { assert, describe, it } from "@effect/vitest"
import { Currency } from "@salesos/core"
import { Schema } from "effect"

describe("currencies", () => {
  it.each([
    ["BRL", 2],
    ["USD", 2],
    ["JPY", 0],
    ["CLP", 0],
    ["UGX", 0],
    ["KWD", 3],
    ["TND", 3]
  ])("%s has %i digits after the point", (code, digits) => {
    assert.strictEqual(Currency.exponent(Currency.Currency.make(code)), digits)
  })

  it.each(["brl", "R$", "", "BRLX", "XAU", "XXX", "DEM"])("%j is not one in circulation", (code) => {
    assert.isFalse(Schema.is(Currency.Currency)(code))
  })
})
