/**
 * The wire format of NewPay.
 *
 * What we send is exact. What we read is lenient: of a charge only its id and amount are needed, whatever else is missing or
 * of another shape counts as not said, unknown fields are ignored and unknown statuses are read as they are.
 *
 * FILL IN: name the document that this is written from, and replace every shape by its own.
 */
import { Wire } from "@salesos/core"
import { Schema } from "effect"

/** The body of `POST /v1/charges`. */
export const CreateCharge = Schema.Struct({
  external_id: Schema.String,
  method: Schema.Literal("pix"),
  /** Cents. */
  amount: Schema.Int,
  description: Schema.String,
  /** Seconds. */
  expires_in: Schema.Int,
  notify_url: Schema.String,
  payer: Schema.Struct({
    name: Schema.String,
    email: Schema.String,
    document: Schema.optionalKey(Schema.String)
  })
})
export type CreateCharge = typeof CreateCharge.Type

/** A charge as every answer shows it. */
export const Charge = Schema.Struct({
  id: Schema.NonEmptyString,
  external_id: Wire.text,
  status: Wire.text,
  /** Cents. */
  amount: Schema.Int.check(Schema.isGreaterThan(0)),
  qr_code: Wire.text,
  expires_at: Wire.time,
  paid_at: Wire.time
})
export type Charge = typeof Charge.Type

/** The answer to a search. */
export const Charges = Schema.Struct({ data: Schema.Array(Charge) })

/** The body of an error. */
export const ErrorBody = Schema.Struct({ error: Schema.Struct({ code: Schema.String, message: Schema.String }) })

/** What NewPay posts to `notify_url`. */
export const Notification = Schema.Struct({ id: Wire.token, charge: Wire.token })
