/** How the modules of an invoice change one. */
import { DateTime, Result } from "effect"
import type { TaxDocumentId } from "../../values/Ids.ts"
import * as ChargeAttempt from "../ChargeAttempt.ts"
import * as ProviderOperation from "../ProviderOperation.ts"
import * as TaxDocument from "../TaxDocument.ts"
import { attempt, type Event, type FailureCode, type Invoice, next } from "./State.ts"

/** A change, and a time of change that is later than the last. */
export const touch = (invoice: Invoice, now: DateTime.Utc, change: Partial<Invoice>): Invoice => ({
  ...invoice,
  ...change,
  updatedAt: DateTime.max(now, DateTime.add(invoice.updatedAt, { milliseconds: 1 }))
})

/** The attempts with one changed. */
export const withAttempt = (
  invoice: Invoice,
  changed: ChargeAttempt.ChargeAttempt
): ReadonlyArray<ChargeAttempt.ChargeAttempt> =>
  invoice.attempts.map((each) => (each.number === changed.number ? changed : each))

/** Moves one attempt by its own machine; a refused event leaves the invoice as it is. */
export const moveAttempt = (
  invoice: Invoice,
  number: number,
  event: ChargeAttempt.Event,
  now: DateTime.Utc,
  change: Partial<ChargeAttempt.ChargeAttempt> = {}
): Invoice => {
  const found = attempt(invoice, number)
  if (found === undefined) return invoice
  return Result.match(ChargeAttempt.next(found.status, event), {
    onFailure: () => invoice,
    onSuccess: (status) => touch(invoice, now, { attempts: withAttempt(invoice, { ...found, ...change, status }) })
  })
}

const messages: Record<FailureCode, string> = {
  not_created: "No provider could create the charge",
  expired: "The charge expired unpaid",
  refused: "The provider refused the payment",
  provider_failed: "The provider ended the charge"
}

/** The invoice fails, where its machine lets it. */
export const fail = (invoice: Invoice, event: Event, code: FailureCode, now: DateTime.Utc): Invoice =>
  Result.match(next(invoice.status, event), {
    onFailure: () => invoice,
    onSuccess: (status) => touch(invoice, now, { status, failure: { code, message: messages[code] } })
  })

/** Moves an operation on an attempt; a refused event leaves the invoice as it is. */
export const moveOperation = (
  invoice: Invoice,
  number: number,
  kind: "cancel" | "refund",
  event: ProviderOperation.Event,
  now: DateTime.Utc,
  change: Partial<ProviderOperation.ProviderOperation> & { readonly dueAt?: DateTime.Utc } = {}
): Invoice => {
  const found = attempt(invoice, number)
  const before = found?.[kind]
  if (found === undefined || before === null || before === undefined) return invoice
  const { dueAt = found.dueAt, ...rest } = change
  return Result.match(ProviderOperation.next(before.status, event), {
    onFailure: () => invoice,
    onSuccess: (status) =>
      touch(invoice, now, {
        attempts: withAttempt(invoice, { ...found, dueAt, [kind]: { ...before, ...rest, status } })
      })
  })
}

/** Asks for an operation on an attempt, and for a worker to see to it; not while one is under way or done. */
export const want = (invoice: Invoice, number: number, kind: "cancel" | "refund", now: DateTime.Utc): Invoice => {
  const found = attempt(invoice, number)
  if (found === undefined || found.providerId === null) return invoice
  if (found[kind] !== null) {
    return moveOperation(invoice, number, kind, "Wanted", now, { since: null, alerted: false, dueAt: now })
  }
  const asked = { ...found, [kind]: ProviderOperation.wanted(now), dueAt: now }
  return touch(invoice, now, { attempts: withAttempt(invoice, asked) })
}

/** Changes one tax document, by its id; both times of change are later than the last. */
export const changeDocument = (
  invoice: Invoice,
  id: TaxDocumentId,
  now: DateTime.Utc,
  change: Partial<TaxDocument.TaxDocument>
): Invoice =>
  touch(invoice, now, {
    documents: invoice.documents.map((each) =>
      each.id === id
        ? { ...each, ...change, updatedAt: DateTime.max(now, DateTime.add(each.updatedAt, { milliseconds: 1 })) }
        : each
    )
  })

/** Moves one tax document by its own machine; a refused event leaves the invoice as it is. */
export const moveDocument = (
  invoice: Invoice,
  id: TaxDocumentId,
  event: TaxDocument.Event,
  now: DateTime.Utc,
  change: Partial<TaxDocument.TaxDocument> = {}
): Invoice => {
  const found = invoice.documents.find((each) => each.id === id)
  if (found === undefined) return invoice
  return Result.match(TaxDocument.next(found.status, event), {
    onFailure: () => invoice,
    onSuccess: (status) => changeDocument(invoice, id, now, { ...change, status })
  })
}

/**
 * What follows when an invoice is over: nobody should pay its other charges any more, and a tax document that the
 * authority does not have is dropped, without an event.
 */
export const tidy = (invoice: Invoice, now: DateTime.Utc): Invoice => {
  if (invoice.status === "open") return invoice
  const live = invoice.attempts.filter((each) => ChargeAttempt.isLive(each) && each.cancel === null)
  const canceled = live.reduce((sofar, { number }) => want(sofar, number, "cancel", now), invoice)
  const isDropped = (each: TaxDocument.TaxDocument) =>
    TaxDocument.wasNeverSent(each) && canceled.status !== "paid" && canceled.failure?.code !== "not_created"
  return canceled.documents
    .filter(isDropped)
    .reduce((sofar, { id }) => moveDocument(sofar, id, "Dropped", now, { dueAt: null }), canceled)
}
