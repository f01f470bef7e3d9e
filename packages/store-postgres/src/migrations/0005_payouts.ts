/** Payouts, what moved their money, and what providers refuse an account as a whole. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const payouts = [
  `create table payout (
    tenant text not null,
    environment text not null check (environment in ('sandbox', 'live')),
    id text not null,
    our_number text not null,
    status text not null
      check (status in ('created', 'incoming_payment_waiting', 'processing', 'paid', 'failed', 'canceled')),
    request jsonb not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    account text,
    cost_center text not null,
    contractor_reference text,
    end_to_end_id text,
    failure jsonb,
    paid_at timestamptz,
    canceled_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    lease_token bigint not null,
    lease_until timestamptz,
    primary key (tenant, environment, id),
    unique (tenant, environment, our_number)
  ) with (fillfactor = 80)`,
  `create index payout_cost_center on payout (tenant, environment, cost_center, id)`,
  `create index payout_contractor_reference on payout (tenant, environment, contractor_reference, id)
    where contractor_reference is not null`,
  `create index payout_status on payout (tenant, environment, status, id)`,
  `create table payout_attempt (
    tenant text not null,
    environment text not null,
    payout text not null,
    number int not null check (number > 0),
    reference text not null,
    account text not null,
    fee_mode text not null check (fee_mode in ('on_top', 'deducted')),
    status text not null check (status in
      ('sent', 'in_doubt', 'accepted', 'rejected', 'absent', 'delivered', 'failed', 'canceled', 'returned')),
    provider_id text,
    misses int not null default 0,
    misses_count_from timestamptz not null,
    due_at timestamptz,
    created_at timestamptz not null,
    primary key (tenant, environment, payout, number),
    unique (tenant, environment, account, reference),
    foreign key (tenant, environment, payout) references payout
  ) with (fillfactor = 80)`,
  `create unique index payout_attempt_provider_id on payout_attempt (tenant, environment, account, provider_id)
    where provider_id is not null`,
  // The worker asks for what is due of everybody.
  `create index payout_attempt_due on payout_attempt (due_at) where due_at is not null`
]

/** What is kept of invoices and payouts alike belongs to one or the other. */
const ofPayouts = [
  ...["money_fact", "observation"].flatMap((table) => [
    `alter table ${table} alter column invoice drop not null, add column payout text,
      add constraint ${table}_of_one check (num_nonnulls(invoice, payout) = 1)`
  ]),
  `create index money_fact_of_payout on money_fact (tenant, environment, payout, recorded_at) where payout is not null`,
  `create index observation_of_payout on observation (tenant, environment, payout, attempt, seen_at)
    where payout is not null`,
  `alter table notification add column payouts text[] not null default '{}'`
]

const refusals = [
  `create table account_refusal (
    tenant text not null,
    environment text not null,
    account text not null,
    kind text not null check (kind in ('credentials', 'payouts')),
    message text not null,
    since timestamptz not null default clock_timestamp(),
    probe_at timestamptz not null,
    primary key (tenant, environment, account, kind)
  )`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of [...payouts, ...ofPayouts, ...refusals]) yield* sql.unsafe(statement)
})
