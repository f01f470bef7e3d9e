/** Webhook endpoints and deliveries in memory. */
import { DateTime, Duration, Effect, Layer, Pull, Schedule } from "effect"
import type { PublicEvent } from "../models/Events.ts"
import type { Keyed, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Webhook from "../models/Webhook.ts"
import { Webhooks } from "../ports/Webhooks.ts"
import * as Ids from "../values/Ids.ts"
import {
  type DeliveryRow,
  type EndpointRow,
  keyOf,
  MemoryDatabase,
  put,
  sameOwner,
  type Tables
} from "./MemoryDatabase.ts"
import { decideKey } from "./memoryKeys.ts"
import { pageOf } from "../ports/Paging.ts"

/** The tables with events of an owner, and one delivery of each to every endpoint that wants it. */
export const emit = Effect.fnUntraced(function* (
  tables: Tables,
  owner: Owner,
  events: ReadonlyArray<PublicEvent>,
  now: DateTime.Utc
) {
  const wanted = events.flatMap((event) =>
    tables.endpoints
      .filter((each) => sameOwner(each.owner, owner) && Webhook.wants(each.endpoint, event.type))
      .map((endpoint) => ({ endpoint, event }))
  )
  const deliveries = yield* Effect.forEach(wanted, ({ endpoint, event }) =>
    Effect.map(Ids.generate("whd"), (id): DeliveryRow => ({
      id,
      endpoint,
      event,
      tries: 0,
      status: "pending",
      dueAt: DateTime.toEpochMillis(now)
    }))
  )
  return {
    ...tables,
    events: [...tables.events, ...events.map((event) => ({ owner, event }))],
    deliveries: [...tables.deliveries, ...deliveries]
  }
})

const register = (
  tables: Tables,
  owner: Owner,
  registered: Omit<EndpointRow, "owner">,
  keyed: Keyed,
  response: StoredResponse,
  now: DateTime.Utc
): { readonly tables: Tables; readonly result: Effect.Success<ReturnType<Webhooks["Service"]["register"]>> } => {
  const known = decideKey(tables, owner, keyed, now)
  if (known?._tag === "Resume") throw new Error("A key that registers an endpoint has an answer")
  if (known !== null) return { tables, result: known }
  return {
    tables: {
      ...tables,
      keys: put(tables.keys, keyOf(owner, keyed.key), { owner, ...keyed, resource: null, response, usedAt: now }),
      endpoints: [...tables.endpoints, { owner, ...registered }]
    },
    result: { _tag: "Registered" }
  }
}

/** While somebody tries it nobody else does; when the one who tries dies it is due again after this. */
const hidden = Duration.toMillis(Duration.seconds(Webhook.timeoutSeconds + 5))

const earliest = (tables: Tables): DeliveryRow | undefined =>
  tables.deliveries.filter(({ status }) => status === "pending").toSorted((a, b) => a.dueAt - b.dueAt)[0]

/** The delivery that is due and taken, or how long to wait for one; for ever when there is none. */
const takeFrom = (
  tables: Tables,
  now: number
): { readonly tables: Tables; readonly result: { readonly taken?: DeliveryRow; readonly wait?: number } } => {
  const first = earliest(tables)
  if (first === undefined) return { tables, result: {} }
  if (first.dueAt > now) return { tables, result: { wait: first.dueAt - now } }
  return { tables: replace(tables, first.id, { dueAt: now + hidden }), result: { taken: first } }
}

const replace = (tables: Tables, id: DeliveryRow["id"], change: Partial<DeliveryRow>): Tables => ({
  ...tables,
  deliveries: tables.deliveries.map((each) => (each.id === id ? { ...each, ...change } : each))
})

/** The delay after so many tries, by the schedule that a real adapter runs. */
const delayAfter = Effect.fnUntraced(
  function* (tries: number) {
    const step = yield* Schedule.toStep(Webhook.retrySchedule)
    let delay = Duration.zero
    for (let tried = 0; tried < tries; tried++) delay = (yield* step(0, tried))[1]
    return Duration.toMillis(delay)
  },
  Pull.catchDone(() => Effect.succeed(0))
)

/** Webhooks over {@link MemoryDatabase}. */
export const layer: Layer.Layer<Webhooks, never, MemoryDatabase> = Layer.effect(
  Webhooks,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase

    const take = database.transaction((tables, now) => Effect.succeed(takeFrom(tables, DateTime.toEpochMillis(now))))

    const next: Effect.Effect<DeliveryRow> = Effect.gen(function* () {
      while (true) {
        const changed = yield* database.nextCommit
        const { taken, wait } = yield* take
        if (taken !== undefined) return taken
        yield* wait === undefined ? changed : Effect.race(changed, Effect.sleep(wait))
      }
    })

    const record = (id: DeliveryRow["id"], attempt: Webhook.Attempt) =>
      database.transaction((tables, at) =>
        Effect.gen(function* () {
          const tries = (tables.deliveries.find((each) => each.id === id)?.tries ?? 0) + 1
          const status = Webhook.isDelivered(attempt)
            ? "delivered"
            : tries >= Webhook.maximumAttempts
              ? "failed"
              : "pending"
          const dueAt = DateTime.toEpochMillis(at) + (yield* delayAfter(tries))
          return { tables: replace(tables, id, { tries, status, dueAt }), result: undefined }
        })
      )

    return Webhooks.of({
      register: (owner, { secret, ...endpoint }, { keyed, response }) =>
        database.transaction((tables, now) =>
          Effect.succeed(register(tables, owner, { endpoint, secret }, keyed, response, now))
        ),
      endpoints: (owner, page) =>
        Effect.map(database.tables, ({ endpoints }) =>
          pageOf(
            endpoints.filter((each) => sameOwner(each.owner, owner)).map(({ endpoint }) => endpoint),
            page
          )
        ),
      deliverNext: (send) =>
        Effect.gen(function* () {
          const { endpoint, event, id } = yield* next
          const delivery = {
            id,
            url: endpoint.endpoint.url,
            secrets: [endpoint.secret],
            type: event.type,
            body: event.body
          }
          yield* record(id, yield* send(delivery))
        })
    })
  })
)
