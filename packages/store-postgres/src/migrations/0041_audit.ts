/**
 * The audit log. It is one log, not the tenants': it is written in one order and sealed as a whole, so its keys do not lead
 * with the tenant, and what is of nobody's known key is in it too.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const statements = [
  `create table audit_entry (
    seq bigint generated always as identity primary key,
    recorded_at timestamptz not null default clock_timestamp(),
    happened_at timestamptz not null,
    tenant text not null default '',
    environment text not null default '' check (environment in ('', 'sandbox', 'live')),
    actor text not null,
    address text,
    action text not null,
    subject text,
    outcome text not null,
    request text,
    idempotency text,
    detail jsonb not null default '{}'
  )`,
  `create index audit_entry_subject on audit_entry (tenant, environment, subject, seq) where subject is not null`,
  `create index audit_entry_idempotency on audit_entry (tenant, environment, idempotency, seq) where idempotency is not null`,
  `create table audit_batch (
    number bigint primary key check (number > 0),
    first_seq bigint not null,
    last_seq bigint not null unique check (last_seq >= first_seq),
    entries int not null check (entries > 0),
    last_at timestamptz not null,
    sealed_at timestamptz not null,
    digest bytea not null,
    previous bytea not null,
    hash bytea not null
  )`,
  // Seven years is the least that entries are kept, whoever asks.
  `create function refuse_early_purge() returns trigger language plpgsql as $$
    begin
      if old.recorded_at > clock_timestamp() - interval '7 years' then
        raise exception 'Audit entries are kept for seven years' using errcode = 'restrict_violation';
      end if;
      return old;
    end $$`,
  `create trigger append_only before update on audit_entry for each row execute function refuse_change()`,
  `create trigger kept before delete on audit_entry for each row execute function refuse_early_purge()`,
  `create trigger never_truncated before truncate on audit_entry for each statement execute function refuse_change()`,
  `create trigger append_only before update or delete on audit_batch for each row execute function refuse_change()`,
  `create trigger never_truncated before truncate on audit_batch for each statement execute function refuse_change()`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})
