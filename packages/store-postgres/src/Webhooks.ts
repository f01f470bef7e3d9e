/** Webhook endpoints, events and deliveries, as their owner manages and reads them. */
import { type Delivery, type Events, Idempotency, type Ids, type Owner, type Webhook, Webhooks } from "@salesos/core"
import { DateTime, Duration, Effect, Layer, Option } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import { meaningOf, once, take } from "./IdempotencyKeys.ts"
import { after } from "./Operations.ts"
import { eventRow } from "./Outbox.ts"
import { conditions, page } from "./Paging.ts"
import { Vault } from "./Vault.ts"
import { type DeliveryRow, type EndpointRow, fromDeliveryRow, fromEndpointRow, secretPlace } from "./WebhookRows.ts"

interface EventRow extends Omit<Events.PublicEvent, "createdAt"> {
  readonly created_at: Date
}

const fromEventRow = ({ created_at, ...event }: EventRow): Events.PublicEvent => ({
  ...event,
  createdAt: DateTime.fromDateUnsafe(created_at)
})

export const layer = Layer.effect(
  Webhooks.Webhooks,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const vault = yield* Vault
    const provideSql = Effect.provideService(SqlClient.SqlClient, sql)

    const ofOwner = ({ environment, tenant }: Owner.Owner) => sql`tenant = ${tenant} and environment = ${environment}`
    const is = (owner: Owner.Owner, id: string) => sql`${ofOwner(owner)} and id = ${id}`
    const seal = (owner: Owner.Owner, id: string, secret: string) => vault.encrypt(secret, secretPlace(owner, id))

    const answerKey = (owner: Owner.Owner, { key }: Idempotency.Keyed, { body, status }: Idempotency.StoredResponse) =>
      sql`update idempotency_key set response_status = ${status}, response_body = ${body}, finished_at = clock_timestamp()
        where ${ofOwner(owner)} and key = ${key}`

    const register: Webhooks.Webhooks["Service"]["register"] = (owner, endpoint, { keyed, response }) =>
      once(
        owner,
        { keyed, response },
        endpoint.id,
        sql`insert into webhook_endpoint ${sql.insert({
          ...owner,
          id: endpoint.id,
          url: endpoint.url,
          events: endpoint.events,
          description: endpoint.description,
          status: endpoint.status,
          disabled_reason: endpoint.disabledReason,
          secret: seal(owner, endpoint.id, endpoint.secret),
          created_at: DateTime.toDateUtc(endpoint.createdAt)
        })}`
      ).pipe(
        Effect.map((outcome) => (outcome._tag === "Done" ? { _tag: "Registered" as const } : outcome)),
        provideSql
      )

    const writeEndpoint = (owner: Owner.Owner, { next, removed }: Webhook.Change) => {
      const status = removed === true ? "removed" : next.status
      return sql`
        update webhook_endpoint set url = ${next.url}, events = ${next.events}, description = ${next.description},
          status = ${status}, disabled_reason = ${next.disabledReason},
          failing_since = ${next.failingSince === null ? null : DateTime.toDateUtc(next.failingSince)},
          slow = slow and url = ${next.url},
          due_at = case when ${status === "disabled"} then null else clock_timestamp() end,
          secret = case when ${removed === true} then ''::bytea else secret end,
          secret_before = case when ${removed === true} then null else secret_before end
        where ${is(owner, next.id)}`
    }

    const rotate = (owner: Owner.Owner, id: Ids.WebhookEndpointId, to: NonNullable<Webhook.Change["rotated"]>) => sql`
      update webhook_endpoint set secret = ${seal(owner, id, to.secret)}, secret_before = secret,
        secret_before_until = ${after(sql, to.overlap)}
      where ${is(owner, id)}`

    const write = Effect.fnUntraced(function* (owner: Owner.Owner, change: Webhook.Change, now: Date) {
      const { next, rotated, sent } = change
      yield* writeEndpoint(owner, change)
      if (rotated !== undefined) yield* rotate(owner, next.id, rotated)
      if (sent === undefined) return
      if (typeof sent.event !== "string") yield* sql`insert into event ${sql.insert(eventRow(owner, sent.event))}`
      const event = typeof sent.event === "string" ? sent.event : sent.event.id
      yield* sql`insert into webhook_delivery ${sql.insert({
        ...owner,
        id: sent.delivery,
        event,
        endpoint: next.id,
        status: "pending",
        due_at: now,
        created_at: now
      })}`
    })

    const change: Webhooks.Webhooks["Service"]["change"] = <E>(
      owner: Owner.Owner,
      id: Ids.WebhookEndpointId,
      keyed: Idempotency.Keyed | null,
      decide: (endpoint: Webhook.Endpoint, now: DateTime.Utc) => Effect.Effect<Webhook.Change, E>
    ) =>
      transact(
        Effect.gen(function* (): Effect.fn.Return<Webhooks.Changed, E | SqlError.SqlError> {
          const [row] = yield* sql<EndpointRow>`select *, clock_timestamp() as now from webhook_endpoint
            where ${is(owner, id)} and status <> 'removed' for no key update`
          // A key is taken for what is there; one that was answered keeps its answer, whatever became of the endpoint.
          if (row === undefined)
            return (keyed === null ? null : yield* meaningOf(sql, owner, keyed)) ?? { _tag: "Missing" }
          const known = keyed === null ? null : yield* take(sql, owner, keyed, id)
          if (known !== null) return known
          const decided = yield* decide(fromEndpointRow(row), DateTime.fromDateUnsafe(row.now))
          yield* write(owner, decided, row.now)
          if (keyed !== null && decided.response !== undefined) yield* answerKey(owner, keyed, decided.response)
          return { _tag: "Changed", change: decided }
        })
      ).pipe(provideSql)

    const endpoints: Webhooks.Webhooks["Service"]["endpoints"] = (owner, wanted) =>
      page(
        wanted,
        [...conditions(sql, owner, {}, {}), sql`status <> 'removed'`],
        (where, order, limit) => sql<EndpointRow>`select * from webhook_endpoint where ${where} ${order} ${limit}`
      ).pipe(
        orUnavailable,
        Effect.map(({ data, hasMore }) => ({ data: data.map(fromEndpointRow), hasMore })),
        provideSql
      )

    const endpoint: Webhooks.Webhooks["Service"]["endpoint"] = (owner, id) =>
      sql<EndpointRow>`select * from webhook_endpoint where ${is(owner, id)} and status <> 'removed'`.pipe(
        orUnavailable,
        Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), fromEndpointRow))
      )

    /** By the key, or the indexes `event_type` and `event_subject`. */
    const events: Webhooks.Webhooks["Service"]["events"] = (owner, { resource, type }, wanted) =>
      page(
        wanted,
        conditions(sql, owner, {}, { type, subject: resource }),
        (where, order, limit) =>
          sql<EventRow>`select id, type, subject, body, created_at from event where ${where} ${order} ${limit}`
      ).pipe(
        orUnavailable,
        Effect.map(({ data, hasMore }) => ({ data: data.map(fromEventRow), hasMore })),
        provideSql
      )

    const event: Webhooks.Webhooks["Service"]["event"] = (owner, id) =>
      sql<EventRow>`select id, type, subject, body, created_at from event where ${is(owner, id)}`.pipe(
        orUnavailable,
        Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), fromEventRow))
      )

    const selectDeliveries = sql`
      select r.*, (
        select e.type from event e where e.tenant = r.tenant and e.environment = r.environment and e.id = r.event
      ) as type from webhook_delivery r`

    /** By the key, or the indexes `webhook_delivery_endpoint`, `…_status`, `…_endpoint_status` and `…_event`. */
    const deliveries: Webhooks.Webhooks["Service"]["deliveries"] = (owner, filter, wanted) =>
      page(
        wanted,
        conditions(sql, owner, {}, { endpoint: filter.endpoint, status: filter.status, event: filter.event }),
        (where, order, limit) => sql<DeliveryRow>`${selectDeliveries} where ${where} ${order} ${limit}`
      ).pipe(
        orUnavailable,
        Effect.map(({ data, hasMore }) => ({ data: data.map(fromDeliveryRow), hasMore })),
        provideSql
      )

    const tries = (owner: Owner.Owner, id: Ids.DeliveryId) =>
      sql<
        Pick<Delivery.Tried, "number" | "status" | "excerpt"> & {
          readonly tried_at: Date
          readonly duration_ms: number
        }
      >`
        select number, status, excerpt, duration_ms, tried_at from webhook_attempt
        where ${ofOwner(owner)} and delivery = ${id} order by number, tried_at`.pipe(
        Effect.map((rows) =>
          rows.map(({ duration_ms, tried_at, ...tried }): Delivery.Tried => ({
            ...tried,
            duration: Duration.millis(duration_ms),
            at: DateTime.fromDateUnsafe(tried_at)
          }))
        )
      )

    const delivery: Webhooks.Webhooks["Service"]["delivery"] = Effect.fnUntraced(function* (
      owner: Owner.Owner,
      id: Ids.DeliveryId
    ) {
      const [row] = yield* sql<DeliveryRow>`${selectDeliveries} where ${is(owner, id)}`
      return row === undefined
        ? Option.none()
        : Option.some({ delivery: fromDeliveryRow(row), tried: yield* tries(owner, id) })
    }, orUnavailable)

    return Webhooks.Webhooks.of({
      register,
      endpoint,
      endpoints,
      change,
      event,
      events,
      delivery,
      deliveries
    })
  })
)
