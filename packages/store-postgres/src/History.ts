/** All that is known of one invoice or payout, in the order in which it came to be: for whoever has to explain it. */
import type { Ids, Owner } from "@salesos/core"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"

/** An invoice or a payout, and whose it is. */
export interface Found {
  readonly kind: "invoice" | "payout"
  readonly owner: Owner.Owner
  readonly id: Ids.InvoiceId | Ids.PayoutId
}

/** Those that an id or a number may mean: several where tenants have the same number. */
export const find = Effect.fn("History.find")(function* (idOrNumber: string, owner: Partial<Owner.Owner>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{
    readonly kind: Found["kind"]
    readonly tenant: Ids.TenantId
    readonly environment: Owner.Environment
    readonly id: Found["id"]
  }>`
    select kind, tenant, environment, id from (
      select 'invoice' as kind, tenant, environment, id, our_number from invoice
        where id = ${idOrNumber} or our_number = ${idOrNumber}
      union all
      select 'payout', tenant, environment, id, our_number from payout where id = ${idOrNumber} or our_number = ${idOrNumber}
    ) found
    where (${owner.tenant ?? null}::text is null or tenant = ${owner.tenant ?? null})
      and (${owner.environment ?? null}::text is null or environment = ${owner.environment ?? null})
    order by tenant, environment limit 20`
  return rows.map(({ environment, id, kind, tenant }): Found => ({ kind, owner: { tenant, environment }, id }))
}, orUnavailable)

/** What happened to it, by where it is kept; each list oldest first, times in ISO 8601 with microseconds. */
export interface History {
  readonly requests: ReadonlyArray<unknown>
  readonly attempts: ReadonlyArray<unknown>
  readonly observations: ReadonlyArray<unknown>
  readonly facts: ReadonlyArray<unknown>
  readonly entries: ReadonlyArray<unknown>
  readonly events: ReadonlyArray<unknown>
  readonly deliveries: ReadonlyArray<unknown>
  readonly letters: ReadonlyArray<unknown>
}

/**
 * The history of one. `withRaw` shows what providers said word by word, payers' data included. Requests are those about it,
 * and all that came with the idempotency keys of its operations.
 */
export const read = Effect.fn("History.read")(function* (
  { id, kind, owner: { environment, tenant } }: Found,
  withRaw: boolean
) {
  const sql = yield* SqlClient.SqlClient
  const of = sql`tenant = ${tenant} and environment = ${environment}`
  const resource = sql(kind)
  const [row] = yield* sql<History>`
    select
      (select json_agg(json_build_object('at', happened_at, 'actor', actor, 'address', address, 'action', action,
          'outcome', outcome, 'request', request, 'replayed', coalesce((detail ->> 'replayed')::boolean, false)) order by seq)
        from audit_entry where ${of} and (subject = ${id} or idempotency in (
          select left(encode(sha256(convert_to(key, 'UTF8')), 'hex'), 32) from idempotency_key where ${of} and resource = ${id}))
      ) as requests,
      (select json_agg(to_jsonb(a) - 'tenant' - 'environment' - ${kind}::text - 'artifact' order by number)
        from ${sql(`${kind === "invoice" ? "charge" : "payout"}_attempt`)} a where ${of} and ${resource} = ${id}) as attempts,
      (select json_agg(json_build_object('at', seen_at, 'attempt', attempt, 'status', raw ->> 'status')::jsonb
          || case when ${withRaw} then jsonb_build_object('raw', raw) else '{}' end order by seen_at)
        from observation where ${of} and ${resource} = ${id}) as observations,
      (select json_agg(json_build_object('at', recorded_at, 'kind', kind, 'attempt', attempt, 'amount', amount, 'currency', currency,
          'fee', fee, 'occurred_at', occurred_at, 'booked_as', booked_as, 'inferred', inferred, 'key', key) order by recorded_at)
        from money_fact where ${of} and ${resource} = ${id}) as facts,
      (select json_agg(json_build_object('at', b.created_at, 'transaction', b.id, 'type', b.type, 'amount', b.amount, 'fee', b.fee,
          'net', b.net, 'currency', b.currency, 'entry', b.entry, 'postings', (
            select json_agg(json_build_object('account', p.account, 'amount', p.amount) order by p.number) from ledger_posting p
            where (p.tenant, p.environment, p.entry) = (b.tenant, b.environment, b.entry))) order by b.created_at, b.id)
        from balance_transaction b where ${of} and source_id = ${id} and our_number = (
          select our_number from ${resource} where ${of} and id = ${id})) as entries,
      (select json_agg(json_build_object('at', created_at, 'id', id, 'type', type) order by created_at, id)
        from event where ${of} and subject = ${id}) as events,
      (select json_agg(json_build_object('at', d.created_at, 'id', d.id, 'event', d.event, 'type', e.type, 'url', w.url,
          'status', d.status, 'tries', (select json_agg(json_build_object('at', tried_at, 'status', t.status,
            'milliseconds', duration_ms) order by t.number) from webhook_attempt t
            where (t.tenant, t.environment, t.delivery) = (d.tenant, d.environment, d.id))) order by d.created_at, d.id)
        from event e join webhook_delivery d on (d.tenant, d.environment, d.event) = (e.tenant, e.environment, e.id)
        join webhook_endpoint w on (w.tenant, w.environment, w.id) = (d.tenant, d.environment, d.endpoint)
        where e.tenant = ${tenant} and e.environment = ${environment} and e.subject = ${id}) as deliveries,
      (select json_agg(json_build_object('at', created_at, 'event', event, 'kind', kind, 'status', status, 'tries', tries,
          'reason', case when ${withRaw} or status = 'dropped' then reason end) order by created_at, event)
        from letter where ${of} and ${resource} = ${id}) as letters`
  const listed = (rows: ReadonlyArray<unknown> | null | undefined) => rows ?? []
  return {
    requests: listed(row?.requests),
    attempts: listed(row?.attempts),
    observations: listed(row?.observations),
    facts: listed(row?.facts),
    entries: listed(row?.entries),
    events: listed(row?.events),
    deliveries: listed(row?.deliveries),
    letters: listed(row?.letters)
  } satisfies History
}, orUnavailable)
