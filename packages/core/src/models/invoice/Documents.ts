/**
 * What happens to an invoice's tax document: it is asked for, sent, answered and canceled. The authority's word comes at any
 * time; what does not fit the document as it is leaves it so.
 */
import { DateTime, Result } from "effect"
import type { TaxDocumentId } from "../../values/Ids.ts"
import * as Doubt from "../Doubt.ts"
import * as ProviderOperation from "../ProviderOperation.ts"
import * as TaxDocument from "../TaxDocument.ts"
import { changeDocument, moveDocument, tidy, touch } from "./internal.ts"
import { document, documentBy, holdReason, type Invoice } from "./State.ts"

/** Why a tax document can't be asked for: the invoice is over, has one that is live, or one that was made otherwise. */
export type NotRequested = "invoice_over" | "is_live" | "other_type" | "other_content"

/** One more document, made after the last. */
const append = (invoice: Invoice, added: TaxDocument.TaxDocument, now: DateTime.Utc): Invoice => {
  const last = document(invoice)
  const createdAt = last === undefined ? now : DateTime.max(now, DateTime.add(last.createdAt, { milliseconds: 1 }))
  return touch(invoice, now, { documents: [...invoice.documents, { ...added, createdAt }] })
}

/** What is wanted, with what a request leaves out as it was asked for before, where the same document is to be sent. */
export const completeRequest = (invoice: Invoice, request: TaxDocument.Request): TaxDocument.Request => {
  const last = document(invoice)
  if (last === undefined || !TaxDocument.isLive(last)) return request
  const { issWithheld, metadata, serviceCode } = last
  return {
    ...(serviceCode === null ? {} : { service_code: serviceCode }),
    iss_withheld: issWithheld,
    metadata,
    ...request
  }
}

/** A tax document is to be issued now: a new one, a failed one once more, or a pending one that was never sent. */
export const requestDocument = (
  invoice: Invoice,
  id: TaxDocumentId,
  request: TaxDocument.Request,
  now: DateTime.Utc
): Result.Result<Invoice, NotRequested> => {
  if (invoice.status !== "open" && invoice.status !== "paid") return Result.fail("invoice_over")
  const last = document(invoice)
  const asked = { asked: true, held: null, dueAt: now }
  if (last === undefined || !TaxDocument.isLive(last)) {
    return Result.succeed(append(invoice, { ...TaxDocument.pending(id, request, false, now), ...asked }, now))
  }
  if (last.status !== "failed" && !TaxDocument.wasNeverSent(last)) return Result.fail("is_live")
  if (last.type !== request.type) return Result.fail("other_type")
  const { issWithheld, metadata, serviceCode } = TaxDocument.pending(id, completeRequest(invoice, request), false, now)
  const change = { ...asked, issWithheld, metadata, serviceCode }
  if (last.status === "failed") {
    return Result.succeed(moveDocument(invoice, last.id, "Retried", now, { ...change, sending: null, failure: null }))
  }
  if (last.sending === null) return Result.succeed(changeDocument(invoice, last.id, now, change))
  // Its content is kept under its number: it is sent as it is, or not at all.
  return serviceCode !== last.serviceCode || issWithheld !== last.issWithheld
    ? Result.fail("other_content")
    : Result.succeed(changeDocument(invoice, last.id, now, { ...change, sending: { ...last.sending, since: now } }))
}

/**
 * What a payment makes of the tax document: one that is issued by itself is due, or held where the payment leaves a question; one
 * that was given up with the invoice is followed by a new one. `next` is the id that a new one gets. Repeats change nothing.
 */
export const documentAfterPayment = (invoice: Invoice, next: TaxDocumentId, now: DateTime.Utc): Invoice => {
  const last = document(invoice)
  if (invoice.status !== "paid" || last === undefined) return invoice
  if (TaxDocument.wentWithInvoice(last)) {
    const { autoIssue, asked, issuedAt, issWithheld, metadata, serviceCode, type } = last
    const again = TaxDocument.pending(next, { type }, autoIssue || asked || issuedAt !== null, now)
    return documentAfterPayment(append(invoice, { ...again, issWithheld, metadata, serviceCode }, now), next, now)
  }
  const waits = last.autoIssue && last.status === "pending" && last.sending === null && last.dueAt === null
  if (!waits || last.held !== null) return invoice
  const reason = holdReason(invoice)
  return reason === null
    ? changeDocument(invoice, last.id, now, { dueAt: now })
    : holdDocument(invoice, last.id, reason, now)
}

/** It waits for a person: only an explicit request sends it. */
export const holdDocument = (
  invoice: Invoice,
  id: TaxDocumentId,
  reason: TaxDocument.HoldReason,
  now: DateTime.Utc
): Invoice => {
  const found = documentBy(invoice, id)
  return found !== undefined && TaxDocument.wasNeverSent(found)
    ? changeDocument(invoice, id, now, { held: reason, dueAt: null })
    : invoice
}

/** Why a document that is about to be sent may not be, now; null when it may. */
export const mayNotBeSent = (invoice: Invoice, { asked }: TaxDocument.TaxDocument): TaxDocument.HoldReason | null =>
  asked && (invoice.status === "open" || invoice.status === "paid") ? null : holdReason(invoice)

/** It is about to be sent, for the first time or once more as it was. Until `missesCountFrom` a "not there" proves nothing. */
export const documentSent = (
  invoice: Invoice,
  id: TaxDocumentId,
  to: { readonly reference: string; readonly account: string },
  missesCountFrom: DateTime.Utc,
  now: DateTime.Utc
): Invoice => {
  const found = documentBy(invoice, id)
  if (found === undefined || !TaxDocument.wasNeverSent(found)) return invoice
  const since = found.sending?.since ?? now
  const sending = { ...to, status: "sent" as const, since, ...Doubt.begun(missesCountFrom) }
  return changeDocument(invoice, id, now, { sending, dueAt: missesCountFrom })
}

/** When the authority is asked again about what is in doubt, and not before its answer counts. */
const askedAt = ({ missesCountFrom }: Doubt.Doubt, now: DateTime.Utc): DateTime.Utc =>
  DateTime.max(missesCountFrom, Doubt.nextLookup(missesCountFrom, now))

/** A document that may be at the authority, with its sending. */
const underWay = (invoice: Invoice, id: TaxDocumentId) => {
  const found = documentBy(invoice, id)
  const sending = found === undefined ? null : TaxDocument.unresolvedSending(found)
  return found === undefined || sending === null ? undefined : { found, sending }
}

/** Sent, and no trustworthy answer. From `missesCountFrom` on a "not there" counts. */
export const documentDoubted = (
  invoice: Invoice,
  id: TaxDocumentId,
  missesCountFrom: DateTime.Utc,
  now: DateTime.Utc
): Invoice => {
  const at = underWay(invoice, id)
  if (at === undefined) return invoice
  const sending = { ...at.sending, status: "in_doubt" as const, missesCountFrom }
  return changeDocument(invoice, id, now, { sending, dueAt: missesCountFrom })
}

/** Surely not processed: the same content is sent again, later each time. An invoice that is over meanwhile drops it. */
export const documentNotSent = (invoice: Invoice, id: TaxDocumentId, now: DateTime.Utc): Invoice => {
  const at = underWay(invoice, id)
  if (at === undefined) return invoice
  const sending = { ...at.sending, status: "prepared" as const }
  return tidy(changeDocument(invoice, id, now, { sending, dueAt: TaxDocument.nextTry(sending.since, now) }), now)
}

/** The authority does not know it. After `enough` such answers in a row, counted from their time on, it was never sent. */
export const documentMissed = (invoice: Invoice, id: TaxDocumentId, enough: number, now: DateTime.Utc): Invoice => {
  const at = underWay(invoice, id)
  if (at === undefined) return invoice
  const { sending } = at
  const counts = DateTime.isGreaterThanOrEqualTo(now, sending.missesCountFrom)
  const misses = counts ? sending.misses + 1 : sending.misses
  if (counts && misses >= enough) {
    const absent = { ...sending, status: "prepared" as const, misses }
    return tidy(changeDocument(invoice, id, now, { sending: absent, dueAt: now }), now)
  }
  const doubted = { ...sending, status: "in_doubt" as const, misses }
  const dueAt = askedAt(sending, now)
  return changeDocument(invoice, id, now, { sending: doubted, dueAt })
}

/** The authority has issued what was sent under a reference. */
export const documentIssued = (
  invoice: Invoice,
  id: TaxDocumentId,
  reference: string,
  seen: Pick<TaxDocument.TaxDocument, "documentNumber" | "accessKey" | "issuedAt">,
  now: DateTime.Utc
): Invoice => {
  const sending = documentBy(invoice, id)?.sending ?? null
  if (sending === null || sending.reference !== reference) return invoice
  const answered = { ...sending, status: "answered" as const }
  return moveDocument(invoice, id, "Issued", now, { ...seen, sending: answered, held: null, dueAt: null })
}

/** It will not be issued: not by the authority, or not from this content at all. */
export const documentFailed = (
  invoice: Invoice,
  id: TaxDocumentId,
  failure: NonNullable<TaxDocument.TaxDocument["failure"]>,
  now: DateTime.Utc
): Invoice => {
  const sending = documentBy(invoice, id)?.sending ?? null
  const answered = sending && { ...sending, status: "answered" as const }
  return moveDocument(invoice, id, "Failed", now, { failure, sending: answered, dueAt: null })
}

/** Nobody could be asked about it, or nobody could be asked to issue it: it is seen to later. */
export const documentPostponed = (invoice: Invoice, id: TaxDocumentId, now: DateTime.Utc): Invoice => {
  const found = documentBy(invoice, id)
  if (found === undefined || found.dueAt === null) return invoice
  const doubt = ProviderOperation.isUnresolved(found.cancel) ? found.cancel : TaxDocument.unresolvedSending(found)
  const dueAt = doubt === null ? TaxDocument.nextTry(found.sending?.since ?? found.updatedAt, now) : askedAt(doubt, now)
  return { ...invoice, documents: invoice.documents.map((each) => (each.id === id ? { ...each, dueAt } : each)) }
}

/** The authority did not tell, or nobody could ask it: what may have been sent is in doubt, whatever it was, and is asked about later. */
export const documentUntold = (invoice: Invoice, id: TaxDocumentId, now: DateTime.Utc): Invoice => {
  const found = documentBy(invoice, id)
  const sent = found === undefined ? null : TaxDocument.unresolvedSending(found)
  const sending = sent?.status === "sent" ? { ...sent, status: "in_doubt" as const } : null
  const doubted = sending === null ? invoice : changeDocument(invoice, id, now, { sending })
  return documentPostponed(moveCancel(doubted, id, "Doubted", now, {}, found?.dueAt ?? null), id, now)
}

/** Somebody does not want it any more, and the authority does not have it. */
export const dropDocument = (invoice: Invoice, id: TaxDocumentId, reason: string, now: DateTime.Utc): Invoice => {
  const found = documentBy(invoice, id)
  if (found === undefined || !TaxDocument.wasNeverSent(found)) return invoice
  const cancel = { ...ProviderOperation.wanted(now), status: "done" as const, reason, withInvoice: false }
  return moveDocument(invoice, id, "Dropped", now, { cancel, dueAt: null, held: null })
}

/** An issued document's cancellation is about to be sent, also once more after a refusal. Until `missesCountFrom` a read without effect proves nothing. */
export const documentCancelSent = (
  invoice: Invoice,
  id: TaxDocumentId,
  why: Pick<TaxDocument.Cancellation, "reason" | "withInvoice">,
  missesCountFrom: DateTime.Utc,
  now: DateTime.Utc
): Invoice => {
  const found = documentBy(invoice, id)
  if (found?.status !== "issued" || ProviderOperation.isUnresolved(found.cancel)) return invoice
  const cancel = { ...why, status: "sent" as const, since: missesCountFrom, ...Doubt.begun(missesCountFrom) }
  return changeDocument(invoice, id, now, { cancel, dueAt: missesCountFrom })
}

const moveCancel = (
  invoice: Invoice,
  id: TaxDocumentId,
  event: ProviderOperation.Event,
  now: DateTime.Utc,
  change: Partial<TaxDocument.Cancellation>,
  dueAt: DateTime.Utc | null
): Invoice => {
  const before = documentBy(invoice, id)?.cancel ?? null
  if (before === null) return invoice
  return Result.match(ProviderOperation.next(before.status, event), {
    onFailure: () => invoice,
    onSuccess: (status) => changeDocument(invoice, id, now, { cancel: { ...before, ...change, status }, dueAt })
  })
}

/** The authority did not cancel it, or surely was not asked: it stays issued, until somebody asks again. */
export const documentCancelRefused = (invoice: Invoice, id: TaxDocumentId, now: DateTime.Utc): Invoice =>
  moveCancel(invoice, id, "Refused", now, {}, null)

/** Its cancellation was sent, and there is no trustworthy answer. */
export const documentCancelDoubted = (
  invoice: Invoice,
  id: TaxDocumentId,
  missesCountFrom: DateTime.Utc,
  now: DateTime.Utc
): Invoice => moveCancel(invoice, id, "Doubted", now, { missesCountFrom }, missesCountFrom)

/** It is read as issued while its cancellation is in doubt. After `enough` such reads in a row it was not canceled. */
export const documentCancelMissed = (
  invoice: Invoice,
  id: TaxDocumentId,
  enough: number,
  now: DateTime.Utc
): Invoice => {
  const found = documentBy(invoice, id)
  const cancel = found?.cancel ?? null
  if (found === undefined || cancel === null || !ProviderOperation.isUnresolved(cancel)) return invoice
  const counts = DateTime.isGreaterThanOrEqualTo(now, cancel.missesCountFrom)
  const misses = counts ? cancel.misses + 1 : cancel.misses
  if (counts && misses >= enough) {
    const doubted = cancel.status === "sent" ? moveCancel(invoice, id, "Doubted", now, {}, null) : invoice
    return moveCancel(doubted, id, "NotThere", now, { misses }, null)
  }
  const dueAt = askedAt(cancel, now)
  return changeDocument(invoice, id, now, { cancel: { ...cancel, status: "in_doubt", misses }, dueAt })
}

/** The authority says that it is canceled. */
export const documentCanceled = (
  invoice: Invoice,
  id: TaxDocumentId,
  canceledAt: DateTime.Utc,
  now: DateTime.Utc
): Invoice => {
  const before = documentBy(invoice, id)?.cancel ?? null
  // Canceled there without our asking, by whoever else may.
  const asked = before ?? { ...ProviderOperation.wanted(now), reason: "", withInvoice: false }
  const cancel = { ...asked, status: "done" as const }
  return moveDocument(invoice, id, "Canceled", now, { cancel, canceledAt, dueAt: null })
}
