/**
 * In doubt: a transfer was perhaps made, and nobody knows. It is looked up by our own reference, as often and as late as the
 * driver asks. It is never sent again, not even when it is absent for good: then the payout has failed, and its reference is
 * watched. Whoever resolves holds the payout's lease.
 */
import { type DateTime, Effect, Option, Result } from "effect"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import type { PayoutAttempt } from "../models/PayoutAttempt.ts"
import { type Change, onlyState } from "../ports/Operations.ts"
import type { ProviderAccount, PayoutDriver } from "../ports/Provider.ts"
import { PayoutStore } from "../ports/Store.ts"
import type { PayoutId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { alone, type Holder, step, tellingOfDoubts } from "./Execution.ts"
import { changeBy, changeOf } from "./PayoutObservations.ts"
import { withDeadline } from "./ProviderCall.ts"

/** Who can be asked about a payout's attempt. None when its account, or a driver that pays, is no longer configured. */
export const via = Effect.fnUntraced(function* (owner: Owner, { account: name }: PayoutAttempt) {
  const found = yield* Accounts.find(owner, name)
  return Option.flatMap(found, ({ account, driver }) =>
    Option.map(Option.fromUndefinedOr(driver.payouts), (payouts) => ({ account, driver, payouts }))
  )
})

/** Looks an attempt up by our reference, within a call's deadline. */
export const find = (provider: string, payouts: PayoutDriver, account: ProviderAccount, { reference }: PayoutAttempt) =>
  withDeadline("provider.findPayout", { provider, reference }, payouts.find(account, reference))

/** What follows when nobody told of an attempt: it is asked about later, and a person told once that it has been in doubt for long. */
export const untold = (payout: Payout.Payout, number: number, now: DateTime.Utc): Change<Payout.Payout> => {
  const next = Payout.askLater(payout, number, now)
  return tellingOfDoubts(onlyState(next), Payout.tellOfDoubts(next, now))
}

/** Resolves what can be resolved now of a payout's unresolved attempts; gives the payout as it then is. */
export const resolve = Effect.fn("PayoutInDoubt.resolve")(function* (
  holder: Holder<Payout.Payout, PayoutId>,
  found: Payout.Payout
) {
  let payout = found
  for (const attempt of Payout.unresolved(found)) {
    const { missesCountFrom, number } = attempt
    // A taker-over never sends an existing attempt. From here on it is in doubt, whatever it was.
    payout = yield* step(holder, ({ current, now }) =>
      Effect.succeed(onlyState(Payout.doubt(current, number, missesCountFrom, now)))
    )
    const later = step(holder, ({ current, now }) => Effect.succeed(untold(current, number, now)))
    const asked = yield* via(holder.owner, attempt)
    if (Option.isNone(asked)) {
      payout = yield* later
      continue
    }
    const { account, driver, payouts } = asked.value
    const answer = yield* Effect.result(find(driver.name, payouts, account, attempt))
    if (Result.isFailure(answer)) {
      yield* Effect.logWarning(`The provider did not tell about a payout in doubt: ${answer.failure.message}`)
      payout = yield* later
      continue
    }
    payout = yield* step(holder, (held) =>
      Option.match(answer.success, {
        onNone: () => {
          const missed = Payout.miss(held.current, number, driver.facts.lookup.misses, held.now)
          const change = changeOf(held.current, missed, held.now)
          return Effect.map(change, (missing) => tellingOfDoubts(missing, Payout.tellOfDoubts(missed, held.now)))
        },
        onSome: (seen) => changeBy(held, number, seen)
      })
    )
  }
  return payout
})

/** The same by a worker: takes the lease if nobody holds it. */
export const resolveAlone = Effect.fn("PayoutInDoubt.resolveAlone")(function* (owner: Owner, id: PayoutId) {
  yield* alone(yield* PayoutStore, owner, id, resolve)
})
