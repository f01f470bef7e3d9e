/** What an invoice is, and the table of what may happen to it. */
import { type DateTime, Result, Schema } from "effect"
import type { InvoiceId, TaxDocumentId } from "../../values/Ids.ts"
import type { Money } from "../../values/Money.ts"
import type { OurNumber } from "../../values/OurNumber.ts"
import type { EndToEndId } from "../../values/Pix.ts"
import * as ChargeAttempt from "../ChargeAttempt.ts"
import { type InvoiceRequest, type Leg, legsOf } from "../InvoiceRequest.ts"
import type { MoneyFact } from "../MoneyFact.ts"
import type { Owner } from "../Owner.ts"
import * as ProviderOperation from "../ProviderOperation.ts"
import * as TaxDocument from "../TaxDocument.ts"
import { TransitionRefused } from "../Transition.ts"

export const Status = Schema.Literals(["open", "paid", "canceled", "failed"])
export type Status = typeof Status.Type

export type Event =
  | "ChargeOpened"
  | "NotCreated"
  | "Retried"
  | "Paid"
  | "PaidToBeRefunded"
  | "Canceled"
  | "LastAttemptEnded"
  | "Reversed"

/** What may happen to an invoice, and where it leads. Everything not listed is refused. */
const transitions = {
  open: { ChargeOpened: "open", NotCreated: "failed", Paid: "paid", Canceled: "canceled", LastAttemptEnded: "failed" },
  // Late payment: money that arrived is never denied. A tenant may choose to give it back, and the state stays.
  canceled: { Paid: "paid", PaidToBeRefunded: "canceled", Reversed: "canceled" },
  failed: { Paid: "paid", PaidToBeRefunded: "failed", Reversed: "failed", Retried: "open" },
  paid: { Paid: "paid", Reversed: "paid" } // a second payment is booked, not refused
} as const satisfies Record<Status, Partial<Record<Event, Status>>>

/** Why an invoice failed. After `not_created` the same idempotency key tries again under the same number. */
export const FailureCode = Schema.Literals(["not_created", "expired", "refused", "provider_failed"])
export type FailureCode = typeof FailureCode.Type

export interface Invoice {
  readonly owner: Owner
  readonly id: InvoiceId
  readonly ourNumber: OurNumber
  readonly status: Status
  /** Whether a provider has confirmed the charge, every leg of it, so that a payer can pay. */
  readonly confirmed: boolean
  readonly request: InvoiceRequest
  /** Oldest first, numbered from 1. */
  readonly attempts: ReadonlyArray<ChargeAttempt.ChargeAttempt>
  /** The money facts recorded so far, in the order in which they were. */
  readonly facts: ReadonlyArray<MoneyFact>
  /** Oldest first; all but the last are canceled. */
  readonly documents: ReadonlyArray<TaxDocument.TaxDocument>
  /** Σ of the payments recorded, in minor units; null while there is none. */
  readonly amountPaid: number | null
  /** Σ of what went back to payers, less what was won back. */
  readonly amountReversed: number
  readonly latePayment: boolean
  readonly payer: { readonly name: string | null; readonly document: string | null } | null
  readonly endToEndId: EndToEndId | null
  readonly failure: { readonly code: FailureCode; readonly message: string } | null
  readonly paidAt: DateTime.Utc | null
  readonly canceledAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
  /** Strictly grows with every change. */
  readonly updatedAt: DateTime.Utc
}

/** Where an event leads, or a refusal. */
export const next = (from: Status, event: Event): Result.Result<Status, TransitionRefused> => {
  const row: Partial<Record<Event, Status>> = transitions[from]
  const to = row[event]
  return to === undefined ? Result.fail(new TransitionRefused({ machine: "invoice", from, event })) : Result.succeed(to)
}

/** What the invoice asks for. */
export const money = (invoice: Invoice): Money => ({
  amount: invoice.request.amount,
  currency: invoice.request.currency
})

/** What a payer may choose from: boleto and PIX for a bolepix, else the one method. */
export const legs = (invoice: Invoice): ReadonlyArray<Leg> => legsOf(invoice.request.payment_method.type)

/** The attempt of a leg that a payer sees: the last one whose artifact we hold. */
export const shownOf = (invoice: Invoice, leg: Leg): ChargeAttempt.ChargeAttempt | undefined =>
  invoice.attempts.findLast((attempt) => attempt.leg === leg && attempt.artifact !== null)

/** The attempts that a payer sees, one for each leg that has one. */
export const shown = (invoice: Invoice): ReadonlyArray<ChargeAttempt.ChargeAttempt> =>
  legs(invoice).flatMap((leg) => shownOf(invoice, leg) ?? [])

/** The provider account it is collected with: that of the attempt a payer sees first, else of the last one. */
export const account = (invoice: Invoice): string | null =>
  (shown(invoice)[0] ?? invoice.attempts.at(-1))?.account ?? null

/** The attempt a provider's answer is about. */
export const attempt = (invoice: Invoice, number: number): ChargeAttempt.ChargeAttempt | undefined =>
  invoice.attempts[number - 1]

/** The attempts of which we do not know what became. While there is one, nothing new is sent. */
export const unresolved = (invoice: Invoice): ReadonlyArray<ChargeAttempt.ChargeAttempt> =>
  invoice.attempts.filter(ChargeAttempt.isUnresolved)

/** The attempts whose cancellation or refund was perhaps sent, and nobody knows. */
export const unresolvedOperations = (invoice: Invoice): ReadonlyArray<ChargeAttempt.ChargeAttempt> =>
  invoice.attempts.filter(
    ({ cancel, refund }) => ProviderOperation.isUnresolved(cancel) || ProviderOperation.isUnresolved(refund)
  )

/** Whether anything about it was perhaps sent, and nobody knows. While that is so, no other operation is begun. */
export const isInDoubt = (invoice: Invoice): boolean =>
  hindersCancellation(invoice) || unresolvedOperations(invoice).length > 0

/** The same for whoever wants it canceled: charges that were perhaps canceled are canceled once more, which is harmless. */
export const hindersCancellation = (invoice: Invoice): boolean =>
  unresolved(invoice).length > 0 ||
  invoice.attempts.some(({ refund }) => ProviderOperation.isUnresolved(refund)) ||
  invoice.documents.some(TaxDocument.isUnresolved)

/** The legs that no provider has accepted yet. An attempt whose artifact is lost, or that came to nothing, does not count. */
export const missingLegs = (invoice: Invoice): ReadonlyArray<Leg> => {
  const accepted = invoice.attempts.filter(({ status }) => status === "open" || status === "ended" || status === "paid")
  return legs(invoice).filter((leg) => !accepted.some((attempt) => attempt.leg === leg))
}

/** Whether a creation is still wanted: nobody can pay all of it yet, and the world has not moved on. */
export const awaitsCharge = (invoice: Invoice): boolean =>
  (invoice.status === "open" && !invoice.confirmed) ||
  (invoice.status === "failed" && invoice.failure?.code === "not_created")

/** Whether somebody has to find out what became of it: an attempt in doubt, or a creation that nobody brought to an end. */
export const needsResolving = (invoice: Invoice): boolean =>
  unresolved(invoice).length > 0 || (invoice.status === "open" && !invoice.confirmed)

/**
 * Whether the PIX of a bolepix has run out before its boleto, or is lost to us: it is made anew when somebody reads the
 * invoice, never by timer.
 */
export const needsNewPix = (invoice: Invoice): boolean =>
  invoice.status === "open" &&
  invoice.confirmed &&
  legs(invoice).length > 1 &&
  unresolved(invoice).length === 0 &&
  !invoice.attempts.some((each) => each.leg === "pix" && each.status === "open") &&
  invoice.attempts.some((each) => each.leg === "boleto" && each.status === "open")

/** The tax document that counts: the only one that may not be canceled. */
export const document = (invoice: Invoice): TaxDocument.TaxDocument | undefined => invoice.documents.at(-1)

/** A tax document by its id. */
export const documentBy = (invoice: Invoice, id: TaxDocumentId): TaxDocument.TaxDocument | undefined =>
  invoice.documents.find((each) => each.id === id)

/** Whether the payment leaves no question, so that a tax document may be issued by itself. */
export const holdReason = (invoice: Invoice): TaxDocument.HoldReason | null => {
  if (invoice.status !== "paid") return "not_paid"
  if (invoice.amountReversed !== 0) return "reversed"
  return invoice.amountPaid === invoice.request.amount ? null : "amount_differs"
}
