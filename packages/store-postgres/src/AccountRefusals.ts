/** What providers refuse accounts as a whole. */
import { AccountRefusals, type Owner } from "@salesos/core"
import { DateTime, Effect, Layer } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { orUnavailable } from "./Client.ts"

export const layer = Layer.effect(
  AccountRefusals.AccountRefusals,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const is = ({ environment, tenant }: Owner.Owner, account: string): Statement.Fragment =>
      sql`tenant = ${tenant} and environment = ${environment} and account = ${account}`
    /** As `nextProbe` says: a quarter of the refusal's age later, from a minute to an hour. */
    const probeAfter = (since: string): Statement.Fragment => sql`clock_timestamp()
      + greatest(interval '1 minute', least(interval '1 hour', (clock_timestamp() - ${sql(since)}) / 4))`

    return AccountRefusals.AccountRefusals.of({
      // Compare-and-set on the rows: of several who find a probe due one gets it.
      admit: (owner, account, kinds) =>
        sql<{ readonly standing: boolean; readonly taken: boolean }>`
          with standing as (
            select probe_at <= clock_timestamp() as due from account_refusal where ${is(owner, account)} and kind = any(${kinds})
          ), taken as (
            update account_refusal set probe_at = ${probeAfter("since")}
            where ${is(owner, account)} and kind = any(${kinds}) and probe_at <= clock_timestamp()
              and (select bool_and(due) from standing)
            returning 1
          )
          select exists (select 1 from standing) as standing, exists (select 1 from taken) as taken`.pipe(
          orUnavailable,
          Effect.map(([row]) => (row?.standing !== true ? "open" : row.taken ? "probe" : "refused"))
        ),
      refuse: ({ environment, tenant }, account, kind, message) =>
        // Only a row that was just inserted has no xmax.
        sql<{ readonly is_new: boolean }>`
          insert into account_refusal as r (tenant, environment, account, kind, message, probe_at)
          values (${tenant}, ${environment}, ${account}, ${kind}, ${message}, clock_timestamp() + interval '1 minute')
          on conflict (tenant, environment, account, kind) do update
            set message = excluded.message, probe_at = ${probeAfter("r.since")}
          returning xmax = 0 as is_new`.pipe(
          orUnavailable,
          Effect.map(([row]) => row?.is_new === true)
        ),
      clear: (owner, account, kinds) =>
        sql`delete from account_refusal where ${is(owner, account)} and kind = any(${kinds})`.pipe(
          orUnavailable,
          Effect.asVoid
        ),
      list: ({ environment, tenant }) =>
        sql<{
          readonly account: string
          readonly kind: AccountRefusals.Kind
          readonly message: string
          readonly since: Date
          readonly probe_at: Date
        }>`
          select account, kind, message, since, probe_at from account_refusal
          where tenant = ${tenant} and environment = ${environment} order by since`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map(({ probe_at, since, ...rest }) => ({
              ...rest,
              since: DateTime.fromDateUnsafe(since),
              probeAt: DateTime.fromDateUnsafe(probe_at)
            }))
          )
        )
    })
  })
)
