import { assert, describe, it } from "@effect/vitest"
import { Currency, Money } from "@salesos/core"
import { Result, Schema } from "effect"

const brl = Currency.Currency.make("BRL")
const AnyMoney = {
  amount: Schema.Int.check(Schema.isBetween({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER })),
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
      assert.strictEqual(Money.toDecimal({ amount, currency: Currency.Currency.make(code) }), text)
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

  it.each(["1.005", "90071992547409.92", "1e3", "", " 1", "1 ", "+1", "1,00", "0x10", ".5", "5.", "NaN", "--1", "١"])(
    "are never rounded or guessed: %j is refused",
    (text) => {
      assert.isTrue(Result.isFailure(Money.fromDecimal(text, brl)))
    }
  )

  it.each([0, -1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1, "100"])("charges of %j are refused", (amount) => {
    assert.isFalse(Schema.is(Money.Amount)(amount))
  })

  it.each([1, Number.MAX_SAFE_INTEGER])("charges of %j are accepted", (amount) => {
    assert.isTrue(Schema.is(Money.Amount)(amount))
  })
})
