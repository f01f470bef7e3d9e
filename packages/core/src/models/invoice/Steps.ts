/** What we do about an invoice: the steps of its creation, its cancellation, and what is asked of providers meanwhile. */
import { DateTime, Result } from "effect"
import type { InvoiceId, TaxDocumentId } from "../../values/Ids.ts"
import type { OurNumber } from "../../values/OurNumber.ts"
import * as ChargeAttempt from "../ChargeAttempt.ts"
import * as Doubt from "../Doubt.ts"
import type { InvoiceRequest, Leg } from "../InvoiceRequest.ts"
import type { Owner } from "../Owner.ts"
import * as ProviderOperation from "../ProviderOperation.ts"
import * as TaxDocument from "../TaxDocument.ts"
import { fail, moveAttempt, moveOperation, tidy, touch, want, withAttempt } from "./internal.ts"
import { attempt, type Invoice, next, unresolved } from "./State.ts"

/** Where an attempt is about to be sent. */
export interface Sending {
  readonly leg: Leg
  /** The configured name of the provider account. */
  readonly account: string
  /** When the charge is over by our clock. */
  readonly lapsesAt: DateTime.Utc
  /** From when on a "not there" counts. */
  readonly missesCountFrom: DateTime.Utc
}

/** A new invoice with its first attempt recorded, before any provider has heard of it. */
export const requested = (
  intent: Sending & {
    readonly owner: Owner
    readonly id: InvoiceId
    readonly ourNumber: OurNumber
    readonly request: InvoiceRequest
    /** The id of the tax document that the request asks for. */
    readonly document: TaxDocumentId | null
    readonly createdAt: DateTime.Utc
  }
): Invoice => ({
  owner: intent.owner,
  id: intent.id,
  ourNumber: intent.ourNumber,
  status: "open",
  confirmed: false,
  request: intent.request,
  attempts: [sent(1, intent.ourNumber, intent, intent.createdAt)],
  facts: [],
  documents:
    intent.document === null || intent.request.tax_document === undefined
      ? []
      : [
          TaxDocument.pending(
            intent.document,
            intent.request.tax_document,
            intent.request.tax_document.auto_issue ?? false,
            intent.createdAt
          )
        ],
  amountPaid: null,
  amountReversed: 0,
  latePayment: false,
  payer: null,
  endToEndId: null,
  failure: null,
  paidAt: null,
  canceledAt: null,
  createdAt: intent.createdAt,
  updatedAt: intent.createdAt
})

/** An attempt that is recorded, and about to be sent. */
const sent = (
  number: number,
  ourNumber: OurNumber,
  { account, lapsesAt, leg, missesCountFrom }: Sending,
  createdAt: DateTime.Utc
): ChargeAttempt.ChargeAttempt => ({
  number,
  leg,
  reference: ChargeAttempt.referenceOf(ourNumber, number),
  account,
  status: "sent",
  providerId: null,
  artifact: null,
  exchange: null,
  expiresAt: null,
  lapsesAt,
  canceledAt: null,
  endReason: null,
  cancel: null,
  refund: null,
  ...Doubt.begun(missesCountFrom),
  dueAt: missesCountFrom,
  createdAt
})

/** Adds an attempt that is about to be sent; an invoice that was `not_created` is open again. */
export const send = (invoice: Invoice, sending: Sending, now: DateTime.Utc): Invoice => {
  const added = sent(invoice.attempts.length + 1, invoice.ourNumber, sending, now)
  return touch(invoice, now, {
    ...(invoice.status === "failed" ? { status: Result.getOrThrow(next("failed", "Retried")), failure: null } : {}),
    attempts: [...invoice.attempts, added]
  })
}

/** The provider refused, or the attempt was surely never processed. */
export const reject = (invoice: Invoice, number: number, now: DateTime.Utc): Invoice =>
  moveAttempt(invoice, number, "Rejected", now, { dueAt: null })

/** Sent, and no trustworthy answer. From `missesCountFrom` on a "not there" counts. */
export const doubt = (invoice: Invoice, number: number, missesCountFrom: DateTime.Utc, now: DateTime.Utc): Invoice =>
  moveAttempt(invoice, number, "Doubted", now, { missesCountFrom, dueAt: missesCountFrom })

/**
 * The provider answered "not there" for an attempt in doubt. It counts only from `missesCountFrom` on, and after
 * `enough` such answers in a row the attempt is absent.
 */
export const miss = (invoice: Invoice, number: number, enough: number, now: DateTime.Utc): Invoice => {
  const found = attempt(invoice, number)
  if (found === undefined || found.status !== "in_doubt") return invoice
  if (DateTime.isLessThan(now, found.missesCountFrom)) return invoice
  const misses = found.misses + 1
  return misses >= enough
    ? moveAttempt(invoice, number, "NotThere", now, { misses, dueAt: now }) // until somebody has drawn the conclusion
    : touch(invoice, now, {
        attempts: withAttempt(invoice, { ...found, misses, dueAt: lookupAt(found, now) })
      })
}

/** Nothing more is to be asked about an attempt, for now: it is over, or never was. */
export const rest = (invoice: Invoice, number: number): Invoice => {
  const found = attempt(invoice, number)
  return found === undefined || found.dueAt === null
    ? invoice
    : { ...invoice, attempts: withAttempt(invoice, { ...found, dueAt: null }) }
}

/** When the provider is asked again about an attempt: as what is in doubt of it wants, and no later than one that may be paid is watched. */
const lookupAt = (found: ChargeAttempt.ChargeAttempt, now: DateTime.Utc): DateTime.Utc => {
  const doubted = [
    ...(ChargeAttempt.isUnresolved(found) ? [found.createdAt] : []),
    ...[found.cancel, found.refund].filter(ProviderOperation.isUnresolved).map((each) => each.missesCountFrom)
  ]
  const watched = doubted.length === 0 || ChargeAttempt.isLive(found) ? [ChargeAttempt.nextLookup(found, now)] : []
  return [...doubted.map((since) => Doubt.nextLookup(since, now)), ...watched].reduce(DateTime.min)
}

/** The provider did not tell: it is asked again by the schedule, or later where it is due later already. */
export const askLater = (invoice: Invoice, number: number, now: DateTime.Utc): Invoice => {
  const found = attempt(invoice, number)
  if (found === undefined || found.dueAt === null) return invoice
  const dueAt = DateTime.max(found.dueAt, lookupAt(found, now))
  return { ...invoice, attempts: withAttempt(invoice, { ...found, dueAt }) }
}

/**
 * Every candidate of some leg was rejected or unavailable. No event: the request answers 502 and may be sent again. While
 * another leg can be paid the invoice stays open, and the same request completes what is missing.
 */
export const notCreated = (invoice: Invoice, now: DateTime.Utc): Invoice =>
  invoice.confirmed || unresolved(invoice).length > 0 || invoice.attempts.some(({ status }) => status === "open")
    ? invoice
    : tidy(fail(invoice, "NotCreated", "not_created", now), now)

/** Nobody should pay it any more. Its charges are canceled where providers can, and watched anyway. */
export const cancel = (invoice: Invoice, now: DateTime.Utc): Invoice =>
  Result.match(next(invoice.status, "Canceled"), {
    onFailure: () => invoice,
    onSuccess: (status) => tidy(touch(invoice, now, { status, canceledAt: now, confirmed: true }), now)
  })

/** A charge is to be canceled at its provider: once more if it was perhaps, since canceling twice is canceling once. */
export const wantCancel = (invoice: Invoice, number: number, now: DateTime.Utc): Invoice =>
  want(moveOperation(invoice, number, "cancel", "Again", now, { dueAt: now }), number, "cancel", now)

/** A charge's payment is to be given back. */
export const wantRefund = (invoice: Invoice, number: number, now: DateTime.Utc): Invoice =>
  want(invoice, number, "refund", now)

/** What is asked of a provider about a charge that it has. */
export type OperationKind = "cancel" | "refund"

/** An operation is about to be sent, perhaps once more. Until `missesCountFrom` a read without effect proves nothing. */
export const operationSent = (
  invoice: Invoice,
  number: number,
  kind: OperationKind,
  missesCountFrom: DateTime.Utc,
  now: DateTime.Utc
): Invoice => {
  const since = attempt(invoice, number)?.[kind]?.since ?? missesCountFrom
  return moveOperation(invoice, number, kind, "Sent", now, {
    since,
    misses: 0,
    missesCountFrom,
    dueAt: missesCountFrom
  })
}

/** What the provider's answer made of an operation: nothing sent, no trustworthy answer, or a refusal. */
export const operationAnswered = (
  invoice: Invoice,
  number: number,
  kind: OperationKind,
  event: Extract<ProviderOperation.Event, "NotSent" | "Doubted" | "Refused" | "Done">,
  dueAt: DateTime.Utc,
  now: DateTime.Utc
): Invoice => moveOperation(invoice, number, kind, event, now, { dueAt })

/** A read of the charge showed no effect of an operation in doubt. After `enough` in a row it has not happened. */
export const operationMissed = (
  invoice: Invoice,
  number: number,
  kind: OperationKind,
  enough: number,
  now: DateTime.Utc
): Invoice => {
  const found = attempt(invoice, number)
  const operation = found?.[kind]
  if (found === undefined || operation?.status !== "in_doubt") return invoice
  if (DateTime.isLessThan(now, operation.missesCountFrom)) return invoice
  const misses = operation.misses + 1
  return misses >= enough
    ? moveOperation(invoice, number, kind, "NotThere", now, { misses })
    : touch(invoice, now, {
        attempts: withAttempt(invoice, {
          ...found,
          [kind]: { ...operation, misses },
          dueAt: lookupAt(found, now)
        })
      })
}
