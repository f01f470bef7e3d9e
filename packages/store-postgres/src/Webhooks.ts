/** Webhook endpoints, and the deliveries that are due. */
import { type Events, type Ids, type Owner, Webhook, Webhooks } from "@salesos/core"
import { Duration, Effect, Layer, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { Outbox } from "./Outbox.ts"
import { Vault } from "./Vault.ts"

const secretPlace = ({ environment, tenant }: Owner.Owner, id: string): string => `webhook_endpoint/${tenant}/${environment}/${id}`

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

    const record = ({ environment, tenant }: Owner.Owner, id: Ids.DeliveryId, number: number, attempt: Webhook.Attempt) => {
      const status = Webhook.isDelivered(attempt) ? "delivered" : number >= Webhook.maximumAttempts ? "failed" : "pending"
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

    return Webhooks.Webhooks.of({
      register: (owner, endpoint) =>
        sql`insert into webhook_endpoint ${sql.insert({
          tenant: owner.tenant,
          environment: owner.environment,
          id: endpoint.id,
          url: endpoint.url,
          events: endpoint.events,
          description: endpoint.description,
          status: endpoint.status,
          secret: vault.encrypt(endpoint.secret, secretPlace(owner, endpoint.id))
        })}`.pipe(orUnavailable, Effect.asVoid),
      endpoints: (owner) =>
        sql<Webhook.Endpoint>`
          select id, url, events, description, status from webhook_endpoint
          where tenant = ${owner.tenant} and environment = ${owner.environment} order by id desc`.pipe(orUnavailable),
      deliverNext
    })
  })
)
