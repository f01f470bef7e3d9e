/**
 * The shapes of the document: what a request may hold and what an answer holds.
 *
 * The simulator keeps its own description of the wire. Sharing one with the driver would let both agree on a mistake.
 *
 * FILL IN: name the document, and replace every shape, limit and status by its own.
 */
import { Schema } from "effect"

export const CreateCharge = Schema.Struct({
  external_id: Schema.String,
  method: Schema.Literal("pix"),
  /** Cents. */
  amount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000_000 })),
  description: Schema.String.check(Schema.isMaxLength(140)),
  /** Seconds. */
  expires_in: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 24 * 3600 })),
  notify_url: Schema.String,
  payer: Schema.Struct({
    name: Schema.String,
    email: Schema.String,
    document: Schema.optionalKey(Schema.String)
  })
})
export type CreateCharge = typeof CreateCharge.Type

export const Status = Schema.Literals(["waiting", "paid", "refused", "expired"])
export type Status = typeof Status.Type
