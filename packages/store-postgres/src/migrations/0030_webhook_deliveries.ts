/**
 * Deliveries wait by endpoint: what is due for one is found by its own index, and an endpoint is visited when its `due_at`
 * has come. The queue's table, one line for all endpoints, goes; what waited in it is due at once.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const endpoints = [
  `alter table webhook_endpoint
    add column disabled_reason text check (disabled_reason in ('requested', 'gone', 'failing')),
    add column failing_since timestamptz,
    add column secret_before bytea,
    add column secret_before_until timestamptz,
    add column slow boolean not null default false,
    add column due_at timestamptz,
    add column held_until timestamptz,
    add column token bigint not null default 0,
    drop constraint webhook_endpoint_status_check,
    add constraint webhook_endpoint_status_check check (status in ('enabled', 'disabled', 'removed'))`,
  `update webhook_endpoint set disabled_reason = 'requested' where status = 'disabled'`,
  `alter table webhook_endpoint set (fillfactor = 50)`, // a visit updates it twice: leave room for it on its page
  // The worker asks for endpoints of everybody.
  `create index webhook_endpoint_due on webhook_endpoint (slow, due_at) where due_at is not null`
]

const deliveries = [
  `alter table webhook_delivery
    add column tries int not null default 0,
    add column due_at timestamptz default now(),
    add column noticed boolean not null default false`,
  `update webhook_delivery d set tries = t.tries from (
      select tenant, environment, delivery, max(number) as tries from webhook_attempt group by 1, 2, 3
    ) t where (d.tenant, d.environment, d.id) = (t.tenant, t.environment, t.delivery)`,
  `update webhook_delivery set due_at = null, noticed = true where status <> 'pending'`,
  `alter table webhook_delivery set (fillfactor = 80), add check ((status = 'pending') = (due_at is not null))`,
  `drop index webhook_delivery_event`,
  `create index webhook_delivery_event on webhook_delivery (tenant, environment, event, id)`,
  `create index webhook_delivery_status on webhook_delivery (tenant, environment, status, id)`,
  `create index webhook_delivery_endpoint on webhook_delivery (tenant, environment, endpoint, id)`,
  `create index webhook_delivery_endpoint_status on webhook_delivery (tenant, environment, endpoint, status, id)`,
  `create index webhook_delivery_due on webhook_delivery (tenant, environment, endpoint, due_at) where due_at is not null`,
  // What was written since the worker last looked, of everybody. An event's transaction writes to no row that others share.
  `create index webhook_delivery_unnoticed on webhook_delivery (created_at) where not noticed`,
  `create index event_type on event (tenant, environment, type, id)`
]

/** The tables of the queue that was. */
const queue = ["delivery_queue", "delivery_queue_migrations"].map((table) => `drop table if exists ${table}`)

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of [...endpoints, ...deliveries, ...queue]) yield* sql.unsafe(statement)
})
