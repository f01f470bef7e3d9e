/** How tries are spread: over time, and so that others are not hit in step. */
import { DateTime, Duration } from "effect"

const jitter = 0.2

/** A delay made a little longer or shorter. `random` is from 0 up to 1. */
export const spread = (delay: Duration.Input, random: number): Duration.Duration =>
  Duration.times(Duration.fromInputUnsafe(delay), 1 + jitter * (2 * random - 1))

/** When to try what is tried since then once more: a quarter of that time later, within bounds. */
export const growing = (
  since: DateTime.Utc,
  now: DateTime.Utc,
  { from, to }: { readonly from: Duration.Duration; readonly to: Duration.Duration }
): DateTime.Utc => {
  const quarter = Duration.millis(Math.max(0, Math.floor(Duration.toMillis(DateTime.distance(since, now)) / 4)))
  return DateTime.addDuration(now, Duration.clamp(quarter, { minimum: from, maximum: to }))
}
