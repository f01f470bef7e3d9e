/**
 * What a charge costs its payer, in reais, and which amount that is the price of: fractions and integers, no floating point.
 */
import { Currency, Money } from "@salesos/core"
import { Option, Result } from "effect"
import type { Created } from "./Api.ts"

/** What charges are priced in. */
export const usd = Currency.Currency.make("USD")
/** What every payer pays in; what is priced in it too is not converted. */
export const brl = Currency.Currency.make("BRL")

/** What the payer pays, in centavos. */
export interface Price {
  /** With fees, which may be on top of the amount or within it: the document does not say. */
  readonly total: number
  /** Without fees. */
  readonly subtotal: number
  readonly fee: number
}

const centavos = (decimal: string): Option.Option<number> =>
  Option.map(Result.getSuccess(Money.fromDecimal(decimal, brl)), ({ amount }) => amount)

/** A rate as a fraction: `5.19` is 519 over 100. */
const fraction = (rate: string): readonly [numerator: bigint, denominator: bigint] => {
  const [whole = "", digits = ""] = rate.split(".")
  return [BigInt(whole + digits), 10n ** BigInt(digits.length)]
}

/**
 * The amount that an answer's price is of. The answer does not tell it: it is what was asked, where converting that at the
 * answer's rate gives the price with or without fees, but for parts of a centavo; else what the price without fees is
 * converted back to.
 */
export const amountOf = (asked: number, price: Pick<Price, "subtotal" | "total">, rate: string): number => {
  const [numerator, denominator] = fraction(rate)
  const isOf = (converted: number): boolean => {
    const difference = BigInt(converted) * denominator - BigInt(asked) * numerator
    return difference < denominator && difference > -denominator
  }
  return isOf(price.subtotal) || isOf(price.total)
    ? asked
    : Number((2n * BigInt(price.subtotal) * denominator + numerator) / (2n * numerator))
}

/** None where a total is no amount of centavos, or nothing is converted into something. */
export const priceOf = ({ exchange, fee, subtotal, total }: Created["values"]): Option.Option<Price> =>
  Option.gen(function* () {
    const price = { total: yield* centavos(total), subtotal: yield* centavos(subtotal) }
    if (fraction(exchange)[0] === 0n) return yield* Option.none()
    // Where the fee itself has parts of a centavo, it is what the two totals differ by.
    const told = fee === undefined || fee === null ? Option.none() : centavos(fee)
    return { ...price, fee: Option.getOrElse(told, () => Math.max(0, price.total - price.subtotal)) }
  })
