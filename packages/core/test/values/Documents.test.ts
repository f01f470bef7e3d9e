import { assert, describe, it } from "@effect/vitest"
import { Documents, FieldError } from "@salesos/core"
import { cnpj as theirCnpj, cpf as theirCpf } from "cpf-cnpj-validator"
import { Effect, Result, Schema } from "effect"
import * as fc from "fast-check"
import { cnpjs, cpfs, wrongTaxIds } from "./vectors.ts"

const isTaxId = Schema.is(Documents.TaxId)

const characters = (alphabet: string, length: number) =>
  fc
    .array(fc.constantFrom(...alphabet.split("")), { minLength: length, maxLength: length })
    .map((each) => each.join(""))

/** The check digit of a tax id's first characters: mod 11, written again from the official text. */
const checkDigit = (text: string, highest: number) => {
  const sum = [...text]
    .toReversed()
    .reduce((sum, each, i) => sum + (each.charCodeAt(0) - 48) * ((i % (highest - 1)) + 2), 0)
  return sum % 11 < 2 ? "0" : `${11 - (sum % 11)}`
}
const complete = (text: string, highest: number) => {
  const first = text + checkDigit(text, highest)
  return first + checkDigit(first, highest)
}
const cpf = characters("0123456789", 9)
  .filter((text) => !/^(.)\1*$/.test(text))
  .map((text) => complete(text, 11))
const cnpj = characters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 12)
  .filter((text) => !/^(.)\1*$/.test(text))
  .map((text) => complete(text, 9))
const letter = characters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1)
const replace = (text: string, at: number, by: string) => text.slice(0, at) + by + text.slice(at + 1)

describe("Brazilian tax ids", () => {
  it.each(cpfs)("%s is a CPF", (text) => {
    assert.isTrue(Schema.is(Documents.Cpf)(text))
    assert.strictEqual(Documents.kindOf(Schema.decodeUnknownSync(Documents.TaxId)(text)), "cpf")
  })

  it.each(cnpjs)("%s is a CNPJ", (text) => {
    assert.isTrue(Schema.is(Documents.Cnpj)(text))
    assert.strictEqual(Documents.kindOf(Schema.decodeUnknownSync(Documents.TaxId)(text)), "cnpj")
  })

  it.each([
    ...wrongTaxIds,
    "00000000000000",
    "12.ABC.345/01DE-35",
    "12abc34501de35",
    "52998224724",
    "529.982.247-25",
    "-12ABC34501DE35",
    "12ABC34501DE35-",
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

  it("are those whose digits an independent reckoning gives, and read back from what people write", () => {
    fc.assert(
      fc.property(fc.oneof(cpf, cnpj), (text) => {
        const document = Result.getOrThrow(Documents.parse(text))
        assert.strictEqual(document, text)
        assert.strictEqual(Result.getOrThrow(Documents.parse(Documents.format(document))), text)
        assert.strictEqual(Result.getOrThrow(Documents.parse(Documents.format(document).toLowerCase())), text)
      })
    )
  })

  it("are those that another library takes, whatever is wrong with the others", () => {
    const wrong = fc.oneof(
      fc.tuple(fc.oneof(cpf, cnpj), fc.nat(13), letter).map(([text, at, by]) => replace(text, at % text.length, by)),
      characters("0123456789", 11),
      characters("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 14),
      letter.map((each) => each.repeat(11)),
      letter.map((each) => each.repeat(14))
    )
    fc.assert(
      fc.property(fc.oneof(cpf, cnpj, wrong), (text) => {
        fc.pre(text !== "12345678909") // it is on that library's black list, though its digits are right
        assert.strictEqual(isTaxId(text), theirCpf.isValid(text, true) || theirCnpj.isValid(text, true))
      }),
      { numRuns: 2000 }
    )
  })

  it("of people with one wrong digit are caught, unless the first check digit is 0", () => {
    fc.assert(
      fc.property(cpf, fc.nat(10), fc.nat(9), (text, at, by) => {
        fc.pre(text[at] !== `${by}` && text[9] !== "0")
        assert.isFalse(isTaxId(replace(text, at, `${by}`)))
      }),
      { numRuns: 1000 }
    )
  })

  it("of companies with one wrong character are caught, unless it weighs the same or the check digits are 00", () => {
    fc.assert(
      fc.property(cnpj, fc.nat(13), letter, (text, at, by) => {
        fc.pre(text[at] !== by && !text.endsWith("00"))
        const same = at < 12 && (text.charCodeAt(at) - by.charCodeAt(0)) % 11 === 0
        assert.strictEqual(isTaxId(replace(text, at, by)), same)
      }),
      { numRuns: 1000 }
    )
  })

  it("have neighbours that the format cannot tell apart", () => {
    assert.isTrue(isTaxId("12ABC34501DE35") && isTaxId("126BC34501DE35") && isTaxId("12LBC34501DE35"))
    assert.isTrue(isTaxId("10000004600") && isTaxId("20000004600"))
  })

  it.each([
    ["529.982.247-25", "52998224725"],
    ["12.abc.345/01de-35", "12ABC34501DE35"],
    ["12ABC34501DE35", "12ABC34501DE35"]
  ])("%s is read as %s", (text, document) => {
    assert.strictEqual(Result.getOrThrow(Documents.parse(text)), document)
  })

  it.each([
    ["529.982.24725", "characters"],
    ["529-982-247.25", "characters"],
    [" 529.982.247-25", "characters"],
    ["529.982.247-25-", "characters"],
    ["-529.982.247-25", "characters"],
    ["5299822472A", "characters"],
    ["A2998224725", "characters"],
    ["12ABC34501DE3A", "characters"],
    ["12ABC345/01DE35", "characters"],
    ["12\u0131BC34501DE35", "characters"],
    ["1111.111.111-11", "characters"],
    ["52998224725\n", "characters"],
    ["529.982.247-24", "check_digits"],
    ["12.ABC.345/01DE-34", "check_digits"],
    ["111.111.111-11", "repeated"],
    ["00000000000000", "repeated"],
    ["2998224725", "length"],
    ["529982247250", "length"],
    ["012ABC34501DE35", "length"],
    ["", "length"]
  ])("%j is not read as one: %s", (text, rule) => {
    const result = Documents.parse(text)
    assert.strictEqual(
      Result.isFailure(result) ? `${result.failure._tag} ${result.failure.rule}` : "",
      `InvalidTaxId ${rule}`
    )
  })

  it("are written as people read them", () => {
    const format = (text: string) => Documents.format(Result.getOrThrow(Documents.parse(text)))
    assert.deepStrictEqual(["52998224725", "12ABC34501DE35"].map(format), ["529.982.247-25", "12.ABC.345/01DE-35"])
  })

  it.each([
    [Documents.Cpf, "12ABC34501DE35", "invalid_cpf"],
    [Documents.Cnpj, "52998224725", "invalid_cnpj"],
    [Documents.Cnpj, "-12ABC34501DE35", "invalid_cnpj"],
    [Documents.Cnpj, "12ABC34501DE35-", "invalid_cnpj"]
  ] as const)("$1 is refused as $2", (schema, text, code) => {
    const result = FieldError.decodeResult<Schema.ConstraintDecoder<unknown>>(schema)(text)
    assert.deepStrictEqual(Result.isFailure(result) ? result.failure.errors.map((each) => each.code) : [], [code])
  })

  it("are masked for logs and answers", () => {
    assert.strictEqual(Documents.mask("52998224725"), "***982247**")
    assert.strictEqual(Documents.mask("12ABC34501DE35"), "***BC34501DE**")
  })
})
