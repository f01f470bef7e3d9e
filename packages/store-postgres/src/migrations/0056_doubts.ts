/** Whether a person was told that what became of an attempt has been in doubt for long. Other doubts are JSON, and say it there. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const table of ["charge_attempt", "payout_attempt"]) {
    yield* sql`alter table ${sql(table)} add column alerted boolean not null default false`
  }
})
