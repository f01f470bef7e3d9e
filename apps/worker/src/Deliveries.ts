/**
 * Delivering webhooks: endpoints for which something is due are visited, so many at once. Endpoints that do not answer
 * promptly have visitors of their own, and no tenant has more than its share of either: nobody waits for somebody else.
 */
import { Destinations } from "@salesos/app-wiring"
import { Deliveries, type Delivery, type DeliveryQueue, type Ids } from "@salesos/core"
import { Effect, FiberSet, Latch } from "effect"
import { HttpClient } from "effect/http"
import type { WorkerConfig } from "./Config.ts"
import { forEver } from "./Loop.ts"
import * as Sending from "./Sending.ts"

/** The part of the visitors that one tenant may keep busy. */
const share = 4

/** The part of the visitors that slow endpoints have, beside all those that prompt ones have. */
const slowShare = 4

/** Visits endpoints of a pace for ever. On a stop nothing new is begun, and what runs may finish. */
const visitors = (
  pace: DeliveryQueue.Pace,
  size: number,
  { pollInterval }: WorkerConfig,
  send: Deliveries.Send<never>
) =>
  Effect.gen(function* () {
    const fibers = yield* FiberSet.make()
    yield* Effect.addFinalizer(() => FiberSet.awaitEmpty(fibers))
    /** Visitors by tenant. */
    const busy = new Map<Ids.TenantId, number>()
    const freed = yield* Latch.make()
    const perTenant = Math.ceil(size / share)

    const make = Effect.fnUntraced(function* (visit: DeliveryQueue.Visit) {
      const { tenant } = visit.owner
      busy.set(tenant, (busy.get(tenant) ?? 0) + 1)
      const leave = Effect.sync(() => {
        const left = (busy.get(tenant) ?? 0) - 1
        return left > 0 ? busy.set(tenant, left) : busy.delete(tenant)
      })
      const made = Deliveries.visit(visit, send).pipe(
        Effect.catchCause((cause) => Effect.logError("A visit was broken off", cause)), // its deliveries come due again
        Effect.ensuring(Effect.andThen(leave, freed.open))
      )
      yield* FiberSet.run(fibers, made)
    })

    const round = Effect.gen(function* () {
      yield* freed.close
      const free = size - [...busy.values()].reduce((sum, each) => sum + each, 0)
      if (free === 0) return yield* freed.await
      const full = [...busy].filter(([, count]) => count >= perTenant).map(([tenant]) => tenant)
      // So few that all of them could be one tenant's, whichever it is.
      const most = Math.max(0, ...[...busy.values()].filter((count) => count < perTenant))
      const wanted = Math.min(free, perTenant - most)
      const visits = yield* Deliveries.take(pace, wanted, full)
      yield* Effect.forEach(visits, make, { discard: true })
      // An endpoint with more to be sent is due again as soon as its visitor leaves.
      if (visits.length < wanted) yield* Effect.race(freed.await, Effect.sleep(pollInterval))
    })
    yield* forEver(round, "The worker could not look for deliveries")
  }).pipe(Effect.scoped)

/** Delivers for ever. */
export const run = (config: WorkerConfig) =>
  Effect.gen(function* () {
    const clients = { sandbox: yield* Destinations.client("sandbox"), live: yield* Destinations.client("live") }
    const send = (outgoing: Delivery.Outgoing) =>
      Effect.provideService(Sending.send(outgoing), HttpClient.HttpClient, clients[outgoing.environment])
    const { concurrency } = config
    yield* Effect.all(
      [
        visitors("prompt", concurrency, config, send),
        visitors("slow", Math.ceil(concurrency / slowShare), config, send)
      ],
      { concurrency: "unbounded", discard: true }
    )
  }).pipe(Effect.scoped)

/** Forgets what is old, once an hour. */
export const purge = ({ retention }: WorkerConfig) =>
  forEver(
    Deliveries.purge(retention).pipe(
      Effect.tap((gone) => (gone === 0 ? Effect.void : Effect.logInfo(`Forgot ${gone} old webhook rows`))),
      Effect.andThen(Effect.sleep("1 hour"))
    ),
    "The worker could not forget old webhooks"
  )
