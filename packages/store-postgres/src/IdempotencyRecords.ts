/** The housekeeping of idempotency keys. */
import { IdempotencyRecords } from "@salesos/core"
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"

export const layer = Layer.effect(
  IdempotencyRecords.IdempotencyRecords,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return IdempotencyRecords.IdempotencyRecords.of({
      // By idempotency_key_created, then by the primary keys of what a record is about. A record whose row is locked is in use.
      purge: (age, limit) => {
        const old = sql`(clock_timestamp() - make_interval(secs => ${Duration.toSeconds(age)}))`
        const unresolved = (column: string) =>
          sql`coalesce(a.${sql(column)} ->> 'status' in ('sent', 'in_doubt'), false)`
        const isBusy = (table: "invoice" | "payout") => sql`exists (
          select 1 from ${sql(table)} r where (r.tenant, r.environment, r.id) = (k.tenant, k.environment, k.resource)
            and (r.updated_at > ${old} or r.lease_until > clock_timestamp()))`
        return sql`
          with gone as (
            select k.tenant, k.environment, k.key from idempotency_key k
            where k.created_at <= ${old} and coalesce(k.finished_at, k.created_at) <= ${old}
              and not ${isBusy("invoice")} and not ${isBusy("payout")}
              and not exists (select 1 from charge_attempt a
                where (a.tenant, a.environment, a.invoice) = (k.tenant, k.environment, k.resource)
                  and (a.status in ('sent', 'in_doubt') or ${unresolved("cancel")} or ${unresolved("refund")}))
              and not exists (select 1 from payout_attempt a
                where (a.tenant, a.environment, a.payout) = (k.tenant, k.environment, k.resource)
                  and a.status in ('sent', 'in_doubt'))
              and not exists (select 1 from tax_document a
                where (a.tenant, a.environment, a.invoice) = (k.tenant, k.environment, k.resource)
                  and ((a.status = 'pending' and ${unresolved("sending")}) or ${unresolved("cancel")}))
            order by k.created_at limit ${limit} for update skip locked
          )
          delete from idempotency_key k using gone
          where (k.tenant, k.environment, k.key) = (gone.tenant, gone.environment, gone.key) returning 1`.pipe(
          orUnavailable,
          Effect.map((rows) => rows.length),
          Effect.withSpan("IdempotencyRecords.purge")
        )
      }
    })
  })
)
