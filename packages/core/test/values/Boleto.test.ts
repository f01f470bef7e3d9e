import { getBoletoInfo, isValidBoleto } from "@brazilian-utils/brazilian-utils"
import { assert, describe, it } from "@effect/vitest"
import { Boleto, BusinessCalendar, FieldError } from "@salesos/core"
import other from "boleto-brasileiro-validator"
import { Result, Schema } from "effect"
import * as fc from "fast-check"
import {
  boletoReal as real,
  boletoWithWrongGeneralDigit,
  boletosMade as made,
  collectionSlips,
  factors
} from "./vectors.ts"

const on = (text: string) => BusinessCalendar.CalendarDate.make(text)
const day = (epochDay: number) => Result.getOrThrow(BusinessCalendar.fromEpochDay(epochDay))
const from = (text: string) => BusinessCalendar.toEpochDay(on(text))

const read = (text: string) => Result.getOrThrow(Boleto.parse(text))
const ruleOf = (result: Result.Result<unknown, Boleto.InvalidBoleto>) =>
  Result.match(result, {
    onFailure: ({ _tag, rule }) => (_tag === "InvalidBoleto" ? rule : _tag),
    onSuccess: () => "none"
  })

const lastOfFirstCycle = "2025-02-21"

const start = from("2000-07-03")
const end = from("9999-12-31")

const digits = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((each) => each.join(""))

/** Any text at all, lone surrogates included. */
const anything = (length: number) =>
  fc.array(fc.nat(0xffff), { maxLength: length }).map((units) => String.fromCharCode(...units))

const parts = fc.record({
  bank: digits(3).filter((each) => !each.startsWith("8")),
  dueDate: fc.option(fc.integer({ min: start, max: from("2075-01-01") }).map(day)),
  amount: fc.integer({ min: 0, max: 9_999_999_999 }),
  freeField: digits(25)
})

describe("boletos", () => {
  it.each(made)("due on $due read the same from barcode and line", ({ barcode, due, factor, line }) => {
    const boleto = read(barcode)
    assert.deepStrictEqual(boleto, {
      barcode: Boleto.Barcode.make(barcode),
      line: Boleto.DigitableLine.make(line),
      bank: "001",
      factor,
      amount: 10000,
      freeField: "1234567890123456789012345"
    })
    assert.deepStrictEqual(read(line), boleto)
    assert.strictEqual(Result.getOrThrow(Boleto.dueDate(boleto, on("2025-02-22"))), on(due))
    assert.strictEqual(Result.getOrThrow(Boleto.factorOf(on(due))), factor)
  })

  it("of a real bank read back", () => {
    const boleto = read(real.line)
    assert.strictEqual(boleto.barcode, real.barcode)
    assert.strictEqual(boleto.amount, 102656)
    assert.strictEqual(Result.getOrThrow(Boleto.dueDate(boleto, on("2018-07-01"))), "2018-07-15")
    assert.strictEqual(Boleto.format(boleto.line), "00190.00009 01149.718601 68524.522114 6 75860000102656")
  })

  it("made of any parts read back as they were, from either form, and other libraries agree", () => {
    fc.assert(
      fc.property(parts, (parts) => {
        const boleto = Result.getOrThrow(Boleto.build(parts))
        assert.deepStrictEqual(read(boleto.barcode), boleto)
        assert.deepStrictEqual(read(boleto.line), boleto)
        assert.deepStrictEqual(read(Boleto.format(boleto.line)), boleto)
        const reference = parts.dueDate ?? on("2026-01-01")
        assert.deepStrictEqual(
          { ...parts, dueDate: Result.getOrThrow(Boleto.dueDate(boleto, reference)) },
          { bank: boleto.bank, amount: boleto.amount, freeField: boleto.freeField, dueDate: parts.dueDate }
        )
        assert.isTrue(Boleto.matches(boleto, parts))
        assert.isTrue(isValidBoleto(boleto.line))
        assert.isTrue(other.boletoBancarioCodigoBarras(boleto.barcode))
        assert.isTrue(other.boletoBancarioLinhaDigitavel(boleto.line, true))
        assert.strictEqual(getBoletoInfo(boleto.line)?.amount, parts.amount)
      })
    )
  })

  it.each([0, 1, 99, 100, 12310, 9_999_999_998, 9_999_999_999])("of %i centavos are exact", (amount) => {
    const boleto = Result.getOrThrow(
      Boleto.build({ bank: "341", dueDate: on("2026-12-31"), amount, freeField: "0".repeat(25) })
    )
    assert.strictEqual(read(boleto.line).amount, amount)
    assert.strictEqual(Result.getOrThrow(Boleto.dueDate(boleto, on("2026-12-01"))), "2026-12-31")
  })

  it("without a due date leave the factor's place to the amount", () => {
    for (const amount of [0, 5000, 10_000_000_000, 9_999_999_999_999]) {
      const boleto = Result.getOrThrow(Boleto.build({ bank: "341", dueDate: null, amount, freeField: "1".repeat(25) }))
      const again = read(boleto.line)
      assert.strictEqual(again.amount, amount)
      assert.isNull(Result.getOrThrow(Boleto.dueDate(again, on("2026-11-21"))))
    }
  })
})

describe("due-date factors", () => {
  it.each(factors)("of %s is %i", (date, factor) => {
    assert.strictEqual(Result.getOrThrow(Boleto.factorOf(on(date))), factor)
  })

  it("of every day of two cycles are read back on that day", () => {
    const boleto = read(real.line)
    for (let each = start; each <= from("2049-12-31"); each++) {
      const date = day(each)
      const factor = Result.getOrThrow(Boleto.factorOf(date))
      assert.strictEqual(factor, 1000 + ((each - start) % 9000))
      assert.strictEqual(Result.getOrThrow(Boleto.dueDate({ ...boleto, factor }, date)), date)
    }
  })

  it("around the rollover are read back through all of FEBRABAN's range", () => {
    const boleto = read(real.line)
    for (let each = from("2025-02-01"); each <= from("2025-03-15"); each++) {
      const factor = Result.getOrThrow(Boleto.factorOf(day(each)))
      for (const days of [-5500, -5499, -1, 0, 1, 2999, 3000]) {
        assert.strictEqual(Result.getOrThrow(Boleto.dueDate({ ...boleto, factor }, day(each + days))), day(each))
      }
    }
  })

  it("belong to one date or none of the range around any day", () => {
    const boleto = read(real.line)
    const factors = fc.integer({ min: 1000, max: 9999 })
    fc.assert(
      fc.property(factors, fc.integer({ min: from("1900-01-01"), max: end }), (factor, reference) => {
        const due = Boleto.dueDate({ ...boleto, factor }, day(reference))
        const dates: Array<number> = []
        for (let date = Math.max(start, reference - 3000); date <= Math.min(end, reference + 5500); date++) {
          if ((date - start) % 9000 === factor - 1000) dates.push(date)
        }
        assert.isTrue(dates.length <= 1)
        assert.strictEqual(Result.getOrNull(due), dates[0] === undefined ? null : day(dates[0]))
      })
    )
  })

  it("agree with another library's reading, where it has one", () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: -2999, max: 5499 }), (parts, days) => {
        fc.pre(parts.dueDate !== null)
        const boleto = Result.getOrThrow(Boleto.build(parts))
        const reference = day(BusinessCalendar.toEpochDay(parts.dueDate ?? on("2000-07-03")) - days)
        const [year = 0, month = 1, date = 1] = reference.split("-").map(Number)
        const theirs = getBoletoInfo(boleto.line, { referenceDate: new Date(year, month - 1, date, 12) })
        const due = theirs?.expirationDate
        const ours = Result.getOrThrow(Boleto.dueDate(boleto, reference))
        const [ourYear = 0, ourMonth = 1, ourDate = 1] = (ours ?? "").split("-").map(Number)
        assert.deepStrictEqual(
          [due?.getFullYear(), (due?.getMonth() ?? 0) + 1, due?.getDate()],
          [ourYear, ourMonth, ourDate]
        )
      })
    )
  })

  it("there are none before 2000-07-03", () => {
    assert.strictEqual(ruleOf(Boleto.factorOf(on("2000-07-02"))), "due_date")
  })

  it("far from every date of theirs are refused, not guessed", () => {
    const boleto = read(made[0].line)
    assert.strictEqual(ruleOf(Boleto.dueDate(boleto, day(from(lastOfFirstCycle) + 3001))), "due_date")
    assert.strictEqual(ruleOf(Boleto.dueDate(boleto, on("2005-01-01"))), "due_date")
    const { factor } = Result.getOrThrow(Boleto.build({ ...boleto, dueDate: on("9999-12-31") }))
    assert.strictEqual(ruleOf(Boleto.dueDate({ ...boleto, factor: factor + 1 }, on("9999-12-31"))), "due_date")
  })
})

describe("what is no bank boleto", () => {
  it.each([
    [boletoWithWrongGeneralDigit, "general_check_digit"],
    ["00190000090114971860168524522114675860000102657", "general_check_digit"],
    ["00190000080114971860168524522114675860000102656", "field_check_digit"],
    ["00196758600001026560000001149718606852452212", "general_check_digit"],
    [collectionSlips[0], "collection_slip"],
    [collectionSlips[1], "collection_slip"],
    ["83620000000667800481001809756573100158963608", "collection_slip"],
    ["0019000009011497186016852452211467586000010265", "length"],
    ["001900000901149718601685245221146758600001026560", "length"],
    ["", "length"],
    [`0018${real.line.slice(4, 9)}1${real.line.slice(10)}`, "currency"], // and the first field's check digit is wrong
    ["0019675860000102656000000114971860685245221a", "characters"],
    ["0019000009a114971860168524522114675860000102656", "characters"],
    ["a0190000090114971860168524522114675860000102656", "characters"],
    [`${real.line.slice(0, 9)}a${real.line.slice(10)}`, "characters"], // in the place of a check digit
    [`${real.line.slice(0, 8)}1${real.line.slice(9)}`, "field_check_digit"], // and the general one is wrong too
    ["00190.00009\t01149.718601 68524.522114 6 75860000102656", "characters"],
    ["００１90000090114971860168524522114675860000102656", "characters"]
  ])("%j: %s", (text, rule) => {
    assert.strictEqual(ruleOf(Boleto.parse(text)), rule)
    for (const [schema, code] of [
      [Boleto.Barcode, "invalid_barcode"],
      [Boleto.DigitableLine, "invalid_digitable_line"]
    ] as const) {
      const result = FieldError.decodeResult<Schema.ConstraintDecoder<unknown>>(schema)(text)
      assert.deepStrictEqual(Result.isFailure(result) ? result.failure.errors.map((each) => each.code) : [], [code])
    }
  })

  it("another currency than the real is refused, although every check digit is right", () => {
    const candidates = Array.from({ length: 100 }, (_, i) => {
      const [field, general] = [Math.floor(i / 10), i % 10]
      return `0018${real.line.slice(4, 9)}${field}${real.line.slice(10, 32)}${general}${real.line.slice(33)}`
    }).filter(isValidBoleto)
    assert.lengthOf(candidates, 1)
    assert.strictEqual(ruleOf(Boleto.parse(candidates[0] ?? "")), "currency")
  })

  it.each([
    [{ bank: "1" }, "bank"],
    [{ bank: "801" }, "bank"],
    [{ bank: "0010" }, "bank"],
    [{ bank: "1001" }, "bank"],
    [{ dueDate: on("2000-07-02") }, "due_date"],
    [{ amount: -1 }, "amount"],
    [{ amount: 0.5 }, "amount"],
    [{ amount: Number.NaN }, "amount"],
    [{ amount: 10_000_000_000 }, "amount"],
    [{ amount: 10_000_000_000_000, dueDate: null }, "amount"],
    [{ freeField: "1" }, "free_field"],
    [{ freeField: `${"1".repeat(25)}a` }, "free_field"],
    [{ freeField: `a${"1".repeat(25)}` }, "free_field"]
  ] as const)("cannot be made of %j", (change, rule) => {
    const parts = { bank: "001", dueDate: on("2026-12-31"), amount: 100, freeField: "1".repeat(25) }
    assert.strictEqual(ruleOf(Boleto.build({ ...parts, ...change })), rule)
  })

  it("never makes the reader throw", () => {
    const text = fc.oneof(
      anything(60),
      digits(44),
      digits(47),
      digits(48),
      fc.array(fc.constantFrom(..."0123456789. -8".split("")), { maxLength: 60 }).map((each) => each.join(""))
    )
    fc.assert(
      fc.property(text, text, (barcode, digitableLine) => {
        for (const result of [Boleto.parse(barcode), Boleto.fromFields({ barcode, digitableLine })]) {
          if (Result.isFailure(result)) assert.isAbove(result.failure.message.length, 0)
        }
      }),
      { numRuns: 1000 }
    )
  })
})

describe("one wrong digit", () => {
  const valid = fc.oneof(
    fc.constantFrom(...made, real).map((each) => read(each.line)),
    parts.map((each) => Result.getOrThrow(Boleto.build(each)))
  )
  const replace = (text: string, at: number, by: number) =>
    `${text.slice(0, at)}${(Number(text[at]) + by) % 10}${text.slice(at + 1)}`
  const difference = fc.integer({ min: 1, max: 9 })

  it("in a line's first three fields or its general check digit is always caught", () => {
    fc.assert(
      fc.property(valid, fc.integer({ min: 0, max: 32 }), difference, ({ line }, at, by) => {
        assert.isTrue(Result.isFailure(Boleto.parse(replace(line, at, by))))
      }),
      { numRuns: 1000 }
    )
  })

  it("anywhere is caught if the general check digit is not 1", () => {
    fc.assert(
      fc.property(valid, fc.nat(43), fc.nat(46), difference, ({ barcode, line }, inBarcode, inLine, by) => {
        fc.pre(barcode[4] !== "1")
        assert.isTrue(Result.isFailure(Boleto.parse(replace(barcode, inBarcode, by))))
        assert.isTrue(Result.isFailure(Boleto.parse(replace(line, inLine, by))))
      }),
      { numRuns: 1000 }
    )
  })

  it("is seen just where two other libraries see it", () => {
    fc.assert(
      fc.property(valid, fc.nat(43), fc.nat(46), difference, ({ barcode, line }, inBarcode, inLine, by) => {
        const [wrongBarcode, wrongLine] = [replace(barcode, inBarcode, by), replace(line, inLine, by)]
        // Neither looks at the currency, nor tells collection slips apart.
        fc.pre([wrongBarcode, wrongLine].every((text) => text[3] === "9" && text[0] !== "8"))
        const ours = [Boleto.parse(wrongBarcode), Boleto.parse(wrongLine)].map(Result.isSuccess)
        assert.strictEqual(ours[1], isValidBoleto(wrongLine))
        assert.deepStrictEqual(ours, [
          other.boletoBancarioCodigoBarras(wrongBarcode),
          other.boletoBancarioLinhaDigitavel(wrongLine, true)
        ])
      }),
      { numRuns: 1000 }
    )
  })

  it("in the amount may pass where the general check digit is 1: the format promises no more", () => {
    const { line } = made[1]
    const passes = Array.from({ length: 14 * 9 }, (_, i) => replace(line, 33 + Math.floor(i / 9), (i % 9) + 1)).filter(
      (each) => Result.isSuccess(Boleto.parse(each))
    )
    assert.isNotEmpty(passes)
    for (const each of passes) assert.isTrue(isValidBoleto(each))
  })
})

describe("a provider's two fields", () => {
  it.each([
    { barcode: real.barcode, digitableLine: real.line },
    { barcode: real.line, digitableLine: real.barcode },
    { barcode: real.line, digitableLine: real.line },
    { barcode: null, digitableLine: "00190.00009 01149.718601 68524.522114 6 75860000102656" },
    { barcode: real.barcode },
    { digitableLine: real.barcode }
  ])("%j are one boleto", (fields) => {
    assert.deepStrictEqual(Result.getOrThrow(Boleto.fromFields(fields)), read(real.line))
  })

  it.each([
    [{}, "missing"],
    [{ barcode: null, digitableLine: undefined }, "missing"],
    [{ barcode: "", digitableLine: real.line }, "length"],
    [{ barcode: made[0].barcode, digitableLine: real.line }, "different"],
    [{ barcode: real.barcode, digitableLine: real.line.replace(/6$/, "7") }, "general_check_digit"]
  ])("%j are refused: %s", (fields, rule) => {
    assert.strictEqual(ruleOf(Boleto.fromFields(fields)), rule)
  })

  it("match an invoice by amount and due date", () => {
    const boleto = read(real.line)
    const expected = { amount: 102656, dueDate: on("2018-07-15") }
    assert.isTrue(Boleto.matches(boleto, expected))
    assert.isFalse(Boleto.matches(boleto, { ...expected, amount: 102657 }))
    assert.isFalse(Boleto.matches(boleto, { ...expected, dueDate: on("2018-07-16") }))
    assert.isFalse(Boleto.matches(boleto, { ...expected, dueDate: null }))
    assert.isFalse(Boleto.matches({ ...boleto, factor: 0 }, expected))
    assert.isFalse(Boleto.matches({ ...boleto, amount: 0 }, expected))
  })
})
