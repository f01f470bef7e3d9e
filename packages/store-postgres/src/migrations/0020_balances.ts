/**
 * Balances that are kept with every posting, and indexes for every filter of a list. A balance is spread over stripes, so that
 * transactions that post to one account at the same time seldom wait for each other.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Of a connection: its transactions come one after another, and so never contend with each other for their stripe. */
const stripe = `pg_backend_pid() % 16`

const balances = [
  `create table account_balance (
    tenant text not null,
    environment text not null,
    account text not null,
    currency text not null,
    stripe int not null,
    amount bigint not null,
    primary key (tenant, environment, account, currency, stripe)
  ) with (fillfactor = 20)`, // updated all the time: leave room on the page
  `create table account_settlement (
    tenant text not null,
    environment text not null,
    settles_on date not null,
    account text not null,
    currency text not null,
    stripe int not null,
    amount bigint not null,
    primary key (tenant, environment, settles_on, account, currency, stripe)
  ) with (fillfactor = 20)`,
  `alter table balance_transaction add column settlements jsonb`,
  // Rows in one order, so that two transactions on one stripe don't wait for each other in a circle.
  `create function keep_balance() returns trigger language plpgsql as $$
    begin
      insert into account_balance as b (tenant, environment, account, currency, stripe, amount)
        select tenant, environment, provider_account, currency, ${stripe}, sum(amount)
        from added where account = 'provider_balance'
        group by tenant, environment, provider_account, currency
        order by tenant, environment, provider_account, currency
      on conflict (tenant, environment, account, currency, stripe) do update set amount = b.amount + excluded.amount;
      return null;
    end $$`,
  `create trigger balance_kept after insert on ledger_posting
    referencing new table as added for each statement execute function keep_balance()`,
  `create function keep_settlements() returns trigger language plpgsql as $$
    begin
      insert into account_settlement as s (tenant, environment, settles_on, account, currency, stripe, amount)
        select a.tenant, a.environment, p."on", a.account, a.currency, ${stripe}, sum(p.net)
        from added a, jsonb_to_recordset(a.settlements) as p ("on" date, net bigint)
        where a.settlements is not null
        group by a.tenant, a.environment, p."on", a.account, a.currency
        order by a.tenant, a.environment, p."on", a.account, a.currency
      on conflict (tenant, environment, settles_on, account, currency, stripe) do update
        set amount = s.amount + excluded.amount;
      return null;
    end $$`,
  `create trigger settlements_kept after insert on balance_transaction
    referencing new table as added for each statement execute function keep_settlements()`,
  // What was posted before there were balances.
  `insert into account_balance (tenant, environment, account, currency, stripe, amount)
    select tenant, environment, provider_account, currency, 0, sum(amount)
    from ledger_posting where account = 'provider_balance'
    group by tenant, environment, provider_account, currency`,
  `insert into account_settlement (tenant, environment, settles_on, account, currency, stripe, amount)
    select tenant, environment, available_on, account, currency, 0, sum(net)
    from balance_transaction where available_on is not null and net > 0
    group by tenant, environment, available_on, account, currency`
]

/** Every filter is a prefix of an index that goes on with the id: a page is read in order from where it begins. */
const lists = [
  `create index invoice_account on invoice (tenant, environment, account, id)`,
  `create index invoice_method on invoice (tenant, environment, method, id)`,
  `create index payout_account on payout (tenant, environment, account, id)`,
  `drop index balance_transaction_account`,
  `create index balance_transaction_account on balance_transaction (tenant, environment, account, id)`,
  `create index balance_transaction_type on balance_transaction (tenant, environment, type, id)`,
  `create index balance_transaction_currency on balance_transaction (tenant, environment, currency, id)`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of [...balances, ...lists]) yield* sql.unsafe(statement)
})
