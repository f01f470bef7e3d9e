/**
 * The first schema. The tenant leads every key, so that it shards by tenant without a change; what has to be found
 * without knowing the tenant (a key, a notification's token, what is due) has an index of its own, said where it is.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const tenants = [
  `create table tenant (
    id text primary key,
    name text not null,
    time_zone text not null default 'America/Sao_Paulo',
    created_at timestamptz not null default now()
  )`,
  `create table api_key (
    tenant text not null references tenant,
    environment text not null check (environment in ('sandbox', 'live')),
    id text not null,
    name text not null,
    lookup bytea not null,
    hash text not null,
    scopes text[] not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    primary key (tenant, environment, id)
  )`,
  // A presented key does not say whose it is.
  `create unique index api_key_lookup on api_key (lookup)`,
  `create table provider_account (
    tenant text not null references tenant,
    environment text not null check (environment in ('sandbox', 'live')),
    name text not null,
    provider text not null,
    credentials bytea not null,
    settings jsonb not null,
    notification_token text not null,
    created_at timestamptz not null default now(),
    primary key (tenant, environment, name)
  )`,
  // Nor does a provider that calls back.
  `create unique index provider_account_token on provider_account (provider, notification_token)`
]

const invoices = [
  `create table our_number (
    tenant text not null,
    environment text not null,
    series text not null check (series in ('INV', 'PO')),
    year int not null,
    last bigint not null check (last > 0),
    primary key (tenant, environment, series, year)
  ) with (fillfactor = 20)`, // one row is updated all the time: leave room for it on its page
  `create table invoice (
    tenant text not null,
    environment text not null check (environment in ('sandbox', 'live')),
    id text not null,
    our_number text not null,
    status text not null check (status in ('open', 'paid', 'canceled', 'failed')),
    confirmed boolean not null,
    request jsonb not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    method text not null,
    account text,
    cost_center text not null,
    contractor_reference text,
    amount_paid bigint,
    amount_reversed bigint not null default 0,
    late_payment boolean not null default false,
    payer jsonb,
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
  // The QR code's address and an operator's question name an invoice by its id alone.
  `create unique index invoice_id on invoice (id)`,
  `create index invoice_cost_center on invoice (tenant, environment, cost_center, id)`,
  `create index invoice_contractor_reference on invoice (tenant, environment, contractor_reference, id)
    where contractor_reference is not null`,
  `create index invoice_status on invoice (tenant, environment, status, id)`,
  `create table charge_attempt (
    tenant text not null,
    environment text not null,
    invoice text not null,
    number int not null check (number > 0),
    reference text not null,
    account text not null,
    status text not null check (status in ('sent', 'in_doubt', 'open', 'orphaned', 'rejected', 'absent', 'ended', 'paid')),
    provider_id text,
    artifact jsonb,
    expires_at timestamptz,
    canceled_at timestamptz,
    end_reason text check (end_reason in ('expired', 'refused', 'canceled')),
    misses int not null default 0,
    misses_count_from timestamptz not null,
    due_at timestamptz,
    created_at timestamptz not null,
    primary key (tenant, environment, invoice, number),
    unique (tenant, environment, account, reference),
    foreign key (tenant, environment, invoice) references invoice
  ) with (fillfactor = 80)`,
  `create unique index charge_attempt_provider_id on charge_attempt (tenant, environment, account, provider_id)
    where provider_id is not null`,
  // The worker asks for what is due of everybody.
  `create index charge_attempt_due on charge_attempt (due_at) where due_at is not null`,
  `create table observation (
    tenant text not null,
    environment text not null,
    invoice text not null,
    attempt int not null,
    seen_at timestamptz not null default clock_timestamp(),
    raw jsonb not null
  )`,
  `create index observation_of on observation (tenant, environment, invoice, attempt, seen_at)`,
  `create table money_fact (
    tenant text not null,
    environment text not null,
    key text not null,
    invoice text not null,
    attempt int not null,
    kind text not null check (kind in ('payment')),
    amount bigint not null,
    currency text not null,
    fee bigint check (fee >= 0),
    occurred_at timestamptz not null,
    booked_as text not null check (booked_as in ('charge', 'adjustment')),
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant, environment, key)
  )`,
  `create index money_fact_of on money_fact (tenant, environment, invoice, recorded_at)`,
  `create table idempotency_key (
    tenant text not null,
    environment text not null,
    key text not null,
    fingerprint bytea not null,
    resource text not null,
    response_status int,
    response_body text,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    primary key (tenant, environment, key),
    check ((response_status is null) = (response_body is null))
  )`,
  `create table notification (
    tenant text not null,
    environment text not null,
    account text not null,
    dedupe_key text not null,
    charges text[] not null,
    body bytea not null,
    received_at timestamptz not null default clock_timestamp(),
    primary key (tenant, environment, account, dedupe_key)
  )`
]

const ledger = [
  `create table ledger_posting (
    tenant text not null,
    environment text not null,
    entry text not null,
    number int not null,
    provider_account text not null,
    account text not null
      check (account in ('provider_balance', 'charges', 'payouts', 'fees', 'adjustments', 'own_bank')),
    currency text not null,
    amount bigint not null check (amount <> 0),
    created_at timestamptz not null,
    primary key (tenant, environment, entry, number)
  )`,
  `create table balance_transaction (
    tenant text not null,
    environment text not null,
    id text not null,
    entry text not null,
    type text not null check (type in ('charge', 'payout', 'fee', 'adjustment')),
    amount bigint not null,
    currency text not null,
    fee bigint not null check (fee >= 0),
    net bigint not null check (net = amount - fee),
    available_on date,
    source_resource text not null,
    source_id text not null,
    account text not null,
    our_number text,
    cost_center text,
    contractor_reference text,
    metadata jsonb not null,
    created_at timestamptz not null,
    primary key (tenant, environment, id),
    unique (tenant, environment, entry)
  )`,
  `create index balance_transaction_our_number on balance_transaction (tenant, environment, our_number, id)`,
  `create index balance_transaction_cost_center on balance_transaction (tenant, environment, cost_center, id)`,
  `create index balance_transaction_contractor_reference
    on balance_transaction (tenant, environment, contractor_reference, id) where contractor_reference is not null`,
  `create index balance_transaction_account on balance_transaction (tenant, environment, account, type, id)`,
  `create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end $$`,
  // All postings of an entry come in one statement, so the statement is where they must balance.
  `create function refuse_unbalanced() returns trigger language plpgsql as $$
    declare unbalanced record;
    begin
      select p.entry, p.currency, sum(p.amount) as sum into unbalanced
        from ledger_posting p
        where (p.tenant, p.environment, p.entry) in (select a.tenant, a.environment, a.entry from added a)
        group by p.tenant, p.environment, p.entry, p.currency
        having sum(p.amount) <> 0
        limit 1;
      if found then
        raise exception 'Ledger entry % is out of balance by % %', unbalanced.entry, unbalanced.sum, unbalanced.currency
          using errcode = 'check_violation';
      end if;
      return null;
    end $$`,
  `create trigger balanced after insert on ledger_posting
    referencing new table as added for each statement execute function refuse_unbalanced()`,
  // A statement row says what its entry moved: Σ net of an account is the movement of the provider's balance.
  `create function refuse_unfounded() returns trigger language plpgsql as $$
    declare unfounded text;
    begin
      select a.id into unfounded from added a
        left join lateral (
          select coalesce(sum(p.amount) filter (where p.account = 'provider_balance' and p.currency = a.currency), 0) as moved,
            count(*) as postings
          from ledger_posting p where (p.tenant, p.environment, p.entry) = (a.tenant, a.environment, a.entry)
        ) e on true
        where e.moved <> a.net or e.postings = 0
        limit 1;
      if found then
        raise exception 'Balance transaction % is not what its entry moved', unfounded using errcode = 'check_violation';
      end if;
      return null;
    end $$`,
  `create trigger founded after insert on balance_transaction
    referencing new table as added for each statement execute function refuse_unfounded()`,
  ...["ledger_posting", "balance_transaction"].flatMap((table) => [
    `create trigger append_only before update or delete on ${table} for each row execute function refuse_change()`,
    `create trigger never_truncated before truncate on ${table} for each statement execute function refuse_change()`
  ])
]

const webhooks = [
  `create table event (
    tenant text not null,
    environment text not null,
    id text not null,
    type text not null,
    subject text not null,
    body text not null,
    created_at timestamptz not null,
    primary key (tenant, environment, id)
  )`,
  `create index event_subject on event (tenant, environment, subject, id)`,
  `create table webhook_endpoint (
    tenant text not null references tenant,
    environment text not null check (environment in ('sandbox', 'live')),
    id text not null,
    url text not null,
    events text[] not null,
    description text,
    status text not null check (status in ('enabled', 'disabled')),
    secret bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant, environment, id)
  )`,
  `create table webhook_delivery (
    tenant text not null,
    environment text not null,
    id text not null,
    event text not null,
    endpoint text not null,
    status text not null check (status in ('pending', 'delivered', 'failed')),
    created_at timestamptz not null default now(),
    primary key (tenant, environment, id),
    foreign key (tenant, environment, event) references event,
    foreign key (tenant, environment, endpoint) references webhook_endpoint
  )`,
  `create index webhook_delivery_event on webhook_delivery (tenant, environment, event)`,
  `create table webhook_attempt (
    tenant text not null,
    environment text not null,
    delivery text not null,
    number int not null,
    status int,
    excerpt text not null,
    duration_ms int not null,
    tried_at timestamptz not null default clock_timestamp()
  )`,
  `create index webhook_attempt_of on webhook_attempt (tenant, environment, delivery, number)`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of [...tenants, ...invoices, ...ledger, ...webhooks]) yield* sql.unsafe(statement)
})
