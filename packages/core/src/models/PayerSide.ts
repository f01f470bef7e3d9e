/**
 * What a payer sees of an invoice. Whoever has the link sees it, so nothing of the tenant's own is in it (cost center,
 * references, provider), and of people only names and masked tax ids.
 */
import { DateTime } from "effect"
import { mask } from "../values/Documents.ts"
import type { Money } from "../values/Money.ts"
import type { ChargeAttempt } from "./ChargeAttempt.ts"
import * as Invoice from "./Invoice.ts"
import type { Artifact, Exchange } from "./Observation.ts"

/**
 * - `preparing`: no provider has confirmed the charge yet
 * - `open`: can be paid
 * - `lapsed`: open, but nothing of it can be paid any more, or not now; how it ends is not known yet
 * - `expired`, `failed`: over without a payment; failed for another reason than time
 */
export type Phase = "preparing" | "open" | "lapsed" | "paid" | "canceled" | "expired" | "failed"

/** One way to pay, while it can be used. */
export interface Way {
  readonly artifact: Artifact
  /** Until when, as the provider gave it; null where it did not, and for a boleto, which has a due date. */
  readonly expiresAt: DateTime.Utc | null
}

export interface Person {
  readonly name: string | null
  /** Masked. */
  readonly document: string | null
}

/** What is known of the payment. */
export interface Receipt {
  readonly paidAt: DateTime.Utc | null
  /** Minor units of the invoice's currency. */
  readonly amountPaid: number
  readonly amountReversed: number
  readonly endToEndId: string | null
  readonly payer: Person | null
}

export interface PayerSide {
  readonly phase: Phase
  readonly sandbox: boolean
  readonly ourNumber: string
  readonly description: string
  readonly amount: Money
  readonly customer: Person
  /** In the order in which they are offered; empty unless the phase is `open`. */
  readonly ways: ReadonlyArray<Way>
  readonly exchange: Exchange | null
  /** Null while nothing was paid. */
  readonly receipt: Receipt | null
  /** Where the payer is led after a payment by card, or back to without one. */
  readonly returnUrl: string | null
  readonly createdAt: DateTime.Utc
  /** Strictly grows with every change. */
  readonly updatedAt: DateTime.Utc
}

const masked = (person: { readonly name: string | null; readonly document?: string | null | undefined }): Person => ({
  name: person.name,
  document: person.document === undefined || person.document === null ? null : mask(person.document)
})

/** Until when an attempt can be paid, null when nobody says. A boleto's due date is not its end: it is shown by itself. */
const wayOf = ({ artifact, expiresAt, lapsesAt, status }: ChargeAttempt, now: DateTime.Utc): Way | undefined => {
  const end = artifact?.type === "boleto" ? lapsesAt : expiresAt
  return artifact !== null && status === "open" && (end === null || DateTime.isGreaterThan(end, now))
    ? { artifact, expiresAt: artifact.type === "boleto" ? null : expiresAt }
    : undefined
}

const waysOf = (invoice: Invoice.Invoice, now: DateTime.Utc): ReadonlyArray<Way> =>
  Invoice.shown(invoice).flatMap((attempt) => wayOf(attempt, now) ?? [])

const phaseOf = ({ confirmed, failure, status }: Invoice.Invoice, ways: ReadonlyArray<Way>): Phase => {
  switch (status) {
    case "open":
      if (!confirmed) return "preparing"
      return ways.length > 0 ? "open" : "lapsed"
    case "failed":
      return failure?.code === "expired" ? "expired" : "failed"
    default:
      return status
  }
}

/** The payer's side of an invoice at a time. */
export const of = (invoice: Invoice.Invoice, now: DateTime.Utc): PayerSide => {
  const { request } = invoice
  const ways = invoice.status === "open" && invoice.confirmed ? waysOf(invoice, now) : []
  return {
    phase: phaseOf(invoice, ways),
    sandbox: invoice.owner.environment === "sandbox",
    ourNumber: invoice.ourNumber,
    description: request.description,
    amount: Invoice.money(invoice),
    customer: masked(request.customer),
    // Most people pay by PIX where they may choose.
    ways: ways.toSorted((a, b) => Number(b.artifact.type === "pix") - Number(a.artifact.type === "pix")),
    exchange: Invoice.shown(invoice)[0]?.exchange ?? null,
    receipt:
      invoice.amountPaid === null
        ? null
        : {
            paidAt: invoice.paidAt,
            amountPaid: invoice.amountPaid,
            amountReversed: invoice.amountReversed,
            endToEndId: invoice.endToEndId,
            payer: invoice.payer === null ? null : masked(invoice.payer)
          },
    returnUrl: request.payment_method.return_url ?? null,
    createdAt: invoice.createdAt,
    updatedAt: invoice.updatedAt
  }
}
