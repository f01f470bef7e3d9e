/** What the worker does with deliveries: visits endpoints for which something is due, and forgets what is old. */
import { type Cause, DateTime, Duration, Effect, Queue, Random } from "effect"
import * as Delivery from "../models/Delivery.ts"
import type { TenantId } from "../values/Ids.ts"
import { DeliveryQueue, type Pace, type Result, type Visit } from "../ports/DeliveryQueue.ts"
import { needsALook } from "./Execution.ts"

/** Tries a delivery once. What goes wrong is an attempt too. */
export type Send<R> = (outgoing: Delivery.Outgoing) => Effect.Effect<Delivery.Attempt, never, R>

/** Takes visits to at most so many endpoints of a pace; tenants that have had their share are passed over. */
export const take = (pace: Pace, visits: number, passingOver: ReadonlyArray<TenantId>) =>
  DeliveryQueue.use((queue) => queue.take({ pace, visits, passingOver }))

/**
 * Makes a visit: sends its deliveries at once, and records what comes back as it comes. An endpoint that is disabled by it
 * is an alert; its owner sees status and reason on the endpoint.
 */
export const visit = Effect.fn("Deliveries.visit")(
  function* <R>(visit: Visit, send: Send<R>) {
    const queue = yield* DeliveryQueue
    const { deliveries, owner, secrets, url } = visit
    const results = yield* Queue.unbounded<Result>()
    const one = Effect.fnUntraced(function* ({ body, id, number, type }: Visit["deliveries"][number]) {
      const outgoing = { id, environment: owner.environment, url, secrets, type, body }
      const attempt = yield* Effect.catchCause(send(outgoing), couldNotSend)
      const outcome = Delivery.outcome(attempt, number, yield* Random.next)
      yield* Queue.offer(results, { id, number, attempt, outcome })
    })
    yield* Effect.forkChild(Effect.forEach(deliveries, one, { concurrency: "unbounded", discard: true }))
    for (let missing = deliveries.length; ;) {
      const back = missing === 0 ? [] : yield* Queue.takeAll(results)
      missing -= back.length
      const disabled = yield* queue.record(visit, back, missing === 0)
      if (disabled !== null) yield* needsALook("webhook_endpoint_disabled", { reason: disabled })
      if (missing === 0) return
    }
  },
  (effect, { endpoint, owner }) => Effect.annotateLogs(effect, { endpoint, tenant: owner.tenant })
)

/** A bug of ours must not keep the visit from its end. */
const couldNotSend = (cause: Cause.Cause<never>) =>
  Effect.as(Effect.logError("A delivery could not be sent", cause), {
    status: null,
    excerpt: "It could not be sent",
    duration: Duration.zero
  })

/** How many rows one transaction forgets: small, so that nothing else waits for it. */
const purgedAtOnce = 500

/** Forgets deliveries and events that are older than `retention`, a few at a time; how many rows went. */
export const purge = Effect.fn("Deliveries.purge")(function* (retention: Duration.Duration) {
  const queue = yield* DeliveryQueue
  const before = DateTime.subtractDuration(yield* DateTime.now, retention)
  let all = 0
  while (true) {
    const gone = yield* queue.purge(before, purgedAtOnce)
    all += gone
    if (gone === 0) return all
  }
})
