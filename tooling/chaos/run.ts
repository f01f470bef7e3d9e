/** One schedule in a world of its own, and all that there is to say of it. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as Audit from "./audit.ts"
import type { Pace } from "./pace.ts"
import * as Round from "./round.ts"
import * as World from "./world.ts"

export interface Options extends Round.Options {
  readonly pace: Pace
  readonly tenants: number
  /** Where logs and data are kept. */
  readonly directory: string
}

export interface Result extends Round.Round {
  readonly pace: Pace
  readonly logs: string
  readonly database: string
}

/** How many rows there are of what the run was about. */
const rows = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const found = yield* sql<{ readonly name: string; readonly count: number }>`
    select 'invoices ' || status as name, count(*)::int from invoice group by status
    union all select 'payouts ' || status, count(*)::int from payout group by status
    union all select 'tax documents ' || status, count(*)::int from tax_document group by status
    union all select 'charge attempts', count(*)::int from charge_attempt
    union all select 'ledger postings', count(*)::int from ledger_posting
    union all select 'events', count(*)::int from event
    union all select 'audited requests, sealed', coalesce(sum(entries), 0)::int from audit_batch
    union all select 'reconciled: ' || outcome, count(*)::int from reconciliation_row group by outcome
    union all select 'notifications taken', count(*)::int from notification`
  return Object.fromEntries(found.map(({ count, name }) => [name, count]))
})

/** How often everything happened in a world since it began. */
export const countsOf = Effect.fnUntraced(function* (world: World.World) {
  const proxied = yield* world.proxy.counts
  const toAuthority = yield* world.authority.proxy.counts
  return {
    ...(yield* Effect.provideContext(rows, world.context)),
    "webhooks received": world.receiver.received().length,
    "requests of providers": proxied.request,
    "requests of the authority": toAuthority.request,
    "notifications of providers": proxied.callback,
    ...Object.fromEntries(Object.entries(proxied.faults).map(([name, count]) => [`proxy: ${name}`, count])),
    "processes that ended by themselves": world.fleet.endedAlone()
  } satisfies Record<string, number>
})

export const run = Effect.fnUntraced(function* ({ directory, pace, tenants, ...options }: Options) {
  const world = yield* World.make(pace, tenants, directory)
  const round = yield* Effect.provideContext(Round.play(world, options), world.context)
  const result: Result = {
    ...round,
    pace,
    findings: [...round.findings, ...(yield* Audit.leftBehind(world))],
    counts: { ...round.counts, ...(yield* countsOf(world)) },
    logs: world.logs,
    database: world.database.directory
  }
  return result
}, Effect.scoped)
