/** Reconciliations: whose turn it is, who is at it, and the reports. */
import { type Currency, type Ids, type Owner, ReconciliationReport, ReconciliationStore } from "@salesos/core"
import { DateTime, type Duration, Effect, Layer, Option } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import { optionalTime, time } from "./FactRows.ts"
import { after } from "./Operations.ts"
import { conditions, page } from "./Paging.ts"

interface TurnRow {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  readonly account: string
  readonly lease_token: bigint
  readonly since: Date
  readonly covered_to: Date | null
  readonly requested_at: Date | null
  readonly requested_from: Date | null
  readonly requested_to: Date | null
  readonly failures: number
  readonly now: Date
}

/** Sums as text: JSON's numbers end where a bigint goes on. */
type Texts<A> = { readonly [K in keyof A]: bigint extends A[K] ? string | Exclude<A[K], bigint> : A[K] }

interface ReportRow {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  readonly id: Ids.ReconciliationId
  readonly account: string
  readonly from_at: Date
  readonly to_at: Date
  readonly status: ReconciliationReport.Report["status"]
  readonly failure: string | null
  readonly counts: ReconciliationReport.Counts
  readonly sums: ReadonlyArray<Texts<ReconciliationReport.Sum>>
  readonly balances: ReadonlyArray<Texts<ReconciliationReport.Balance>>
  readonly started_at: Date
  readonly finished_at: Date | null
}

const toReport = (row: ReportRow): ReconciliationReport.Report => ({
  owner: { tenant: row.tenant, environment: row.environment },
  id: row.id,
  account: row.account,
  from: time(row.from_at),
  to: time(row.to_at),
  status: row.status,
  failure: row.failure,
  counts: row.counts,
  sums: row.sums.map((sum) => ({
    currency: sum.currency,
    ours: BigInt(sum.ours),
    theirs: BigInt(sum.theirs),
    missingHere: BigInt(sum.missingHere),
    missingThere: BigInt(sum.missingThere),
    different: BigInt(sum.different)
  })),
  balances: row.balances.map((balance) => ({
    currency: balance.currency,
    provider: BigInt(balance.provider),
    ours: BigInt(balance.ours),
    difference: BigInt(balance.difference),
    drift: balance.drift === null ? null : BigInt(balance.drift)
  })),
  startedAt: time(row.started_at),
  finishedAt: optionalTime(row.finished_at)
})

const json = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}` : each))

const date = (at: DateTime.Utc | null | undefined): Date | null =>
  at === null || at === undefined ? null : DateTime.toDateUtc(at)

export const layer = Layer.effect(
  ReconciliationStore.ReconciliationStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    const mine = ({ account, owner, token }: ReconciliationStore.Turn) =>
      sql`tenant = ${owner.tenant} and environment = ${owner.environment} and account = ${account}
        and lease_token = ${token} and lease_until > clock_timestamp()`

    /** Accounts that have no turn yet get one, of those that are named. */
    const register = (nextAt: DateTime.Utc, named: Statement.Fragment = sql`true`) => sql`
      insert into reconciliation_schedule (tenant, environment, account, since, next_at)
      select a.tenant, a.environment, a.name, a.created_at, ${DateTime.toDateUtc(nextAt)}::timestamptz
      from provider_account a
      where ${named} and not exists (select 1 from reconciliation_schedule s
        where (s.tenant, s.environment, s.account) = (a.tenant, a.environment, a.name))
      on conflict do nothing`

    const writeReport = (report: ReconciliationReport.Report) => sql`
      update reconciliation set status = ${report.status}, failure = ${report.failure}, counts = ${json(report.counts)}::jsonb,
        sums = ${json(report.sums)}::jsonb, balances = ${json(report.balances)}::jsonb, finished_at = ${date(report.finishedAt)}
      where tenant = ${report.owner.tenant} and environment = ${report.owner.environment} and id = ${report.id}`

    /** A transaction under the turn's own row, if it is still its holder's; says whether it was. */
    const ifMine = <E, R>(turn: ReconciliationStore.Turn, write: Effect.Effect<unknown, E, R>) =>
      transact(
        Effect.gen(function* () {
          const held = yield* sql`select 1 from reconciliation_schedule where ${mine(turn)} for update`
          if (held.length > 0) yield* write
          return held.length > 0
        })
      ).pipe(Effect.provideService(SqlClient.SqlClient, sql))

    /** Numbered in the order in which they are added; only who has the turn adds any. */
    const addRows = ({ id, owner }: ReconciliationReport.Report, rows: ReadonlyArray<ReconciliationReport.Row>) => sql`
      insert into reconciliation_row (tenant, environment, reconciliation, number, outcome, at, reference, provider_id, currency,
        ours, theirs, our_lines, their_lines)
      select ${owner.tenant}, ${owner.environment}, ${id}, n.last + r.number, r.outcome, r.at, r.reference, r."providerId",
        r.currency, r.ours, r.theirs, r."ourLines", r."theirLines"
      from (select count(*) as last from reconciliation_row
          where tenant = ${owner.tenant} and environment = ${owner.environment} and reconciliation = ${id}) n,
        jsonb_to_recordset(${JSON.stringify(
          rows.map((row, index) => ({ ...row, number: index + 1, at: DateTime.formatIso(row.at) }))
        )}::jsonb) as r (number bigint, outcome text, at timestamptz, reference text, "providerId" text, currency text,
          ours bigint, theirs bigint, "ourLines" text[], "theirLines" text[])`

    /** So many rows go into one statement. */
    const rowsAtOnce = 1_000

    return ReconciliationStore.ReconciliationStore.of({
      takeTurn: (lease: Duration.Duration, firstAt) =>
        transact(
          Effect.andThen(
            register(firstAt),
            // By reconciliation_schedule_next; what another worker is just taking is passed over.
            sql<TurnRow>`
              with next as (
                select tenant, environment, account from reconciliation_schedule
                where next_at <= clock_timestamp() and (lease_until is null or lease_until <= clock_timestamp())
                order by next_at limit 1 for update skip locked
              )
              update reconciliation_schedule s set lease_token = lease_token + 1, lease_until = ${after(sql, lease)}
              from next where (s.tenant, s.environment, s.account) = (next.tenant, next.environment, next.account)
              returning s.tenant, s.environment, s.account, s.lease_token, s.since, s.covered_to, s.requested_at,
                s.requested_from, s.requested_to, s.failures, clock_timestamp() as now`
          )
        ).pipe(
          Effect.provideService(SqlClient.SqlClient, sql),
          Effect.map(([row]) =>
            Option.map(Option.fromUndefinedOr(row), (taken): ReconciliationStore.Turn => ({
              owner: { tenant: taken.tenant, environment: taken.environment },
              account: taken.account,
              token: Number(taken.lease_token),
              since: time(taken.since),
              coveredTo: optionalTime(taken.covered_to),
              requested:
                taken.requested_at === null
                  ? null
                  : {
                      ...(taken.requested_from === null ? {} : { from: time(taken.requested_from) }),
                      to: time(taken.requested_to ?? taken.requested_at)
                    },
              failures: taken.failures,
              now: time(taken.now)
            }))
          ),
          Effect.withSpan("ReconciliationStore.takeTurn")
        ),
      request: (owner, account, { from, to }) =>
        transact(
          Effect.andThen(
            Effect.flatMap(DateTime.now, (now) =>
              register(
                now,
                sql`a.tenant = ${owner.tenant} and a.environment = ${owner.environment} and a.name = ${account}`
              )
            ),
            sql`update reconciliation_schedule set requested_at = clock_timestamp(), next_at = clock_timestamp(),
                requested_from = ${date(from)}, requested_to = ${date(to)}
              where tenant = ${owner.tenant} and environment = ${owner.environment} and account = ${account} returning 1`
          )
        ).pipe(
          Effect.provideService(SqlClient.SqlClient, sql),
          Effect.map((updated) => updated.length > 0)
        ),
      begin: (turn, report) =>
        ifMine(
          turn,
          Effect.gen(function* () {
            const { environment, tenant } = turn.owner
            yield* sql`
              update reconciliation set status = 'failed', failure = 'It was interrupted', finished_at = clock_timestamp()
              where tenant = ${tenant} and environment = ${environment} and account = ${turn.account} and status = 'running'`
            yield* sql`
              insert into reconciliation (tenant, environment, id, account, from_at, to_at, status, counts, sums, balances,
                started_at)
              values (${tenant}, ${environment}, ${report.id}, ${report.account}, ${date(report.from)}, ${date(report.to)},
                ${report.status}, ${json(report.counts)}::jsonb, ${json(report.sums)}::jsonb, ${json(report.balances)}::jsonb,
                ${date(report.startedAt)})`
            yield* sql`update reconciliation_schedule set last_run = ${report.id} where ${mine(turn)}`
          })
        ),
      add: (turn, report, rows, lease) =>
        ifMine(
          turn,
          Effect.gen(function* () {
            yield* writeReport(report)
            for (let at = 0; at < rows.length; at += rowsAtOnce) yield* addRows(report, rows.slice(at, at + rowsAtOnce))
            yield* sql`update reconciliation_schedule set lease_until = ${after(sql, lease)} where ${mine(turn)}`
          })
        ),
      end: (turn, { coveredTo, failures, nextAt, report }) =>
        ifMine(
          turn,
          Effect.gen(function* () {
            if (report !== null) yield* writeReport(report)
            // What was asked for meanwhile is newer than the turn.
            yield* sql`
              update reconciliation_schedule set covered_to = ${date(coveredTo)}, failures = ${failures}, lease_until = null,
                next_at = case when requested_at > ${date(turn.now)} then next_at else ${date(nextAt)}::timestamptz end,
                requested_at = case when requested_at > ${date(turn.now)} then requested_at end
              where ${mine(turn)}`
          })
        ),
      schedules: (owner) =>
        sql<{
          readonly account: string
          readonly next_at: Date
          readonly covered_to: Date | null
          readonly last_run: Ids.ReconciliationId | null
          readonly failures: number
          readonly running: boolean
        }>`
          select account, next_at, covered_to, last_run, failures, coalesce(lease_until > clock_timestamp(), false) as running
          from reconciliation_schedule where tenant = ${owner.tenant} and environment = ${owner.environment}
          order by account`.pipe(
          orUnavailable,
          Effect.map((found) =>
            found.map(({ account, covered_to, failures, last_run, next_at, running }) => ({
              account,
              nextAt: time(next_at),
              coveredTo: optionalTime(covered_to),
              lastRun: last_run,
              failures,
              running
            }))
          )
        ),
      get: (owner, id) =>
        sql<ReportRow>`select * from reconciliation
          where tenant = ${owner.tenant} and environment = ${owner.environment} and id = ${id}`.pipe(
          orUnavailable,
          Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), toReport))
        ),
      list: (owner, { account, status }, wanted) =>
        page(
          wanted,
          conditions(sql, owner, {}, { account, status }),
          (where, order, limit) => sql<ReportRow>`select * from reconciliation where ${where} ${order} ${limit}`
        ).pipe(
          orUnavailable,
          Effect.map(({ data, hasMore }) => ({ data: data.map(toReport), hasMore })),
          Effect.provideService(SqlClient.SqlClient, sql)
        ),
      rows: (owner, id, skipped, limit) =>
        sql<{
          readonly outcome: ReconciliationReport.Outcome
          readonly at: Date
          readonly reference: string | null
          readonly provider_id: string | null
          readonly currency: Currency.Currency
          readonly ours: bigint | null
          readonly theirs: bigint | null
          readonly our_lines: ReadonlyArray<string>
          readonly their_lines: ReadonlyArray<string>
        }>`
          select * from reconciliation_row where tenant = ${owner.tenant} and environment = ${owner.environment}
            and reconciliation = ${id} and number > ${skipped} order by number limit ${limit}`.pipe(
          orUnavailable,
          Effect.map((found) =>
            found.map((row) => ({
              outcome: row.outcome,
              at: time(row.at),
              reference: row.reference,
              providerId: row.provider_id,
              currency: row.currency,
              ours: row.ours === null ? null : Number(row.ours),
              theirs: row.theirs === null ? null : Number(row.theirs),
              ourLines: row.our_lines,
              theirLines: row.their_lines
            }))
          )
        )
    })
  })
)
