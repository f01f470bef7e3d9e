/** Reading the statement: one row for every entry of the ledger that moved a provider's balance. */
import { Effect, Option } from "effect"
import type { Owner } from "../models/Owner.ts"
import { type Page } from "../ports/Operations.ts"
import { Statement, type StatementFilter } from "../ports/Store.ts"
import type { BalanceTransactionId } from "../values/Ids.ts"
import { NotFound } from "./errors.ts"

/** One row. Fails with `NotFound`, also for another owner's. */
export const get = Effect.fn("Statements.get")(function* (owner: Owner, id: BalanceTransactionId) {
  const found = yield* (yield* Statement).get(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such balance transaction" })),
    onSome: Effect.succeed
  })
})

/** Rows of an owner, newest first. */
export const list = Effect.fn("Statements.list")(function* (owner: Owner, filter: StatementFilter, page: Page) {
  return yield* (yield* Statement).list(owner, filter, page)
})
