/** The texts of tax documents, as they were sent and returned. */
import type { Owner, TaxDocument } from "@salesos/core"
import type { SqlClient } from "effect/sql"

/**
 * Keeps texts. Inside the transaction of what they belong to; what is kept already stays as it is, and what was
 * sent under a reference of another document fails the transaction, by tax_document_file_sent.
 */
export const keepFiles = (
  sql: SqlClient.SqlClient,
  { environment, tenant }: Owner.Owner,
  files: ReadonlyArray<TaxDocument.File>
) => sql`
  insert into tax_document_file (tenant, environment, document, kind, reference, content)
  select ${tenant}, ${environment}, r.* from jsonb_to_recordset(${JSON.stringify(files)}::jsonb)
    as r (document text, kind text, reference text, content text)
  on conflict (tenant, environment, document, kind, reference) do nothing`
