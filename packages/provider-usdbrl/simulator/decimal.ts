/**
 * Amounts between the wire's decimals and integers of hundredths, and their conversion: integers all the way.
 */

/** `300.1` → 30010; undefined for what is no decimal with at most eight digits before the dot and two after it. */
export const fromDecimal = (text: string): number | undefined => {
  const [, whole, fraction = ""] = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(text) ?? []
  return whole === undefined ? undefined : Number(whole) * 100 + Number(fraction.padEnd(2, "0"))
}

/** 30010 → `300.10` */
export const toDecimal = (hundredths: number): string => {
  const text = `${hundredths}`.padStart(3, "0")
  return `${text.slice(0, -2)}.${text.slice(-2)}`
}

/** An exchange rate with its digits: `5.19` is 519 over 100. */
const ratio = (rate: string): readonly [numerator: bigint, denominator: bigint] => {
  const [whole = "0", fraction = ""] = rate.split(".")
  return [BigInt(whole + fraction), 10n ** BigInt(fraction.length)]
}

const roundedHalfUp = (numerator: bigint, denominator: bigint): number =>
  Number((2n * numerator + denominator) / (2n * denominator))

/** `hundredths` of one currency in hundredths of another, at so many of it for one, rounded half up. */
export const convert = (hundredths: number, rate: string): number => {
  const [numerator, denominator] = ratio(rate)
  return roundedHalfUp(BigInt(hundredths) * numerator, denominator)
}

/** A part of `hundredths`, in basis points, rounded half up. */
export const share = (hundredths: number, basisPoints: number): number =>
  roundedHalfUp(BigInt(hundredths) * BigInt(basisPoints), 10_000n)
