/**
 * The port to the deliveries that are due. They wait by endpoint, not in one line: an endpoint is visited when something
 * is due for it, by one worker at a time, and a visit takes a few deliveries. So an endpoint that is slow or dead, with
 * thousands waiting for it, keeps one visitor busy and stands in nobody else's way.
 */
import { Context, type DateTime, Duration, type Effect } from "effect"
import * as Delivery from "../models/Delivery.ts"
import type * as Events from "../models/Events.ts"
import type { Owner } from "../models/Owner.ts"
import type { DisabledReason } from "../models/Webhook.ts"
import type { DeliveryId, TenantId, WebhookEndpointId } from "../values/Ids.ts"
import type { StoreUnavailable } from "./Operations.ts"

/** How many deliveries one visit takes. They are sent at once. */
export const perVisit = 8

/**
 * How long a visit keeps others from an endpoint and its deliveries: longer than a try takes. When the visitor dies the
 * deliveries are due again after this, under the same ids.
 */
export const hold = Duration.seconds(2 * Delivery.timeoutSeconds + 10)

/** Endpoints that answered promptly when they were last tried, and those that did not, are visited apart. */
export type Pace = "prompt" | "slow"

export interface Wanted {
  readonly pace: Pace
  /** How many endpoints to visit at most. */
  readonly visits: number
  /** Tenants that have had their share for now. */
  readonly passingOver: ReadonlyArray<TenantId>
}

/** The right to send some deliveries to one endpoint, until {@link hold} is over. */
export interface Visit {
  readonly owner: Owner
  readonly endpoint: WebhookEndpointId
  /** Tells this visit apart from later ones. */
  readonly token: number
  readonly url: string
  /** In force now, the newest first. */
  readonly secrets: ReadonlyArray<string>
  /** May be none, when others were quicker or the endpoint was removed: the visit has to be ended all the same. */
  readonly deliveries: ReadonlyArray<{
    readonly id: DeliveryId
    /** Which try this is. */
    readonly number: number
    readonly type: Events.Type
    readonly body: string
  }>
}

/** What came of a try, and what becomes of the delivery by it. */
export interface Result {
  readonly id: DeliveryId
  readonly number: number
  readonly attempt: Delivery.Attempt
  readonly outcome: Delivery.Outcome
}

/** What counts for the endpoint: of a visitor that comes too late a success alone. */
export const believed = (results: ReadonlyArray<Result>, isLate: boolean): ReadonlyArray<Delivery.Attempt> =>
  results.map(({ attempt }) => attempt).filter((attempt) => !isLate || Delivery.isDelivered(attempt))

/** How much waits, for gauges and alarms. What waits for a disabled endpoint does not count. */
export interface Backlog {
  /** Everything that is still to be tried. */
  readonly pending: number
  /** What should have been tried by now. */
  readonly due: number
  /** For how long the oldest of that has been due; zero when nothing is. */
  readonly oldestDue: Duration.Duration
}

export class DeliveryQueue extends Context.Service<
  DeliveryQueue,
  {
    /** Takes visits to endpoints for which something is due, those that have waited longest first. Does not wait. */
    readonly take: (wanted: Wanted) => Effect.Effect<ReadonlyArray<Visit>, StoreUnavailable>
    /**
     * Records tries of a visit, and what becomes of its endpoint by `Webhook.afterTries`. The `last` record ends the visit:
     * the endpoint may be visited again, behind those that wait already. Gives the reason when the endpoint was disabled
     * just now. What a visitor records too late, when the endpoint has been visited again, is kept, and decides only where
     * it is a success.
     */
    readonly record: (
      visit: Visit,
      results: ReadonlyArray<Result>,
      last: boolean
    ) => Effect.Effect<DisabledReason | null, StoreUnavailable>
    readonly backlog: Effect.Effect<Backlog, StoreUnavailable>
    /**
     * Forgets some deliveries, events and removed endpoints that were made before a time, of whatever tenant; how many rows
     * went, none when there are no more. An event stays as long as a delivery of it, an endpoint likewise.
     */
    readonly purge: (before: DateTime.Utc, limit: number) => Effect.Effect<number, StoreUnavailable>
  }
>()("@salesos/core/ports/DeliveryQueue") {}
