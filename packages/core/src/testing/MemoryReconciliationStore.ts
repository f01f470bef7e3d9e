/** Reconciliations in memory. */
import { DateTime, type Duration, Effect, Layer, Option, Order } from "effect"
import type { Owner } from "../models/Owner.ts"
import type { Report, Row } from "../models/ReconciliationReport.ts"
import { ReconciliationStore, type Turn } from "../ports/ReconciliationStore.ts"
import { keyOf, MemoryDatabase, put, sameOwner, type Tables, type TurnRow } from "./MemoryDatabase.ts"
import { millisLeft } from "./memoryKeys.ts"
import { pageOf } from "../ports/Paging.ts"

const lasting = (token: number, duration: Duration.Duration, now: DateTime.Utc): TurnRow["lease"] => ({
  token,
  until: DateTime.toEpochMillis(DateTime.addDuration(now, duration))
})

/** The tables with a turn for every account that has none yet, of those named. */
const withTurns = (
  tables: Tables,
  firstAt: DateTime.Utc,
  now: DateTime.Utc,
  isNamed: (owner: Owner, account: string) => boolean = () => true
): Tables => {
  const turns = new Map(tables.turns)
  for (const { account, owner } of tables.tokens) {
    const key = keyOf(owner, account)
    if (turns.has(key) || !isNamed(owner, account)) continue
    turns.set(key, {
      owner,
      account,
      since: now,
      coveredTo: null,
      requested: null,
      nextAt: firstAt,
      lastRun: null,
      failures: 0,
      lease: { token: 0, until: 0 }
    })
  }
  return turns.size === tables.turns.size ? tables : { ...tables, turns }
}

const take = (tables: Tables, lease: Duration.Duration, now: DateTime.Utc) => {
  const [next] = [...tables.turns]
    .filter(([, row]) => DateTime.isLessThanOrEqualTo(row.nextAt, now) && millisLeft(row, now) <= 0)
    .toSorted(Order.mapInput(DateTime.Order, ([, row]) => row.nextAt))
  if (next === undefined) return { tables, result: Option.none<Turn>() }
  const [key, row] = next
  const taken = { ...row, lease: lasting(row.lease.token + 1, lease, now) }
  const { account, coveredTo, failures, owner, requested, since } = row
  const turn = { owner, account, token: taken.lease.token, since, coveredTo, requested, failures, now }
  return { tables: { ...tables, turns: put(tables.turns, key, taken) }, result: Option.some(turn) }
}

/** The row of a turn that is still its holder's. */
const held = (tables: Tables, { account, owner, token }: Turn, now: DateTime.Utc): TurnRow | undefined => {
  const row = tables.turns.get(keyOf(owner, account))
  return row !== undefined && row.lease.token === token && millisLeft(row, now) > 0 ? row : undefined
}

const withTurn = (tables: Tables, row: TurnRow): Tables => ({
  ...tables,
  turns: put(tables.turns, keyOf(row.owner, row.account), row)
})

const withReport = (tables: Tables, report: Report, more: ReadonlyArray<Row> = []): Tables => {
  const known = tables.reports.some((each) => each.report.id === report.id)
  return {
    ...tables,
    reports: known
      ? tables.reports.map((each) => (each.report.id === report.id ? { report, rows: [...each.rows, ...more] } : each))
      : [...tables.reports, { report, rows: more }]
  }
}

const interrupted = (tables: Tables, { account, owner }: Turn, now: DateTime.Utc): Tables => ({
  ...tables,
  reports: tables.reports.map((each) =>
    sameOwner(each.report.owner, owner) && each.report.account === account && each.report.status === "running"
      ? { ...each, report: { ...each.report, status: "failed", failure: "It was interrupted", finishedAt: now } }
      : each
  )
})

const reportsOf = (tables: Tables, owner: Owner) =>
  tables.reports.filter(({ report }) => sameOwner(report.owner, owner))

/** Reconciliations over {@link MemoryDatabase}. */
export const layer: Layer.Layer<ReconciliationStore, never, MemoryDatabase> = Layer.effect(
  ReconciliationStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    const ifHeld = (turn: Turn, by: (tables: Tables, row: TurnRow, now: DateTime.Utc) => Tables) =>
      database.transaction((tables, now) => {
        const row = held(tables, turn, now)
        return Effect.succeed(
          row === undefined ? { tables, result: false } : { tables: by(tables, row, now), result: true }
        )
      })
    return ReconciliationStore.of({
      takeTurn: (lease, firstAt) =>
        database.transaction((tables, now) => Effect.succeed(take(withTurns(tables, firstAt, now), lease, now))),
      request: (owner, account, requested) =>
        database.transaction((tables, now) => {
          const all = withTurns(tables, now, now, (of, name) => sameOwner(of, owner) && name === account)
          const row = all.turns.get(keyOf(owner, account))
          return Effect.succeed(
            row === undefined
              ? { tables, result: false }
              : { tables: withTurn(all, { ...row, requested, nextAt: now }), result: true }
          )
        }),
      begin: (turn, report) =>
        ifHeld(turn, (tables, row, now) =>
          withTurn(withReport(interrupted(tables, turn, now), report), { ...row, lastRun: report.id })
        ),
      add: (turn, report, rows, lease) =>
        ifHeld(turn, (tables, row, now) =>
          withTurn(withReport(tables, report, rows), { ...row, lease: lasting(turn.token, lease, now) })
        ),
      end: (turn, { coveredTo, failures, nextAt, report }) =>
        ifHeld(turn, (tables, row) => {
          // A request that came meanwhile is another object.
          const asked = row.requested === turn.requested ? { requested: null, nextAt } : {}
          return withTurn(report === null ? tables : withReport(tables, report), {
            ...row,
            ...asked,
            coveredTo,
            failures,
            lease: { ...row.lease, until: 0 }
          })
        }),
      schedules: (owner) =>
        database.transaction((tables, now) =>
          Effect.succeed({
            tables,
            result: [...tables.turns.values()]
              .filter((row) => sameOwner(row.owner, owner))
              .map((row) => ({
                account: row.account,
                nextAt: row.nextAt,
                coveredTo: row.coveredTo,
                lastRun: row.lastRun,
                failures: row.failures,
                running: millisLeft(row, now) > 0
              }))
              .toSorted(Order.mapInput(Order.String, ({ account }) => account))
          })
        ),
      get: (owner, id) =>
        Effect.map(database.tables, (tables) =>
          Option.map(
            Option.fromNullishOr(reportsOf(tables, owner).find(({ report }) => report.id === id)),
            ({ report }) => report
          )
        ),
      list: (owner, { account, status }, page) =>
        Effect.map(database.tables, (tables) =>
          pageOf(
            reportsOf(tables, owner)
              .map(({ report }) => report)
              .filter((report) => (account ?? report.account) === report.account)
              .filter((report) => (status ?? report.status) === report.status),
            page
          )
        ),
      rows: (owner, id, after, limit) =>
        Effect.map(database.tables, (tables) =>
          (reportsOf(tables, owner).find(({ report }) => report.id === id)?.rows ?? []).slice(after, after + limit)
        )
    })
  })
)
