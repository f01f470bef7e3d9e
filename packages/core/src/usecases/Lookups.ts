/**
 * Lookups: asking the provider again about charges that are not final, by schedule or because a notification named them.
 */
import { Effect, Option } from "effect"
import * as ChargeAttempt from "../models/ChargeAttempt.ts"
import * as Invoice from "../models/Invoice.ts"
import { type Due, InvoiceStore } from "../ports/Store.ts"
import * as Accounts from "./Accounts.ts"
import * as InDoubt from "./InDoubt.ts"
import * as Observations from "./Observations.ts"
import { withDeadline } from "./ProviderCall.ts"

/**
 * Asks the provider about an attempt that is due, and applies what it says. This is how a lost notification is made up
 * for, and what a received one leads to. A provider that does not answer is asked again when the attempt is next due.
 */
export const lookUp = Effect.fn("Lookups.lookUp")(
  function* ({ attempt: number, invoice: id, owner }: Due) {
    const store = yield* InvoiceStore
    const invoice = yield* store.get(owner, id)
    const attempt = Option.flatMapNullishOr(invoice, (found) => Invoice.attempt(found, number))
    if (Option.isNone(attempt)) return
    if (ChargeAttempt.isUnresolved(attempt.value)) return yield* InDoubt.resolveAlone(owner, id)
    const { account: name, providerId } = attempt.value
    const via = yield* Accounts.find(owner, name)
    if (providerId === null || Option.isNone(via)) return
    const { account, driver } = via.value
    const answer = yield* withDeadline(
      "provider.getCharge",
      { provider: driver.name, invoice: id },
      driver.getCharge(account, providerId)
    ).pipe(Effect.result)
    if (answer._tag === "Failure")
      return yield* Effect.logWarning(`The provider did not tell about a charge: ${answer.failure.message}`)
    yield* Observations.apply(owner, id, number, answer.success)
  },
  (effect, due) => Effect.annotateLogs(effect, { invoice: due.invoice, attempt: due.attempt })
)
