/** The ledger's write side in memory: append-only, and checked once more when it is written. */
import { Effect } from "effect"
import type { Posted } from "../models/BalanceTransaction.ts"
import type { Tables } from "./MemoryDatabase.ts"
import { refuseIf } from "./refusal.ts"

const unbalanced = ({ postings }: Posted): boolean => {
  const sums = new Map<string, number>()
  for (const { amount, currency } of postings) sums.set(currency, (sums.get(currency) ?? 0) + amount)
  return postings.length === 0 || [...sums.values()].some((sum) => sum !== 0)
}

const reasonAgainst = (tables: Tables, posted: Posted): string | undefined => {
  const { entry, id } = posted.transaction
  if (unbalanced(posted)) return `entry ${entry} is not balanced`
  // A row that is there stays as it is.
  return tables.statement.some((row) => row.entry === entry || row.id === id)
    ? `entry ${entry} is posted already`
    : undefined
}

/** Appends entries and their statement rows, or fails with the first that is not balanced or not new. */
export const post = Effect.fnUntraced(function* (tables: Tables, posted: ReadonlyArray<Posted>) {
  let after = tables
  for (const each of posted) {
    yield* refuseIf(reasonAgainst(after, each))
    const { account, entry, owner } = each.transaction
    after = {
      ...after,
      postings: [...after.postings, ...each.postings.map((posting) => ({ owner, entry, account, posting }))],
      statement: [...after.statement, each.transaction]
    }
  }
  return after
})
