/**
 * Amounts of money: safe integers in the currency's minor unit (centavos for BRL), never floating point.
 */
import { Result, Schema } from "effect"
import { type Currency, exponent } from "./Currency.ts"
import { between } from "./Integer.ts"

/** A charge or payout amount: a positive safe integer in minor units. */
export const Amount = between(1, Number.MAX_SAFE_INTEGER, {
  message: `Expected a positive integer in minor units, at most ${Number.MAX_SAFE_INTEGER}`,
  code: "invalid_amount"
}).pipe(Schema.brand("Amount"))
export type Amount = typeof Amount.Type

/** An amount and its currency. `amount` is in minor units and may be negative or zero in a ledger. */
export interface Money {
  readonly amount: number
  readonly currency: Currency
}

export class NotAnExactAmount extends Schema.TaggedError<NotAnExactAmount>()("NotAnExactAmount", {
  message: Schema.String
}) {}

const decimal = /^(-?)(\d+)(?:\.(\d+))?$/

/**
 * Minor units as a decimal string with the currency's own number of digits: 12310 BRL → `"123.10"`.
 * Integer arithmetic only, so every safe integer survives the round trip with {@link fromDecimal}.
 */
export const toDecimal = ({ amount, currency }: Money): string => {
  const digits = exponent(currency)
  const text = Math.abs(amount)
    .toString()
    .padStart(digits + 1, "0")
  const sign = amount < 0 ? "-" : ""
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/**
 * The opposite of {@link toDecimal}. Digits beyond the currency's own must be zeros, and the result a safe integer;
 * anything else fails with `NotAnExactAmount`: an amount is never rounded.
 */
export const fromDecimal = (text: string, currency: Currency): Result.Result<Money, NotAnExactAmount> => {
  const refuse = () => Result.fail(new NotAnExactAmount({ message: `"${text}" is not an exact amount of ${currency}` }))
  const match = decimal.exec(text)
  if (match === null) return refuse()
  const [, sign = "", whole = "", fraction = ""] = match
  const digits = exponent(currency)
  if (!/^0*$/.test(fraction.slice(digits))) return refuse()
  const minor = BigInt(whole + fraction.slice(0, digits).padEnd(digits, "0"))
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) return refuse()
  return Result.succeed({ amount: minor === 0n ? 0 : Number(sign === "-" ? -minor : minor), currency })
}
