/** Money facts as rows, and back; and the writing of them, of invoices and payouts alike. */
import { DateTime } from "effect"
import type { SqlClient } from "effect/sql"
import type { MoneyFact, Observation, Owner } from "@salesos/core"

export const time = (value: Date | string): DateTime.Utc => DateTime.makeUnsafe(value)
export const optionalTime = (value: Date | string | null): DateTime.Utc | null => (value === null ? null : time(value))
export const iso = (value: DateTime.Utc | null): string | null => (value === null ? null : DateTime.formatIso(value))

/** A row of `money_fact` as `json_agg` gives it: times are text. */
export interface FactJson {
  readonly key: MoneyFact.MoneyFactKey
  readonly kind: MoneyFact.MoneyFact["kind"]
  readonly attempt: number
  readonly amount: number
  readonly currency: MoneyFact.MoneyFact["money"]["currency"]
  readonly fee: number | null
  readonly occurred_at: string
  readonly booked_as: MoneyFact.MoneyFact["bookedAs"]
  readonly inferred: boolean
  readonly settlements: ReadonlyArray<Observation.Settlement> | null
}

export const toFact = (row: FactJson): MoneyFact.MoneyFact => ({
  key: row.key,
  kind: row.kind,
  attempt: row.attempt,
  money: { amount: row.amount, currency: row.currency },
  fee: row.fee,
  occurredAt: time(row.occurred_at),
  bookedAs: row.booked_as,
  ...(row.inferred ? { inferred: true } : {}),
  ...(row.settlements === null ? {} : { settlements: row.settlements })
})

const fromFact = (fact: MoneyFact.MoneyFact): FactJson => ({
  key: fact.key,
  kind: fact.kind,
  attempt: fact.attempt,
  amount: fact.money.amount,
  currency: fact.money.currency,
  fee: fact.fee,
  occurred_at: DateTime.formatIso(fact.occurredAt),
  booked_as: fact.bookedAs,
  inferred: fact.inferred ?? false,
  settlements: fact.settlements ?? null
})

/**
 * A new fact takes its key, and a second taker fails the transaction; a known one may learn its fee, and one that was only
 * inferred what it really was.
 */
export const recordFacts = (
  sql: SqlClient.SqlClient,
  of: "invoice" | "payout",
  { id, owner }: { readonly owner: Owner.Owner; readonly id: string },
  facts: ReadonlyArray<MoneyFact.MoneyFact>
) => sql`
  insert into money_fact as f (tenant, environment, ${sql(of)}, key, kind, attempt, amount, currency, fee, occurred_at, booked_as,
    inferred, settlements)
  select ${owner.tenant}, ${owner.environment}, ${id}, r.*
  from jsonb_to_recordset(${JSON.stringify(facts.map(fromFact))}::jsonb) as r (key text, kind text, attempt int, amount bigint,
    currency text, fee bigint, occurred_at timestamptz, booked_as text, inferred boolean, settlements jsonb)
  on conflict (tenant, environment, key) do update set fee = excluded.fee, amount = excluded.amount,
    currency = excluded.currency, occurred_at = excluded.occurred_at, inferred = excluded.inferred
  where (f.fee is null or f.inferred) and f.${sql(of)} = excluded.${sql(of)}`
