/** Giving a payment back, because an operator wants it. */
import { Effect } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import { onlyState } from "../ports/Operations.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import { InvalidState, NotFound, OperationInProgress, ProviderError } from "./errors.ts"
import { type Holder, release, step } from "./Execution.ts"
import * as ProviderOperations from "./ProviderOperations.ts"

/**
 * Refunds the payment of one attempt of an invoice in full; that of the charge itself unless an attempt is named. Gives the
 * invoice as it then is: the amount that went back is on it once the provider tells of it.
 *
 * Fails with `NotFound`; `InvalidState` when there is no such payment or it went back already; `OperationInProgress`; and
 * `ProviderError` when the provider refused, could not be reached, or nobody knows.
 */
export const refund = Effect.fn("Invoices.refund")(function* (owner: Owner, id: InvoiceId, attempt?: number) {
  const store = yield* InvoiceStore
  const settings = yield* Settings
  const begun = yield* store.begin(owner, id, null, settings.lease)
  if (begun._tag === "Missing") return yield* new NotFound({ message: "No such invoice" })
  if (begun._tag !== "Begun") return yield* new OperationInProgress({ retryAfterSeconds: 1 })
  const holder = { store, owner, id, lease: begun.lease }
  return yield* giveBack(holder, begun.current, attempt).pipe(Effect.ensuring(Effect.ignore(release(holder))))
}, Effect.uninterruptible)

const giveBack = Effect.fnUntraced(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  current: Invoice.Invoice,
  attempt?: number
) {
  const payment = current.facts.find(
    (fact) => fact.kind === "payment" && (attempt === undefined ? fact.bookedAs === "charge" : fact.attempt === attempt)
  )
  const wentBack = current.facts.some(
    (fact) => (fact.kind === "refund" || fact.kind === "chargeback") && fact.attempt === payment?.attempt
  )
  if (payment === undefined || wentBack) {
    return yield* new InvalidState({
      message: payment === undefined ? "There is no payment to give back" : "The payment went back already"
    })
  }
  if (Invoice.unresolvedOperations(current).length > 0) {
    return yield* new OperationInProgress({ retryAfterSeconds: 5 })
  }
  const number = payment.attempt
  yield* step(holder, (held) => Effect.succeed(onlyState(Invoice.wantRefund(held.current, number, held.now))))
  const { next, outcome } = yield* ProviderOperations.carryOut(holder, number, "refund")
  switch (outcome) {
    case "answered":
      return next
    case "refused":
      return yield* new ProviderError({ message: "The provider does not give this payment back", inDoubt: false })
    case "not_sent":
      return yield* new ProviderError({
        message: "The provider can't be reached now; it will be tried again",
        inDoubt: false
      })
    case "in_doubt":
      return yield* new ProviderError({ message: "It is not known yet whether the payment went back", inDoubt: true })
  }
})
