/** How the whole is doing, over all tenants: what an operator's gauges show. Counts and ages, never whose. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"

/** One number, under the name of its gauge. */
export interface Vital {
  readonly gauge: "in_doubt" | "waiting_seconds" | "dead_notifications" | "refused_accounts" | "ledger_imbalance"
  /** Which of several, such as `charge`; empty where there is one. */
  readonly of: string
  readonly value: number
}

/**
 * - `in_doubt`: what was perhaps done at a provider, and nobody knows, by kind
 * - `waiting_seconds`: for how long the oldest of what is due has been due, by kind: it grows when workers are gone or too few
 * - `dead_notifications`: that could not be applied, and wait for a person
 * - `refused_accounts`: that their providers refuse as a whole
 * - `ledger_imbalance`: minor units by which entries of the last ten minutes are out of balance: never anything but 0
 */
export const read = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const oldest = (table: string, of: string) =>
    sql`select 'waiting_seconds' as gauge, ${of} as of, greatest(0, extract(epoch from clock_timestamp() - min(due_at))) as value
      from ${sql(table)} where due_at is not null`
  return yield* sql<Vital>`
    select gauge, of, coalesce(value, 0)::float8 as value from (
      select 'in_doubt' as gauge, 'charge' as of, count(*)::numeric as value from charge_attempt
        where status = 'in_doubt' or cancel ->> 'status' = 'in_doubt' or refund ->> 'status' = 'in_doubt'
      union all select 'in_doubt', 'payout', count(*) from payout_attempt where status = 'in_doubt'
      union all select 'in_doubt', 'tax_document', count(*) from tax_document
        where sending ->> 'status' = 'in_doubt' or cancel ->> 'status' = 'in_doubt'
      union all ${oldest("charge_attempt", "charge")}
      union all ${oldest("payout_attempt", "payout")}
      union all ${oldest("tax_document", "tax_document")}
      union all ${oldest("webhook_endpoint", "webhook")}
      union all ${oldest("letter", "letter")}
      union all select 'dead_notifications', '', count(*) from notification_subject where status = 'dead'
      union all select 'refused_accounts', '', count(*) from account_refusal
      union all select 'ledger_imbalance', '', sum(abs(off)) from (
        select sum(amount) as off from ledger_posting where created_at > clock_timestamp() - interval '10 minutes'
        group by tenant, environment, entry, currency) entries
    ) vitals`
}).pipe(orUnavailable, Effect.withSpan("Vitals.read"))
