/**
 * Webhook endpoints: where events are sent.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Type as EventTypes } from "./Events.ts"
import { Id, PathId, Text, Time } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import { InvalidState, NotFound, PayloadTooLarge, problem, UnsupportedMediaType } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"
import { WebhookDelivery } from "./WebhookDeliveries.ts"

/** What an endpoint may ask for: one type of event, or all of them. */
export const EventSelector = Schema.Literals(["*", ...EventTypes.literals])

const Events = Schema.Array(EventSelector).annotate({ description: "The types of events to send, or `*` for all" })

const Url = Schema.String.annotate({
  format: "uri",
  description:
    "https, on port 443 or from 1024 on; in the sandbox also http. It has to lead to the public internet, in the sandbox " +
    "also to the gateway's own machine: the address is looked at when it is saved, and whenever it is connected to",
  examples: ["https://shop.example/webhooks"]
}).check(Schema.isMaxCodePoints(2000))

/** What is asked for when an endpoint is registered. The shape only: the rules on it are the domain's. */
export const CreateWebhookEndpoint = Schema.Struct({
  url: Url,
  events: Events.check(Schema.isMinLength(1)),
  description: Schema.optionalKey(Text(255)),
  secret: Schema.optionalKey(Text(255, { description: "At least 16 characters. Generated when it is left out" }))
}).annotate({
  identifier: "CreateWebhookEndpoint",
  examples: [{ url: "https://shop.example/webhooks", events: ["invoice.paid", "invoice.failed"] }]
})
export type CreateWebhookEndpoint = typeof CreateWebhookEndpoint.Type

export const Status = Schema.Literals(["enabled", "disabled"])

/** What of an endpoint may be changed. What is left out stays. */
export const UpdateWebhookEndpoint = Schema.Struct({
  url: Schema.optionalKey(Url),
  events: Schema.optionalKey(Events.check(Schema.isMinLength(1))),
  description: Schema.optionalKey(Schema.NullOr(Text(255))),
  status: Schema.optionalKey(
    Status.annotate({
      description:
        "While it is disabled no event becomes a delivery to it, and deliveries that wait stay; they are sent when it is " +
        "enabled again"
    })
  )
}).annotate({ identifier: "UpdateWebhookEndpoint", examples: [{ status: "enabled" }] })
export type UpdateWebhookEndpoint = typeof UpdateWebhookEndpoint.Type

/** How a secret is rotated. */
export const RotateSecret = Schema.Struct({
  overlap_hours: Schema.optionalKey(
    Schema.Int.annotate({
      description: "How long the old secret stays in force beside the new one, in hours. 24 when it is left out",
      examples: [48]
    }).check(Schema.isBetween({ minimum: 0, maximum: 168 }))
  )
}).annotate({ identifier: "RotateSecret", examples: [{ overlap_hours: 48 }] })
export type RotateSecret = typeof RotateSecret.Type

export const DisabledReason = Schema.Literals(["requested", "gone", "failing"])

const fields = {
  id: Id("we"),
  object: Schema.Literal("webhook_endpoint"),
  url: Schema.String.annotate({ format: "uri" }),
  events: Events,
  description: Schema.NullOr(Schema.String),
  status: Status,
  disabled_reason: Schema.NullOr(DisabledReason).annotate({
    description:
      "Why it is disabled: by a call, because it answered 410, or because every try has failed for five days. Null while " +
      "it is enabled"
  }),
  failing_since: Schema.NullOr(Time).annotate({
    description: "Since when every try has failed; null when the last one succeeded"
  }),
  created_at: Time
}

const example = {
  id: "we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
  object: "webhook_endpoint",
  url: "https://shop.example/webhooks",
  events: ["invoice.paid", "invoice.failed"],
  description: null,
  status: "enabled",
  disabled_reason: null,
  failing_since: null,
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

const params = { id: PathId("we") }

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
    ),
    HttpApiEndpoint.get("get", "/webhook-endpoints/:id", {
      params,
      query: Query.none,
      success: WebhookEndpoint,
      error: problem(NotFound)
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Get a webhook endpoint",
        description: "With the reason where it is disabled. Its secret is not shown. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.patch("update", "/webhook-endpoints/:id", {
      params,
      query: Query.none,
      payload: UpdateWebhookEndpoint,
      success: WebhookEndpoint,
      error: [problem(NotFound), problem(PayloadTooLarge), problem(UnsupportedMediaType)]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Change a webhook endpoint",
        description: "What is left out stays as it is. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.delete("remove", "/webhook-endpoints/:id", {
      params,
      query: Query.none,
      success: HttpApiSchema.NoContent,
      error: problem(NotFound)
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Remove a webhook endpoint",
        description:
          "Deliveries that wait for it fail, unsent; one that is being sent may still arrive. Past deliveries stay " +
          "readable. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.post("rotate", "/webhook-endpoints/:id/rotate-secret", {
      params,
      headers: Idempotency.headers,
      query: Query.none,
      payload: RotateSecret,
      success: Idempotency.done(CreatedWebhookEndpoint),
      error: [problem(NotFound), ...Idempotency.problems]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Rotate the secret of a webhook endpoint",
        description:
          "The new secret is in this answer only. Until the overlap is over everything is signed with both. " +
          "Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.post("ping", "/webhook-endpoints/:id/ping", {
      params,
      headers: Idempotency.headers,
      query: Query.none,
      success: Idempotency.created(WebhookDelivery),
      error: [problem(NotFound), problem(InvalidState), ...Idempotency.problems]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Try a webhook endpoint out",
        description:
          "Sends a `ping` there, and nowhere else, whatever it wants to hear. Answers with the delivery; read it again to " +
          "see what came of it. Scope `payments:admin`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:admin")
  .annotateMerge(OpenApi.annotations({ title: "Webhook endpoints", description: "Where events are sent." })) {}
