/** The housekeeping of idempotency keys in memory. */
import { DateTime, Effect, Layer } from "effect"
import * as Invoice from "../models/Invoice.ts"
import * as PayoutAttempt from "../models/PayoutAttempt.ts"
import * as TaxDocument from "../models/TaxDocument.ts"
import { IdempotencyRecords } from "../ports/IdempotencyRecords.ts"
import { type KeyRow, MemoryDatabase, type Tables } from "./MemoryDatabase.ts"
import { millisLeft } from "./memoryKeys.ts"

/** Whether a key's resource leaves no doubt, and has not changed since a time. */
const isSettled = (tables: Tables, { resource }: KeyRow, old: DateTime.Utc, now: DateTime.Utc): boolean => {
  const invoice = tables.invoices.get(resource ?? "")
  const payout = tables.payouts.get(resource ?? "")
  const row = invoice ?? payout
  if (row === undefined) return true
  if (millisLeft(row, now) > 0 || DateTime.isGreaterThan(row.current.updatedAt, old)) return false
  return (
    (invoice === undefined ||
      (Invoice.unresolved(invoice.current).length === 0 &&
        Invoice.unresolvedOperations(invoice.current).length === 0 &&
        !invoice.current.documents.some(TaxDocument.isUnresolved))) &&
    (payout === undefined || !payout.current.attempts.some(PayoutAttempt.isUnresolved))
  )
}

/** The housekeeping of keys over {@link MemoryDatabase}. */
export const layer: Layer.Layer<IdempotencyRecords, never, MemoryDatabase> = Layer.effect(
  IdempotencyRecords,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return IdempotencyRecords.of({
      purge: (age, limit) =>
        database.transaction((tables, now) => {
          const old = DateTime.subtractDuration(now, age)
          const gone = [...tables.keys]
            .filter(([, row]) => DateTime.isLessThanOrEqualTo(row.usedAt, old) && isSettled(tables, row, old, now))
            .slice(0, limit)
            .map(([key]) => key)
          const keys = new Map([...tables.keys].filter(([key]) => !gone.includes(key)))
          return Effect.succeed({ tables: { ...tables, keys }, result: gone.length })
        })
    })
  })
)
