/** Reading the statement: one row for every entry of the ledger that moved a provider's balance. */
import { Effect, Option, Schema, Stream } from "effect"
import type { BalanceTransaction } from "../models/BalanceTransaction.ts"
import type { Owner } from "../models/Owner.ts"
import { type Page } from "../ports/Operations.ts"
import { Statement, type StatementFilter } from "../ports/Store.ts"
import { BalanceTransactionId } from "../values/Ids.ts"
import { mustExist } from "./cursors.ts"
import { NotFound } from "./errors.ts"

/** One row. Fails with `NotFound`, also for another owner's. */
export const get = Effect.fn("Statements.get")(function* (owner: Owner, id: BalanceTransactionId) {
  const found = yield* (yield* Statement).get(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such balance transaction" })),
    onSome: Effect.succeed
  })
})

/** How many rows are read at a time: few enough to hold, many enough to be fast. */
const chunk = 1000

/**
 * All rows of an owner that match, newest first, read a few at a time however many they are. The first few are read at once:
 * where that fails, nothing was given.
 */
export const all = Effect.fn("Statements.all")(function* (owner: Owner, filter: StatementFilter) {
  const statement = yield* Statement
  const read = (after?: BalanceTransaction) =>
    statement.list(owner, filter, { limit: chunk, ...(after === undefined ? {} : { startingAfter: after.id }) })
  return Stream.paginate(yield* read(), ({ data, hasMore }) =>
    hasMore
      ? Effect.map(read(data.at(-1)), (next) => [data, Option.some(next)] as const)
      : Effect.succeed([data, Option.none()] as const)
  )
})

const isBalanceTransactionId = Schema.is(BalanceTransactionId)

/** Rows of an owner, newest first. Fails with `ValidationError` where the page begins at a row that is not there. */
export const list = Effect.fn("Statements.list")(function* (owner: Owner, filter: StatementFilter, page: Page) {
  const store = yield* Statement
  yield* mustExist(page, isBalanceTransactionId, (id) => store.get(owner, id))
  return yield* store.list(owner, filter, page)
})
