import { assert, describe, it } from "@effect/vitest"
import { Documents, FieldError } from "@salesos/core"
import { Effect, Schema } from "effect"

describe("Brazilian tax ids", () => {
  it.each(["52998224725", "11144477735"])("%s is a CPF", (text) => {
    assert.isTrue(Schema.is(Documents.Cpf)(text))
    assert.strictEqual(Documents.kindOf(Schema.decodeUnknownSync(Documents.TaxId)(text)), "cpf")
  })

  it.each(["12ABC34501DE35", "Q0SLFMBD7VX439", "6TS1HJ0S000170", "11222333000181"])("%s is a CNPJ", (text) => {
    assert.isTrue(Schema.is(Documents.Cnpj)(text))
    assert.strictEqual(Documents.kindOf(Schema.decodeUnknownSync(Documents.TaxId)(text)), "cnpj")
  })

  it.each([
    "12ABC34501DE34",
    "11111111111111",
    "00000000000000",
    "12.ABC.345/01DE-35",
    "12abc34501de35",
    "11111111111",
    "52998224724",
    "529.982.247-25",
    " 52998224725",
    "5299822472",
    ""
  ])("%j is neither", (text) => {
    assert.isFalse(Schema.is(Documents.TaxId)(text))
  })

  const digit = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
  const place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10 }))
  it.prop("a CPF with one wrong digit is caught", [place, digit], ([at, by]) => {
    const wrong = "52998224725"
      .split("")
      .map((each, index) => (index === at ? `${(Number(each) + by) % 10}` : each))
      .join("")
    assert.isFalse(Schema.is(Documents.Cpf)(wrong))
  })

  it.effect.each([
    { text: "52998224724", code: "invalid_cpf" },
    { text: "12ABC34501DE34", code: "invalid_cnpj" },
    { text: "1", code: "invalid_cpf" }
  ])("of a length are told by its name: $text is an $code", ({ code, text }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(FieldError.decode(Documents.TaxId)(text))
      assert.deepStrictEqual(
        error.errors.map((each) => each.code),
        [code]
      )
    })
  )

  it("are masked for logs and answers", () => {
    assert.strictEqual(Documents.mask("52998224725"), "***982247**")
    assert.strictEqual(Documents.mask("12ABC34501DE35"), "***BC34501DE**")
  })
})
