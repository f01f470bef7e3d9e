/**
 * Webhooks: endpoints that a tenant has registered, deliveries of events to them, and what an answer means.
 */
import { type DateTime, type Duration, Effect, Schedule, Schema } from "effect"
import { Text, wellFormed } from "../values/Text.ts"
import * as FieldError from "../values/FieldError.ts"
import type { DeliveryId, WebhookEndpointId } from "../values/Ids.ts"
import * as Events from "./Events.ts"
import type { Environment } from "./Owner.ts"

const Url = Schema.String.check(
  wellFormed,
  Schema.isPattern(/^https?:\/\/[^\s/$.?#@][^\s@]{0,1990}$/, {
    message: "Expected an http or https URL without user name, of at most 2000 characters",
    code: "invalid_url"
  })
)

/** What is asked for when an endpoint is registered. */
export const EndpointRequest = Schema.Struct({
  url: Url,
  events: Schema.Array(Schema.Union([Schema.Literal("*"), Events.Type])).check(
    Schema.isMinLength(1, { message: "Expected at least one event type, or *", code: "invalid_length" })
  ),
  description: Schema.optionalKey(Text(255)),
  /** Chosen by the client, or generated. */
  secret: Schema.optionalKey(
    Text(255).check(Schema.isMinLength(16, { message: "Expected at least 16 characters", code: "invalid_length" }))
  )
})
export type EndpointRequest = typeof EndpointRequest.Type

const decodeRequest = FieldError.decode(EndpointRequest)
const decodeLiveRequest = FieldError.decode(
  EndpointRequest.check(
    Schema.makeFilter(
      (request) => (request.url.startsWith("https://") ? undefined : { path: ["url"], issue: "Expected an https URL" }),
      { code: "invalid_url" }
    )
  )
)

/** Reads a request from unknown input; live endpoints must be https. Fails with `ValidationError`. */
export const decode = (environment: Environment, input: unknown) =>
  environment === "live" ? decodeLiveRequest(input) : decodeRequest(input)

export interface Endpoint {
  readonly id: WebhookEndpointId
  readonly url: string
  readonly events: EndpointRequest["events"]
  readonly description: string | null
  readonly status: "enabled" | "disabled"
  readonly createdAt: DateTime.Utc
}

/** Whether an endpoint wants events of a type. */
export const wants = (endpoint: Pick<Endpoint, "events" | "status">, type: Events.Type): boolean =>
  endpoint.status === "enabled" && endpoint.events.some((wanted) => wanted === "*" || wanted === type)

/** What is sent: the same body on every try, signed with each of the endpoint's secrets in force. */
export interface Delivery {
  readonly id: DeliveryId
  readonly url: string
  readonly secrets: ReadonlyArray<string>
  readonly type: Events.Type
  readonly body: string
}

/** What came back of one try. */
export interface Attempt {
  /** Null when no answer came. */
  readonly status: number | null
  /** The first 500 characters of the answer, or what went wrong. */
  readonly excerpt: string
  readonly duration: Duration.Duration
}

/** Only 2xx is success; a redirect is not followed. */
export const isDelivered = (attempt: Attempt): boolean =>
  attempt.status !== null && attempt.status >= 200 && attempt.status < 300

/** How long one try may take. */
export const timeoutSeconds = 10

/** How often a delivery is tried before it is marked failed. */
export const maximumAttempts = 16

const delays: ReadonlyArray<Duration.Input> = [
  "5 seconds",
  "30 seconds",
  "2 minutes",
  "5 minutes",
  "15 minutes",
  "30 minutes",
  "1 hour",
  "2 hours",
  "3 hours",
  "4 hours",
  "6 hours",
  "8 hours",
  "8 hours",
  "10 hours",
  "12 hours"
]

/** The delays between tries: growing, about three days in all, each up to a fifth off so that endpoints are not hit in step. */
export const retrySchedule: Schedule.Schedule<number, number> = Schedule.forever.pipe(
  Schedule.addDelay(({ output: tried }) => Effect.succeed(delays[Math.min(tried, delays.length - 1)] ?? "12 hours")),
  Schedule.jittered
)
