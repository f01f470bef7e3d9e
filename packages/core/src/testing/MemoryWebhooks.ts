/** Webhook endpoints, events and deliveries in memory. */
import { DateTime, Effect, Layer, Option } from "effect"
import type * as Delivery from "../models/Delivery.ts"
import type { PublicEvent } from "../models/Events.ts"
import type { Keyed, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Webhook from "../models/Webhook.ts"
import { type Changed, type Known, Webhooks } from "../ports/Webhooks.ts"
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

const newDelivery = (
  owner: Owner,
  id: Ids.DeliveryId,
  endpoint: Ids.WebhookEndpointId,
  event: PublicEvent,
  now: DateTime.Utc
): DeliveryRow => ({
  owner,
  id,
  endpoint,
  event,
  status: "pending",
  tries: 0,
  tried: [],
  dueAt: DateTime.toEpochMillis(now),
  createdAt: now
})

/** The tables with events of an owner, one delivery of each to every endpoint that wants it, and the letters they lead to. */
export const emit = Effect.fnUntraced(function* (
  tables: Tables,
  owner: Owner,
  published: ReadonlyArray<PublicEvent>,
  now: DateTime.Utc
) {
  const events = published.map(({ letter: _, ...event }) => event)
  const wanted = events.flatMap((event) =>
    tables.endpoints
      .filter((each) => isOf(owner)(each) && Webhook.wants(each.endpoint, event.type))
      .map(({ endpoint }) => ({ endpoint: endpoint.id, event }))
  )
  const deliveries = yield* Effect.forEach(wanted, ({ endpoint, event }) =>
    Effect.map(Ids.generate("whd"), (id) => newDelivery(owner, id, endpoint, event, now))
  )
  return {
    ...tables,
    events: [...tables.events, ...events.map((event) => ({ owner, event }))],
    deliveries: [...tables.deliveries, ...deliveries],
    letters: [
      ...tables.letters,
      ...published.flatMap(({ id, letter = null }) =>
        letter === null
          ? []
          : [{ owner, event: id, letter, tries: 0, dueAt: DateTime.toEpochMillis(now), outcome: null, createdAt: now }]
      )
    ]
  }
})

/** Whether an endpoint is an owner's, and has not been removed. */
const isOf =
  (owner: Owner) =>
  ({ owner: its, removed }: EndpointRow): boolean =>
    !removed && sameOwner(its, owner)

/** What a key means that was used before; null when it is new. */
const known = (tables: Tables, owner: Owner, keyed: Keyed, now: DateTime.Utc): Known | null => {
  const decision = decideKey(tables, owner, keyed, now)
  if (decision?._tag === "Resume") throw new Error("A key that changes an endpoint has an answer")
  return decision
}

/** The tables with a key that is answered. */
const withKey = (tables: Tables, owner: Owner, keyed: Keyed, response: StoredResponse, now: DateTime.Utc): Tables => ({
  ...tables,
  keys: put(tables.keys, keyOf(owner, keyed.key), { owner, ...keyed, resource: null, response, usedAt: now })
})

const replaced = (tables: Tables, id: Ids.WebhookEndpointId, change: Partial<EndpointRow>): Tables => ({
  ...tables,
  endpoints: tables.endpoints.map((each) => (each.endpoint.id === id ? { ...each, ...change } : each))
})

/** The tables after a change. */
const written = (
  tables: Tables,
  row: EndpointRow,
  { next, removed, rotated, sent }: Webhook.Change,
  now: DateTime.Utc
): Tables => {
  const { owner } = row
  const before =
    rotated === undefined
      ? row.before
      : { secret: row.secret, until: DateTime.toEpochMillis(DateTime.addDuration(now, rotated.overlap)) }
  const changed = replaced(tables, next.id, {
    endpoint: next,
    secret: rotated?.secret ?? row.secret,
    before,
    removed: removed === true,
    slow: row.slow && next.url === row.endpoint.url,
    waitsSince: DateTime.toEpochMillis(now)
  })
  const deliveries = changed.deliveries.map((each) =>
    removed === true && each.endpoint === next.id && each.status === "pending"
      ? { ...each, status: "failed" as const, dueAt: null }
      : each
  )
  if (sent === undefined) return { ...changed, deliveries }
  const event =
    typeof sent.event === "string" ? changed.events.find(({ event }) => event.id === sent.event)?.event : sent.event
  if (event === undefined) throw new Error("What is sent again is there")
  return {
    ...changed,
    events: typeof sent.event === "string" ? changed.events : [...changed.events, { owner, event }],
    deliveries: [...deliveries, newDelivery(owner, sent.delivery, next.id, event, now)]
  }
}

interface Registration {
  readonly tables: Tables
  readonly result: { readonly _tag: "Registered" } | Known
}

const unvisited = { before: null, removed: false, slow: false, token: 0, heldUntil: 0, waitsSince: 0 }

const shown = ({ createdAt, dueAt, endpoint, event, id, status, tries }: DeliveryRow): Delivery.Delivery => ({
  id,
  event: event.id,
  type: event.type,
  endpoint,
  status,
  tries,
  nextAttemptAt: dueAt === null ? null : DateTime.makeUnsafe(dueAt),
  createdAt
})

/** Webhooks over {@link MemoryDatabase}. */
export const layer: Layer.Layer<Webhooks, never, MemoryDatabase> = Layer.effect(
  Webhooks,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    const read = <A>(of: (tables: Tables) => A) => Effect.map(database.tables, of)

    const change: Webhooks["Service"]["change"] = <E>(
      owner: Owner,
      id: Ids.WebhookEndpointId,
      keyed: Keyed | null,
      decide: (endpoint: Webhook.Endpoint, now: DateTime.Utc) => Effect.Effect<Webhook.Change, E>
    ) =>
      database.transaction((tables, now) =>
        Effect.gen(function* (): Effect.fn.Return<{ readonly tables: Tables; readonly result: Changed }, E> {
          const decision = keyed === null ? null : known(tables, owner, keyed, now)
          if (decision !== null) return { tables, result: decision }
          const row = tables.endpoints.find((each) => isOf(owner)(each) && each.endpoint.id === id)
          if (row === undefined) return { tables, result: { _tag: "Missing" } }
          const decided = yield* decide(row.endpoint, now)
          const after = written(tables, row, decided, now)
          const { response } = decided
          return {
            tables: keyed === null || response === undefined ? after : withKey(after, owner, keyed, response, now),
            result: { _tag: "Changed", change: decided }
          }
        })
      )

    return Webhooks.of({
      register: (owner, { secret, ...endpoint }, { keyed, response }) =>
        database.transaction((tables, now) => {
          const decision = known(tables, owner, keyed, now)
          if (decision !== null) return Effect.succeed<Registration>({ tables, result: decision })
          const row: EndpointRow = { owner, endpoint, secret, ...unvisited }
          return Effect.succeed<Registration>({
            tables: { ...withKey(tables, owner, keyed, response, now), endpoints: [...tables.endpoints, row] },
            result: { _tag: "Registered" }
          })
        }),
      endpoint: (owner, id) =>
        read(({ endpoints }) =>
          Option.map(
            Option.fromNullishOr(endpoints.find((each) => isOf(owner)(each) && each.endpoint.id === id)),
            ({ endpoint }) => endpoint
          )
        ),
      endpoints: (owner, page) =>
        read(({ endpoints }) =>
          pageOf(
            endpoints.filter(isOf(owner)).map(({ endpoint }) => endpoint),
            page
          )
        ),
      change,
      event: (owner, id) =>
        read(({ events }) =>
          Option.map(
            Option.fromNullishOr(events.find((each) => sameOwner(each.owner, owner) && each.event.id === id)),
            ({ event }) => event
          )
        ),
      events: (owner, { resource, type }, page) =>
        read(({ events }) =>
          pageOf(
            events
              .filter((each) => sameOwner(each.owner, owner))
              .map(({ event }) => event)
              .filter((event) => (resource ?? event.subject) === event.subject && (type ?? event.type) === event.type),
            page
          )
        ),
      delivery: (owner, id) =>
        read(({ deliveries }) =>
          Option.map(
            Option.fromNullishOr(deliveries.find((each) => sameOwner(each.owner, owner) && each.id === id)),
            (row) => ({ delivery: shown(row), tried: row.tried })
          )
        ),
      deliveries: (owner, filter, page) =>
        read(({ deliveries }) =>
          pageOf(
            deliveries
              .filter(
                (each) =>
                  sameOwner(each.owner, owner) &&
                  (filter.endpoint ?? each.endpoint) === each.endpoint &&
                  (filter.status ?? each.status) === each.status &&
                  (filter.event ?? each.event.id) === each.event.id
              )
              .map(shown),
            page
          )
        )
    })
  })
)
