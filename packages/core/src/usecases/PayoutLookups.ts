/**
 * Lookups: asking the provider again about payouts that are not final, by schedule or because a notification named them.
 */
import { DateTime, Effect, Option, Result } from "effect"
import * as Payout from "../models/Payout.ts"
import * as PayoutAttempt from "../models/PayoutAttempt.ts"
import { onlyState } from "../ports/Operations.ts"
import { type PayoutDue, PayoutStore } from "../ports/Store.ts"
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
    const seen = yield* ask(due, attempt.value)
    if (Option.isSome(seen)) return yield* PayoutObservations.apply(due.owner, due.payout, due.attempt, seen.value)
    yield* askLater(due)
  },
  (effect, due) => Effect.annotateLogs(effect, { payout: due.payout, attempt: due.attempt })
)

/** What the provider says of an attempt, by its own id or else by our reference; none when it says nothing. */
const ask = Effect.fnUntraced(function* (due: PayoutDue, attempt: PayoutAttempt.PayoutAttempt) {
  const via = yield* PayoutInDoubt.via(due.owner, attempt)
  if (Option.isNone(via)) return Option.none()
  const { account, driver, payouts } = via.value
  const { providerId } = attempt
  const call =
    providerId === null
      ? PayoutInDoubt.find(driver.name, payouts, account, attempt)
      : withDeadline(
          "provider.getPayout",
          { provider: driver.name, payout: due.payout },
          payouts.get(account, providerId)
        ).pipe(Effect.map(Option.some))
  const answer = yield* Effect.result(call)
  if (Result.isSuccess(answer)) return answer.success
  yield* Effect.logWarning(`The provider did not tell about a payout: ${answer.failure.message}`)
  return Option.none()
})

const askLater = Effect.fnUntraced(function* ({ attempt, owner, payout }: PayoutDue) {
  const store = yield* PayoutStore
  const now = yield* DateTime.now
  yield* store.change(owner, payout, null, ({ current }) =>
    Effect.succeed({ change: onlyState(Payout.askLater(current, attempt, now)), result: undefined })
  )
})
