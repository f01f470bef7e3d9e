/**
 * What an observation does to a payout. Observations may come late, repeated and in any order: money facts count once by
 * their key, and a status never undoes money.
 */
import type { DateTime } from "effect"
import type { Money } from "../../values/Money.ts"
import * as PayoutAttempt from "../PayoutAttempt.ts"
import type { PayoutObservation } from "../PayoutObservation.ts"
import { failureBy, move, moveAttempt, touch, withAttempt } from "./internal.ts"
import { type Booked, recordDelivery, recordReturn } from "./Money.ts"
import { asked, attempt, type Payout } from "./State.ts"
import { askAt } from "./Steps.ts"

/** What an observation did. Nothing in it but the payout when the same was observed before. */
export type Observed = Booked

/** Applies what a provider said about an attempt. */
export const observe = (payout: Payout, number: number, seen: PayoutObservation, now: DateTime.Utc): Observed => {
  const known = attempt(payout, number)
  if (known === undefined) return { payout, bookings: [], alerts: [] }
  const accepted = accept(learn(payout, known, seen, now), number, seen, now)
  const delivered = seen.deliveries.reduce<Booked>(
    (sofar, delivery) => recordDelivery(sofar, number, seen.providerId, delivery, now),
    { payout: accepted, bookings: [], alerts: onFirstSight(known, seen, asked(payout)) }
  )
  const returned = seen.returns.reduce<Booked>(
    (sofar, each) => recordReturn(sofar, number, seen.providerId, each, now),
    delivered
  )
  const after = scheduleLookup(end(returned.payout, number, seen, now), number, seen, now)
  return { payout: after, bookings: returned.bookings, alerts: [...new Set(returned.alerts)] }
}

/** What is learned once and never changes: the provider's id, and the transfer's own. */
const learn = (
  payout: Payout,
  known: PayoutAttempt.PayoutAttempt,
  seen: PayoutObservation,
  now: DateTime.Utc
): Payout => {
  const providerId = known.providerId ?? seen.providerId
  const endToEndId = payout.endToEndId ?? seen.endToEndId
  return providerId === known.providerId && endToEndId === payout.endToEndId
    ? payout
    : touch(payout, now, { endToEndId, attempts: withAttempt(payout, { ...known, providerId }) })
}

/** The first word of a provider on an attempt is compared with what was asked for, and with what we took for certain. */
const onFirstSight = (
  known: PayoutAttempt.PayoutAttempt,
  { money }: PayoutObservation,
  wanted: Money
): Booked["alerts"] =>
  known.providerId !== null
    ? []
    : [
        ...(money.amount === wanted.amount && money.currency === wanted.currency ? [] : ["amount_differs" as const]),
        ...(known.status === "absent" || known.status === "rejected" ? ["found_after_all" as const] : [])
      ]

/** The provider has it; an international one may wait for its funds. */
const accept = (payout: Payout, number: number, seen: PayoutObservation, now: DateTime.Utc): Payout => {
  const status = attempt(payout, number)?.status
  const waits = seen.status._tag === "waiting_funds"
  if (status === "sent" || status === "in_doubt") {
    const accepted = moveAttempt(payout, number, "Accepted", now, { misses: 0 })
    return move(accepted, waits ? "FundsAwaited" : "Accepted", now)
  }
  // A late word on waiting takes nothing back: what is processing was funded.
  return status === "accepted" && !waits && seen.status._tag !== "ended" ? move(payout, "Funded", now) : payout
}

/** An attempt is over without money, and with it the payout. */
const end = (payout: Payout, number: number, { status }: PayoutObservation, now: DateTime.Utc): Payout => {
  if (status._tag !== "ended") return payout
  const event = status.reason === "canceled" ? "Canceled" : "Failed"
  const ended = moveAttempt(payout, number, event, now)
  if (ended === payout) return payout
  const failure = failureBy("provider_failed", status.message)
  // Only what still waits can be canceled. A transfer that was under way has failed, whoever stopped it.
  return event === "Canceled" && payout.status === "incoming_payment_waiting"
    ? move(ended, "Canceled", now, { canceledAt: now })
    : move(ended, "Failed", now, { failure })
}

/** An attempt stays due until nothing more can happen: over, or delivered and its fee known. One that was absent is watched. */
const scheduleLookup = (payout: Payout, number: number, { status }: PayoutObservation, now: DateTime.Utc): Payout => {
  const found = attempt(payout, number)
  if (found === undefined || PayoutAttempt.isUnresolved(found)) return payout
  const over = status._tag === "ended" || !["accepted", "absent", "rejected"].includes(found.status)
  const feeMissing = payout.facts.some((fact) => fact.attempt === number && fact.fee === null)
  return askAt(payout, number, !over || feeMissing ? PayoutAttempt.nextLookup(found, now) : null)
}
