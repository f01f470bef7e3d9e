/** Letters: one for an event that leads to one, waiting while `due_at` says when; and tenants that send none. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const statements = [
  `alter table tenant add column letters boolean not null default true`,
  `create table letter (
    tenant text not null references tenant,
    environment text not null check (environment in ('sandbox', 'live')),
    event text not null,
    kind text not null check (kind in ('receipt', 'tax_document', 'payout_receipt')),
    invoice text,
    document text,
    payout text,
    status text not null default 'waiting' check (status in ('waiting', 'sent', 'given_up', 'dropped')),
    reason text,
    tries int not null default 0,
    due_at timestamptz default now(),
    created_at timestamptz not null default now(),
    primary key (tenant, environment, event),
    check ((status = 'waiting') = (due_at is not null)),
    check ((kind = 'payout_receipt') = (payout is not null)),
    check ((kind = 'payout_receipt') = (invoice is null)),
    check ((kind = 'tax_document') = (document is not null))
  ) with (fillfactor = 80)`,
  // The worker asks for letters of everybody.
  `create index letter_due on letter (environment, due_at) where due_at is not null`,
  `create index letter_waiting on letter (created_at) where due_at is not null`,
  `create index letter_over on letter (created_at) where due_at is null`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})
