/** The deliveries that are due, in memory. */
import { DateTime, Duration, Effect, Layer } from "effect"
import * as Delivery from "../models/Delivery.ts"
import type { DisabledReason } from "../models/Webhook.ts"
import * as Webhook from "../models/Webhook.ts"
import {
  believed,
  DeliveryQueue,
  hold,
  perVisit,
  type Result,
  type Visit,
  type Wanted
} from "../ports/DeliveryQueue.ts"
import * as Ids from "../values/Ids.ts"
import { type DeliveryRow, type EndpointRow, MemoryDatabase, type Tables } from "./MemoryDatabase.ts"

interface Due extends DeliveryRow {
  readonly dueAt: number
}

/** What is due for an endpoint now, the longest first. */
const dueFor = (tables: Tables, { endpoint }: EndpointRow, now: number): ReadonlyArray<Due> =>
  tables.deliveries
    .flatMap((each) =>
      each.endpoint === endpoint.id && each.dueAt !== null && each.dueAt <= now ? [{ ...each, dueAt: each.dueAt }] : []
    )
    .toSorted((a, b) => a.dueAt - b.dueAt)

const take = (tables: Tables, { pace, passingOver, visits }: Wanted, now: number) => {
  const rows = tables.endpoints
    .filter(
      (each) =>
        each.endpoint.status === "enabled" &&
        each.slow === (pace === "slow") &&
        each.heldUntil <= now &&
        !passingOver.includes(each.owner.tenant)
    )
    .flatMap((row) => {
      const [first, ...others] = dueFor(tables, row, now)
      return first === undefined
        ? []
        : [{ row, since: Math.max(first.dueAt, row.waitsSince), due: [first, ...others].slice(0, perVisit) }]
    })
    // In one and the same millisecond those that were visited last go behind the others.
    .toSorted((a, b) => a.since - b.since || a.row.waitsSince - b.row.waitsSince)
    .slice(0, visits)
  const until = now + Duration.toMillis(hold)
  const taken = new Set(rows.flatMap(({ due }) => due.map(({ id }) => id)))
  const visited = new Set(rows.map(({ row }) => row.endpoint.id))
  return {
    tables: {
      ...tables,
      endpoints: tables.endpoints.map((each) =>
        visited.has(each.endpoint.id) ? { ...each, token: each.token + 1, heldUntil: until } : each
      ),
      deliveries: tables.deliveries.map((each) =>
        taken.has(each.id) ? { ...each, tries: each.tries + 1, dueAt: until } : each
      )
    },
    result: rows.map(({ due, row: { before, endpoint, owner, secret, token } }): Visit => ({
      owner,
      endpoint: endpoint.id,
      token: token + 1,
      url: endpoint.url,
      secrets: before !== null && before.until > now ? [secret, before.secret] : [secret],
      deliveries: due.map(({ event, id, tries }) => ({ id, number: tries + 1, type: event.type, body: event.body }))
    }))
  }
}

/** A delivery with a try recorded. */
const tried = (row: DeliveryRow, { attempt, number, outcome }: Result, now: DateTime.Utc): DeliveryRow => {
  const kept = { ...row, tried: [...row.tried, { ...attempt, number, at: now }] }
  if (outcome._tag === "Delivered") return { ...kept, status: "delivered", dueAt: null }
  if (row.status !== "pending" || row.tries !== number) return kept
  return outcome._tag === "Failed"
    ? { ...kept, status: "failed", dueAt: null }
    : { ...kept, dueAt: DateTime.toEpochMillis(DateTime.addDuration(now, outcome.after)) }
}

const record = (
  tables: Tables,
  visit: Visit,
  results: ReadonlyArray<Result>,
  last: boolean,
  now: DateTime.Utc
): { readonly tables: Tables; readonly result: DisabledReason | null } => {
  const row = tables.endpoints.find(({ endpoint }) => endpoint.id === visit.endpoint)
  if (row === undefined) return { tables, result: null }
  const isLate = row.token !== visit.token
  const attempts = believed(results, isLate)
  const endpoint = row.removed ? row.endpoint : Webhook.afterTries(row.endpoint, attempts, now)
  const ends = last && !isLate
  const slow = ends && attempts.length > 0 ? attempts.some(Delivery.isSlow) : row.slow
  const after = { ...row, endpoint, slow, ...(ends ? { heldUntil: 0, waitsSince: DateTime.toEpochMillis(now) } : {}) }
  return {
    tables: {
      ...tables,
      endpoints: tables.endpoints.map((each) => (each === row ? after : each)),
      deliveries: tables.deliveries.map((each) => {
        const result = results.find(({ id }) => id === each.id)
        return result === undefined ? each : tried(each, result, now)
      })
    },
    result: endpoint.status === row.endpoint.status ? null : endpoint.disabledReason
  }
}

const purge = (tables: Tables, before: DateTime.Utc, limit: number) => {
  const old = tables.deliveries.filter(({ id }) => id < Ids.bounds("whd", before)[0]).slice(0, limit)
  const deliveries = tables.deliveries.filter((each) => !old.includes(each))
  const unused = tables.events
    .filter(
      ({ event: { id } }) => id < Ids.bounds("evt", before)[0] && !deliveries.some(({ event }) => event.id === id)
    )
    .slice(0, limit)
  const removed = tables.endpoints
    .filter(
      (each) =>
        each.removed &&
        each.endpoint.id < Ids.bounds("we", before)[0] &&
        !deliveries.some(({ endpoint }) => endpoint === each.endpoint.id)
    )
    .slice(0, limit)
  return {
    tables: {
      ...tables,
      deliveries,
      events: tables.events.filter((each) => !unused.includes(each)),
      endpoints: tables.endpoints.filter((each) => !removed.includes(each))
    },
    result: old.length + unused.length + removed.length
  }
}

/** The queue over {@link MemoryDatabase}. */
export const layer: Layer.Layer<DeliveryQueue, never, MemoryDatabase> = Layer.effect(
  DeliveryQueue,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return DeliveryQueue.of({
      take: (wanted) =>
        database.transaction((tables, now) => Effect.succeed(take(tables, wanted, DateTime.toEpochMillis(now)))),
      record: (visit, results, last) =>
        database.transaction((tables, now) => Effect.succeed(record(tables, visit, results, last, now))),
      backlog: Effect.gen(function* () {
        const { deliveries, endpoints } = yield* database.tables
        const now = DateTime.toEpochMillis(yield* DateTime.now)
        const isSentTo = new Set(
          endpoints.filter(({ endpoint }) => endpoint.status === "enabled").map(({ endpoint }) => endpoint.id)
        )
        const pending = deliveries.flatMap(({ dueAt, endpoint }) =>
          dueAt !== null && isSentTo.has(endpoint) ? [dueAt] : []
        )
        const due = pending.filter((at) => at <= now)
        return {
          pending: pending.length,
          due: due.length,
          oldestDue: Duration.millis(due.length === 0 ? 0 : now - Math.min(...due))
        }
      }),
      purge: (before, limit) => database.transaction((tables) => Effect.succeed(purge(tables, before, limit)))
    })
  })
)
