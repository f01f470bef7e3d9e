/**
 * Asking for tax documents, reading and canceling them. A request only records what is wanted and makes it due, in one transaction
 * with its answer: who sends, and goes on after a crash, is `TaxSending`.
 */
import { Effect, Option, Result } from "effect"
import type { Keyed, StoredResponse } from "../models/Idempotency.ts"
import * as Invoice from "../models/Invoice.ts"
import * as InvoiceRequest from "../models/InvoiceRequest.ts"
import type { Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import type * as TaxDocument from "../models/TaxDocument.ts"
import type { Page } from "../ports/Operations.ts"
import { pageOf } from "../ports/Paging.ts"
import { Settings, type SettingsValues } from "../ports/Settings.ts"
import { InvoiceStore, Tenants } from "../ports/Store.ts"
import { TaxIssuers } from "../ports/TaxIssuer.ts"
import * as TaxRouting from "../ports/TaxRouting.ts"
import { type FieldError, merge, ValidationError } from "../values/FieldError.ts"
import * as Ids from "../values/Ids.ts"
import type { InvoiceId, TaxDocumentId } from "../values/Ids.ts"
import { changeOf } from "./Changes.ts"
import { InvalidState, NotFound, OperationInProgress } from "./errors.ts"
import { type Answer, answer, conclude, type Execution, perform, refuse } from "./Execution.ts"
import * as TaxCancellation from "./TaxCancellation.ts"
import * as TaxInDoubt from "./TaxInDoubt.ts"

type Running = Execution<Invoice.Invoice, InvoiceId>

const noInvoice = new NotFound({ message: "No such invoice" })
const noDocument = new NotFound({ message: "No such tax document" })

/** An operation on one of an invoice's documents. */
const onInvoice = <E, R>(
  owner: Owner,
  keyed: Keyed,
  id: InvoiceId,
  run: (running: Running, invoice: Invoice.Invoice) => Effect.Effect<Answer, E, R>
) =>
  Effect.gen(function* () {
    return yield* perform(yield* InvoiceStore, { owner, keyed, id, missing: noInvoice }, (running, invoice) =>
      Effect.annotateLogs(run(running, invoice), { invoice: id })
    )
  })

const shown =
  (settings: SettingsValues, status: number, id?: TaxDocumentId) =>
  (invoice: Invoice.Invoice): StoredResponse => {
    const document = id === undefined ? Invoice.document(invoice) : Invoice.documentBy(invoice, id)
    if (document === undefined) throw new Error("An answer about a tax document has one")
    return { status, body: JSON.stringify(Resources.taxDocument(invoice, document, settings)) }
  }

const reasons: Record<Invoice.NotRequested, string> = {
  invoice_over: "The invoice is neither open nor paid",
  is_live: "The invoice has a tax document that is issued or being issued",
  other_type: "The invoice's tax document is of another type",
  other_content: "The invoice's tax document was made with another service or withholding, and is sent as it is"
}

/**
 * Asks for a tax document of an open or paid invoice, to be issued now: 202 with the document, pending. A failed one is tried
 * once more, under a new number; one that waits for the payment, or for a person, is sent.
 *
 * Fails, storing nothing, with `NotFound`, `ProviderNotConfigured`, `ValidationError` with every field that could not be issued,
 * `InvalidState` when the invoice is over or has a live document, and `OperationInProgress`.
 */
export const request = Effect.fn("TaxDocuments.request")(function* (
  owner: Owner,
  keyed: Keyed,
  id: InvoiceId,
  asked: TaxDocument.Request
) {
  const store = yield* InvoiceStore
  const found = Option.getOrUndefined(yield* store.get(owner, id))
  if (found === undefined) return yield* refuse(store, owner, keyed, noInvoice)
  const unfit = yield* Effect.result(check(owner, found, asked))
  if (Result.isFailure(unfit)) return yield* refuse(store, owner, keyed, unfit.failure)
  return yield* onInvoice(owner, keyed, id, (running, invoice) => accept(running, invoice, asked))
}, Effect.uninterruptible)

/** Whether what is asked for fits the invoice: by the rules on a request that asks for it at once, and by the issuer's. */
const check = Effect.fnUntraced(function* (owner: Owner, invoice: Invoice.Invoice, asked: TaxDocument.Request) {
  const { metadata: _, ...wanted } = Invoice.completeRequest(invoice, asked)
  const request = { ...invoice.request, tax_document: wanted }
  const { accounts } = yield* (yield* Tenants).profile(owner)
  const unfit = yield* Effect.fromResult(TaxRouting.check(request, yield* TaxIssuers, accounts))
  const broken = yield* InvoiceRequest.decode(request).pipe(
    Effect.as<ReadonlyArray<FieldError>>([]),
    Effect.catchTag("ValidationError", ({ errors }) => Effect.succeed(errors))
  )
  const errors = merge(broken, unfit).map((error) => ({ ...error, field: fieldOf(error.field) }))
  if (errors.length > 0) return yield* new ValidationError({ errors })
})

/** A field of the document as this request has it; those of the invoice keep their path. */
const fieldOf = (path: string): string => (path === "tax_document" ? "type" : path.replace(/^tax_document\./, ""))

const accept = Effect.fnUntraced(function* (running: Running, invoice: Invoice.Invoice, asked: TaxDocument.Request) {
  const { settings } = running
  if (Invoice.isInDoubt(invoice)) {
    const live = Invoice.document(invoice)?.status === "pending"
    return yield* live
      ? new InvalidState({ message: reasons.is_live })
      : new OperationInProgress({ retryAfterSeconds: 5 })
  }
  const id = yield* Ids.generate("td")
  return yield* conclude(
    running,
    ({ current, now }) =>
      Result.match(Invoice.requestDocument(current, id, asked, now), {
        onFailure: (reason) => Effect.fail(new InvalidState({ message: reasons[reason] })),
        onSuccess: (next) => Effect.provideService(changeOf(current, next, now), Settings, settings)
      }),
    shown(settings, 202)
  )
})

/**
 * Cancels a tax document at the authority, for a reason that it is told: 200 with the document, and the same for one that is
 * canceled already; one that the authority does not have is dropped.
 *
 * Fails with `NotFound`; `InvalidState` when it failed; `CancellationWindowExpired` when it is too late; `OperationInProgress` while
 * another operation runs or is in doubt; and `ProviderError` when the authority refuses or did not answer: the same key then finds
 * out first.
 */
export const cancel = Effect.fn("TaxDocuments.cancel")(function* (
  owner: Owner,
  keyed: Keyed,
  id: InvoiceId,
  document: TaxDocumentId,
  reason: string
) {
  return yield* onInvoice(owner, keyed, id, (running, invoice) => takeBack(running, invoice, document, reason))
}, Effect.uninterruptible) // a caller that goes away must not stop a cancellation half way

const takeBack = Effect.fnUntraced(function* (
  running: Running,
  found: Invoice.Invoice,
  id: TaxDocumentId,
  reason: string
) {
  const { settings } = running
  const respond = shown(settings, 200, id)
  const invoice = yield* TaxInDoubt.resolve(running, found)
  const document = Invoice.documentBy(invoice, id)
  if (document === undefined) return yield* noDocument
  if (document.status === "canceled") return yield* answer(running, respond)
  if (Invoice.isInDoubt(invoice)) return yield* new OperationInProgress({ retryAfterSeconds: 5 })
  switch (document.status) {
    case "failed":
      return yield* new InvalidState({ message: "The tax document was never issued" })
    case "pending":
      return yield* conclude(
        running,
        ({ current, now }) =>
          Effect.provideService(
            changeOf(current, Invoice.dropDocument(current, id, reason, now), now),
            Settings,
            settings
          ),
        respond
      )
    case "issued":
      yield* TaxCancellation.carryOut(running, document, { reason, withInvoice: false })
      return yield* answer(running, respond)
  }
})

/** One tax document with its invoice. Fails with `NotFound`, also for another owner's or another invoice's. */
export const get = Effect.fn("TaxDocuments.get")(function* (owner: Owner, id: InvoiceId, documentId: TaxDocumentId) {
  const found = yield* (yield* InvoiceStore).get(owner, id)
  const document = Option.flatMapNullishOr(found, (invoice) => Invoice.documentBy(invoice, documentId))
  return Option.isSome(found) && Option.isSome(document)
    ? { invoice: found.value, document: document.value }
    : yield* noDocument
})

/** An invoice with a page of its tax documents, newest first. Fails with `NotFound`. */
export const list = Effect.fn("TaxDocuments.list")(function* (owner: Owner, id: InvoiceId, page: Page) {
  const found = yield* (yield* InvoiceStore).get(owner, id)
  if (Option.isNone(found)) return yield* noInvoice
  return { invoice: found.value, ...pageOf(found.value.documents, page) }
})
