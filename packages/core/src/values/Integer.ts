/**
 * Integers in a range, with one error for whatever is not.
 */
import { Schema } from "effect"
import "./Annotations.ts"

/** A safe integer from `minimum` to `maximum`. */
export const between = (minimum: number, maximum: number, error: { readonly code: string; readonly message: string }) =>
  Schema.Number.check(Schema.isInt(error), Schema.isBetween({ minimum, maximum }, error))
