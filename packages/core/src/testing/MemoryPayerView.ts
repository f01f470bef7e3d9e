/** The payer's view in memory. */
import { Effect, Layer, Option } from "effect"
import { PayerView } from "../ports/Store.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"

/** The payer's view over {@link MemoryDatabase}. */
export const layer: Layer.Layer<PayerView, never, MemoryDatabase> = Layer.effect(
  PayerView,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return PayerView.of({
      invoice: (id) => Effect.map(database.tables, ({ invoices }) => Option.fromNullishOr(invoices.get(id)?.current))
    })
  })
)
