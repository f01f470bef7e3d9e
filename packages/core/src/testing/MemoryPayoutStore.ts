/** Payouts in memory. */
import { Effect, Layer } from "effect"
import * as Payout from "../models/Payout.ts"
import { type PayoutIntent, PayoutStore } from "../ports/Store.ts"
import { MemoryDatabase } from "./MemoryDatabase.ts"
import * as MemoryOperations from "./MemoryOperations.ts"
import { pageOf } from "../ports/Paging.ts"

const payouts = MemoryOperations.make({
  series: "PO",
  kind: "payout",
  rows: (tables) => tables.payouts,
  withRows: (tables, rows) => ({ ...tables, payouts: rows }),
  requested: (intent: PayoutIntent & MemoryOperations.Numbered) => Payout.requested(intent)
})

/** Makes the attempts that a provider knows by these ids due now; and whether one of an id is due at no time. */
export const { dueNow, isAtRest } = payouts

/** The payout store over {@link MemoryDatabase}. */
export const layer: Layer.Layer<PayoutStore, never, MemoryDatabase> = Layer.effect(
  PayoutStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return PayoutStore.of({
      ...payouts.operations(database),
      list: (owner, filter, page) =>
        Effect.map(database.tables, (tables) =>
          pageOf(
            payouts
              .all(tables, owner)
              .filter((payout) => MemoryOperations.matches(filter, payout, Payout.account(payout))),
            page
          )
        ),
      takeDue: (limit, retryIn) =>
        database.transaction((tables, now) => {
          const taken = payouts.takeDue(tables, limit, retryIn, now)
          const result = taken.result.map(({ attempt, resource: { id, owner } }) => ({ owner, payout: id, attempt }))
          return Effect.succeed({ tables: taken.tables, result })
        })
    })
  })
)
