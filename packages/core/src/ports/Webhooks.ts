/** The port to webhook endpoints and the deliveries that are due. */
import { Context, type Effect } from "effect"
import type { Owner } from "../models/Owner.ts"
import type { Attempt, Delivery, Endpoint } from "../models/Webhook.ts"
import type { StoreUnavailable } from "./Store.ts"

export class Webhooks extends Context.Service<Webhooks, {
  /** Registers an endpoint; its secret is encrypted at rest. */
  readonly register: (
    owner: Owner,
    endpoint: Endpoint & { readonly secret: string }
  ) => Effect.Effect<void, StoreUnavailable>
  readonly endpoints: (owner: Owner) => Effect.Effect<ReadonlyArray<Endpoint>, StoreUnavailable>
  /**
   * Waits for the next delivery that is due, lets `send` try it, and records the attempt. What `isDelivered` refuses is
   * tried again by `retrySchedule`; at least once for every event, also when the process dies in between.
   */
  readonly deliverNext: <R>(send: (delivery: Delivery) => Effect.Effect<Attempt, never, R>) => Effect.Effect<void, StoreUnavailable, R>
}>()("@salesos/core/ports/Webhooks") {}
