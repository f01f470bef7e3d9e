/**
 * Amounts of money: safe integers in the currency's minor unit (centavos for BRL), never floating point.
 */
import { Result, Schema } from "effect"
import { type Currency, exponent } from "./Currency.ts"
import { between } from "./Integer.ts"

const code = "invalid_amount"

/** A safe integer in minor units, of either sign. */
export const MinorUnits = between(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, {
  message: `Expected an integer in minor units, at most ${Number.MAX_SAFE_INTEGER} and at least its opposite`,
  code
}).pipe(Schema.brand("MinorUnits"))
export type MinorUnits = typeof MinorUnits.Type

/** A charge or payout amount: a positive safe integer in minor units. */
export const Amount = between(1, Number.MAX_SAFE_INTEGER, {
  message: `Expected a positive integer in minor units, at most ${Number.MAX_SAFE_INTEGER}`,
  code
}).pipe(Schema.brand("MinorUnits"), Schema.brand("Amount"))
export type Amount = typeof Amount.Type

/** An amount and its currency. `amount` is in minor units and may be negative or zero in a ledger. */
export interface Money {
  readonly amount: number
  readonly currency: Currency
}

/** Money whose amount is known to be a safe integer, and so has one decimal text. */
export interface Exact extends Money {
  readonly amount: MinorUnits
}

/** The rule that the text of an amount breaks. */
export const Rule = Schema.Literals(["syntax", "precision", "range"])
export type Rule = typeof Rule.Type

export class NotAnExactAmount extends Schema.TaggedError<NotAnExactAmount>()("NotAnExactAmount", {
  rule: Rule,
  message: Schema.String
}) {}

const decimal = /^(-?)(\d+)(?:\.(\d+))?$/

/**
 * Minor units as a decimal string with the currency's own number of digits: 12310 BRL → `"123.10"`.
 * By digits, never by division, so every safe integer survives the round trip with {@link fromDecimal}.
 */
export const toDecimal = ({ amount, currency }: Exact): string => {
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
export const fromDecimal = (text: string, currency: Currency): Result.Result<Exact, NotAnExactAmount> => {
  const refuse = (rule: Rule, message: string) => Result.fail(new NotAnExactAmount({ rule, message }))
  const match = decimal.exec(text)
  if (match === null) return refuse("syntax", "Expected digits, and after a dot more digits")
  const [, sign = "", whole = "", fraction = ""] = match
  const digits = exponent(currency)
  if (!/^0*$/.test(fraction.slice(digits))) {
    return refuse("precision", `Expected at most ${digits} digits after the dot in ${currency}`)
  }
  // A number of more digits than a safe integer has is rounded here, but never to a safe integer.
  const minor = Number(whole + fraction.slice(0, digits).padEnd(digits, "0"))
  if (!Number.isSafeInteger(minor)) return refuse("range", `Expected at most ${Number.MAX_SAFE_INTEGER} in minor units`)
  return Result.succeed({ amount: MinorUnits.make(sign === "-" && minor !== 0 ? -minor : minor), currency })
}
