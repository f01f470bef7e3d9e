/** Tax documents that somebody asked for whatever has been paid, and numbers that are sent for one content only. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`alter table tax_document add column asked boolean not null default false`
  // Also of a sending that failed, and whose document has gone on to another number.
  yield* sql`create unique index tax_document_file_sent on tax_document_file (tenant, environment, reference)
    where kind = 'sent'`
})
