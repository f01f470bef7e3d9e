/** The port to webhook endpoints, events and deliveries, as their owner manages and reads them. */
import { Context, type DateTime, type Effect, type Option } from "effect"
import type { Delivery, Status, Tried } from "../models/Delivery.ts"
import type { PublicEvent, Type } from "../models/Events.ts"
import type { Decision, Keyed, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import type { Change, Endpoint } from "../models/Webhook.ts"
import type { DeliveryId, EventId, WebhookEndpointId } from "../values/Ids.ts"
import type { Listed, Page, StoreUnavailable } from "./Operations.ts"

/** What a key means that was used before. */
export type Known = Exclude<Decision, { readonly _tag: "Resume" }>

/** What became of the wish to change an endpoint. */
export type Changed = { readonly _tag: "Changed"; readonly change: Change } | { readonly _tag: "Missing" } | Known

export interface EventFilter {
  readonly type?: Type
  /** The id of the resource that events are about. */
  readonly resource?: string
}

export interface DeliveryFilter {
  readonly endpoint?: WebhookEndpointId
  readonly status?: Status
  readonly event?: EventId
}

export class Webhooks extends Context.Service<
  Webhooks,
  {
    /**
     * Registers an endpoint, its secret encrypted at rest, and stores the answer under its key in the same transaction. A
     * key that is known decides by `Idempotency.decide`, and nothing is registered.
     */
    readonly register: (
      owner: Owner,
      endpoint: Endpoint & { readonly secret: string },
      once: { readonly keyed: Keyed; readonly response: StoredResponse }
    ) => Effect.Effect<{ readonly _tag: "Registered" } | Known, StoreUnavailable>
    readonly endpoint: (owner: Owner, id: WebhookEndpointId) => Effect.Effect<Option.Option<Endpoint>, StoreUnavailable>
    readonly endpoints: (owner: Owner, page: Page) => Effect.Effect<Listed<Endpoint>, StoreUnavailable>
    /**
     * Lets `decide` say what changes of an endpoint as it is now, and writes that as a whole, the key of the operation with
     * it. A key that is known decides by `Idempotency.decide`, and nothing is changed. One that was removed is missing.
     * When `decide` fails nothing has happened, and the key is not taken.
     */
    readonly change: <E>(
      owner: Owner,
      id: WebhookEndpointId,
      keyed: Keyed | null,
      decide: (endpoint: Endpoint, now: DateTime.Utc) => Effect.Effect<Change, E>
    ) => Effect.Effect<Changed, E | StoreUnavailable>
    readonly event: (owner: Owner, id: EventId) => Effect.Effect<Option.Option<PublicEvent>, StoreUnavailable>
    readonly events: (
      owner: Owner,
      filter: EventFilter,
      page: Page
    ) => Effect.Effect<Listed<PublicEvent>, StoreUnavailable>
    /** A delivery with its tries, the first one first. */
    readonly delivery: (
      owner: Owner,
      id: DeliveryId
    ) => Effect.Effect<
      Option.Option<{ readonly delivery: Delivery; readonly tried: ReadonlyArray<Tried> }>,
      StoreUnavailable
    >
    readonly deliveries: (
      owner: Owner,
      filter: DeliveryFilter,
      page: Page
    ) => Effect.Effect<Listed<Delivery>, StoreUnavailable>
  }
>()("@salesos/core/ports/Webhooks") {}
