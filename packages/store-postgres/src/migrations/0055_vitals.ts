/** What a look at the whole reads: the newest postings, found by the order in which they were written. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`create index ledger_posting_newest on ledger_posting using brin (created_at) with (pages_per_range = 32)`
})
