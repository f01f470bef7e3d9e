/**
 * The public events, and the body that is sent to webhook endpoints. A body is rendered once, in the transaction of
 * what it tells, and never changes.
 */
import { DateTime, Schema } from "effect"
import type { EventId } from "../values/Ids.ts"
import type { Owner } from "./Owner.ts"

export const Type = Schema.Literals(["invoice.paid", "invoice.canceled", "invoice.failed", "ping"])
export type Type = typeof Type.Type

export interface PublicEvent {
  readonly id: EventId
  readonly type: Type
  readonly createdAt: DateTime.Utc
  /** The id of the resource that the event is about. */
  readonly subject: string
  /** The exact text that is signed and sent. */
  readonly body: string
}

/** An event about a resource, `object` being the resource as GET returns it. */
export const render = (
  owner: Owner,
  event: { readonly id: EventId; readonly type: Type; readonly createdAt: DateTime.Utc; readonly subject: string },
  object: unknown
): PublicEvent => ({
  ...event,
  body: JSON.stringify({
    id: event.id,
    type: event.type,
    created_at: DateTime.formatIso(event.createdAt),
    livemode: owner.environment === "live",
    data: { object }
  })
})
