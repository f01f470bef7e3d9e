/**
 * Webhook deliveries: one event on its way to one endpoint, with what became of each try.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import * as Events from "./Events.ts"
import { Id, PathId, Time } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import { InvalidState, NotFound, problem } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

export const Status = Schema.Literals(["pending", "delivered", "failed"])

const fields = {
  id: Id("whd", "The id, which every try carries in the header `X-Pay-Delivery`"),
  object: Schema.Literal("webhook_delivery"),
  endpoint: Id("we", "The endpoint that it goes to"),
  event: Id("evt", "The event that it tells. A redelivery is another delivery of the same event"),
  event_type: Events.Type,
  status: Status,
  tries: Schema.Int.annotate({ description: "How often it was tried, a try that is under way included" }),
  next_attempt_at: Schema.NullOr(Time).annotate({
    description: "When it is tried next, once its endpoint is enabled; null when it is not tried again"
  }),
  created_at: Time
}

const example = {
  id: "whd_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
  object: "webhook_delivery",
  endpoint: "we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
  event: "evt_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
  event_type: "invoice.paid",
  status: "pending",
  tries: 1,
  next_attempt_at: "2026-11-21T20:00:05.300Z",
  created_at: "2026-11-21T20:00:00.000Z"
} as const

export const WebhookDelivery = Schema.Struct(fields).annotate({
  identifier: "WebhookDelivery",
  description: "The delivery",
  examples: [example]
})
export type WebhookDelivery = typeof WebhookDelivery.Type

const Attempt = Schema.Struct({
  number: Schema.Int.annotate({ description: "1, 2, 3 …; one whose worker died leaves a gap" }),
  at: Time.annotate({ description: "When it was over" }),
  status: Schema.NullOr(Schema.Int).annotate({
    description: "The HTTP status of the answer; null when none came. 2xx is success, and redirects are not followed"
  }),
  duration_ms: Schema.Int,
  response: Schema.String.annotate({ description: "The first 500 characters of the answer, or what went wrong" })
})

export const WebhookDeliveryWithAttempts = Schema.Struct({ ...fields, attempts: Schema.Array(Attempt) }).annotate({
  identifier: "WebhookDeliveryWithAttempts",
  description: "The delivery with what became of each try",
  examples: [
    {
      ...example,
      attempts: [
        { number: 1, at: "2026-11-21T20:00:00.300Z", status: 503, duration_ms: 87, response: "Service Unavailable" }
      ]
    }
  ]
})
export type WebhookDeliveryWithAttempts = typeof WebhookDeliveryWithAttempts.Type

export const WebhookDeliveryList = Query.Page(WebhookDelivery).annotate({
  identifier: "WebhookDeliveryList",
  description: "The deliveries"
})
export type WebhookDeliveryList = typeof WebhookDeliveryList.Type

/** The query of `GET /webhook-deliveries`. */
export const WebhookDeliveryQuery = Query.list("whd", {
  endpoint: Schema.optionalKey(Id("we", "The endpoint that they go to")),
  status: Schema.optionalKey(Status),
  event: Schema.optionalKey(Id("evt", "The event that they tell"))
})
export type WebhookDeliveryQuery = typeof WebhookDeliveryQuery.Type

const params = { id: PathId("whd") }

export class Group extends HttpApiGroup.make("webhookDeliveries")
  .add(
    HttpApiEndpoint.get("list", "/webhook-deliveries", {
      query: WebhookDeliveryQuery,
      success: WebhookDeliveryList
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List webhook deliveries",
        description: "Newest first. All filters must match. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.get("get", "/webhook-deliveries/:id", {
      params,
      query: Query.none,
      success: WebhookDeliveryWithAttempts,
      error: problem(NotFound)
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Get a webhook delivery",
        description: "With what became of each try. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.post("redeliver", "/webhook-deliveries/:id/redeliver", {
      params,
      headers: Idempotency.headers,
      query: Query.none,
      success: Idempotency.created(WebhookDelivery),
      error: [problem(NotFound), problem(InvalidState), ...Idempotency.problems]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Deliver an event again",
        description:
          "Makes a new delivery of the same event to the same endpoint, with the same body. 409 `invalid_state` where the " +
          "endpoint is disabled or was removed. Scope `payments:admin`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:admin")
  .annotateMerge(
    OpenApi.annotations({
      title: "Webhook deliveries",
      description:
        "What was sent to webhook endpoints, and what came back. Kept for 30 days, unless configured otherwise."
    })
  ) {}
