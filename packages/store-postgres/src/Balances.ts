/** What the provider accounts hold: kept by the database with every posting, so that reading it sums up a few rows. */
import { type Currency, Store } from "@salesos/core"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"

interface Row {
  readonly account: string
  readonly currency: Currency.Currency
  readonly balance: string
  readonly not_yet_available: string
}

export const layer = Layer.effect(
  Store.Balances,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return Store.Balances.of({
      // Both tables by their primary key: the stripes of each account, and the days to come.
      read: ({ environment, tenant }, today) =>
        sql<Row>`
          with held as (
            select account, currency, sum(amount) as amount from account_balance
            where tenant = ${tenant} and environment = ${environment} group by account, currency
          ), settling as (
            select account, currency, sum(amount) as amount from account_settlement
            where tenant = ${tenant} and environment = ${environment} and settles_on > ${today}::date group by account, currency
          )
          select account, currency, h.amount::text as balance, coalesce(s.amount, 0)::text as not_yet_available
          from held h left join settling s using (account, currency)`.pipe(
          orUnavailable,
          Effect.map((rows) =>
            rows.map(({ account, balance, currency, not_yet_available }): Store.BookBalance => ({
              account,
              currency,
              balance: BigInt(balance),
              notYetAvailable: BigInt(not_yet_available)
            }))
          ),
          Effect.withSpan("Balances.read")
        )
    })
  })
)
