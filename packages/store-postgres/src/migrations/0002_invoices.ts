/**
 * Invoices with several legs, reversals, cancellations and refunds, and their tax documents.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const tenants = [
  `alter table tenant add column late_payments text not null default 'accept'
    check (late_payments in ('accept', 'refund'))`
]

const attempts = [
  `alter table charge_attempt
    add column leg text not null default 'pix',
    add column exchange jsonb,
    add column lapses_at timestamptz,
    add column cancel jsonb,
    add column refund jsonb`,
  `update charge_attempt set lapses_at = coalesce(expires_at, created_at + interval '1 day')`,
  `alter table charge_attempt alter column lapses_at set not null, alter column leg drop default`
]

const facts = [
  `alter table money_fact
    drop constraint money_fact_kind_check,
    drop constraint money_fact_booked_as_check,
    add constraint money_fact_kind_check
      check (kind in ('payment', 'refund', 'chargeback', 'chargeback_won', 'delivery', 'return')),
    add constraint money_fact_booked_as_check check (booked_as in ('charge', 'payout', 'adjustment')),
    add column inferred boolean not null default false,
    add column settlements jsonb`
]

const documents = [
  `create table tax_document (
    tenant text not null,
    environment text not null,
    invoice text not null,
    id text not null,
    type text not null check (type in ('nfse', 'nfe', 'peppol')),
    status text not null check (status in ('pending', 'issued', 'failed', 'canceled')),
    auto_issue boolean not null,
    service_code text,
    iss_withheld boolean not null,
    metadata jsonb not null,
    sending jsonb,
    held text check (held in ('amount_differs', 'reversed', 'not_paid')),
    document_number text,
    access_key text,
    issued_at timestamptz,
    canceled_at timestamptz,
    cancel jsonb,
    failure jsonb,
    due_at timestamptz,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant, environment, id),
    foreign key (tenant, environment, invoice) references invoice
  ) with (fillfactor = 80)`,
  `create index tax_document_invoice on tax_document (tenant, environment, invoice, created_at)`,
  // An invoice has one live document at most, whoever asks for one at the same time.
  `create unique index tax_document_live on tax_document (tenant, environment, invoice) where status <> 'canceled'`,
  // A number that was sent is never used for another document.
  `create unique index tax_document_reference
    on tax_document (tenant, environment, (sending ->> 'account'), (sending ->> 'reference')) where sending is not null`,
  // The worker asks for what is due of everybody.
  `create index tax_document_due on tax_document (due_at) where due_at is not null`,
  `create table tax_number (
    tenant text not null,
    environment text not null,
    account text not null,
    last bigint not null check (last > 0),
    primary key (tenant, environment, account)
  )`,
  `create table tax_document_file (
    tenant text not null,
    environment text not null,
    document text not null,
    kind text not null check (kind in ('sent', 'issued', 'canceled')),
    reference text not null,
    content text not null,
    created_at timestamptz not null default clock_timestamp(),
    primary key (tenant, environment, document, kind, reference)
  )`,
  `create trigger append_only before update or delete on tax_document_file
    for each row execute function refuse_change()`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of [...tenants, ...attempts, ...facts, ...documents]) yield* sql.unsafe(statement)
})
