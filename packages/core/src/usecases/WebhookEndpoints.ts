/**
 * Managing webhook endpoints. Everything that is sent carries signatures with a secret that is told once: in the answer to
 * the registration or rotation, never in the answer that is stored and replayed.
 */
import { DateTime, Duration, Effect, Option } from "effect"
import type { Keyed } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import * as Webhook from "../models/Webhook.ts"
import { Destinations } from "../ports/Destinations.ts"
import type { Page } from "../ports/Operations.ts"
import { type Changed, Webhooks } from "../ports/Webhooks.ts"
import { ValidationError } from "../values/FieldError.ts"
import * as Ids from "../values/Ids.ts"
import { type Answer, decided } from "./Execution.ts"
import { NotFound } from "./errors.ts"

const notFound = new NotFound({ message: "No such webhook endpoint" })

/** Fails with `ValidationError` when nothing may be sent to a URL. */
const mustBeReachable = Effect.fnUntraced(function* ({ environment }: Owner, url: string) {
  const message = yield* (yield* Destinations).refusal(environment, url)
  if (message !== null)
    return yield* new ValidationError({ errors: [{ field: "url", code: "forbidden_address", message }] })
})

/** An answer that tells the secret, and the one without it that is stored. */
const withSecret = (endpoint: Webhook.Endpoint, status: number, secret: string) => {
  const resource = Resources.webhookEndpoint(endpoint)
  return {
    stored: { status, body: JSON.stringify(resource) },
    told: { status, body: JSON.stringify({ ...resource, secret }) }
  }
}

/**
 * Registers an endpoint. `secret` signs what is sent there; it is in this answer only, not in the one that is stored and
 * replayed. Fails with `IdempotencyKeyReused`, and with `ValidationError` for an address to which nothing may be sent.
 */
export const register = Effect.fn("WebhookEndpoints.register")(function* (
  owner: Owner,
  keyed: Keyed,
  request: Webhook.EndpointRequest,
  secret: string
) {
  yield* mustBeReachable(owner, request.url)
  const endpoint = Webhook.registered(yield* Ids.generate("we"), request, yield* DateTime.now)
  const { stored, told } = withSecret(endpoint, 201, secret)
  const registered = yield* (yield* Webhooks).register(owner, { ...endpoint, secret }, { keyed, response: stored })
  if (registered._tag !== "Registered") return yield* decided(registered)
  return { response: told, replayed: false } satisfies Answer
})

/** One endpoint. Fails with `NotFound`, also for another owner's and for one that was removed. */
export const get = Effect.fn("WebhookEndpoints.get")(function* (owner: Owner, id: Ids.WebhookEndpointId) {
  const found = yield* (yield* Webhooks).endpoint(owner, id)
  return yield* Option.match(found, { onNone: () => Effect.fail(notFound), onSome: Effect.succeed })
})

/** Endpoints of an owner, newest first. */
export const list = Effect.fn("WebhookEndpoints.list")(function* (owner: Owner, page: Page) {
  return yield* (yield* Webhooks).endpoints(owner, page)
})

const changed = (outcome: Changed) => {
  if (outcome._tag === "Changed") return Effect.succeed(outcome.change)
  return outcome._tag === "Missing"
    ? Effect.fail(notFound)
    : Effect.die(new Error("A change without a key has no answer"))
}

/**
 * Changes what an owner may change. While an endpoint is disabled nothing becomes a delivery to it, and what waits stays;
 * once enabled again, what waits is sent. Fails with `NotFound`, and with `ValidationError` as {@link register}.
 */
export const update = Effect.fn("WebhookEndpoints.update")(function* (
  owner: Owner,
  id: Ids.WebhookEndpointId,
  patch: Webhook.EndpointPatch
) {
  if (patch.url !== undefined) yield* mustBeReachable(owner, patch.url)
  const outcome = yield* (yield* Webhooks).change(owner, id, null, (endpoint) =>
    Effect.succeed({ next: Webhook.patched(endpoint, patch) })
  )
  return (yield* changed(outcome)).next
})

/** Removes an endpoint. What is on its way to it is not sent any more; what was sent can still be read. Fails with `NotFound`. */
export const remove = Effect.fn("WebhookEndpoints.remove")(function* (owner: Owner, id: Ids.WebhookEndpointId) {
  const outcome = yield* (yield* Webhooks).change(owner, id, null, (next) => Effect.succeed({ next, removed: true }))
  yield* changed(outcome)
})

/** The answer of a keyed change; `told` where it says more than what is stored. Fails with `NotFound` and `IdempotencyKeyReused`. */
export const answered = Effect.fnUntraced(function* (outcome: Changed, told?: Answer["response"]) {
  if (outcome._tag === "Missing") return yield* notFound
  if (outcome._tag !== "Changed") return yield* decided(outcome)
  const response = told ?? outcome.change.response
  if (response === undefined) return yield* Effect.die(new Error("A keyed change has an answer"))
  return { response, replayed: false } satisfies Answer
})

/**
 * Gives an endpoint a new secret. The old one stays in force for some hours, in which everything is signed with both.
 * Fails with `NotFound` and `IdempotencyKeyReused`.
 */
export const rotate = Effect.fn("WebhookEndpoints.rotate")(function* (
  owner: Owner,
  id: Ids.WebhookEndpointId,
  keyed: Keyed,
  request: Webhook.RotationRequest,
  secret: string
) {
  const overlap = Duration.hours(request.overlap_hours ?? Webhook.defaultOverlapHours)
  const outcome = yield* (yield* Webhooks).change(owner, id, keyed, (next) =>
    Effect.succeed({ next, rotated: { secret, overlap }, response: withSecret(next, 200, secret).stored })
  )
  const told = outcome._tag === "Changed" ? withSecret(outcome.change.next, 200, secret).told : undefined
  return yield* answered(outcome, told)
})
