/** Webhook endpoints and deliveries as rows. */
import type { Delivery, Events, Ids, Owner, Webhook } from "@salesos/core"
import { DateTime } from "effect"

/** Says whose secret a sealed text is. */
export const secretPlace = ({ environment, tenant }: Owner.Owner, id: string): string =>
  `webhook_endpoint/${tenant}/${environment}/${id}`

export interface EndpointRow {
  readonly id: Ids.WebhookEndpointId
  readonly url: string
  readonly events: Webhook.Endpoint["events"]
  readonly description: string | null
  readonly status: Webhook.Status | "removed"
  readonly disabled_reason: Webhook.DisabledReason | null
  readonly failing_since: Date | null
  readonly slow: boolean
  readonly token: bigint
  readonly created_at: Date
  /** The database's clock. */
  readonly now: Date
}

/** One that was removed looks as it did before. */
export const fromEndpointRow = (row: Omit<EndpointRow, "slow" | "token" | "now">): Webhook.Endpoint => ({
  id: row.id,
  url: row.url,
  events: row.events,
  description: row.description,
  status: row.status === "removed" ? "disabled" : row.status,
  disabledReason: row.disabled_reason,
  failingSince: row.failing_since === null ? null : DateTime.fromDateUnsafe(row.failing_since),
  createdAt: DateTime.fromDateUnsafe(row.created_at)
})

export interface DeliveryRow {
  readonly id: Ids.DeliveryId
  readonly event: Ids.EventId
  readonly type: Events.Type
  readonly endpoint: Ids.WebhookEndpointId
  readonly status: Delivery.Status
  readonly tries: number
  readonly due_at: Date | null
  readonly created_at: Date
}

export const fromDeliveryRow = ({ created_at, due_at, ...row }: DeliveryRow): Delivery.Delivery => ({
  id: row.id,
  event: row.event,
  type: row.type,
  endpoint: row.endpoint,
  status: row.status,
  tries: row.tries,
  nextAttemptAt: due_at === null ? null : DateTime.fromDateUnsafe(due_at),
  createdAt: DateTime.fromDateUnsafe(created_at)
})
