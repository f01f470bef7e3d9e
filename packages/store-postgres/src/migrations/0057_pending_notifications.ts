/** What waits for a reading is looked for now and then: in the order in which it came, among all owners. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`create index notification_subject_pending on notification_subject (received_at) where status = 'pending'`
})
