/** The payer's side of an invoice, by its id alone. */
import { Store } from "@salesos/core"
import { Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { selectInvoices, toInvoice } from "./InvoiceRows.ts"

export const layer = Layer.effect(
  Store.PayerView,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return Store.PayerView.of({
      // By invoice_id.
      invoice: (id) =>
        selectInvoices(sql, sql`select * from invoice where id = ${id}`).pipe(
          orUnavailable,
          Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), toInvoice))
        )
    })
  })
)
