/** What the tests' bank is sent, and what is read of its answers. */
import { Wire } from "@salesos/core"
import { Schema } from "effect"

/** The body of `POST /transfers`. */
export const CreateTransfer = Schema.Struct({
  reference: Schema.String,
  /** Minor units. */
  amount: Schema.Int,
  currency: Schema.String,
  iban: Schema.String,
  name: Schema.String
})
export type CreateTransfer = typeof CreateTransfer.Type

/** A transfer as every answer shows it. */
export const Transfer = Schema.Struct({
  id: Schema.NonEmptyString,
  amount: Schema.Int.check(Schema.isGreaterThan(0)),
  state: Wire.text
})
export type Transfer = typeof Transfer.Type

/** The answer to a search. */
export const Transfers = Schema.Struct({ transfers: Schema.Array(Transfer) })
