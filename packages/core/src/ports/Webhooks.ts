/** The port to webhook endpoints and the deliveries that are due. */
import { Context, type Effect } from "effect"
import type { Decision, Keyed, StoredResponse } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import type { Attempt, Delivery, Endpoint } from "../models/Webhook.ts"
import type { Listed, Page, StoreUnavailable } from "./Operations.ts"

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
    ) => Effect.Effect<
      { readonly _tag: "Registered" } | Exclude<Decision, { readonly _tag: "Resume" }>,
      StoreUnavailable
    >
    readonly endpoints: (owner: Owner, page: Page) => Effect.Effect<Listed<Endpoint>, StoreUnavailable>
    /**
     * Waits for the next delivery that is due, lets `send` try it, and records the attempt. What `isDelivered` refuses is
     * tried again by `retrySchedule`; at least once for every event, also when the process dies in between.
     */
    readonly deliverNext: <R>(
      send: (delivery: Delivery) => Effect.Effect<Attempt, never, R>
    ) => Effect.Effect<void, StoreUnavailable, R>
  }
>()("@salesos/core/ports/Webhooks") {}
