/** Limits of API keys, the counting of their requests, and cost centers. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const statements = [
  `alter table api_key
    add column rate_limit_per_hour int not null default 1000 check (rate_limit_per_hour > 0),
    add column ip_allowlist text[]`,
  // One row for each key, updated with its requests: small, without an index on what changes, and with room on its page.
  `create table api_key_usage (
    tenant text not null,
    environment text not null,
    key text not null,
    hour timestamptz not null,
    requests bigint not null,
    primary key (tenant, environment, key)
  ) with (fillfactor = 20)`,
  `create table cost_center (
    tenant text not null references tenant,
    environment text not null check (environment in ('sandbox', 'live')),
    code text not null,
    name text not null,
    primary key (tenant, environment, code)
  )`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})
