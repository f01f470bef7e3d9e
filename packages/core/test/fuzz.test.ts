/** Readers and constructors given 100,000 texts each: they answer with a value or with the rule that is broken. */
import { assert, describe, it } from "@effect/vitest"
import {
  Boleto,
  BusinessCalendar,
  Currency,
  Documents,
  FieldError,
  Idempotency,
  Ids,
  Money,
  OurNumber,
  Phone,
  Pix,
  PixKey
} from "@salesos/core"
import { DateTime, Result, Schema } from "effect"
import * as fc from "fast-check"
import { anyNumber, near, runs } from "./support/fuzz.ts"
import * as vectors from "./values/vectors.ts"

const timeout = 120_000

const longestEmail = `${"a".repeat(64)}@${"b".repeat(8)}.com`
const evp = "123e4567-e12b-12d1-a456-426655440000"

const brl = Currency.Currency.make("BRL")

/** The error of a single value: what it is, and the rule that it names. */
interface Refusal {
  readonly _tag: string
  readonly rule: string
  readonly message: string
}

const check = (condition: boolean, message: string) => {
  if (!condition) assert.fail(message)
}

/** What a reader answered: gives the value, if it is one; the error names one of `rules`. */
const valueOf = <A, E extends Refusal>(
  result: Result.Result<A, E>,
  tag: E["_tag"],
  rules: ReadonlyArray<E["rule"]>
): A | undefined => {
  if (Result.isSuccess(result)) return result.success
  const { _tag, message, rule } = result.failure
  check(_tag === tag && rules.includes(rule) && message !== "", `${_tag} ${rule} ${message}`)
  return undefined
}

const isCentavos = (amount: number) => Number.isSafeInteger(amount) && amount >= 0

const all = (property: fc.IProperty<unknown>) => fc.assert(property, { numRuns: runs })

describe("whatever text is read", { timeout }, () => {
  it("a tax id is itself, or none by a rule", () => {
    const valid = [...vectors.cpfs, ...vectors.cnpjs, "529.982.247-25", "12.ABC.345/01DE-35", ...vectors.wrongTaxIds]
    all(
      fc.property(near(valid), (text) => {
        const id = valueOf(Documents.parse(text), "InvalidTaxId", Documents.Rule.literals)
        if (id === undefined) return
        check(Documents.format(id) === text.toUpperCase() || id === text.toUpperCase(), id)
        check(Result.getOrNull(Documents.parse(Documents.format(id))) === id, id)
      })
    )
  })

  it("an amount is exact, or none by a rule", () => {
    const currencies = ["BRL", "JPY", "KWD"].map((code) => Currency.Currency.make(code))
    const valid = ["123.10", "0.01", "-0.05", "500", "90071992547409.91", "-9007199254740.991", "000.000"]
    all(
      fc.property(near(valid), fc.constantFrom(...currencies), (text, currency) => {
        const money = valueOf(Money.fromDecimal(text, currency), "NotAnExactAmount", Money.Rule.literals)
        if (money === undefined) return
        check(Number.isSafeInteger(money.amount) && !Object.is(money.amount, -0), `${money.amount}`)
        const again = Result.getOrThrow(Money.fromDecimal(Money.toDecimal(money), currency))
        check(again.amount === money.amount, `${again.amount}`)
      })
    )
  })

  it("a boleto is the same from line and barcode, or none by a rule", () => {
    const lines = [vectors.boletoReal, ...vectors.boletosMade].flatMap(({ barcode, line }) => [barcode, line])
    const valid = [...lines, "00190.00009 01149.718601 68524.522114 6 75860000102656", ...vectors.collectionSlips]
    const day = fc.integer({ min: -25_567, max: 2_932_896 }).map((each) => BusinessCalendar.fromEpochDay(each))
    all(
      fc.property(near(valid), near(valid), day, (text, other, day) => {
        valueOf(Boleto.fromFields({ barcode: other, digitableLine: text }), "InvalidBoleto", Boleto.Rule.literals)
        const boleto = valueOf(Boleto.parse(text), "InvalidBoleto", Boleto.Rule.literals)
        if (boleto === undefined) return
        check(isCentavos(boleto.amount) && (boleto.factor === 0 || boleto.factor >= 1000), text)
        for (const form of [boleto.barcode, boleto.line, Boleto.format(boleto.line)]) {
          check(Result.getOrThrow(Boleto.parse(form)).barcode === boleto.barcode, form)
        }
        const due = Boleto.dueDate(boleto, Result.getOrThrow(day))
        valueOf(due, "InvalidBoleto", ["due_date"])
      })
    )
  })

  it("a BR Code asks for a payment, or is none by a rule, with a right CRC too", () => {
    const built = Pix.build({
      merchantName: "Fulano de Tal",
      merchantCity: "BRASILIA",
      key: { type: "phone", key: PixKey.PhoneKey.make("+5511987654321") },
      amount: Money.Amount.make(123_456),
      txid: "ABC123",
      description: "Pedido 1"
    })
    const valid = [...vectors.brCodes.payable, vectors.brCodes.recurrenceOnly, Result.getOrThrow(built)]
    all(
      fc.property(near(valid), fc.boolean(), (text, seal) => {
        const body = text.replace(/6304.{0,4}$/s, "6304")
        const code = valueOf(Pix.parse(seal ? body + Pix.crc16(body) : text), "InvalidBrCode", Pix.Rule.literals)
        if (code === undefined) return
        check(code.amount === null || isCentavos(code.amount.amount), text)
        check(code.merchantName !== "" && (code.kind === "static" ? code.key : code.url) !== "", text)
      })
    )
  })

  it("the id of a payment or a return is written as it was read, or is none by a rule", () => {
    all(
      fc.property(near([...vectors.pixIds.payments, ...vectors.pixIds.returns]), (text) => {
        const id = valueOf(Pix.parseId(text), "InvalidPixId", Pix.IdRule.literals)
        if (id === undefined) return
        const written: Result.Result<string, unknown> =
          id.kind === "payment" ? Pix.buildEndToEndId(id) : Pix.buildReturnId(id)
        check(Result.getOrNull(written) === text, text)
      })
    )
  })

  const key = <T extends PixKey.Type>(type: T) => ({
    schema: PixKey.PixKey,
    input: (key: string): unknown => ({ type, key })
  })
  const plain = (schema: Schema.ConstraintDecoder<unknown>) => ({ schema, input: (text: string): unknown => text })

  it.each([
    { name: "a CPF", ...plain(Documents.Cpf), valid: vectors.cpfs },
    { name: "a CNPJ", ...plain(Documents.Cnpj), valid: vectors.cnpjs },
    { name: "a phone", ...plain(Phone.Phone), valid: ["+5511987654321", "+551130000000", "+14155552671"] },
    { name: "a CPF as a PIX key", ...key("cpf"), valid: vectors.cpfs },
    { name: "a CNPJ as a PIX key", ...key("cnpj"), valid: vectors.cnpjs },
    { name: "an e-mail as a PIX key", ...key("email"), valid: ["pix@bcb.gov.br", longestEmail] },
    { name: "a phone as a PIX key", ...key("phone"), valid: ["+5511987654321", "+351912345678"] },
    { name: "a random PIX key", ...key("evp"), valid: [evp] },
    { name: "an our_number", ...plain(OurNumber.OurNumber), valid: ["INV-2026-000001", "PO-2026-9007199254740991"] },
    { name: "a date", ...plain(BusinessCalendar.CalendarDate), valid: ["2024-02-29", "9999-12-31", "1900-01-01"] },
    { name: "a currency", ...plain(Currency.Currency), valid: ["BRL", "USD", "JPY"] },
    { name: "an id", ...plain(Ids.InvoiceId), valid: ["inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"] },
    { name: "an idempotency key", ...plain(Idempotency.IdempotencyKey), valid: ["k-1", "~".repeat(255)] }
  ])("$name is itself, or is refused with a code of its own", ({ input, schema, valid }) => {
    const read = FieldError.decodeResult(schema)
    for (const text of valid) check(Result.isSuccess(read(input(text))), text)
    all(
      fc.property(near(valid), (text) => {
        const result = read(input(text))
        if (Result.isSuccess(result)) return assert.deepStrictEqual(result.success, input(text))
        const { _tag, errors } = result.failure
        check(_tag === "ValidationError" && errors.length > 0, _tag)
        for (const { code, message } of errors)
          check(/^(invalid|unknown)_(?!value|type)/.test(code), `${code} ${message}`)
      })
    )
  })

  it("a million characters are refused like a few", () => {
    for (const unit of ["0", "9", "00", "a", "a.", "-", "+5", " ", "26", "999", "\ud800", "1.", "@a"]) {
      const text = unit.repeat(1_000_000 / unit.length)
      check(valueOf(Documents.parse(text), "InvalidTaxId", Documents.Rule.literals) === undefined, unit)
      check(valueOf(Boleto.parse(text), "InvalidBoleto", Boleto.Rule.literals) === undefined, unit)
      check(valueOf(Pix.parse(text), "InvalidBrCode", Pix.Rule.literals) === undefined, unit)
      check(valueOf(Pix.parseId(text), "InvalidPixId", Pix.IdRule.literals) === undefined, unit)
      valueOf(Money.fromDecimal(text, brl), "NotAnExactAmount", Money.Rule.literals)
      for (const schema of [Phone.Phone, PixKey.EmailKey, PixKey.EvpKey, OurNumber.OurNumber, Ids.InvoiceId]) {
        check(Result.isFailure(FieldError.decodeResult<Schema.ConstraintDecoder<unknown>>(schema)(text)), unit)
      }
    }
  })
})

describe("whatever a value is made of", { timeout }, () => {
  it("a boleto reads back as it was made, or is refused by a rule", () => {
    const parts = fc.record({
      bank: near(["001", "341"]),
      dueDate: fc.constantFrom(
        null,
        ...["1900-01-01", "2025-02-22", "9999-12-31"].map((each) => BusinessCalendar.CalendarDate.make(each))
      ),
      amount: fc.oneof(anyNumber, fc.nat()),
      freeField: fc.oneof(fc.constant("1".repeat(25)), near(["1234567890123456789012345"]))
    })
    all(
      fc.property(parts, (parts) => {
        const boleto = valueOf(Boleto.build(parts), "InvalidBoleto", Boleto.Rule.literals)
        if (boleto === undefined) return
        assert.deepStrictEqual(Result.getOrThrow(Boleto.parse(boleto.line)), boleto)
        check(Boleto.matches(boleto, parts) && boleto.freeField === parts.freeField, boleto.line)
      })
    )
  })

  it("a BR Code can be read, or is refused by a rule", () => {
    const receiver = {
      merchantName: near(["Fulano de Tal", "Jos\u00e9 & Filhos"]),
      merchantCity: near(["BRASILIA", "S\u00e3o Paulo"]),
      description: fc.option(near(["Pedido 1", "x".repeat(80)]))
    }
    const keyed = fc.record({
      ...receiver,
      key: fc.constantFrom<PixKey.PixKey>(
        { type: "evp", key: PixKey.EvpKey.make(evp) },
        { type: "email", key: PixKey.EmailKey.make(longestEmail) }
      ),
      amount: fc.option(fc.maxSafeInteger().map((each) => Money.Amount.make(Math.abs(each) + (each === 0 ? 1 : 0)))),
      txid: fc.option(near(["ABC123", "***", "a".repeat(25)]))
    })
    const located = fc.record({ ...receiver, url: near(["pix.example.com/qr/93598be0", `a.b/${"%20".repeat(24)}`]) })
    all(
      fc.property(fc.oneof(keyed, located), (parts) => {
        const code = valueOf(Pix.build(parts), "InvalidBrCode", Pix.Rule.literals)
        if (code === undefined) return
        const back = Result.getOrThrow(Pix.parse(code))
        if ("url" in parts) return check(back.kind === "dynamic" && back.url === parts.url, code)
        check(back.kind === "static" && back.key === parts.key.key, code)
        check((back.amount?.amount ?? null) === parts.amount, code)
        check((back.txid ?? "***") === (parts.txid ?? "***"), code)
      })
    )
  })

  it("an our_number reads back as it was made, or is refused by a rule", () => {
    const year = fc.oneof(fc.integer({ min: 1990, max: 2100 }), anyNumber)
    all(
      fc.property(fc.constantFrom("INV", "PO"), year, fc.oneof(fc.nat(), anyNumber), (series, year, sequence) => {
        const number = valueOf(OurNumber.make(series, year, sequence), "InvalidOurNumber", OurNumber.Rule.literals)
        if (number === undefined) return
        assert.deepStrictEqual(OurNumber.parse(number), { series, year, sequence })
        check(OurNumber.OurNumber.make(number) === number, number)
      })
    )
  })

  it("a year is the calendar's, or refused by a rule", () => {
    const zone = near(["America/Sao_Paulo", "UTC", "Pacific/Apia", "+03:00"])
    all(
      fc.property(zone, fc.date({ noInvalidDate: true }), (timeZone, at) => {
        const result = OurNumber.yearIn(DateTime.makeUnsafe(at), timeZone)
        const year = valueOf(result, "InvalidOurNumber", ["time_zone", "year"])
        check(year === undefined || Math.abs(year - at.getUTCFullYear()) <= 1, `${year}`)
      })
    )
  })

  it("every amount of the safe range survives its decimal text", () => {
    const amount = fc.oneof(
      fc.maxSafeInteger(),
      fc.tuple(fc.nat(53), fc.integer({ min: -2, max: 2 })).map(([power, by]) => 2 ** power + by),
      fc.tuple(fc.nat(15), fc.integer({ min: -2, max: 2 })).map(([power, by]) => 10 ** power + by)
    )
    const currency = fc.constantFrom("BRL", "JPY", "KWD").map((code) => Currency.Currency.make(code))
    all(
      fc.property(amount.filter(Number.isSafeInteger), currency, fc.boolean(), (amount, currency, negative) => {
        const money = { amount: Money.MinorUnits.make(negative && amount !== 0 ? -amount : amount), currency }
        const text = Money.toDecimal(money)
        assert.strictEqual(Result.getOrThrow(Money.fromDecimal(text, currency)).amount, money.amount)
        assert.strictEqual(BigInt(text.replace(".", "")), BigInt(money.amount))
      })
    )
  })
})
