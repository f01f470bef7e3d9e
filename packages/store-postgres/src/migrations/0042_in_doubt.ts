/** What is in doubt, for an operator who asks: few rows among many, each in an index of its own. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

const statements = [
  `create index charge_attempt_in_doubt on charge_attempt (created_at)
    where status = 'in_doubt' or cancel ->> 'status' = 'in_doubt' or refund ->> 'status' = 'in_doubt'`,
  `create index payout_attempt_in_doubt on payout_attempt (created_at) where status = 'in_doubt'`,
  `create index tax_document_in_doubt on tax_document (created_at)
    where sending ->> 'status' = 'in_doubt' or cancel ->> 'status' = 'in_doubt'`
]

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  for (const statement of statements) yield* sql.unsafe(statement)
})
