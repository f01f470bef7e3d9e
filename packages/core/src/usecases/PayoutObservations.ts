/**
 * What happens when a provider has said something about a payout: the pure machine decides, and state, ledger and events are
 * written in one transaction. Observations need no lease and may come at any time.
 */
import { type DateTime, Effect, Option } from "effect"
import * as BalanceTransaction from "../models/BalanceTransaction.ts"
import * as Correspondence from "../models/Correspondence.ts"
import * as Events from "../models/Events.ts"
import * as Heard from "../models/Heard.ts"
import type { Owner } from "../models/Owner.ts"
import * as Payout from "../models/Payout.ts"
import type { PayoutObservation } from "../models/PayoutObservation.ts"
import * as Resources from "../models/Resources.ts"
import type { Change, Held } from "../ports/Operations.ts"
import { PayoutStore } from "../ports/Store.ts"
import * as Ids from "../values/Ids.ts"
import type { PayoutId } from "../values/Ids.ts"
import { announce } from "./Execution.ts"

/** A change from one state of a payout to another at a time of the store's clock. Events come from the two states alone. */
export const changeOf = Effect.fnUntraced(function* (
  before: Payout.Payout,
  next: Payout.Payout,
  now: DateTime.Utc,
  bookings: ReadonlyArray<BalanceTransaction.Booking> = []
) {
  const posted = yield* Effect.forEach(bookings, (booking) =>
    Effect.map(Effect.all([Ids.generate("btxn", now), Ids.generate("ent", now)]), ([id, entry]) =>
      BalanceTransaction.ofPayout(next, booking, { id, entry, createdAt: now })
    )
  )
  const events = yield* Effect.forEach(Events.ofPayout(before, next), (type) =>
    Effect.map(Ids.generate("evt"), (id) => {
      const about = { id, type, createdAt: now, subject: next.id, letter: Correspondence.ofPayoutEvent(next, type) }
      return Events.render(next.owner, about, Resources.payout(next))
    })
  )
  return { next, posted, events } satisfies Change<Payout.Payout>
})

/** The change an observation makes to a payout as it is now: nothing but the raw answer when all of it is known. */
export const changeBy = Effect.fnUntraced(function* (
  { current, now }: Held<Payout.Payout>,
  attempt: number,
  seen: PayoutObservation
) {
  const { alerts, bookings, payout } = Payout.observe(current, attempt, seen, now)
  const change = yield* changeOf(current, payout, now, bookings)
  return { ...change, alerts, seen: { attempt, raw: seen.raw } } satisfies Change<Payout.Payout>
})

/**
 * Applies an observation of an attempt, with the notifications that had been heard of it before it was made. Repeats and
 * reorderings leave the same state and ledger.
 */
export const apply = Effect.fn("PayoutObservations.apply")(function* (
  owner: Owner,
  id: PayoutId,
  attempt: number,
  seen: PayoutObservation,
  heard: ReadonlyArray<Heard.Heard> = []
) {
  const store = yield* PayoutStore
  const applied = yield* store.change(owner, id, null, (held) =>
    Effect.map(changeBy(held, attempt, Heard.confirmPayout(seen, heard)), (change) => ({
      change: { ...change, heard },
      result: change
    }))
  )
  if (Option.isSome(applied)) yield* announce(id, applied.value)
  return Option.map(applied, ({ next }) => next)
})
