/** The statement in memory. */
import { DateTime, Effect, Layer, Option } from "effect"
import type { BalanceTransaction } from "../models/BalanceTransaction.ts"
import type { Owner } from "../models/Owner.ts"
import { Statement, type StatementFilter } from "../ports/Store.ts"
import { MemoryDatabase, sameOwner, type Tables } from "./MemoryDatabase.ts"
import { pageOf } from "../ports/Paging.ts"

const all = (tables: Tables, owner: Owner): ReadonlyArray<BalanceTransaction> =>
  tables.statement.filter((row) => sameOwner(row.owner, owner))

const matches =
  (filter: StatementFilter) =>
  (row: BalanceTransaction): boolean =>
    (filter.account ?? row.account) === row.account &&
    (filter.type ?? row.line.type) === row.line.type &&
    (filter.costCenter ?? row.costCenter) === row.costCenter &&
    (filter.ourNumber ?? row.ourNumber) === row.ourNumber &&
    (filter.contractorReference ?? row.contractorReference) === row.contractorReference &&
    (filter.currency ?? row.line.currency) === row.line.currency &&
    (filter.createdFrom === undefined || DateTime.isGreaterThanOrEqualTo(row.createdAt, filter.createdFrom)) &&
    (filter.createdTo === undefined || DateTime.isLessThanOrEqualTo(row.createdAt, filter.createdTo))

/** The statement over {@link MemoryDatabase}. */
export const layer: Layer.Layer<Statement, never, MemoryDatabase> = Layer.effect(
  Statement,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return Statement.of({
      get: (owner, id) =>
        Effect.map(database.tables, (tables) => Option.fromNullishOr(all(tables, owner).find((row) => row.id === id))),
      list: (owner, filter, page) =>
        Effect.map(database.tables, (tables) => pageOf(all(tables, owner).filter(matches(filter)), page))
    })
  })
)
