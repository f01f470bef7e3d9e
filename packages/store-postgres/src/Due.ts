/** When attempts are due: taking those that are, and what a change of their resource may do to it. */
import type { Heard, Owner } from "@salesos/core"
import { type Duration, Effect } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { after, type Decided, type OperationRow } from "./Operations.ts"

/**
 * When an attempt that `was` and becomes `r` is due after a write, as `Operations.change` says. A statement that has waited for the row
 * sees who has just made it due, but not yet what was heard, so that the one is looked at before the other; that by the primary key
 * of notification_subject.
 */
export const dueAfter = <A>(
  sql: SqlClient.SqlClient,
  kind: Heard.Heard["kind"],
  { change: { heard = [] }, row: { attempts } }: Decided<A, OperationRow>
): Statement.Fragment => {
  const asRead = (attempts ?? []).map(({ due_at, number }) => ({ due_at, number }))
  return sql`
    case
      when was.due_at is distinct from (
        select read.due_at from jsonb_to_recordset(${JSON.stringify(asRead)}::jsonb) as read (number int, due_at timestamptz)
        where read.number = was.number
      ) then least(was.due_at, r.due_at) -- of what is known: null is no time at all
      when (r.due_at is null or was.due_at <= clock_timestamp()) and exists (
        select from notification_subject s
        where (s.tenant, s.environment, s.account, s.kind, s.provider_id)
            = (was.tenant, was.environment, was.account, ${kind}, r.provider_id) and s.status = 'pending'
          and (s.provider_id, s.dedupe_key) not in (
            select "providerId", notification from jsonb_to_recordset(${JSON.stringify(heard)}::jsonb)
              as h ("providerId" text, notification text))
      ) then coalesce(was.due_at, clock_timestamp())
      else r.due_at
    end`
}

/**
 * Takes attempts that are due, by the index `…_due` of their table; what another worker has just taken is passed over. `of` is the
 * column that names the resource.
 */
export const takeDue = <Id extends string>(
  sql: SqlClient.SqlClient,
  attempts: "charge_attempt" | "payout_attempt",
  of: "invoice" | "payout",
  limit: number,
  retryIn: Duration.Duration
) =>
  sql<{
    readonly tenant: Owner.Owner["tenant"]
    readonly environment: Owner.Environment
    readonly id: Id
    readonly number: number
  }>`
    with due as (
      select tenant, environment, ${sql(of)} as id, number from ${sql(attempts)}
      where due_at <= clock_timestamp() order by due_at limit ${limit} for update skip locked
    )
    update ${sql(attempts)} a set due_at = ${after(sql, retryIn)}
    from due where (a.tenant, a.environment, a.${sql(of)}, a.number) = (due.tenant, due.environment, due.id, due.number)
    returning a.tenant, a.environment, due.id, a.number`.pipe(
    orUnavailable,
    Effect.map((rows) =>
      rows.map(({ environment, id, number, tenant }) => ({ owner: { tenant, environment }, id, attempt: number }))
    )
  )
