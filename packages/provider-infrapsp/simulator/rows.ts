/**
 * What the provider keeps: the document's own shapes, and around them what its answers do not show.
 */
import type { Notifications, Records } from "@salesos/simulator-kit"
import { Schema } from "effect"
import { HttpUrl } from "./wire/common.ts"
import { type Chargeback, type FeeRule, type Invoice, type Operation, type Payable, Transfer } from "./wire/money.ts"
import { PreTransaction } from "./wire/preTransactions.ts"
import { Transaction } from "./wire/transactions.ts"

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

/** A payment link, and where to notify of its transactions. */
export const Link = Schema.Struct({ preTransaction: PreTransaction, notifyUrl: Schema.NullOr(Schema.String) })
export type Link = typeof Link.Type

/** A transfer, and what is to become of it and when. */
export const Payout = Schema.Struct({
  transfer: Transfer,
  next: Schema.NullOr(Schema.Struct({ at: Schema.Int, to: Schema.Literals(["completed", "failed"]) }))
})
export type Payout = typeof Payout.Type

/** An address that is told of everything that happens. The document does not describe it; this is ours. */
export const Webhook = Schema.Struct({ id: Schema.String, url: HttpUrl, createdAt: Schema.String })
export type Webhook = typeof Webhook.Type

/** What a step changes, applied and written down as a whole. */
export type Change = Records.Change<{
  readonly charges: Charge
  readonly links: Link
  readonly payables: Payable
  readonly operations: Operation
  readonly chargebacks: Chargeback
  readonly payouts: Payout
  readonly invoices: Invoice
  readonly feeRules: FeeRule
  readonly webhooks: Webhook
  readonly notifications: Notifications.Notification
}>

/** Something to tell: to the address of what it is about, where there is one, and to all webhooks. */
export interface Event {
  readonly event: "transaction" | "pre_transaction" | "transfer"
  readonly entityId: string
  /** The entity as it was when its status changed. */
  readonly data: unknown
  readonly url: string | null
}

/** What happens in one go. */
export interface Step extends Omit<Change, "notifications"> {
  readonly events?: ReadonlyArray<Event>
}

/** The merchant whose account the simulator keeps. */
export const merchantId = "CRutyJmJHin46NXnRdCjN"

/** A moment in milliseconds since 1970 as the document writes it. */
export const iso = (millis: number): string => new Date(millis).toISOString()

/** The history of statuses with one more, and the fields that follow it. */
export const moved = <Status extends string>(
  row: { readonly statusHistory: ReadonlyArray<{ status: Status; message: string; createdAt: string }> },
  status: Status,
  message: string,
  at: string
) => ({
  status,
  statusMessage: message,
  statusHistory: [...row.statusHistory, { status, message, createdAt: at }],
  updatedAt: at
})
