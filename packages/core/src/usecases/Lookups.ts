/**
 * Lookups: asking the provider again about charges that are not final, by schedule or because a notification named them.
 */
import { Effect, Option, Result } from "effect"
import type * as ChargeAttempt from "../models/ChargeAttempt.ts"
import * as Invoice from "../models/Invoice.ts"
import { onlyState } from "../ports/Operations.ts"
import { type Due, InvoiceStore } from "../ports/Store.ts"
import * as Accounts from "./Accounts.ts"
import * as InDoubt from "./InDoubt.ts"
import * as Observations from "./Observations.ts"
import * as ProviderOperations from "./ProviderOperations.ts"
import { withDeadline } from "./ProviderCall.ts"

/**
 * Asks the provider about an attempt that is due, and applies what it says. This is how a lost notification is made up
 * for, and what a received one leads to. A provider that does not answer is asked again when the attempt is next due; and
 * a creation that nobody brought to an end, because its process died, is brought to one.
 */
export const lookUp = Effect.fn("Lookups.lookUp")(
  function* (due: Due) {
    const store = yield* InvoiceStore
    const found = yield* store.get(due.owner, due.invoice)
    const attempt = Option.flatMapNullishOr(found, (invoice) => Invoice.attempt(invoice, due.attempt))
    if (Option.isNone(found) || Option.isNone(attempt)) return
    const seen = yield* ask(due, attempt.value)
    const invoice = Option.getOrElse(seen, () => found.value)
    if (Invoice.needsResolving(invoice)) return yield* InDoubt.resolveAlone(due.owner, due.invoice)
    const after = Invoice.attempt(invoice, due.attempt)
    if (after !== undefined && ProviderOperations.isUnfinished(after)) {
      return yield* ProviderOperations.seeTo(due.owner, due.invoice, due.attempt)
    }
    if (attempt.value.providerId === null) {
      yield* store.change(due.owner, due.invoice, null, ({ current }) =>
        Effect.succeed({
          change: onlyState(Invoice.rest(current, due.attempt)),
          result: undefined
        })
      )
    }
  },
  (effect, due) => Effect.annotateLogs(effect, { invoice: due.invoice, attempt: due.attempt })
)

/** What the provider says of an attempt whose id at the provider we know; the invoice as it then is. */
const ask = Effect.fnUntraced(function* (
  { attempt: number, invoice, owner }: Due,
  attempt: ChargeAttempt.ChargeAttempt
) {
  if (attempt.providerId === null) return Option.none()
  const via = yield* Accounts.find(owner, attempt.account)
  if (Option.isNone(via)) return Option.none()
  const { account, driver } = via.value
  const answer = yield* withDeadline(
    "provider.getCharge",
    { provider: driver.name, invoice },
    driver.getCharge(account, attempt.providerId)
  ).pipe(Effect.result)
  if (Result.isSuccess(answer)) return yield* Observations.apply(owner, invoice, number, answer.success)
  yield* Effect.logWarning(`The provider did not tell about a charge: ${answer.failure.message}`)
  return Option.none()
})
