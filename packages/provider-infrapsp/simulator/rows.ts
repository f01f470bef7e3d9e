/**
 * What the provider keeps: the document's own shapes, and around them what its answers do not show.
 */
import type { Notifications, Records } from "@salesos/simulator-kit"
import { Schema } from "effect"
import { type Operation, type Payable, Transaction } from "./wire.ts"

/** How an open transaction may end by itself or through the control endpoints. */
export const Ending = Schema.Literals(["paid", "failed", "expired"])
export type Ending = typeof Ending.Type

/** A transaction, where to notify of it, and what is to happen to it and when. */
export const Charge = Schema.Struct({
  transaction: Transaction,
  notifyUrl: Schema.NullOr(Schema.String),
  /** `at` is in milliseconds since 1970. */
  next: Schema.NullOr(Schema.Struct({ at: Schema.Int, to: Ending }))
})
export type Charge = typeof Charge.Type

/** What a step changes, applied and written down as a whole. */
export type Change = Records.Change<{
  readonly charges: Charge
  readonly payables: Payable
  readonly operations: Operation
  readonly notifications: Notifications.Notification
}>
