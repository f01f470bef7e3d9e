/** What is kept of tax documents besides the rows that are their invoice's: numbers, texts, and what is due. */
import { type Ids, type Owner, Store } from "@salesos/core"
import { Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { after } from "./Operations.ts"

export const layer = Layer.effect(
  Store.TaxStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return Store.TaxStore.of({
      // One statement: the row is locked only as long as it commits, and never while a document is made.
      takeNumber: ({ environment, tenant }, account) =>
        sql<{ readonly last: bigint }>`
          insert into tax_number as n (tenant, environment, account, last) values (${tenant}, ${environment}, ${account}, 1)
          on conflict (tenant, environment, account) do update set last = n.last + 1
          returning last`.pipe(
          orUnavailable,
          Effect.map(([row]) => Number(row?.last))
        ),
      file: ({ environment, tenant }, { document, kind, reference }) =>
        sql<{ readonly content: string }>`
          select content from tax_document_file
          where (tenant, environment, document, kind, reference) = (${tenant}, ${environment}, ${document}, ${kind}, ${reference})`.pipe(
          orUnavailable,
          Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), ({ content }) => content))
        ),
      // By tax_document_due; what another worker has just taken is passed over.
      takeDue: (limit, retryIn) =>
        sql<{
          readonly tenant: Owner.Owner["tenant"]
          readonly environment: Owner.Environment
          readonly invoice: Ids.InvoiceId
          readonly id: Ids.TaxDocumentId
        }>`
          with due as (
            select tenant, environment, id from tax_document
            where due_at <= clock_timestamp() order by due_at limit ${limit} for update skip locked
          )
          update tax_document d set due_at = ${after(sql, retryIn)}
          from due where (d.tenant, d.environment, d.id) = (due.tenant, due.environment, due.id)
          returning d.tenant, d.environment, d.invoice, d.id`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map(({ environment, id, invoice, tenant }) => ({
              owner: { tenant, environment },
              invoice,
              document: id
            }))
          )
        )
    })
  })
)
