import { assert, describe, it } from "@effect/vitest"
import { Currency, FieldError, Money } from "@salesos/core"
import { Result, Schema } from "effect"

const brl = Currency.Currency.make("BRL")
const AnyMoney = {
  amount: Money.MinorUnits,
  currency: Schema.Literals(["BRL", "JPY", "KWD", "USD"])
}

describe("amounts of money", () => {
  it.prop(
    "survive the way to a decimal string and back, every safe integer exactly",
    AnyMoney,
    ({ amount, currency }) => {
      const money = { amount, currency: Currency.Currency.make(currency) }
      const back = Result.getOrThrow(Money.fromDecimal(Money.toDecimal(money), money.currency))
      assert.strictEqual(back.amount, amount)
      assert.strictEqual(back.currency, money.currency)
    }
  )

  it.prop("are written with the currency's own number of digits", AnyMoney, ({ amount, currency }) => {
    const text = Money.toDecimal({ amount, currency: Currency.Currency.make(currency) })
    const digits = { BRL: 2, USD: 2, JPY: 0, KWD: 3 }[currency]
    assert.match(text, digits === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${digits}}$`))
    assert.strictEqual(BigInt(text.replace(".", "")), BigInt(amount))
  })

  it("are what people expect", () => {
    for (const [amount, code, text] of [
      [12310, "BRL", "123.10"],
      [1, "BRL", "0.01"],
      [-5, "BRL", "-0.05"],
      [0, "BRL", "0.00"],
      [500, "JPY", "500"],
      [1, "KWD", "0.001"],
      [Number.MAX_SAFE_INTEGER, "BRL", "90071992547409.91"]
    ] as const) {
      assert.strictEqual(
        Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency: Currency.Currency.make(code) }),
        text
      )
    }
  })

  it.each([
    ["123.1", 12310],
    ["123", 12300],
    ["123.1000", 12310],
    ["-0.00", 0],
    ["0007.5", 750]
  ])("read %s as centavos", (text, amount) => {
    assert.deepStrictEqual(Result.getOrThrow(Money.fromDecimal(text, brl)), { amount, currency: brl })
  })

  it.each([
    ["1.005", "precision"],
    ["1.000000001", "precision"],
    ["90071992547409.92", "range"],
    ["-90071992547409.92", "range"],
    ["90071992547409.93", "range"], // which a float takes for the one before
    ["9".repeat(400), "range"],
    ["1e3", "syntax"],
    ["", "syntax"],
    [" 1", "syntax"],
    ["1 ", "syntax"],
    ["1\n", "syntax"],
    ["+1", "syntax"],
    ["1,00", "syntax"],
    ["0x10", "syntax"],
    [".5", "syntax"],
    ["5.", "syntax"],
    ["NaN", "syntax"],
    ["--1", "syntax"],
    ["١", "syntax"]
  ])("are never rounded or guessed: %j is refused for its %s", (text, rule) => {
    const result = Money.fromDecimal(text, brl)
    assert.strictEqual(
      Result.isFailure(result) ? `${result.failure._tag} ${result.failure.rule}` : "",
      `NotAnExactAmount ${rule}`
    )
  })

  it("of a currency without a minor unit have no digits after the dot but zeros", () => {
    const jpy = Currency.Currency.make("JPY")
    assert.deepStrictEqual(Result.getOrThrow(Money.fromDecimal("500.00", jpy)).amount, 500)
    assert.isTrue(Result.isFailure(Money.fromDecimal("500.5", jpy)))
  })

  it.each([
    [Money.Amount, 0],
    [Money.Amount, "100"],
    [Money.MinorUnits, 0.5],
    [Money.MinorUnits, Number.NaN],
    [Money.MinorUnits, Number.MIN_SAFE_INTEGER - 1]
  ])("that are none are told as invalid_amount", (schema, amount) => {
    const result = FieldError.decodeResult(schema)(amount)
    assert.deepStrictEqual(Result.isFailure(result) ? result.failure.errors.map(({ code }) => code) : [], [
      typeof amount === "string" ? "invalid_type" : "invalid_amount"
    ])
  })

  it.each([0, -1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1, "100"])("charges of %j are refused", (amount) => {
    assert.isFalse(Schema.is(Money.Amount)(amount))
  })

  it.each([1, Number.MAX_SAFE_INTEGER])("charges of %j are accepted", (amount) => {
    assert.isTrue(Schema.is(Money.Amount)(amount))
  })
})
