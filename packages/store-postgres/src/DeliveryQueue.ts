/**
 * The deliveries that are due. An endpoint's row says when it wants a visit; a visit holds the row, and takes what is due for
 * that endpoint by its own index. Nothing here reads past the deliveries of one endpoint to find those of another.
 */
import { Delivery, DeliveryQueue, type Events, Ids, type Owner, Webhook } from "@salesos/core"
import { DateTime, Duration, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import { after } from "./Operations.ts"
import { Vault } from "./Vault.ts"
import { type EndpointRow, fromEndpointRow, secretPlace } from "./WebhookRows.ts"

/** How many new deliveries, and how many of a removed endpoint, are dealt with at once. */
const atOnce = 500

interface TakenRow {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  readonly endpoint: Ids.WebhookEndpointId
  readonly token: bigint
  readonly url: string
  /** Without secrets where the endpoint was removed. */
  readonly secrets: ReadonlyArray<Uint8Array>
  /** Null where nothing was due after all. */
  readonly id: Ids.DeliveryId | null
  readonly tries: number
  readonly type: Events.Type
  readonly body: string
}

export const layer = Layer.effect(
  DeliveryQueue.DeliveryQueue,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const vault = yield* Vault
    const provideSql = Effect.provideService(SqlClient.SqlClient, sql)

    /** Wakes the endpoints of new deliveries, by the index `webhook_delivery_unnoticed`. Rows are locked in one order. */
    const notice = sql`
      with unnoticed as (
        select tenant, environment, id from webhook_delivery where not noticed
        order by created_at limit ${atOnce} for update skip locked
      ), noticed as (
        update webhook_delivery d set noticed = true from unnoticed u
        where (d.tenant, d.environment, d.id) = (u.tenant, u.environment, u.id)
        returning d.tenant, d.environment, d.endpoint, d.due_at
      ), woken as (
        select w.tenant, w.environment, w.id, n.due_at
        from (select tenant, environment, endpoint, min(due_at) as due_at from noticed group by 1, 2, 3) n
        join webhook_endpoint w on (w.tenant, w.environment, w.id) = (n.tenant, n.environment, n.endpoint)
        where w.status <> 'disabled' order by 1, 2, 3 for no key update of w
      )
      update webhook_endpoint w set due_at = least(w.due_at, v.due_at) from woken v
      where (w.tenant, w.environment, w.id) = (v.tenant, v.environment, v.id)`

    /** By the indexes `webhook_endpoint_due` and `webhook_delivery_due`. Of a removed endpoint everything ends, unsent. */
    const takeDue = ({ pace, passingOver, visits }: DeliveryQueue.Wanted) => sql<TakenRow>`
      with waiting as (
        select tenant, environment, id from webhook_endpoint
        where due_at <= clock_timestamp() and slow = ${pace === "slow"} and status <> 'disabled'
          and (held_until is null or held_until <= clock_timestamp()) and tenant <> all(${passingOver})
        order by due_at limit ${visits} for no key update skip locked
      ), visited as (
        update webhook_endpoint w set token = w.token + 1, held_until = ${after(sql, DeliveryQueue.hold)}
        from waiting v where (w.tenant, w.environment, w.id) = (v.tenant, v.environment, v.id)
        returning w.tenant, w.environment, w.id as endpoint, w.token, w.url, w.status = 'removed' as removed,
          case when w.status = 'removed' then '{}'
            when w.secret_before_until > clock_timestamp() then array[w.secret, w.secret_before]
            else array[w.secret] end as secrets
      ), due as (
        select v.tenant, v.environment, v.removed, d.id
        from visited v cross join lateral (
          select d.id from webhook_delivery d
          where d.tenant = v.tenant and d.environment = v.environment and d.endpoint = v.endpoint
            and d.due_at <= case when v.removed then 'infinity' else clock_timestamp() end
          order by d.due_at limit case when v.removed then ${atOnce}::int else ${DeliveryQueue.perVisit}::int end
        ) d
      ), taken as (
        update webhook_delivery d set noticed = true,
          tries = case when u.removed then d.tries else d.tries + 1 end,
          status = case when u.removed then 'failed' else d.status end,
          due_at = case when u.removed then null else ${after(sql, DeliveryQueue.hold)} end
        from due u where (d.tenant, d.environment, d.id) = (u.tenant, u.environment, u.id) and d.status = 'pending'
        returning d.tenant, d.environment, d.endpoint, d.id, d.event, d.tries, d.status
      )
      select v.tenant, v.environment, v.endpoint, v.token, v.url, v.secrets, t.id, t.tries, e.type, e.body
      from visited v
      left join taken t on (t.tenant, t.environment, t.endpoint) = (v.tenant, v.environment, v.endpoint)
        and t.status = 'pending'
      left join event e on (e.tenant, e.environment, e.id) = (t.tenant, t.environment, t.event)`

    const toVisit = (rows: ReadonlyArray<TakenRow>, first: TakenRow): DeliveryQueue.Visit => {
      const { endpoint, environment, secrets, tenant, token, url } = first
      const owner = { tenant, environment }
      const place = secretPlace(owner, endpoint)
      return {
        owner,
        endpoint,
        token: Number(token),
        url,
        secrets: secrets.map((sealed) => Redacted.value(vault.decrypt(sealed, place))),
        deliveries: rows.flatMap(({ body, id, tries, type }) =>
          id === null ? [] : [{ id, number: tries, type, body }]
        )
      }
    }

    const take: DeliveryQueue.DeliveryQueue["Service"]["take"] = Effect.fnUntraced(function* (wanted) {
      yield* orUnavailable(notice)
      const rows = yield* orUnavailable(takeDue(wanted))
      return [...Map.groupBy(rows, ({ endpoint }) => endpoint).values()].flatMap((all) =>
        all[0] === undefined ? [] : [toVisit(all, all[0])]
      )
    })

    const writeTries = ({ environment, tenant }: Owner.Owner, results: ReadonlyArray<DeliveryQueue.Result>) => {
      const rows = results.map(({ attempt, id, number, outcome }) => ({
        id,
        number,
        answered: attempt.status,
        excerpt: attempt.excerpt,
        duration_ms: Math.round(Duration.toMillis(attempt.duration)),
        status: outcome._tag === "Again" ? "pending" : outcome._tag.toLowerCase(),
        after_seconds: outcome._tag === "Again" ? Duration.toSeconds(outcome.after) : null
      }))
      return sql`
        with tried as (
          select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t(id text, number int, answered int,
            excerpt text, duration_ms int, status text, after_seconds float8)
        ), kept as (
          insert into webhook_attempt (tenant, environment, delivery, number, status, excerpt, duration_ms)
          select ${tenant}, ${environment}, t.id, t.number, t.answered, t.excerpt, t.duration_ms from tried t
        )
        update webhook_delivery d set status = t.status,
          due_at = clock_timestamp() + make_interval(secs => t.after_seconds)
        from tried t where (d.tenant, d.environment, d.id) = (${tenant}, ${environment}, t.id)
          and (t.status = 'delivered' or (d.status = 'pending' and d.tries = t.number))`
    }

    const record: DeliveryQueue.DeliveryQueue["Service"]["record"] = (visit, results, last) =>
      transact(
        Effect.gen(function* () {
          const { endpoint, owner } = visit
          const is = sql`tenant = ${owner.tenant} and environment = ${owner.environment} and id = ${endpoint}`
          // The lock is taken by a statement of its own: the ones after it then see what was noticed meanwhile.
          const [row] = yield* sql<EndpointRow>`select *, clock_timestamp() as now from webhook_endpoint where ${is}
            for no key update`
          if (row === undefined) return null
          if (results.length > 0) yield* writeTries(owner, results)
          const before = fromEndpointRow(row)
          const isLate = row.token !== BigInt(visit.token)
          const attempts = DeliveryQueue.believed(results, isLate)
          const next =
            row.status === "removed" ? before : Webhook.afterTries(before, attempts, DateTime.fromDateUnsafe(row.now))
          if (last || next !== before) {
            const ends = last && !isLate
            const slow = ends && attempts.length > 0 ? attempts.some(Delivery.isSlow) : row.slow
            yield* sql`
              update webhook_endpoint w set
                status = ${row.status === "removed" ? row.status : next.status}, disabled_reason = ${next.disabledReason},
                failing_since = ${next.failingSince === null ? null : DateTime.toDateUtc(next.failingSince)}, slow = ${slow},
                held_until = case when ${ends} then null else held_until end,
                due_at = case
                  when ${next.status === "disabled" && row.status !== "removed"} then null
                  when ${ends} then (
                    select greatest(min(d.due_at), clock_timestamp()) from webhook_delivery d
                    where d.tenant = w.tenant and d.environment = w.environment and d.endpoint = w.id
                      and d.due_at is not null having min(d.due_at) is not null)
                  else due_at end
              where ${is}`
          }
          return next.status === before.status ? null : next.disabledReason
        })
      ).pipe(provideSql)

    const backlog: DeliveryQueue.DeliveryQueue["Service"]["backlog"] = sql<{
      readonly pending: number
      readonly due: number
      readonly oldest: number
    }>`
      select count(*)::int as pending, (count(*) filter (where d.due_at <= clock_timestamp()))::int as due,
        coalesce(extract(epoch from greatest(clock_timestamp() - min(d.due_at), interval '0')), 0)::float8 as oldest
      from webhook_delivery d
      join webhook_endpoint w on (w.tenant, w.environment, w.id) = (d.tenant, d.environment, d.endpoint)
      where d.due_at is not null and w.status = 'enabled'`.pipe(
      orUnavailable,
      Effect.map(([row]) => ({
        pending: row?.pending ?? 0,
        due: row?.due ?? 0,
        oldestDue: Duration.seconds(row?.oldest ?? 0)
      }))
    )

    /** Rows of everybody, tenant by tenant: an id says when it was made, so each table's key finds what is old. */
    const old = (
      table: "webhook_delivery" | "event" | "webhook_endpoint",
      before: string,
      limit: number,
      unused: string
    ) =>
      sql`
        select o.* from tenant t cross join unnest(array['sandbox', 'live']) as e(environment)
        cross join lateral (
          select r.tenant, r.environment, r.id from ${sql(table)} r
          where r.tenant = t.id and r.environment = e.environment and r.id < ${before} and ${sql.literal(unused)}
          order by r.id limit ${limit}
        ) o limit ${limit}`

    const isUnused = (by: "event" | "endpoint") =>
      `not exists (select 1 from webhook_delivery d where (d.tenant, d.environment, d.${by}) = (r.tenant, r.environment, r.id))`

    const purge: DeliveryQueue.DeliveryQueue["Service"]["purge"] = Effect.fnUntraced(function* (before, limit) {
      const deliveries = yield* sql`
        with old as (${old("webhook_delivery", Ids.bounds("whd", before)[0], limit, "true")}),
        tries as (delete from webhook_attempt a using old o
          where (a.tenant, a.environment, a.delivery) = (o.tenant, o.environment, o.id))
        delete from webhook_delivery d using old o where (d.tenant, d.environment, d.id) = (o.tenant, o.environment, o.id)
        returning 1`
      const events = yield* sql`
        with old as (${old("event", Ids.bounds("evt", before)[0], limit, isUnused("event"))})
        delete from event d using old o where (d.tenant, d.environment, d.id) = (o.tenant, o.environment, o.id) returning 1`
      const removed = `r.status = 'removed' and ${isUnused("endpoint")}`
      const endpoints = yield* sql`
        with old as (${old("webhook_endpoint", Ids.bounds("we", before)[0], limit, removed)})
        delete from webhook_endpoint d using old o where (d.tenant, d.environment, d.id) = (o.tenant, o.environment, o.id)
        returning 1`
      return deliveries.length + events.length + endpoints.length
    }, orUnavailable)

    return DeliveryQueue.DeliveryQueue.of({ take, record, backlog, purge })
  })
)
