/**
 * Webhook endpoints that a tenant has registered: what may be asked of them, and when one is disabled.
 */
import { DateTime, type Duration, Schema } from "effect"
import { Text, wellFormed } from "../values/Text.ts"
import * as FieldError from "../values/FieldError.ts"
import type { DeliveryId, WebhookEndpointId } from "../values/Ids.ts"
import * as Delivery from "./Delivery.ts"
import * as Events from "./Events.ts"
import type { StoredResponse } from "./Idempotency.ts"
import type { Environment } from "./Owner.ts"

const Url = Schema.String.check(
  wellFormed,
  Schema.isPattern(/^https?:\/\/[^\s/$.?#@][^\s@]{0,1990}$/, {
    message: "Expected an http or https URL without user name, of at most 2000 characters",
    code: "invalid_url"
  })
)

const Wanted = Schema.Array(Schema.Union([Schema.Literal("*"), Events.Type])).check(
  Schema.isMinLength(1, { message: "Expected at least one event type, or *", code: "invalid_length" })
)

/** What is asked for when an endpoint is registered. */
export const EndpointRequest = Schema.Struct({
  url: Url,
  events: Wanted,
  description: Schema.optionalKey(Text(255)),
  /** Chosen by the client, or generated. */
  secret: Schema.optionalKey(
    Text(255).check(Schema.isMinLength(16, { message: "Expected at least 16 characters", code: "invalid_length" }))
  )
})
export type EndpointRequest = typeof EndpointRequest.Type

/** Whether events are sent to an endpoint. */
export const Status = Schema.Literals(["enabled", "disabled"])
export type Status = typeof Status.Type

/** What of an endpoint may be changed. */
export const EndpointPatch = Schema.Struct({
  url: Schema.optionalKey(Url),
  events: Schema.optionalKey(Wanted),
  description: Schema.optionalKey(Schema.NullOr(Text(255))),
  status: Schema.optionalKey(Status)
})
export type EndpointPatch = typeof EndpointPatch.Type

const hours = { minimum: 0, maximum: 168 }

/** How long the old secret stays in force beside the new one. */
export const RotationRequest = Schema.Struct({
  overlap_hours: Schema.optionalKey(
    Schema.Number.check(
      Schema.isInt({ message: "Expected whole hours", code: "invalid_hours" }),
      Schema.isBetween(hours, { message: "Expected 0 to 168 hours", code: "invalid_hours" })
    )
  )
})
export type RotationRequest = typeof RotationRequest.Type

/** How long the old secret stays in force unless told otherwise. */
export const defaultOverlapHours = 24

const httpsWhenLive = (environment: Environment) =>
  Schema.makeFilter(
    ({ url }: { readonly url?: string }) =>
      environment === "sandbox" || url === undefined || url.startsWith("https://")
        ? undefined
        : { path: ["url"], issue: "Expected an https URL" },
    { code: "invalid_url" }
  )

const decoders = (environment: Environment) => ({
  request: FieldError.decode(EndpointRequest.check(httpsWhenLive(environment))),
  patch: FieldError.decode(EndpointPatch.check(httpsWhenLive(environment)))
})
const decoding = { sandbox: decoders("sandbox"), live: decoders("live") }

/** Reads a registration from unknown input; live endpoints must be https. Fails with `ValidationError`. */
export const decode = (environment: Environment, input: unknown) => decoding[environment].request(input)

/** Reads a change from unknown input, by the same rules. Fails with `ValidationError`. */
export const decodePatch = (environment: Environment, input: unknown) => decoding[environment].patch(input)

/** Reads a rotation from unknown input. Fails with `ValidationError`. */
export const decodeRotation = FieldError.decode(RotationRequest)

/** Why nothing is sent to an endpoint: its owner wants it so, it said that it is gone, or it failed for days. */
export const DisabledReason = Schema.Literals(["requested", "gone", "failing"])
export type DisabledReason = typeof DisabledReason.Type

export interface Endpoint {
  readonly id: WebhookEndpointId
  readonly url: string
  readonly events: EndpointRequest["events"]
  readonly description: string | null
  readonly status: Status
  /** Null while it is enabled. */
  readonly disabledReason: DisabledReason | null
  /** Since when every try has failed; null when the last one succeeded, or none was made. */
  readonly failingSince: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
}

/** A new endpoint. */
export const registered = (id: WebhookEndpointId, request: EndpointRequest, now: DateTime.Utc): Endpoint => ({
  id,
  url: request.url,
  events: request.events,
  description: request.description ?? null,
  status: "enabled",
  disabledReason: null,
  failingSince: null,
  createdAt: now
})

/** Whether an endpoint wants events of a type. */
export const wants = (endpoint: Pick<Endpoint, "events" | "status">, type: Events.Type): boolean =>
  endpoint.status === "enabled" && endpoint.events.some((wanted) => wanted === "*" || wanted === type)

/** An endpoint as its owner wants it. One that is enabled, or moved, starts afresh: what failed before is forgotten. */
export const patched = (endpoint: Endpoint, patch: EndpointPatch): Endpoint => {
  const next = { ...endpoint, ...patch }
  const moved = next.url !== endpoint.url
  if (next.status === endpoint.status) return moved ? { ...next, failingSince: null } : next
  return next.status === "enabled"
    ? { ...next, disabledReason: null, failingSince: null }
    : { ...next, disabledReason: "requested" }
}

/** An endpoint that fails for longer, without a success in between, is disabled: its oldest deliveries have been given up by then. */
const patienceDays = 5

/** An endpoint after some tries: one that is gone, or has failed for days, is disabled. */
export const afterTries = (
  endpoint: Endpoint,
  attempts: ReadonlyArray<Delivery.Attempt>,
  now: DateTime.Utc
): Endpoint => {
  if (endpoint.status === "disabled" || attempts.length === 0) return endpoint
  if (attempts.some(Delivery.isGone)) return { ...endpoint, status: "disabled", disabledReason: "gone" }
  if (attempts.some(Delivery.isDelivered)) return { ...endpoint, failingSince: null }
  const failingSince = endpoint.failingSince ?? now
  return DateTime.isLessThan(failingSince, DateTime.subtract(now, { days: patienceDays }))
    ? { ...endpoint, failingSince, status: "disabled", disabledReason: "failing" }
    : { ...endpoint, failingSince }
}

/** What is to become of an endpoint, written as a whole. */
export interface Change {
  readonly next: Endpoint
  /** A new secret; the one in force so far stays so for a while. Any older one ends. */
  readonly rotated?: { readonly secret: string; readonly overlap: Duration.Duration }
  /** Something for this endpoint alone. An event that is there already is given by its id. */
  readonly sent?: {
    readonly delivery: DeliveryId
    readonly event: Events.PublicEvent | Events.PublicEvent["id"]
  }
  /** The endpoint is no more; what was on its way to it fails. */
  readonly removed?: true
  /** Stored under the operation's key, if it has one. */
  readonly response?: StoredResponse
}
