/**
 * A doubt: something was perhaps done at a provider, and nobody knows. One rule for all of them, be it a charge, its cancellation,
 * its refund, a payout, a tax document or its cancellation: the provider is asked at growing intervals, and rarely but for ever in
 * the end; a person is told once that it lasts; and it is settled by what the provider says, never by guess or the passing of time.
 */
import { DateTime, Duration } from "effect"
import * as Backoff from "./Backoff.ts"

export interface Doubt {
  /** Lookups in a row that showed no effect, at a time when that counted. */
  readonly misses: number
  /** From when a lookup without effect counts: before, the call may still be under way or not yet visible at the provider. */
  readonly missesCountFrom: DateTime.Utc
  /** Whether a person was told that it lasts. */
  readonly alerted: boolean
}

/** A doubt that may begin: nothing was asked yet. */
export const begun = (missesCountFrom: DateTime.Utc): Doubt => ({ misses: 0, missesCountFrom, alerted: false })

/** When to ask again: a quarter of the time since then later, from 2 seconds to a day. */
export const nextLookup = (since: DateTime.Utc, now: DateTime.Utc): DateTime.Utc =>
  Backoff.growing(since, now, { from: Duration.seconds(2), to: Duration.days(1) })

/** After how long a doubt is for a person to look at. */
const patience = Duration.hours(1)

/** What is in doubt, marked as told if it has lasted by now; the very same where there is nothing to tell, or no longer. */
export const tell = <A extends Doubt>(doubt: A, now: DateTime.Utc, since: DateTime.Utc = doubt.missesCountFrom): A =>
  doubt.alerted || DateTime.isLessThan(now, DateTime.addDuration(since, patience)) ? doubt : { ...doubt, alerted: true }
