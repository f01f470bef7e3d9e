/** The statement: balance transactions, newest first. */
import { type BalanceTransaction, type Currency, type Ids, type Ledger, type Owner, Store } from "@salesos/core"
import { DateTime, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { conditions, createdIn, page } from "./Paging.ts"

interface Row {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  readonly id: Ids.BalanceTransactionId
  readonly entry: Ids.EntryId
  readonly type: Ledger.StatementType
  readonly amount: bigint
  readonly currency: Currency.Currency
  readonly fee: bigint
  readonly net: bigint
  readonly available_on: string | null
  readonly settlements: NonNullable<BalanceTransaction.BalanceTransaction["settlements"]> | null
  readonly source_resource: BalanceTransaction.BalanceTransaction["source"]["resource"]
  readonly source_id: string
  readonly attempt: number | null
  readonly occurred_at: Date
  readonly account: string
  readonly our_number: string | null
  readonly cost_center: string | null
  readonly contractor_reference: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly created_at: Date
}

const fromRow = (row: Row): BalanceTransaction.BalanceTransaction => ({
  owner: { tenant: row.tenant, environment: row.environment },
  id: row.id,
  entry: row.entry,
  line: {
    type: row.type,
    amount: Number(row.amount),
    currency: row.currency,
    fee: Number(row.fee),
    net: Number(row.net)
  },
  availableOn: row.available_on,
  ...(row.settlements === null ? {} : { settlements: row.settlements }),
  source: { resource: row.source_resource, id: row.source_id },
  attempt: row.attempt,
  occurredAt: DateTime.fromDateUnsafe(row.occurred_at),
  account: row.account,
  ourNumber: row.our_number,
  costCenter: row.cost_center,
  contractorReference: row.contractor_reference,
  metadata: row.metadata,
  createdAt: DateTime.fromDateUnsafe(row.created_at)
})

export const layer = Layer.effect(
  Store.Statement,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    const narrowed = (owner: Owner.Owner, filter: Store.StatementFilter) =>
      conditions(sql, owner, createdIn("btxn", filter), {
        account: filter.account,
        type: filter.type,
        cost_center: filter.costCenter,
        our_number: filter.ourNumber,
        contractor_reference: filter.contractorReference,
        currency: filter.currency
      })

    return Store.Statement.of({
      get: (owner, id) =>
        sql<Row>`select * from balance_transaction
          where tenant = ${owner.tenant} and environment = ${owner.environment} and id = ${id}`.pipe(
          orUnavailable,
          Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), fromRow)),
          Effect.withSpan("Statement.get")
        ),
      list: (owner, filter, wanted) =>
        page(
          wanted,
          narrowed(owner, filter),
          (where, order, limit) => sql<Row>`select * from balance_transaction where ${where} ${order} ${limit}`
        ).pipe(
          orUnavailable,
          Effect.map(({ data, hasMore }) => ({ data: data.map(fromRow), hasMore })),
          Effect.provideService(SqlClient.SqlClient, sql),
          Effect.withSpan("Statement.list")
        )
    })
  })
)
