/** Writing entries with their statement rows. The tables are append-only, and refuse an entry out of balance. */
import type { BalanceTransaction } from "@salesos/core"
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Posts entries, each with all its postings in one statement. Inside the transaction of what they book. */
export const post = Effect.fnUntraced(function* (posted: ReadonlyArray<BalanceTransaction.Posted>) {
  const sql = yield* SqlClient.SqlClient
  for (const { postings, transaction: row } of posted) {
    const { environment, tenant } = row.owner
    const at = DateTime.toDateUtc(row.createdAt)
    yield* sql`
      insert into ledger_posting (tenant, environment, entry, provider_account, created_at, number, account, currency, amount)
      select ${tenant}, ${environment}, ${row.entry}, ${row.account}, ${at}, p.* from jsonb_to_recordset(${JSON.stringify(
        postings.map((posting, index) => ({ number: index + 1, ...posting }))
      )}::jsonb) as p (number int, account text, currency text, amount bigint)`
    yield* sql`
      insert into balance_transaction ${sql.insert({
        tenant,
        environment,
        id: row.id,
        entry: row.entry,
        type: row.line.type,
        amount: row.line.amount,
        currency: row.line.currency,
        fee: row.line.fee,
        net: row.line.net,
        available_on: row.availableOn,
        settlements: row.settlements === undefined ? null : JSON.stringify(row.settlements),
        source_resource: row.source.resource,
        source_id: row.source.id,
        attempt: row.attempt,
        occurred_at: DateTime.toDateUtc(row.occurredAt),
        account: row.account,
        our_number: row.ourNumber,
        cost_center: row.costCenter,
        contractor_reference: row.contractorReference,
        metadata: JSON.stringify(row.metadata),
        created_at: at
      })}`
  }
})
