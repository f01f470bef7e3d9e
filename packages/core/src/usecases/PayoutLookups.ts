/**
 * Lookups: asking the provider again about payouts that are not final, by schedule or because a notification named them.
 */
import { Cause, Effect, Option, Result } from "effect"
import * as Payout from "../models/Payout.ts"
import * as PayoutAttempt from "../models/PayoutAttempt.ts"
import type { PayoutObservation } from "../models/PayoutObservation.ts"
import { Notifications, type PayoutDue, PayoutStore } from "../ports/Store.ts"
import { announce } from "./Execution.ts"
import * as Hearing from "./Notifications.ts"
import * as PayoutInDoubt from "./PayoutInDoubt.ts"
import * as PayoutObservations from "./PayoutObservations.ts"
import { withDeadline } from "./ProviderCall.ts"

/**
 * Asks the provider about an attempt that is due, and applies what it says. This is how a lost notification is made up for, and
 * what a received one leads to. One that is unresolved is resolved; one that was absent is still watched.
 */
export const lookUp = Effect.fn("PayoutLookups.lookUp")(
  function* (due: PayoutDue) {
    const found = yield* (yield* PayoutStore).get(due.owner, due.payout)
    const attempt = Option.flatMapNullishOr(found, (payout) => Payout.attempt(payout, due.attempt))
    if (Option.isNone(attempt)) return
    if (PayoutAttempt.isUnresolved(attempt.value)) return yield* PayoutInDoubt.resolveAlone(due.owner, due.payout)
    const { heard, seen } = yield* ask(due, attempt.value)
    if (Option.isSome(seen)) {
      return yield* PayoutObservations.apply(due.owner, due.payout, due.attempt, seen.value, heard)
    }
    yield* askLater(due)
  },
  (effect, due) => Effect.annotateLogs(effect, { payout: due.payout, attempt: due.attempt })
)

/** What the provider says of an attempt, by its own id or else by our reference, and what had been heard of it before. */
const ask = Effect.fnUntraced(function* (due: PayoutDue, attempt: PayoutAttempt.PayoutAttempt) {
  const nothing = { heard: [], seen: Option.none<PayoutObservation>() }
  const via = yield* PayoutInDoubt.via(due.owner, attempt)
  if (Option.isNone(via)) return nothing
  const { account, driver, payouts } = via.value
  const { providerId } = attempt
  const notifications = yield* Notifications
  const heard =
    providerId === null ? [] : yield* notifications.pending(due.owner, attempt.account, "payout", [providerId])
  const call =
    providerId === null
      ? PayoutInDoubt.find(driver.name, payouts, account, attempt)
      : withDeadline(
          "provider.getPayout",
          { provider: driver.name, payout: due.payout },
          payouts.get(account, providerId)
        ).pipe(Effect.map(Option.some))
  const answer = yield* Effect.result(call)
  if (Result.isSuccess(answer)) return { heard, seen: answer.success }
  yield* Effect.logWarning(`The provider did not tell about a payout: ${answer.failure.message}`)
  if (answer.failure._tag === "Rejected") yield* Hearing.fail(due.owner, heard, answer.failure.message)
  return nothing
})

const askLater = Effect.fnUntraced(function* ({ attempt, owner, payout }: PayoutDue) {
  const store = yield* PayoutStore
  const changed = yield* store.change(owner, payout, null, ({ current, now }) => {
    const change = PayoutInDoubt.untold(current, attempt, now)
    return Effect.succeed({ change, result: change })
  })
  if (Option.isSome(changed)) yield* announce(payout, changed.value)
})

/** Looks up many attempts that are due. One that goes wrong keeps none of the others from it. */
export const lookUpAll = Effect.fn("PayoutLookups.lookUpAll")(function* (all: ReadonlyArray<PayoutDue>) {
  yield* Effect.forEach(
    all,
    (due) =>
      lookUp(due).pipe(
        Effect.catchCause((cause) => failed(due, cause)),
        Effect.catchCause((again) => Effect.logError("It could not even be put off", again)),
        Effect.annotateLogs({ payout: due.payout, attempt: due.attempt })
      ),
    { concurrency: "unbounded", discard: true }
  )
})

const failed = Effect.fnUntraced(function* (due: PayoutDue, cause: Cause.Cause<unknown>) {
  yield* Effect.logError("A payout could not be looked up", cause)
  const found = yield* (yield* PayoutStore).get(due.owner, due.payout)
  yield* askLater(due)
  const attempt = Option.getOrUndefined(found)?.attempts.find(({ number }) => number === due.attempt)
  // A store that is away is nobody's fault.
  if (attempt === undefined || attempt.providerId === null || !Cause.hasDies(cause)) return
  const notifications = yield* Notifications
  const heard = yield* notifications.pending(due.owner, attempt.account, "payout", [attempt.providerId])
  yield* Hearing.fail(due.owner, heard, Cause.pretty(cause).slice(0, 500))
})
