/** Webhook endpoints, and the deliveries that are due. */
import { type Events, Idempotency, type Ids, type Owner, Webhook, Webhooks } from "@salesos/core"
import { DateTime, Duration, Effect, Layer, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import { claim, findKey } from "./IdempotencyKeys.ts"
import { Outbox } from "./Outbox.ts"
import { conditions, page } from "./Paging.ts"
import { Vault } from "./Vault.ts"

/** Says whose secret a sealed text is. */
export const secretPlace = ({ environment, tenant }: Owner.Owner, id: string): string =>
  `webhook_endpoint/${tenant}/${environment}/${id}`

/** Tells the queue to bring the delivery again. */
class NotDelivered extends Schema.TaggedError<NotDelivered>()("NotDelivered", { message: Schema.String }) {}

export const layer = Layer.effect(
  Webhooks.Webhooks,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const outbox = yield* Outbox
    const vault = yield* Vault

    const load = (owner: Owner.Owner, id: Ids.DeliveryId) =>
      sql<{
        readonly id: Ids.DeliveryId
        readonly endpoint: Ids.WebhookEndpointId
        readonly url: string
        readonly secret: Uint8Array
        readonly type: Events.Type
        readonly body: string
      }>`
        select d.id, d.endpoint, w.url, w.secret, e.type, e.body from webhook_delivery d
        join webhook_endpoint w on (w.tenant, w.environment, w.id) = (d.tenant, d.environment, d.endpoint)
        join event e on (e.tenant, e.environment, e.id) = (d.tenant, d.environment, d.event)
        where d.tenant = ${owner.tenant} and d.environment = ${owner.environment} and d.id = ${id}
          and d.status = 'pending' and w.status = 'enabled'`

    const record = (
      { environment, tenant }: Owner.Owner,
      id: Ids.DeliveryId,
      number: number,
      attempt: Webhook.Attempt
    ) => {
      const status = Webhook.isDelivered(attempt)
        ? "delivered"
        : number >= Webhook.maximumAttempts
          ? "failed"
          : "pending"
      return sql`
        with tried as (
          insert into webhook_attempt (tenant, environment, delivery, number, status, excerpt, duration_ms)
          values (${tenant}, ${environment}, ${id}, ${number}, ${attempt.status}, ${attempt.excerpt},
            ${Math.round(Duration.toMillis(attempt.duration))})
        )
        update webhook_delivery set status = ${status}
        where tenant = ${tenant} and environment = ${environment} and id = ${id}`
    }

    const deliverNext: Webhooks.Webhooks["Service"]["deliverNext"] = (send) =>
      outbox
        .take((job, number) =>
          Effect.gen(function* () {
            const [row] = yield* orUnavailable(load(job.owner, job.delivery))
            if (row === undefined) return // delivered before a crash, or no longer wanted
            const secret = Redacted.value(vault.decrypt(row.secret, secretPlace(job.owner, row.endpoint)))
            const { body, id, type, url } = row
            const attempt = yield* send({ id, url, secrets: [secret], type, body })
            yield* orUnavailable(record(job.owner, id, number, attempt))
            if (!Webhook.isDelivered(attempt)) return yield* new NotDelivered({ message: attempt.excerpt })
          })
        )
        .pipe(Effect.catchTag("NotDelivered", () => Effect.void))

    const register: Webhooks.Webhooks["Service"]["register"] = (owner, endpoint, { keyed, response }) =>
      transact(
        Effect.gen(function* () {
          const { environment, tenant } = owner
          const claimed = yield* claim(sql, owner, keyed, endpoint.id)
          if (!claimed) {
            const found = yield* findKey(sql, owner, keyed)
            const decision = Idempotency.decide(found ?? { sameFingerprint: true, response: null, leaseSeconds: 1 })
            return decision._tag === "Resume" ? { _tag: "InProgress" as const, retryAfterSeconds: 1 } : decision
          }
          yield* sql`insert into webhook_endpoint ${sql.insert({
            tenant,
            environment,
            id: endpoint.id,
            url: endpoint.url,
            events: endpoint.events,
            description: endpoint.description,
            status: endpoint.status,
            secret: vault.encrypt(endpoint.secret, secretPlace(owner, endpoint.id)),
            created_at: DateTime.toDateUtc(endpoint.createdAt)
          })}`
          yield* sql`update idempotency_key set response_status = ${response.status}, response_body = ${response.body},
              finished_at = clock_timestamp()
            where tenant = ${tenant} and environment = ${environment} and key = ${keyed.key}`
          return { _tag: "Registered" as const }
        })
      ).pipe(Effect.provideService(SqlClient.SqlClient, sql))

    const endpoints: Webhooks.Webhooks["Service"]["endpoints"] = (owner, wanted) =>
      page(
        wanted,
        conditions(sql, owner, {}, {}),
        (where, order, limit) =>
          sql<Omit<Webhook.Endpoint, "createdAt"> & { readonly created_at: Date }>`
          select id, url, events, description, status, created_at from webhook_endpoint where ${where} ${order} ${limit}`
      ).pipe(
        orUnavailable,
        Effect.map(({ data, hasMore }) => ({
          data: data.map(({ created_at, ...endpoint }) => ({
            ...endpoint,
            createdAt: DateTime.fromDateUnsafe(created_at)
          })),
          hasMore
        })),
        Effect.provideService(SqlClient.SqlClient, sql)
      )

    return Webhooks.Webhooks.of({ register, endpoints, deliverNext })
  })
)
