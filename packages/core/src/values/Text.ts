/**
 * Text that a database, a fiscal document and a payer's screen can all hold.
 */
import { Schema } from "effect"

/** No U+0000 and no lone surrogate: PostgreSQL refuses both. */
export const wellFormed = Schema.makeFilter((text: string) => text.isWellFormed() && !text.includes("\u0000"), {
  message: "Expected text without U+0000 or lone surrogates",
  code: "invalid_text"
})

/** Text of 1 to `max` characters (code points). */
export const Text = (max: number) =>
  Schema.String.check(
    wellFormed,
    Schema.isBetweenCodePoints(1, max, { message: `Expected 1 to ${max} characters`, code: "invalid_length" })
  )
