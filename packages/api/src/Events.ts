/**
 * Events: what happened, as webhooks tell it.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Id, LiveMode, PathId, Time } from "./Fields.ts"
import { NotFound, problem } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

export const Type = Schema.Literals([
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

/** An event: the body that is sent to webhook endpoints, to the letter. */
export const Event = Schema.Struct({
  id: Id("evt", "The same on every delivery of the event: remember it to do things once"),
  type: Type,
  created_at: Time,
  livemode: LiveMode,
  data: Schema.Struct({
    object: Schema.Record(Schema.String, Schema.Unknown).annotate({
      description:
        "The resource as GET returned it at the time. Of two events on it, the one with the later `updated_at` is newer"
    })
  })
}).annotate({
  identifier: "Event",
  description: "The event, as it is sent",
  examples: [
    {
      id: "evt_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
      type: "invoice.paid",
      created_at: "2026-11-21T20:03:00.000Z",
      livemode: false,
      data: { object: { id: "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", object: "invoice", status: "paid", amount: 12310 } }
    }
  ]
})
export type Event = typeof Event.Type

export const EventList = Query.Page(Event).annotate({ identifier: "EventList", description: "The events" })
export type EventList = typeof EventList.Type

/** The query of `GET /events`. */
export const EventQuery = Query.list("evt", {
  type: Schema.optionalKey(Type),
  resource: Query.filter("The id of the resource that they are about", "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P")
})
export type EventQuery = typeof EventQuery.Type

export class Group extends HttpApiGroup.make("events")
  .add(
    HttpApiEndpoint.get("list", "/events", { query: EventQuery, success: EventList }).annotateMerge(
      OpenApi.annotations({
        summary: "List events",
        description:
          "Newest first, whether or not an endpoint wanted them. All filters must match. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.get("get", "/events/:id", {
      params: { id: PathId("evt") },
      query: Query.none,
      success: Event,
      error: problem(NotFound)
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Get an event",
        description: "To the letter as it is sent to webhook endpoints. Scope `payments:admin`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:admin")
  .annotateMerge(
    OpenApi.annotations({
      title: "Events",
      description: "What happened, as webhooks tell it. Kept for 30 days, unless configured otherwise."
    })
  ) {}
