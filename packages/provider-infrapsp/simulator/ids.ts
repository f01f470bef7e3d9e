/**
 * The random identifiers the provider hands out. They come from Effect's `Random`, so a test can seed them.
 */
import { Effect, Random } from "effect"

const digits = "0123456789"
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const alphanumeric = digits + letters

/** Draws identifiers; each call gives a new one. */
export interface Ids {
  /** An entity id: 21 characters of `[0-9a-zA-Z_]` (InfraPSP document, every `id`). */
  readonly entity: () => string
  /** The id of the bank behind InfraPSP, hexadecimal as in the document's example. */
  readonly provider: () => string
  /** `length` letters and digits, for a txid or the tail of an end-to-end id. */
  readonly alphanumeric: (length: number) => string
}

/** Identifiers drawn from the `Random` of the current fiber. */
export const make: Effect.Effect<Ids> = Effect.map(Random.Random, (random) => {
  const draw = (alphabet: string, length: number): string => {
    let drawn = ""
    for (let i = 0; i < length; i++) drawn += alphabet[Math.floor(random.nextDoubleUnsafe() * alphabet.length)]
    return drawn
  }
  return {
    entity: () => draw(alphanumeric + "_", 21),
    provider: () => draw("0123456789abcdef", 42),
    alphanumeric: (length) => draw(alphanumeric, length)
  }
})
