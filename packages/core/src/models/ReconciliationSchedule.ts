/**
 * When a provider account is reconciled: every day in a calm window, each account at a minute of its own, and when somebody
 * asks for it.
 */
import { DateTime, Duration, Option } from "effect"

/** Where the banks' day begins, and the provider's. */
export const zone = "America/Sao_Paulo"

/** The calm window begins at three in the morning and lasts for two hours. */
const calm = { hour: 3, minutes: 120 }

/**
 * How far back a reconciliation looks behind a cut-off: as long as a line that matches nothing is waited with, and a
 * day more.
 */
const lookBack = Duration.days(4)

/** How long after a failure it is tried again: an hour, twice as long after each one more, a day at most. */
const patience = { first: Duration.hours(1), longest: Duration.days(1) }

/** An account's place in its calm window: the same every day, and another for most others. */
const minuteOf = (seed: string): number => {
  let hash = 0
  for (const character of seed) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003
  return hash % calm.minutes
}

/** The last midnight in São Paulo. */
export const startOfDay = (now: DateTime.Utc): DateTime.Utc =>
  DateTime.toUtc(DateTime.startOf(Option.getOrThrow(DateTime.setZoneNamed(now, zone)), "day"))

/** The next time an account's turn comes; `seed` names the account. */
export const nextRun = (now: DateTime.Utc, seed: string): DateTime.Utc => {
  const at = DateTime.add(startOfDay(now), { hours: calm.hour, minutes: minuteOf(seed) })
  return DateTime.isGreaterThan(at, now) ? at : DateTime.add(at, { days: 1 })
}

/** When an account is tried again after so many failures in a row. */
export const retryAt = (now: DateTime.Utc, failures: number): DateTime.Utc =>
  DateTime.addDuration(
    now,
    Duration.min(Duration.times(patience.first, 2 ** Math.min(Math.max(failures - 1, 0), 10)), patience.longest)
  )

/** What somebody asked for; what is left out is as for a daily run. */
export interface Requested {
  readonly from?: DateTime.Utc
  /** The cut-off; when it was asked for unless told. */
  readonly to?: DateTime.Utc
}

/** Up to when all is covered once a run has come to its end: no further than before where it left something out in between. */
export const coveredTo = (
  account: { readonly since: DateTime.Utc; readonly coveredTo: DateTime.Utc | null },
  { from, to }: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
): DateTime.Utc | null => {
  const before = account.coveredTo
  if (DateTime.isGreaterThan(from, before ?? account.since)) return before
  return before === null ? to : DateTime.max(before, to)
}

/**
 * What an account's run covers: from a little before the last cut-off, or before its own where that is earlier, to the beginning of the
 * day, unless asked for otherwise.
 */
export const rangeOf = (
  account: {
    /** When the account became ours to watch. */
    readonly since: DateTime.Utc
    /** The last cut-off; null while there was none. */
    readonly coveredTo: DateTime.Utc | null
    readonly requested: Requested | null
  },
  now: DateTime.Utc
): { readonly from: DateTime.Utc; readonly to: DateTime.Utc } => {
  const { coveredTo, requested, since } = account
  const to = DateTime.min(requested?.to ?? (requested === null ? startOfDay(now) : now), now)
  const usual =
    coveredTo === null ? since : DateTime.max(since, DateTime.subtractDuration(DateTime.min(coveredTo, to), lookBack))
  return { from: DateTime.min(requested?.from ?? usual, to), to }
}
