/**
 * Canceling an issued tax document at the authority: recorded, sent outside any transaction by who holds the lease, and its answer
 * recorded. In doubt it is looked at, never sent again by guess.
 */
import { DateTime, Effect, Option, Result } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type * as TaxDocument from "../models/TaxDocument.ts"
import { onlyState } from "../ports/Operations.ts"
import { Unknown } from "../ports/Provider.ts"
import { Settings } from "../ports/Settings.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { CancellationWindowExpired, ProviderError } from "./errors.ts"
import { type Execution, missesCountAfter, mustOutlast, step } from "./Execution.ts"
import { withDeadline } from "./ProviderCall.ts"
import * as TaxObservations from "./TaxObservations.ts"

/** Why it is to be canceled. */
export type Why = Pick<TaxDocument.Cancellation, "reason" | "withInvoice">

const notCanceled = new Unknown({ message: "The authority does not say that the tax document is canceled" })

const windowExpired = "cancellation_window_expired"

/**
 * Cancels an issued document; gives the invoice as it then is. Fails with `CancellationWindowExpired` when the authority says that
 * it is too late, and with `ProviderError` when it refuses otherwise, can't be reached, or nobody knows: only then
 * (`inDoubt`) it may be canceled all the same.
 */
export const carryOut = Effect.fn("TaxCancellation.carryOut")(function* (
  execution: Execution<Invoice.Invoice, InvoiceId>,
  { accessKey, id, sending }: TaxDocument.TaxDocument,
  why: Why
) {
  const settings = yield* Settings
  const via = yield* Accounts.findIssuer(execution.owner, sending?.account ?? "")
  if (Option.isNone(via) || sending === null || accessKey === null) {
    return yield* new ProviderError({
      message: "The provider account of the tax document is not configured",
      inDoubt: false
    })
  }
  const { account, issuer } = via.value
  yield* step(execution, ({ current, now }) => {
    const from = DateTime.addDuration(now, missesCountAfter(settings, issuer))
    return Effect.succeed(onlyState(Invoice.documentCancelSent(current, id, why, from, now)))
  })
  yield* mustOutlast(execution)
  const answer = yield* withDeadline(
    "issuer.cancel",
    { provider: issuer.name, invoice: execution.id, reference: sending.reference },
    issuer.cancel(account, { accessKey, reason: why.reason })
  ).pipe(Effect.result)
  if (Result.isSuccess(answer) && answer.success.status === "canceled") {
    const of = { document: id, reference: sending.reference, account }
    return yield* TaxObservations.recordCanceled(execution, of, answer.success)
  }
  const failure = Result.isFailure(answer) ? answer.failure : notCanceled
  yield* Effect.logWarning(`Tax document not canceled: ${failure._tag}`).pipe(
    Effect.annotateLogs({ document: id, reason: failure.message })
  )
  const { minimumAge } = issuer.facts.lookup
  yield* step(execution, ({ current, now }) =>
    Effect.succeed(
      onlyState(
        failure._tag === "Unknown"
          ? Invoice.documentCancelDoubted(current, id, DateTime.addDuration(now, minimumAge), now)
          : Invoice.documentCancelRefused(current, id, now)
      )
    )
  )
  if (failure._tag === "Rejected" && failure.code === windowExpired) {
    return yield* new CancellationWindowExpired({ message: failure.message })
  }
  return yield* new ProviderError({
    message: failure.message,
    inDoubt: failure._tag === "Unknown",
    ...(failure._tag === "Rejected" && failure.code !== undefined ? { code: failure.code } : {})
  })
})
