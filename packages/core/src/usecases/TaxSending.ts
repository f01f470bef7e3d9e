/**
 * Sending tax documents, by the only allowed shape: what is sent is kept first, sent outside any transaction by who holds the lease,
 * and its answer recorded. A process may die between any two steps; whoever comes next finds out first, and sends what was kept.
 */
import { Clock, DateTime, Effect, Option, Result } from "effect"
import * as Invoice from "../models/Invoice.ts"
import * as TaxDocument from "../models/TaxDocument.ts"
import { type Change, onlyState } from "../ports/Operations.ts"
import type { Rejected, Unavailable, Unknown } from "../ports/Provider.ts"
import { Settings, type SettingsValues } from "../ports/Settings.ts"
import { type DocumentDue, InvoiceStore, Tenants, TaxStore } from "../ports/Store.ts"
import { type Prepared, TaxIssuers } from "../ports/TaxIssuer.ts"
import * as TaxRouting from "../ports/TaxRouting.ts"
import type { InvoiceId, TaxDocumentId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { changeOf } from "./Changes.ts"
import { type Holder, missesCountAfter, mustOutlast, release, step } from "./Execution.ts"
import { withDeadline } from "./ProviderCall.ts"
import * as TaxInDoubt from "./TaxInDoubt.ts"
import * as TaxObservations from "./TaxObservations.ts"

/** One execution that sends a document. */
interface Sender extends Holder<Invoice.Invoice, InvoiceId> {
  readonly begun: bigint
  readonly settings: SettingsValues
}

/**
 * Sees to a document that is due: sends one that nobody has, and finds out about one in doubt. While another operation on the
 * invoice runs, it comes back a little later.
 */
export const seeTo = Effect.fn("TaxSending.seeTo")(
  function* ({ document: id, invoice, owner }: DocumentDue) {
    const store = yield* InvoiceStore
    const settings = yield* Settings
    const begun = yield* Clock.monotonicTimeNanos
    const started = yield* store.begin(owner, invoice, null, settings.lease)
    if (started._tag === "Busy") {
      yield* store.change(owner, invoice, null, ({ current, now }) =>
        Effect.succeed({ change: onlyState(Invoice.documentPostponed(current, id, now)), result: undefined })
      )
    }
    if (started._tag !== "Begun") return
    const sender = { store, owner, id: invoice, lease: started.lease, begun, settings }
    yield* settleOrSend(sender, started.current, id).pipe(
      // What goes wrong within is said by whoever asked for it; it leaves the document as a silent authority does.
      Effect.catchDefect((defect) =>
        Effect.andThen(Effect.ignore(TaxInDoubt.postpone(sender, id)), Effect.die(defect))
      ),
      // A lease that is not given back runs out by itself.
      Effect.ensuring(Effect.ignore(release(sender)))
    )
  },
  (effect, { invoice }) => Effect.annotateLogs(effect, { invoice }),
  Effect.catchTag("IdempotencyInProgress", () => Effect.void), // somebody else has taken it over
  Effect.uninterruptible
)

const settleOrSend = Effect.fnUntraced(function* (sender: Sender, found: Invoice.Invoice, id: TaxDocumentId) {
  const resolved = yield* TaxInDoubt.resolve(sender, found)
  const document = Invoice.documentBy(resolved, id)
  if (document?.status !== "pending") return
  if (document.sending === null) yield* sendFirst(sender, resolved, document)
  else if (document.sending.status === "prepared") yield* sendAgain(sender, document, document.sending)
})

/** What a document is sent to, and as what. */
interface Sending {
  readonly via: TaxRouting.Issuer
  readonly prepared: Prepared
  /** Whether the content is yet to be kept. */
  readonly isNew: boolean
}

/** Takes a number, makes the content of it, and sends it. Where a process dies in between, the number is left out. */
const sendFirst = Effect.fnUntraced(function* (
  sender: Sender,
  invoice: Invoice.Invoice,
  document: TaxDocument.TaxDocument
) {
  const { owner } = sender
  const { accounts } = yield* (yield* Tenants).profile(owner)
  const via = Result.getOrNull(TaxRouting.issuer(document.type, yield* TaxIssuers, accounts))
  if (via === null) return yield* postpone(sender, document)
  const { issWithheld, serviceCode } = document
  const number = yield* (yield* TaxStore).takeNumber(owner, via.account.name)
  const issuedAt = yield* DateTime.now
  const order = { invoice, serviceCode, issWithheld, number, issuedAt }
  const prepared = yield* Effect.result(via.issuer.prepare(via.account, order))
  if (Result.isFailure(prepared)) return yield* fail(sender, document, prepared.failure)
  yield* send(sender, document, { via, prepared: prepared.success, isNew: true })
})

/** Sends what was kept once more: another content never goes out under its number. */
const sendAgain = Effect.fnUntraced(function* (
  sender: Sender,
  document: TaxDocument.TaxDocument,
  { account, reference }: TaxDocument.Sending
) {
  const via = yield* Accounts.findIssuer(sender.owner, account)
  if (Option.isNone(via)) return yield* postpone(sender, document)
  const kept = yield* (yield* TaxStore).file(sender.owner, { document: document.id, kind: "sent", reference })
  const content = Option.getOrThrowWith(kept, () => new Error(`Nothing is kept under ${reference}`))
  yield* send(sender, document, { via: via.value, prepared: { reference, content }, isNew: false })
})

/** Records that it is being sent, unless something speaks against it by now, and sends it. */
const send = Effect.fnUntraced(function* (
  sender: Sender,
  { id }: TaxDocument.TaxDocument,
  { isNew, prepared, via: { account, issuer } }: Sending
) {
  const { reference } = prepared
  const { settings } = sender
  const recorded = yield* step(sender, ({ current, now }): Effect.Effect<Change<Invoice.Invoice>> => {
    const document = Invoice.documentBy(current, id)
    const against = document === undefined ? null : Invoice.mayNotBeSent(current, document)
    if (against !== null) {
      const held = Invoice.holdDocument(current, id, against, now)
      return Effect.succeed({ ...onlyState(held), alerts: ["tax_document_held"] })
    }
    const missesCountFrom = DateTime.addDuration(now, missesCountAfter(settings, issuer))
    const to = { reference, account: account.name }
    const files = isNew ? [{ document: id, kind: "sent" as const, ...prepared }] : []
    return Effect.succeed({ ...onlyState(Invoice.documentSent(current, id, to, missesCountFrom, now)), files })
  })
  const document = Invoice.documentBy(recorded, id)
  if (document?.status !== "pending" || document.sending?.status !== "sent") return
  yield* mustOutlast(sender)
  const answer = yield* withDeadline(
    "issuer.issue",
    { provider: issuer.name, invoice: sender.id, reference },
    issuer.issue(account, prepared)
  ).pipe(Effect.result)
  if (Result.isSuccess(answer)) {
    return yield* Effect.asVoid(TaxObservations.record(sender, { document: id, reference, account }, answer.success))
  }
  yield* refused(sender, document, answer.failure, issuer.facts.lookup.minimumAge)
})

/** What follows when it was not issued, or nobody knows. */
const refused = Effect.fnUntraced(function* (
  sender: Sender,
  document: TaxDocument.TaxDocument,
  failure: Rejected | Unavailable | Unknown,
  minimumAge: Parameters<typeof DateTime.addDuration>[1]
) {
  const { id } = document
  yield* Effect.logWarning(`Tax document not issued: ${failure._tag}`).pipe(
    Effect.annotateLogs({ document: id, reason: failure.message })
  )
  switch (failure._tag) {
    case "Rejected":
      return yield* fail(sender, document, failure)
    case "Unavailable":
      return yield* Effect.asVoid(
        step(sender, ({ current, now }) =>
          Effect.succeed({
            ...onlyState(Invoice.documentNotSent(current, id, now)),
            alerts:
              document.sending !== null && TaxDocument.isOverdue(document.sending, now)
                ? ["tax_document_not_issued"]
                : []
          })
        )
      )
    case "Unknown":
      // The call is over, so that only the issuer's own delay is left to wait for.
      return yield* Effect.asVoid(
        step(sender, ({ current, now }) =>
          Effect.succeed(onlyState(Invoice.documentDoubted(current, id, DateTime.addDuration(now, minimumAge), now)))
        )
      )
  }
})

/** It will not be issued as it is asked for. */
const fail = (sender: Sender, { id }: TaxDocument.TaxDocument, { code = "rejected", message }: Rejected) =>
  Effect.asVoid(
    step(sender, ({ current, now }) =>
      changeOf(current, Invoice.documentFailed(current, id, { code, message }, now), now).pipe(
        Effect.provideService(Settings, sender.settings)
      )
    )
  )

/** Nobody is configured that could issue it now. */
const postpone = Effect.fnUntraced(function* (sender: Sender, { id }: TaxDocument.TaxDocument) {
  yield* Effect.logWarning("No issuer is configured for a tax document").pipe(Effect.annotateLogs({ document: id }))
  yield* step(sender, ({ current, now }) => Effect.succeed(onlyState(Invoice.documentPostponed(current, id, now))))
})
