/** What each notification names, and what has become of it; and what the housekeeping looks for. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const statements = [
  `create table notification_subject (
    tenant text not null,
    environment text not null,
    account text not null,
    kind text not null check (kind in ('charge', 'payout')),
    provider_id text not null,
    dedupe_key text not null,
    end_to_end_id text,
    status text not null default 'pending' check (status in ('pending', 'processed', 'dead')),
    failures int not null default 0,
    message text not null default '',
    received_at timestamptz not null default clock_timestamp(),
    processed_at timestamptz,
    primary key (tenant, environment, account, kind, provider_id, dedupe_key),
    foreign key (tenant, environment, account, dedupe_key) references notification on delete cascade
  )`,
  `create index notification_subject_of on notification_subject (tenant, environment, account, dedupe_key)`,
  `create index notification_subject_dead on notification_subject (tenant, environment, received_at) where status = 'dead'`,
  // Housekeeping asks for what is old of everybody.
  `create index notification_received on notification (received_at)`,
  `create index idempotency_key_created on idempotency_key (created_at)`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})
