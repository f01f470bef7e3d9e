/**
 * Canceling a payout: only an international one that still waits for its funds, only where its provider can, and canceled is what
 * the provider says it is.
 */
import { Effect, Option } from "effect"
import type { Keyed, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import type { PayoutAttempt } from "../models/PayoutAttempt.ts"
import { countryOf } from "../models/PayoutRequest.ts"
import * as Resources from "../models/Resources.ts"
import { PayoutStore } from "../ports/Store.ts"
import type { PayoutId } from "../values/Ids.ts"
import { InvalidState, NotFound, OperationInProgress, PayoutNotCancelable, ProviderError } from "./errors.ts"
import * as Execution from "./Execution.ts"
import * as PayoutInDoubt from "./PayoutInDoubt.ts"
import { changeBy } from "./PayoutObservations.ts"
import { withDeadline } from "./ProviderCall.ts"

const noPayout = new NotFound({ message: "No such payout" })

const canceled = (payout: Payout.Payout): StoredResponse => ({
  status: 200,
  body: JSON.stringify(Resources.payout(payout))
})

/**
 * Cancels a payout, and answers 200 with it; also when it is canceled already.
 *
 * Fails with `NotFound`; with `PayoutNotCancelable` where it is sent at once (PIX), is under way, or its provider can't; with
 * `InvalidState` when it has ended otherwise; with `OperationInProgress` while another operation on it runs or is in doubt; and with
 * `ProviderError` when the provider did not answer: the same key then finds out first. Of these nothing is stored.
 */
export const cancel = Effect.fn("PayoutCancellation.cancel")(function* (owner: Owner, keyed: Keyed, id: PayoutId) {
  return yield* Execution.perform(yield* PayoutStore, { owner, keyed, id, missing: noPayout }, carryOut)
}, Effect.uninterruptible)

const carryOut = Effect.fnUntraced(
  function* (execution: Execution.Execution<Payout.Payout, PayoutId>, found: Payout.Payout) {
    if (found.request.destination.type === "pix") {
      return yield* new PayoutNotCancelable({ message: "A PIX is sent at once" })
    }
    const payout = yield* PayoutInDoubt.resolve(execution, found)
    switch (payout.status) {
      case "canceled":
        return yield* Execution.answer(execution, canceled)
      case "paid":
      case "failed":
        return yield* hasEnded(payout)
      case "created":
      case "processing":
        return yield* Payout.unresolved(payout).length > 0
          ? new OperationInProgress({ retryAfterSeconds: 1 })
          : new PayoutNotCancelable({ message: "The payout is on its way" })
      case "incoming_payment_waiting": {
        const { answer, next } = yield* takeBack(execution, payout)
        return answer ?? (yield* hasEnded(next))
      }
    }
  },
  (effect, execution) => Effect.annotateLogs(effect, { payout: execution.id })
)

const hasEnded = ({ status }: Payout.Payout) => new InvalidState({ message: `The payout is ${status}` })

/** Asks the provider, and records what it says. */
const takeBack = Effect.fnUntraced(function* (
  execution: Execution.Execution<Payout.Payout, PayoutId>,
  payout: Payout.Payout
) {
  const attempt = payout.attempts.at(-1)
  const found = attempt === undefined ? undefined : yield* callOf(execution.owner, payout, attempt)
  if (attempt === undefined || found?.call === undefined) {
    return yield* new PayoutNotCancelable({ message: "The provider of this payout can't take it back" })
  }
  yield* Execution.mustOutlast(execution)
  const { call, provider } = found
  const seen = yield* withDeadline("provider.cancelPayout", { provider, payout: execution.id }, call).pipe(
    Effect.catchTag("Rejected", ({ message }) => Effect.fail(new PayoutNotCancelable({ message }))),
    Effect.catchTag("Unavailable", ({ message }) => Effect.fail(new ProviderError({ message, inDoubt: false }))),
    // To cancel again is harmless: whoever sends the same key does, unless a lookup has shown meanwhile what became of it.
    Effect.catchTag("Unknown", ({ message }) => Effect.fail(new ProviderError({ message, inDoubt: true })))
  )
  return yield* Execution.record(
    execution,
    (held) => changeBy(held, attempt.number, seen),
    (next) => (next.status === "canceled" ? canceled(next) : null)
  )
})

/** The call that takes an attempt back, where its driver says that it can. */
const callOf = Effect.fnUntraced(function* (owner: Owner, { request }: Payout.Payout, attempt: PayoutAttempt) {
  const via = Option.getOrUndefined(yield* PayoutInDoubt.via(owner, attempt))
  const can = via?.driver.capabilities.some(
    (each) =>
      each.direction === "payout" &&
      each.method === request.destination.type &&
      each.country === countryOf(request.destination) &&
      each.currency === request.currency &&
      each.features.includes("cancel")
  )
  return can === true && via !== undefined && attempt.providerId !== null
    ? { provider: via.driver.name, call: via.payouts.cancel?.(via.account, attempt.providerId) }
    : undefined
})
