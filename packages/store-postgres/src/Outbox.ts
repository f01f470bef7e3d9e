/**
 * The transactional outbox: an event, its deliveries and the jobs that send them commit with what they tell, or not at
 * all. The jobs are in `PersistedQueue`'s own table.
 */
import { type Events, Ids, Operations, Owner, Webhook } from "@salesos/core"
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import { SqlClient, type SqlError } from "effect/sql"

const Job = Schema.Struct({ owner: Owner.Owner, delivery: Ids.DeliveryId })
type Job = typeof Job.Type

export class Outbox extends Context.Service<
  Outbox,
  {
    /** Writes events with a delivery for every endpoint that wants them. Inside the transaction of what they tell. */
    readonly publish: (
      owner: Owner.Owner,
      events: ReadonlyArray<Events.PublicEvent>
    ) => Effect.Effect<void, SqlError.SqlError | Operations.StoreUnavailable>
    /** Waits for the next delivery that is due. When `f` fails it comes again, later each time. */
    readonly take: <A, E, R>(
      f: (job: Job, attempt: number) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | Operations.StoreUnavailable, R>
  }
>()("@salesos/store-postgres/Outbox") {}

/** How long a delivery whose worker died stays locked; twice what one try may take. */
const lockExpiration = `${2 * Webhook.timeoutSeconds} seconds` as const

const queues = PersistedQueue.layer.pipe(
  Layer.provide(
    PersistedQueue.layerStoreSql({
      tableName: "delivery_queue",
      pollInterval: "250 millis",
      lockExpiration,
      lockRefreshInterval: "5 seconds"
    })
  )
)

export const layer = Layer.effect(
  Outbox,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const queue = yield* PersistedQueue.make({
      name: "deliveries",
      schema: Job,
      maxAttempts: Webhook.maximumAttempts,
      retrySchedule: Webhook.retrySchedule
    })
    const unavailable = (cause: unknown) => new Operations.StoreUnavailable({ cause })

    const publish = Effect.fnUntraced(function* (owner: Owner.Owner, events: ReadonlyArray<Events.PublicEvent>) {
      const { environment, tenant } = owner
      const endpoints = yield* sql<Pick<Webhook.Endpoint, "id" | "events" | "status">>`
        select id, events, status from webhook_endpoint where tenant = ${tenant} and environment = ${environment}`
      for (const event of events) {
        const { body, createdAt, id, subject, type } = event
        yield* sql`insert into event ${sql.insert({
          tenant,
          environment,
          id,
          type,
          subject,
          body,
          created_at: DateTime.toDateUtc(createdAt)
        })}`
        for (const endpoint of endpoints.filter((each) => Webhook.wants(each, type))) {
          const delivery = yield* Ids.generate("whd")
          yield* sql`insert into webhook_delivery ${sql.insert({
            tenant,
            environment,
            id: delivery,
            event: id,
            endpoint: endpoint.id,
            status: "pending"
          })}`
          yield* queue.offer({ owner, delivery }, { id: delivery })
        }
      }
    })

    return Outbox.of({
      publish: (owner, events) =>
        publish(owner, events).pipe(
          Effect.catchTag("PersistedQueueError", (error) => Effect.fail(unavailable(error))),
          Effect.catchTag("SchemaError", Effect.die)
        ),
      take: (f) =>
        queue
          .take((job, { attempts }) => f(job, attempts))
          .pipe(Effect.catchTag("PersistedQueueError", (error) => Effect.fail(unavailable(error))))
    })
  })
).pipe(Layer.provide(queues))
