/** What an owner sees and wants of deliveries: reading them, sending one again, and trying an endpoint out. */
import { type DateTime, Effect, Option } from "effect"
import * as Events from "../models/Events.ts"
import type { Keyed } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import type * as Webhook from "../models/Webhook.ts"
import type { Page } from "../ports/Operations.ts"
import { type DeliveryFilter, type EventFilter, Webhooks } from "../ports/Webhooks.ts"
import * as Ids from "../values/Ids.ts"
import { InvalidState, NotFound } from "./errors.ts"
import * as WebhookEndpoints from "./WebhookEndpoints.ts"

/** A delivery with its tries. Fails with `NotFound`. */
export const get = Effect.fn("WebhookDeliveries.get")(function* (owner: Owner, id: Ids.DeliveryId) {
  const found = yield* (yield* Webhooks).delivery(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such webhook delivery" })),
    onSome: Effect.succeed
  })
})

/** Deliveries of an owner, newest first. */
export const list = Effect.fn("WebhookDeliveries.list")(function* (owner: Owner, filter: DeliveryFilter, page: Page) {
  return yield* (yield* Webhooks).deliveries(owner, filter, page)
})

/** An event. Fails with `NotFound`. */
export const event = Effect.fn("WebhookDeliveries.event")(function* (owner: Owner, id: Ids.EventId) {
  const found = yield* (yield* Webhooks).event(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such event" })),
    onSome: Effect.succeed
  })
})

/** Events of an owner, newest first, whether or not an endpoint wanted them. */
export const events = Effect.fn("WebhookDeliveries.events")(function* (owner: Owner, filter: EventFilter, page: Page) {
  return yield* (yield* Webhooks).events(owner, filter, page)
})

/** Sends something to one endpoint alone, as a new delivery. Fails with `InvalidState` where nothing can be sent. */
const send = Effect.fnUntraced(function* (
  owner: Owner,
  id: Ids.WebhookEndpointId,
  keyed: Keyed,
  eventAt: (now: DateTime.Utc) => NonNullable<Webhook.Change["sent"]>["event"],
  type: Events.Type
) {
  const delivery = yield* Ids.generate("whd")
  return yield* (yield* Webhooks).change(owner, id, keyed, (next, now) => {
    if (next.status === "disabled")
      return Effect.fail(new InvalidState({ message: "The webhook endpoint is disabled: enable it first" }))
    const event = eventAt(now)
    const resource = Resources.webhookDelivery({
      id: delivery,
      event: typeof event === "string" ? event : event.id,
      type,
      endpoint: id,
      status: "pending",
      tries: 0,
      nextAttemptAt: now,
      createdAt: now
    })
    const response = { status: 201, body: JSON.stringify(resource) }
    return Effect.succeed({ next, sent: { delivery, event }, response })
  })
})

/**
 * Sends a `ping` to an endpoint alone, whatever it wants to hear. Answers with the delivery. Fails with `NotFound`,
 * `InvalidState` where the endpoint is disabled, and `IdempotencyKeyReused`.
 */
export const ping = Effect.fn("WebhookDeliveries.ping")(function* (
  owner: Owner,
  id: Ids.WebhookEndpointId,
  keyed: Keyed
) {
  const endpoint = Resources.webhookEndpoint(yield* WebhookEndpoints.get(owner, id))
  const event = yield* Ids.generate("evt")
  const at = (createdAt: DateTime.Utc) =>
    Events.render(owner, { id: event, type: "ping", createdAt, subject: id }, endpoint)
  return yield* WebhookEndpoints.answered(yield* send(owner, id, keyed, at, "ping"))
})

/**
 * Sends the event of a delivery again, with the same body, as a new delivery to the same endpoint. Fails with `NotFound`,
 * `InvalidState` where the endpoint is disabled or no more, and `IdempotencyKeyReused`.
 */
export const redeliver = Effect.fn("WebhookDeliveries.redeliver")(function* (
  owner: Owner,
  id: Ids.DeliveryId,
  keyed: Keyed
) {
  const { delivery } = yield* get(owner, id)
  const outcome = yield* send(owner, delivery.endpoint, keyed, () => delivery.event, delivery.type)
  if (outcome._tag === "Missing")
    return yield* new InvalidState({ message: "The webhook endpoint of this delivery was removed" })
  return yield* WebhookEndpoints.answered(outcome)
})
