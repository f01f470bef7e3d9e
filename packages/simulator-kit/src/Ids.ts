/**
 * The random identifiers a provider hands out. They come from Effect's `Random`, so a test can seed them.
 */
import { Effect, Random } from "effect"

const digits = "0123456789"
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/** Letters and digits. */
export const alphanumeric = digits + letters

/** Draws identifiers; each call gives a new one. */
export interface Ids {
  /** `length` characters of `alphabet`. */
  readonly of: (alphabet: string, length: number) => string
  /** `length` letters and digits, for a txid or the tail of an end-to-end id. */
  readonly alphanumeric: (length: number) => string
  readonly digits: (length: number) => string
  /** `length` hexadecimal digits in lower case. */
  readonly hex: (length: number) => string
  /** A UUID of version 4. */
  readonly uuid: () => string
}

/** Identifiers drawn from the `Random` of the current fiber. */
export const make: Effect.Effect<Ids> = Effect.map(Random.Random, (random) => {
  const of = (alphabet: string, length: number): string => {
    let drawn = ""
    for (let i = 0; i < length; i++) drawn += alphabet[Math.floor(random.nextDoubleUnsafe() * alphabet.length)]
    return drawn
  }
  const hex = (length: number) => of("0123456789abcdef", length)
  return {
    of,
    alphanumeric: (length) => of(alphanumeric, length),
    digits: (length) => of(digits, length),
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${of("89ab", 1)}${hex(3)}-${hex(12)}`
  }
})
