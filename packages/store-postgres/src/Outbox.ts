/**
 * The transactional outbox: an event, its deliveries and its letter commit with what they tell, or not at all. Only rows of their own are
 * written: a delivery is noticed later, by the worker, so that events of one tenant do not wait for one another.
 */
import { type Events, Ids, type Operations, type Owner, Webhook } from "@salesos/core"
import { Array, Context, DateTime, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

/** An event as a row. */
export const eventRow = ({ environment, tenant }: Owner.Owner, event: Events.PublicEvent) => ({
  tenant,
  environment,
  id: event.id,
  type: event.type,
  subject: event.subject,
  body: event.body,
  created_at: DateTime.toDateUtc(event.createdAt)
})

export class Outbox extends Context.Service<
  Outbox,
  {
    /** Writes events with a delivery for every endpoint that wants them, and the letters that they lead to. Inside the transaction of what they tell. */
    readonly publish: (
      owner: Owner.Owner,
      events: ReadonlyArray<Events.PublicEvent>
    ) => Effect.Effect<void, SqlError.SqlError | Operations.StoreUnavailable>
  }
>()("@salesos/store-postgres/Outbox") {}

export const layer = Layer.effect(
  Outbox,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return Outbox.of({
      publish: Effect.fnUntraced(function* (owner, events) {
        const { environment, tenant } = owner
        if (!Array.isReadonlyArrayNonEmpty(events)) return
        const endpoints = yield* sql<Pick<Webhook.Endpoint, "id" | "events" | "status">>`
          select id, events, status from webhook_endpoint
          where tenant = ${tenant} and environment = ${environment} and status = 'enabled'`
        yield* sql`insert into event ${sql.insert(Array.map(events, (event) => eventRow(owner, event)))}`
        const deliveries = yield* Effect.forEach(
          events.flatMap(({ id, type }) =>
            endpoints
              .filter((each) => Webhook.wants(each, type))
              .map((endpoint) => ({ event: id, endpoint: endpoint.id }))
          ),
          (each) => Effect.map(Ids.generate("whd"), (id) => ({ tenant, environment, id, ...each, status: "pending" }))
        )
        if (Array.isArrayNonEmpty(deliveries)) yield* sql`insert into webhook_delivery ${sql.insert(deliveries)}`
        const letters = events.flatMap(({ id, letter = null }) =>
          letter === null
            ? []
            : [{ tenant, environment, event: id, invoice: null, document: null, payout: null, ...letter }]
        )
        if (Array.isArrayNonEmpty(letters)) yield* sql`insert into letter ${sql.insert(letters)}`
      })
    })
  })
)
