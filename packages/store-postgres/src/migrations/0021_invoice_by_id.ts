/** An invoice by its id alone is found by a hash, which is of no use to a list: no tenant's page is looked for among all tenants' rows. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`drop index invoice_id`
  yield* sql`create index invoice_id on invoice using hash (id)`
})
