/**
 * The public events, and the body that is sent to webhook endpoints. A body is rendered once, in the transaction of
 * what it tells, and never changes.
 */
import { DateTime, Schema } from "effect"
import type { EventId } from "../values/Ids.ts"
import type { Invoice } from "./Invoice.ts"
import type { Letter } from "./Letter.ts"
import type { MoneyFact } from "./MoneyFact.ts"
import type { Owner } from "./Owner.ts"
import * as Payout from "./Payout.ts"
import type { TaxDocument } from "./TaxDocument.ts"

export const Type = Schema.Literals([
  "invoice.paid",
  "invoice.canceled",
  "invoice.failed",
  "invoice.reversed",
  "tax_document.issued",
  "tax_document.canceled",
  "tax_document.failed",
  "payout.paid",
  "payout.failed",
  "payout.canceled",
  "ping"
])
export type Type = typeof Type.Type

/** A change that others should hear of, and the tax document that it is about where it is not about the invoice. */
export interface InvoiceEvent {
  readonly type: Type
  readonly document?: TaxDocument
}

const isReversal = ({ kind }: MoneyFact): boolean =>
  kind === "refund" || kind === "chargeback" || kind === "chargeback_won"

const documentEvents = { issued: "tax_document.issued", failed: "tax_document.failed" } as const

const ofDocument = (before: TaxDocument | undefined, after: TaxDocument): ReadonlyArray<InvoiceEvent> => {
  if (before?.status === after.status) return []
  switch (after.status) {
    case "issued":
    case "failed":
      return [{ type: documentEvents[after.status], document: after }]
    // One that nobody had heard of is dropped in silence.
    case "canceled":
      return before?.status === "issued" ? [{ type: "tax_document.canceled", document: after }] : []
    case "pending":
      return []
  }
}

/**
 * What a change of an invoice tells: derived here and nowhere else, from what was and what is. A creation that failed is
 * answered with a problem, and tells nothing.
 */
export const ofInvoice = (before: Invoice, after: Invoice): ReadonlyArray<InvoiceEvent> => [
  ...(before.status === after.status || after.status === "open" || after.failure?.code === "not_created"
    ? []
    : [{ type: `invoice.${after.status}` as const }]),
  ...after.facts
    .filter((fact) => isReversal(fact) && !before.facts.some(({ key }) => key === fact.key))
    .map(() => ({ type: "invoice.reversed" as const })),
  ...after.documents.flatMap((each) =>
    ofDocument(
      before.documents.find(({ id }) => id === each.id),
      each
    )
  )
]

/** What is told of a payout's status. A creation that failed and may be sent again is answered with a problem, and tells nothing. */
const payoutEvent = (payout: Payout.Payout): Type | null => {
  switch (payout.status) {
    case "paid":
    case "canceled":
      return `payout.${payout.status}`
    case "failed":
      return Payout.awaitsSending(payout) ? null : "payout.failed"
    case "created":
    case "incoming_payment_waiting":
    case "processing":
      return null
  }
}

/** What a change of a payout tells: derived here and nowhere else, from what was and what is. */
export const ofPayout = (before: Payout.Payout, after: Payout.Payout): ReadonlyArray<Type> => {
  const told = payoutEvent(after)
  return told === null || told === payoutEvent(before) ? [] : [told]
}

export interface PublicEvent {
  readonly id: EventId
  readonly type: Type
  readonly createdAt: DateTime.Utc
  /** The id of the resource that the event is about. */
  readonly subject: string
  /** The exact text that is signed and sent. */
  readonly body: string
  /** The letter that it leads to, written beside it. */
  readonly letter?: Letter | null
}

/** An event about a resource, `object` being the resource as GET returns it. */
export const render = (owner: Owner, event: Omit<PublicEvent, "body">, object: unknown): PublicEvent => ({
  ...event,
  body: JSON.stringify({
    id: event.id,
    type: event.type,
    created_at: DateTime.formatIso(event.createdAt),
    livemode: owner.environment === "live",
    data: { object }
  })
})
