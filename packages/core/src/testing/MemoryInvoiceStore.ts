/** Invoices in memory. */
import { Effect, Layer } from "effect"
import * as Invoice from "../models/Invoice.ts"
import { type InvoiceIntent, InvoiceStore } from "../ports/Store.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"
import * as MemoryOperations from "./MemoryOperations.ts"
import * as MemoryTaxStore from "./MemoryTaxStore.ts"
import { pageOf } from "../ports/Paging.ts"

const invoices = MemoryOperations.make({
  series: "INV",
  kind: "charge",
  rows: (tables) => tables.invoices,
  withRows: (tables, rows) => ({ ...tables, invoices: rows }),
  duplicate: MemoryTaxStore.duplicate,
  requested: (intent: InvoiceIntent & MemoryOperations.Numbered) => Invoice.requested(intent)
})

/** Makes the attempts that a provider knows by these ids due now; and whether one of an id is due at no time. */
export const { dueNow, isAtRest } = invoices

/** The invoice store over {@link MemoryDatabase}. */
export const layer: Layer.Layer<InvoiceStore, never, MemoryDatabase> = Layer.effect(
  InvoiceStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return InvoiceStore.of({
      ...invoices.operations(database),
      list: (owner, filter, page) =>
        Effect.map(database.tables, (tables) =>
          pageOf(
            invoices
              .all(tables, owner)
              .filter(
                (invoice) =>
                  (filter.method ?? invoice.request.payment_method.type) === invoice.request.payment_method.type &&
                  MemoryOperations.matches(filter, invoice, Invoice.account(invoice))
              ),
            page
          )
        ),
      takeDue: (limit, retryIn) =>
        database.transaction((tables, now) => {
          const taken = invoices.takeDue(tables, limit, retryIn, now)
          const result = taken.result.map(({ attempt, resource: { id, owner } }) => ({ owner, invoice: id, attempt }))
          return Effect.succeed({ tables: taken.tables, result })
        })
    })
  })
)
