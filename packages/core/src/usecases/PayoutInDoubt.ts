/**
 * In doubt: a transfer was perhaps made, and nobody knows. It is looked up by our own reference, as often and as late as the
 * driver asks. It is never sent again, not even when it is absent for good: then the payout has failed, and its reference is
 * watched. Whoever resolves holds the payout's lease.
 */
import { DateTime, Duration, Effect, Option, Result } from "effect"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import type { PayoutAttempt } from "../models/PayoutAttempt.ts"
import { onlyState } from "../ports/Operations.ts"
import type { ProviderAccount, PayoutDriver } from "../ports/Provider.ts"
import { Settings } from "../ports/Settings.ts"
import { PayoutStore } from "../ports/Store.ts"
import type { PayoutId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { type Holder, needsALook, step } from "./Execution.ts"
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
    const asked = yield* via(holder.owner, attempt)
    if (Option.isNone(asked)) continue
    const { account, driver, payouts } = asked.value
    const answer = yield* Effect.result(find(driver.name, payouts, account, attempt))
    if (Result.isFailure(answer)) {
      yield* Effect.logWarning(`The provider did not tell about a payout in doubt: ${answer.failure.message}`)
      payout = yield* step(holder, ({ current, now }) =>
        Effect.succeed(onlyState(Payout.askLater(current, number, now)))
      )
      continue
    }
    payout = yield* step(holder, (held) =>
      Option.match(answer.success, {
        onNone: () =>
          changeOf(held.current, Payout.miss(held.current, number, driver.facts.lookup.misses, held.now), held.now),
        onSome: (seen) => changeBy(held, number, seen)
      })
    )
  }
  return payout
})

/** A doubt that lasts is for a person to look at; what it is about is never decided by the passing of time. */
const isLasting = ({ createdAt }: PayoutAttempt, now: DateTime.Utc): boolean =>
  Duration.isGreaterThan(DateTime.distance(createdAt, now), Duration.hours(1))

/** The same by a worker: takes the lease if nobody holds it. */
export const resolveAlone = Effect.fn("PayoutInDoubt.resolveAlone")(function* (owner: Owner, id: PayoutId) {
  const store = yield* PayoutStore
  const { lease: duration } = yield* Settings
  const begun = yield* store.begin(owner, id, null, duration)
  if (begun._tag !== "Begun") return
  const holder = { store, owner, id, lease: begun.lease }
  const release = step(holder, ({ current }) => Effect.succeed({ ...onlyState(current), released: true }))
  yield* resolve(holder, begun.current).pipe(
    Effect.flatMap((payout) =>
      Effect.flatMap(DateTime.now, (now) =>
        Payout.unresolved(payout).some((attempt) => isLasting(attempt, now))
          ? needsALook("in_doubt", { resource: id })
          : Effect.void
      )
    ),
    // A lease that is not given back runs out by itself.
    Effect.ensuring(Effect.ignore(release)),
    // Somebody else is at it by now.
    Effect.catchTag("IdempotencyInProgress", () => Effect.void)
  )
})
