/**
 * In doubt: a tax document was perhaps issued or canceled, and nobody knows. The authority is asked by our own reference, as often
 * and as late as the issuer wants. Whoever resolves holds the invoice's lease.
 */
import { Effect, Option, Result } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import * as TaxDocument from "../models/TaxDocument.ts"
import { InvoiceStore } from "../ports/Store.ts"
import type { Issuer } from "../ports/TaxRouting.ts"
import type { InvoiceId, TaxDocumentId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { unsettled } from "./Changes.ts"
import { alone, type Holder, step } from "./Execution.ts"
import { withDeadline } from "./ProviderCall.ts"
import * as TaxObservations from "./TaxObservations.ts"

/** A document and its sending, which may be in doubt. */
type Doubted = TaxDocument.TaxDocument & { readonly sending: TaxDocument.Sending }

const doubted = (invoice: Invoice.Invoice): Doubted | undefined =>
  invoice.documents
    .filter(TaxDocument.isUnresolved)
    .flatMap(({ sending, ...rest }) => (sending === null ? [] : [{ ...rest, sending }]))[0]

/** Finds out what can be found out now about an invoice's tax document in doubt; gives the invoice as it then is. */
export const resolve = Effect.fn("TaxInDoubt.resolve")(
  function* (holder: Holder<Invoice.Invoice, InvoiceId>, found: Invoice.Invoice) {
    const document = doubted(found)
    if (document === undefined) return found
    const via = yield* Accounts.findIssuer(holder.owner, document.sending.account)
    return Option.isSome(via) ? yield* ask(holder, document, via.value) : yield* postpone(holder, document.id)
  },
  (effect, { id }) => Effect.annotateLogs(effect, { invoice: id })
)

/** The same by whoever else wants to know: takes the lease if nobody holds it, and sends nothing. */
export const resolveAlone = Effect.fn("TaxInDoubt.resolveAlone")(function* (owner: Owner, id: InvoiceId) {
  yield* alone(yield* InvoiceStore, owner, id, resolve)
})

const ask = Effect.fnUntraced(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  document: Doubted,
  { account, issuer }: Issuer
) {
  const { reference } = document.sending
  const answer = yield* withDeadline(
    "issuer.find",
    { provider: issuer.name, invoice: holder.id },
    issuer.find(account, reference)
  ).pipe(Effect.result)
  if (Result.isFailure(answer)) {
    yield* Effect.logWarning(`The authority did not tell about a tax document: ${answer.failure.message}`)
    return yield* postpone(holder, document.id)
  }
  const seen = Option.getOrUndefined(answer.success)
  const { misses } = issuer.facts.lookup
  if (document.status === "pending") {
    return seen === undefined
      ? yield* tell(holder, document, Invoice.documentMissed, misses)
      : yield* TaxObservations.record(holder, { document: document.id, reference, account }, seen)
  }
  if (seen === undefined) return yield* postpone(holder, document.id)
  return seen.status === "issued"
    ? yield* tell(holder, document, Invoice.documentCancelMissed, misses)
    : yield* TaxObservations.recordCanceled(holder, { document: document.id, reference, account }, seen)
})

/** The authority has shown no effect. */
const tell = (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  document: Doubted,
  missed: typeof Invoice.documentMissed,
  enough: number
) => step(holder, ({ current, now }) => Effect.succeed(unsettled(missed(current, document.id, enough, now), now)))

/** Nobody told of a document: it is asked about later, and a person told once that it has been in doubt for long. */
export const postpone = (holder: Holder<Invoice.Invoice, InvoiceId>, id: TaxDocumentId) =>
  step(holder, ({ current, now }) => Effect.succeed(unsettled(Invoice.documentUntold(current, id, now), now)))
