/** Balances in memory: summed up from the postings and the statement, whatever that costs. */
import { Effect, Layer } from "effect"
import { balances } from "../models/Ledger.ts"
import { Balances } from "../ports/Store.ts"
import { MemoryDatabase, sameOwner } from "./MemoryDatabase.ts"

/** The balances over {@link MemoryDatabase}. */
export const layer: Layer.Layer<Balances, never, MemoryDatabase> = Layer.effect(
  Balances,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return Balances.of({
      read: (owner, today) =>
        Effect.map(database.tables, ({ postings, statement }) => {
          const settlements = statement
            .filter((row) => sameOwner(row.owner, owner))
            .flatMap(({ account, line, settlements = [] }) =>
              settlements.filter(({ on }) => on > today).map(({ net }) => ({ account, currency: line.currency, net }))
            )
          return balances(postings.filter((row) => sameOwner(row.owner, owner)))
            .filter(({ account }) => account === "provider_balance")
            .map(({ amount, currency, providerAccount }) => ({
              account: providerAccount,
              currency,
              balance: amount,
              notYetAvailable: settlements
                .filter((each) => each.account === providerAccount && each.currency === currency)
                .reduce((sum, { net }) => sum + BigInt(net), 0n)
            }))
        })
    })
  })
)
