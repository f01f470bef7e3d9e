/** What laws of webhooks begin with: endpoints, events on their way to them, and a worker. */
import { DateTime, Duration, Effect } from "effect"
import type { Attempt, Outgoing } from "../../models/Delivery.ts"
import type * as Events from "../../models/Events.ts"
import { fingerprint, IdempotencyKey, type Keyed } from "../../models/Idempotency.ts"
import type { Owner } from "../../models/Owner.ts"
import * as Webhook from "../../models/Webhook.ts"
import { DeliveryQueue, type Pace, type Visit } from "../../ports/DeliveryQueue.ts"
import { Webhooks } from "../../ports/Webhooks.ts"
import * as Deliveries from "../../usecases/Deliveries.ts"
import * as Ids from "../../values/Ids.ts"
import { change, invoice, nothing } from "./given.ts"
import { eventually, LawBroken, together, upTo } from "./law.ts"

export const someKey = Effect.map(Ids.generate("key"), (key): Keyed => ({
  key: IdempotencyKey.make(key),
  fingerprint: fingerprint("POST", "/webhook-endpoints", {})
}))

/** An endpoint that wants everything, not registered yet. */
export const unregistered = Effect.fnUntraced(function* (
  changes: Partial<Webhook.Endpoint & { readonly secret: string }> = {}
) {
  const id = yield* Ids.generate("we")
  const url = `https://${id.toLowerCase()}.example/hooks`
  const endpoint = Webhook.registered(id, { url, events: ["*"] }, yield* DateTime.now)
  return { ...endpoint, secret: "a secret of some length", ...changes }
})

export const endpoint = Effect.fnUntraced(function* (
  of: Owner,
  changes: Partial<Webhook.Endpoint & { readonly secret: string }> = {}
) {
  const registered = yield* unregistered(changes)
  const once = { keyed: yield* someKey, response: { status: 201, body: "{}" } }
  yield* (yield* Webhooks).register(of, registered, once)
  return registered
})

/** Writes events of a type with a change of an invoice. */
export const emit = Effect.fnUntraced(function* (of: Owner, ...types: ReadonlyArray<Events.Type>) {
  const { invoice: made } = yield* invoice(of)
  const events = yield* Effect.forEach(types, (type) =>
    Effect.all({ id: Ids.generate("evt"), createdAt: DateTime.now }).pipe(
      Effect.map((event) => ({
        ...event,
        type,
        subject: made.id,
        body: `{"id":"${event.id}", "text":"ção 😀\\u0041"}`
      }))
    )
  )
  yield* change(of, made.id, null, (held) =>
    Effect.succeed({ change: { ...nothing(held), events }, result: undefined })
  )
  return events
})

/** An answer, a prompt one unless told otherwise. */
export const answer = (status: number | null, seconds = 0): Attempt => ({
  status,
  excerpt: status === null ? "time-out" : "ok",
  duration: Duration.seconds(seconds)
})

/** What a worker takes at once: whatever is due, of whatever tenant. */
const takeDue = (pace: Pace) => Deliveries.take(pace, 100, [])

/** Visits every endpoint for which something is due, sending by `send`; how many visits that were. */
export const round = <R>(send: (outgoing: Outgoing) => Effect.Effect<Attempt, never, R>) =>
  Effect.gen(function* () {
    const visits = [...(yield* takeDue("prompt")), ...(yield* takeDue("slow"))]
    yield* together(visits.map((visit) => Deliveries.visit(visit, send)))
    return visits.length
  })

/** Takes the visit to an endpoint. Others that are due, left behind by others in the same database, are answered with success. */
export const visitTo = Effect.fnUntraced(function* (id: Ids.WebhookEndpointId, pace: Pace = "prompt") {
  const visits = yield* takeDue(pace)
  const others = visits.filter((each) => each.endpoint !== id)
  yield* together(others.map((each) => Deliveries.visit(each, () => Effect.succeed(answer(200)))))
  return visits.find((each) => each.endpoint === id)
})

/** The same where there has to be one. */
export const theVisitTo = Effect.fnUntraced(function* (id: Ids.WebhookEndpointId, pace: Pace = "prompt") {
  const visit = yield* visitTo(id, pace)
  return visit ?? (yield* new LawBroken({ message: `Nothing is due for ${id}` }))
})

/** Ends a visit, every delivery of it answered alike; what was not delivered is due again at once. */
export const endVisit = Effect.fnUntraced(function* (visit: Visit, attempt: Attempt) {
  const { record } = yield* DeliveryQueue
  const outcome =
    attempt.status === 200 ? { _tag: "Delivered" as const } : { _tag: "Again" as const, after: Duration.zero }
  return yield* record(
    visit,
    visit.deliveries.map(({ id, number }) => ({ id, number, attempt, outcome })),
    true
  )
})

/**
 * Delivers by so many workers until enough was sent to some addresses, and a little longer to see that nothing follows.
 * Deliveries to other addresses are answered with success.
 */
export const deliver = Effect.fnUntraced(function* (
  urls: ReadonlyArray<string>,
  enough: number,
  options: { readonly workers?: number; readonly statuses?: ReadonlyArray<number | null> } = {}
) {
  const sent: Array<Outgoing> = []
  const statuses = [...(options.statuses ?? [])]
  const send = (outgoing: Outgoing) =>
    Effect.gen(function* () {
      yield* Effect.sleep("1 millis")
      if (!urls.includes(outgoing.url)) return answer(200)
      sent.push(outgoing)
      const status = statuses.shift()
      return answer(status === undefined ? 200 : status)
    })
  const worker = Effect.forever(Effect.andThen(round(send), Effect.sleep("20 millis")))
  yield* eventually(
    `${enough} deliveries`,
    Effect.sync(() => sent.length),
    (count) => count >= enough
  ).pipe(
    Effect.andThen(Effect.sleep("300 millis")),
    Effect.raceFirst(together(upTo(options.workers ?? 1).map(() => worker)))
  )
  return sent
})
