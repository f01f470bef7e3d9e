/**
 * Webhook endpoints: where events are sent.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Id, Text, Time } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

/** What an endpoint may ask for: one type of event, or all of them. */
export const EventSelector = Schema.Literals([
  "*",
  "invoice.paid",
  "invoice.canceled",
  "invoice.failed",
  "invoice.reversed",
  "tax_document.issued",
  "tax_document.canceled",
  "tax_document.failed",
  "payout.paid",
  "payout.failed",
  "payout.canceled",
  "ping"
])

const Events = Schema.Array(EventSelector).annotate({ description: "The types of events to send, or `*` for all" })

/** What is asked for when an endpoint is registered. The shape only: the rules on it are the domain's. */
export const CreateWebhookEndpoint = Schema.Struct({
  url: Schema.String.annotate({
    format: "uri",
    description: "https; in the sandbox also http. Live, it may not resolve to a private address",
    examples: ["https://shop.example/webhooks"]
  }).check(Schema.isMaxCodePoints(2000)),
  events: Events.check(Schema.isMinLength(1)),
  description: Schema.optionalKey(Text(255)),
  secret: Schema.optionalKey(Text(255, { description: "At least 16 characters. Generated when it is left out" }))
}).annotate({
  identifier: "CreateWebhookEndpoint",
  examples: [{ url: "https://shop.example/webhooks", events: ["invoice.paid", "invoice.failed"] }]
})
export type CreateWebhookEndpoint = typeof CreateWebhookEndpoint.Type

const fields = {
  id: Id("we"),
  object: Schema.Literal("webhook_endpoint"),
  url: Schema.String.annotate({ format: "uri" }),
  events: Events,
  description: Schema.NullOr(Schema.String),
  status: Schema.Literals(["enabled", "disabled"]),
  created_at: Time
}

const example = {
  id: "we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
  object: "webhook_endpoint",
  url: "https://shop.example/webhooks",
  events: ["invoice.paid", "invoice.failed"],
  description: null,
  status: "enabled",
  created_at: "2026-11-21T20:00:00.000Z"
} as const

export const WebhookEndpoint = Schema.Struct(fields).annotate({
  identifier: "WebhookEndpoint",
  description: "The webhook endpoint",
  examples: [example]
})
export type WebhookEndpoint = typeof WebhookEndpoint.Type

/** The answer to the registration, with the secret. A replay of it is without: a secret is shown once and not kept. */
export const CreatedWebhookEndpoint = Schema.Struct({
  ...fields,
  secret: Schema.optionalKey(
    Schema.String.annotate({ description: "Signs what is sent here. Shown only now, and not in a replayed answer" })
  )
}).annotate({
  identifier: "CreatedWebhookEndpoint",
  description: "The webhook endpoint with its secret",
  examples: [{ ...example, secret: "whsec_6b5e9cf44c0e4d0b9d538f5d2f1e7a10" }]
})
export type CreatedWebhookEndpoint = typeof CreatedWebhookEndpoint.Type

export const WebhookEndpointList = Query.Page(WebhookEndpoint).annotate({
  identifier: "WebhookEndpointList",
  description: "The webhook endpoints"
})
export type WebhookEndpointList = typeof WebhookEndpointList.Type

/** The query of `GET /webhook-endpoints`. */
export const WebhookEndpointQuery = Query.list("we", {})
export type WebhookEndpointQuery = typeof WebhookEndpointQuery.Type

export class Group extends HttpApiGroup.make("webhookEndpoints")
  .add(
    HttpApiEndpoint.post("create", "/webhook-endpoints", {
      headers: Idempotency.headers,
      query: Query.none,
      payload: CreateWebhookEndpoint,
      success: Idempotency.created(CreatedWebhookEndpoint),
      error: Idempotency.problems
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Register a webhook endpoint",
        description:
          "Events from now on are sent there, signed with the secret in the answer. Verify the header " +
          "`X-Pay-Signature` of everything you receive. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.get("list", "/webhook-endpoints", {
      query: WebhookEndpointQuery,
      success: WebhookEndpointList
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List webhook endpoints",
        description: "Newest first. Secrets are not shown. Scope `payments:admin`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:admin")
  .annotateMerge(OpenApi.annotations({ title: "Webhook endpoints", description: "Where events are sent." })) {}
