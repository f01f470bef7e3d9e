/** What a statement row is compared with a provider's statement by, what was booked for lines of such, and the reports. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Rows that are there were the first attempts' of their source, and moved when they were written, as far as anybody knows. */
const rows = [
  `alter table balance_transaction add column attempt int, add column occurred_at timestamptz`,
  `alter table balance_transaction disable trigger append_only`,
  `update balance_transaction set attempt = 1, occurred_at = created_at`,
  `alter table balance_transaction enable trigger append_only`,
  `alter table balance_transaction alter column occurred_at set not null,
    add check ((attempt is null) = (source_resource = 'provider_line'))`,
  // An account's rows by the provider's time, and those of one attempt.
  `create index balance_transaction_occurred on balance_transaction (tenant, environment, account, occurred_at, id)`,
  `create index balance_transaction_source on balance_transaction (tenant, environment, source_id, attempt)`
]

const lines = [
  `create table provider_line (
    tenant text not null,
    environment text not null check (environment in ('sandbox', 'live')),
    account text not null,
    id text not null,
    kind text not null check (kind in ('charge', 'payout', 'transfer', 'fee', 'other')),
    provider_id text,
    reference text,
    currency text not null,
    net bigint not null,
    fee bigint not null check (fee >= 0),
    at timestamptz not null,
    booked_as text not null check (booked_as in ('adjustment', 'own_bank', 'fee')),
    balance_transaction text not null,
    reversed_by text check (reversed_by is null or booked_as = 'adjustment'),
    booked_at timestamptz not null default clock_timestamp(),
    primary key (tenant, environment, account, id)
  )`,
  // Adjustments that wait for what they belong to are few.
  `create index provider_line_open on provider_line (tenant, environment, account, id)
    where booked_as = 'adjustment' and reversed_by is null`
]

const reconciliations = [
  `create table reconciliation_schedule (
    tenant text not null,
    environment text not null check (environment in ('sandbox', 'live')),
    account text not null,
    since timestamptz not null,
    covered_to timestamptz,
    requested_at timestamptz,
    requested_from timestamptz,
    requested_to timestamptz,
    next_at timestamptz not null,
    last_run text,
    failures int not null default 0,
    lease_token bigint not null default 0,
    lease_until timestamptz,
    primary key (tenant, environment, account)
  )`,
  // The worker asks for the turn of everybody.
  `create index reconciliation_schedule_next on reconciliation_schedule (next_at)`,
  `create table reconciliation (
    tenant text not null,
    environment text not null check (environment in ('sandbox', 'live')),
    id text not null,
    account text not null,
    from_at timestamptz not null,
    to_at timestamptz not null,
    status text not null check (status in ('running', 'finished', 'failed')),
    failure text,
    counts jsonb not null,
    sums jsonb not null,
    balances jsonb not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    primary key (tenant, environment, id)
  )`,
  `create index reconciliation_account on reconciliation (tenant, environment, account, id)`,
  `create table reconciliation_row (
    tenant text not null,
    environment text not null,
    reconciliation text not null,
    number bigint not null,
    outcome text not null check (outcome in ('matched', 'booked', 'missing_here', 'missing_there', 'different')),
    at timestamptz not null,
    reference text,
    provider_id text,
    currency text not null,
    ours bigint,
    theirs bigint,
    our_lines text[] not null,
    their_lines text[] not null,
    primary key (tenant, environment, reconciliation, number),
    foreign key (tenant, environment, reconciliation) references reconciliation
  )`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of [...rows, ...lines, ...reconciliations]) yield* sql.unsafe(statement)
})
