/** What drivers share between processes: access tokens, and the pace of calls. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const statements = [
  `create table access_token (
    tenant text not null,
    environment text not null,
    account text not null,
    sealed bytea,
    expires_at timestamptz,
    renewing_until timestamptz,
    primary key (tenant, environment, account)
  )`,
  `create table provider_pace (
    tenant text not null,
    environment text not null,
    account text not null,
    called_at bigint[] not null default '{}',
    paused_until bigint not null default 0,
    primary key (tenant, environment, account)
  ) with (fillfactor = 20)` // one row is updated all the time: leave room for it on its page
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})
