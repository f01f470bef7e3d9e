/**
 * Canceling an invoice, in an order that money can't slip through: find out what is in doubt, read the charges once more, cancel
 * its tax document, cancel the charges where their providers can, and only then say that nobody should pay.
 */
import { Effect, Option } from "effect"
import * as ChargeAttempt from "../models/ChargeAttempt.ts"
import type { Keyed } from "../models/Idempotency.ts"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import { onlyState } from "../ports/Operations.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, Tenants } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { changeOf } from "./Changes.ts"
import { InvalidState, NotFound, OperationInProgress, ProviderError } from "./errors.ts"
import { type Execution, mustOutlast, perform, record, step } from "./Execution.ts"
import * as InDoubt from "./InDoubt.ts"
import { changeBy } from "./Observations.ts"
import { withDeadline } from "./ProviderCall.ts"
import * as ProviderOperations from "./ProviderOperations.ts"
import * as TaxCancellation from "./TaxCancellation.ts"
import * as TaxInDoubt from "./TaxInDoubt.ts"

const noInvoice = new NotFound({ message: "No such invoice" })

type Running = Execution<Invoice.Invoice, InvoiceId>

/**
 * Cancels an open invoice: 200 with the invoice, and the same for one that is canceled already. Fails with `NotFound`;
 * `InvalidState` when it is paid, also when that turns out on the way, or has failed; `OperationInProgress` while another
 * operation on it runs or is in doubt; `CancellationWindowExpired` when its tax document can't be canceled any more, and nothing
 * has changed; and `ProviderError` when a provider or the authority did not answer: the same key goes on.
 */
export const cancel = Effect.fn("Invoices.cancel")(function* (owner: Owner, keyed: Keyed, id: InvoiceId) {
  return yield* perform(yield* InvoiceStore, { owner, keyed, id, missing: noInvoice }, run)
}, Effect.uninterruptible) // a caller that goes away must not stop a cancellation half way

const run = Effect.fnUntraced(
  function* (running: Running, found: Invoice.Invoice) {
    if (found.status === "canceled") return yield* finish(running)
    const charged = yield* InDoubt.resolve(running.owner, found, running.lease)
    const resolved = yield* TaxInDoubt.resolve(running, charged)
    yield* mustBeCertain(resolved)
    yield* mustBeOpen(resolved)
    const read = yield* readAgain(running, resolved)
    yield* mustBeOpen(read)
    const undocumented = yield* cancelDocument(running, read)
    const canceled = yield* cancelCharges(running, undocumented)
    yield* mustBeOpen(canceled)
    return yield* finish(running)
  },
  (effect, { id }) => Effect.annotateLogs(effect, { invoice: id })
)

/**
 * Nothing of it may be in doubt: what is canceled then could be paid all the same. Only whether a charge was canceled may be: it is
 * read, and where it still is open canceled once more.
 */
const mustBeCertain = Effect.fnUntraced(function* (invoice: Invoice.Invoice) {
  if (Invoice.hindersCancellation(invoice)) return yield* new OperationInProgress({ retryAfterSeconds: 5 })
})

/** Canceled on the way is what was asked for. */
const mustBeOpen = Effect.fnUntraced(function* ({ status }: Invoice.Invoice) {
  if (status === "open" || status === "canceled") return
  return yield* new InvalidState({ message: `The invoice is ${status} and can't be canceled` })
})

const live = (invoice: Invoice.Invoice) =>
  invoice.attempts.flatMap((attempt) =>
    ChargeAttempt.isLive(attempt) && attempt.providerId !== null ? [{ ...attempt, providerId: attempt.providerId }] : []
  )

/** What the providers say of every charge that could be paid, applied. */
const readAgain = Effect.fnUntraced(function* (running: Running, found: Invoice.Invoice) {
  const { latePayments } = yield* (yield* Tenants).profile(running.owner)
  let invoice = found
  for (const { account: name, number, providerId } of live(found)) {
    const via = yield* Accounts.find(running.owner, name)
    if (Option.isNone(via)) return yield* unanswered("The provider account of the charge is not configured")
    const { account, driver } = via.value
    const seen = yield* withDeadline(
      "provider.getCharge",
      { provider: driver.name, invoice: running.id },
      driver.getCharge(account, providerId)
    ).pipe(Effect.catch((failure) => unanswered(failure.message)))
    invoice = yield* step(running, (held) =>
      changeBy(held, number, seen, latePayments).pipe(Effect.provideService(Settings, running.settings))
    )
  }
  return invoice
})

/**
 * Cancels an issued tax document before its charges: what the authority won't take back any more must stay payable. When the
 * invoice is paid after this all the same, the payment makes a new document.
 */
const cancelDocument = Effect.fnUntraced(function* (running: Running, invoice: Invoice.Invoice) {
  const document = Invoice.document(invoice)
  if (document?.status !== "issued") return invoice
  const why = { reason: `Fatura ${invoice.ourNumber} cancelada antes do pagamento`, withInvoice: true }
  return yield* TaxCancellation.carryOut(running, document, why)
})

/** Cancels every live charge at its provider. One that can't be is watched: money that comes then is a late payment. */
const cancelCharges = Effect.fnUntraced(function* (running: Running, found: Invoice.Invoice) {
  let invoice = found
  for (const { number } of live(found)) {
    yield* mustOutlast(running)
    yield* step(running, ({ current, now }) => Effect.succeed(onlyState(Invoice.wantCancel(current, number, now))))
    const { next, outcome } = yield* ProviderOperations.carryOut(running, number, "cancel")
    if (outcome === "not_sent") return yield* unanswered("The provider can't be reached now")
    const attempt = Invoice.attempt(next, number)
    const isOpen = attempt !== undefined && ChargeAttempt.isLive(attempt) && outcome !== "refused"
    if (isOpen) return yield* unanswered("It is not known yet whether the charge was canceled", true)
    // Refused, it may have been paid in that moment.
    invoice = outcome === "refused" && next.status === "open" ? yield* readAgain(running, next) : next
  }
  return invoice
})

const unanswered = (message: string, inDoubt = false) =>
  new ProviderError({ message: `${message}. Retry with the same Idempotency-Key`, inDoubt })

/** Nobody should pay it any more, unless it was paid while we were at it. */
const finish = Effect.fnUntraced(function* (running: Running) {
  const { answer, next } = yield* record(
    running,
    ({ current, holdsLease, now }) =>
      changeOf(current, holdsLease ? Invoice.cancel(current, now) : current, now).pipe(
        Effect.provideService(Settings, running.settings)
      ),
    (invoice) =>
      invoice.status === "canceled"
        ? { status: 200, body: JSON.stringify(Resources.invoice(invoice, running.settings)) }
        : null
  )
  if (answer !== null) return answer
  yield* mustBeOpen(next)
  return yield* Effect.die("An invoice that is open can be canceled")
})
