/**
 * Canceling a payout: only an international one that still waits for its funds, only where its provider can, and canceled is what
 * the provider says it is.
 */
import { Clock, Effect, Option } from "effect"
import type { Keyed, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import * as Resources from "../models/Resources.ts"
import { onlyState } from "../ports/Operations.ts"
import { Settings } from "../ports/Settings.ts"
import { PayoutStore } from "../ports/Store.ts"
import type { PayoutId } from "../values/Ids.ts"
import { InvalidState, NotFound, OperationInProgress, PayoutNotCancelable, ProviderError } from "./errors.ts"
import * as Execution from "./Execution.ts"
import * as PayoutInDoubt from "./PayoutInDoubt.ts"
import { changeBy } from "./PayoutObservations.ts"
import { withDeadline } from "./ProviderCall.ts"

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
  const store = yield* PayoutStore
  const settings = yield* Settings
  const begun = yield* Clock.monotonicTimeNanos
  const opened = yield* store.begin(owner, id, keyed, settings.lease)
  switch (opened._tag) {
    case "Missing":
      return yield* new NotFound({ message: "No such payout" })
    case "Busy":
      return yield* new OperationInProgress({ retryAfterSeconds: opened.retryAfterSeconds })
    case "Begun": {
      const { current, lease } = opened
      const execution = { store, owner, keyed, id, lease, begun, settings }
      return yield* carryOut(execution, current).pipe(
        // What comes to nothing gives the lease back, and its key is free to try again.
        Effect.tapError(() =>
          Effect.ignore(
            Execution.step(execution, (held) => Effect.succeed({ ...onlyState(held.current), released: true }))
          )
        )
      )
    }
    default:
      return yield* Execution.decided(opened)
  }
}, Effect.uninterruptible)

const carryOut = Effect.fnUntraced(
  function* (execution: Execution.Execution<Payout.Payout, PayoutId>, found: Payout.Payout) {
    const payout = yield* PayoutInDoubt.resolve(execution, found)
    const attempt = payout.attempts.at(-1)
    const providerId = attempt?.providerId ?? null
    switch (payout.status) {
      case "canceled":
        return yield* Execution.answer(execution, canceled)
      case "paid":
      case "failed":
        return yield* new InvalidState({ message: `The payout is ${payout.status}` })
      case "created":
      case "processing":
        return yield* Payout.unresolved(payout).length > 0
          ? new OperationInProgress({ retryAfterSeconds: 1 })
          : new PayoutNotCancelable({ message: "The payout is on its way" })
      case "incoming_payment_waiting":
        break
    }
    const asked = attempt === undefined ? Option.none() : yield* PayoutInDoubt.via(execution.owner, attempt)
    const { account, driver, payouts } = Option.getOrUndefined(asked) ?? {}
    const can = driver?.capabilities.some(
      (each) =>
        each.direction === "payout" &&
        each.method === payout.request.destination.type &&
        each.features.includes("cancel")
    )
    if (
      account === undefined ||
      payouts?.cancel === undefined ||
      can !== true ||
      attempt === undefined ||
      providerId === null
    ) {
      return yield* new PayoutNotCancelable({ message: "The provider of this payout can't take it back" })
    }
    yield* Execution.mustOutlast(execution)
    const call = payouts.cancel(account, providerId)
    const seen = yield* withDeadline("provider.cancelPayout", { payout: execution.id }, call).pipe(
      Effect.catchTag("Rejected", ({ message }) => Effect.fail(new PayoutNotCancelable({ message }))),
      Effect.catchTag("Unavailable", ({ message }) => Effect.fail(new ProviderError({ message, inDoubt: false }))),
      // To cancel again is harmless: whoever sends the same key does, unless a lookup has shown meanwhile what became of it.
      Effect.catchTag("Unknown", ({ message }) => Effect.fail(new ProviderError({ message, inDoubt: true })))
    )
    const { number } = attempt
    const told = yield* Execution.step(execution, (held) => changeBy(held, number, seen))
    return told.status === "canceled"
      ? yield* Execution.answer(execution, canceled)
      : yield* new InvalidState({ message: `The payout is ${told.status}` })
  },
  (effect, execution) => Effect.annotateLogs(effect, { payout: execution.id })
)
