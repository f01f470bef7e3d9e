/** What an operator does after such a day, and the worker each night by itself. */
import { Reconciliations } from "@salesos/core"
import { DateTime, Effect, Option, Schedule } from "effect"
import * as Simulators from "./simulators.ts"
import type { World } from "./world.ts"

/** Asks for every account of the tenants to be reconciled from a time on, and carries it out where workers would let it wait. */
export const request = Effect.fnUntraced(function* ({ pace, tenants }: World, from: DateTime.Utc) {
  yield* Effect.forEach(tenants, ({ owner }) =>
    Effect.forEach(Simulators.providers, (account) => Reconciliations.request(owner, account, { from }))
  )
  // A worker looks for it twice a minute.
  if (pace.movesClock) yield* Effect.repeat(Reconciliations.runNext(), { until: Option.isNone })
})

/** How often it is done over while something is left, and how far apart. */
const again = { times: 4, schedule: Schedule.spaced("2 seconds") }

/** What one reconciliation leaves unexplained. */
const left = Effect.fnUntraced(function* (world: World, from: DateTime.Utc) {
  const finished = Effect.map(
    Effect.forEach(world.tenants, ({ number, owner }) =>
      Effect.map(Reconciliations.list(owner, {}, { limit: 100 }), ({ data }) =>
        data.filter(({ status }) => status === "finished").map((report) => ({ ...report, number }))
      )
    ),
    (reports) => reports.flat()
  )
  const before = new Set((yield* finished).map(({ id }) => id))
  const later = Effect.map(finished, (reports) => reports.filter(({ id }) => !before.has(id)))
  yield* request(world, from)
  const expected = world.tenants.length * Simulators.providers.length
  const isAll = (reports: ReadonlyArray<unknown>): boolean => reports.length >= expected
  const reports = yield* Effect.repeat(later, { until: isAll, schedule: Schedule.spaced("1 second") }).pipe(
    Effect.timeoutOption(world.pace.patience)
  )
  if (Option.isNone(reports)) return ["Not all accounts are reconciled"]
  return reports.value.flatMap(({ account, counts, id, number }) =>
    (["missing_here", "missing_there", "different"] as const).flatMap((outcome) =>
      counts[outcome] === 0
        ? []
        : [`tenant ${number}: ${counts[outcome]} lines of ${account} are ${outcome} in reconciliation ${id}`]
    )
  )
})

/**
 * Reconciles them once more, and says what only one side has, or the two have otherwise. Once everything is at rest nothing is left: by
 * then all money was found by the notifications and lookups that tell of it, or by the first statement. But a payer may still pay, and
 * a statement that was read a moment before does not have that.
 */
export const unexplained = (world: World, from: DateTime.Utc) =>
  Effect.repeat(left(world, from), { ...again, until: (found) => found.length === 0 })
