/** Payouts with their attempts and money facts. */
import { Ids, type Owner, Payout, Store } from "@salesos/core"
import { DateTime, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import * as Due from "./Due.ts"
import * as Operations from "./Operations.ts"
import { conditions, createdIn, page } from "./Paging.ts"
import * as Parts from "./Parts.ts"
import { attempts, type PayoutRow, selectPayouts, toPayout } from "./PayoutRows.ts"

export const layer = Layer.effect(
  Store.PayoutStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    /** Keys, numbers, payouts and first attempts in one statement. */
    const insert = (batch: Operations.Batch<Store.PayoutIntent>) =>
      sql<Operations.Numbered>`
        with ${Operations.claimedAndNumbered(sql, batch, ({ feeMode }) => ({ fee_mode: feeMode }), "fee_mode text")}, created as (
          insert into payout (tenant, environment, id, our_number, status, request, amount, currency, account, cost_center,
            contractor_reference, created_at, updated_at, lease_token, lease_until)
          select tenant, environment, id, our_number, 'created', request, amount, currency, account, cost_center,
            contractor_reference, created_at, created_at, 1, clock_timestamp() + make_interval(secs => lease)
          from given
        )
        insert into payout_attempt (tenant, environment, payout, number, reference, account, fee_mode, status, misses_count_from,
          due_at, created_at)
        select tenant, environment, id, 1, our_number, account, fee_mode, 'sent', from_now, from_now, created_at
        from given, lateral (select clock_timestamp() + make_interval(secs => given.quiet) as from_now) q
        returning payout as id, reference as our_number, misses_count_from`

    /**
     * State, attempts, the stored answer and what was seen, in one statement: if the payout still is what it was read as, else
     * nothing. Only who holds the lease may end the operation.
     */
    const write = (decided: Operations.Decided<Payout.Payout, PayoutRow>) => {
      const { change, held, row } = decided
      const { next: payout } = change
      const time = (at: DateTime.Utc | null) => (at === null ? null : DateTime.toDateUtc(at))
      return sql`
        with changed as (
          update payout set status = ${payout.status}, account = ${Payout.account(payout)},
            end_to_end_id = ${payout.endToEndId},
            failure = ${payout.failure === null ? null : JSON.stringify(payout.failure)}::jsonb,
            paid_at = ${time(payout.paidAt)}, canceled_at = ${time(payout.canceledAt)}, updated_at = ${time(payout.updatedAt)},
            lease_until = case when ${Operations.endOf(decided).givesBack} then null else lease_until end
          where tenant = ${row.tenant} and environment = ${row.environment} and id = ${row.id}
            and updated_at = ${row.updated_at} and lease_token = ${row.lease_token}
          returning tenant, environment, id
        ), ${Parts.write(sql, attempts, held.current.attempts, payout.attempts, Due.dueAfter(sql, "payout", decided))},
        ${Operations.answeredAndObserved(sql, "payout", decided)}
        select 1 from changed`.pipe(Effect.map((rows) => rows.length > 0))
    }

    const operations = yield* Operations.make({
      name: "payout",
      series: "PO",
      isId: Schema.is(Ids.PayoutId),
      insert,
      requested: Payout.requested,
      select: (payouts) => selectPayouts(sql, payouts),
      fromRow: toPayout,
      write
    })

    const narrowed = (owner: Owner.Owner, filter: Store.PayoutFilter) =>
      conditions(sql, owner, createdIn("po", filter), {
        status: filter.status,
        account: filter.provider,
        cost_center: filter.costCenter,
        our_number: filter.ourNumber,
        contractor_reference: filter.contractorReference
      })

    return Store.PayoutStore.of({
      ...operations,
      list: (owner, filter, wanted) =>
        page(wanted, narrowed(owner, filter), (where, order, limit) =>
          selectPayouts(sql, sql`select * from payout where ${where} ${order} ${limit}`, order)
        ).pipe(
          orUnavailable,
          Effect.map(({ data, hasMore }) => ({ data: data.map(toPayout), hasMore })),
          Effect.provideService(SqlClient.SqlClient, sql),
          Effect.withSpan("payout.list")
        ),
      takeDue: (limit, retryIn) =>
        Due.takeDue<Ids.PayoutId>(sql, "payout_attempt", "payout", limit, retryIn).pipe(
          Effect.map((due) => due.map(({ attempt, id, owner }) => ({ owner, payout: id, attempt })))
        )
    })
  })
)
