/** The lines of provider accounts: statement rows with the attempts they belong to, and what was booked for provider's lines. */
import {
  AccountLines,
  type Currency,
  type Ids,
  type Owner,
  type ProviderLine,
  type Reconciliation
} from "@salesos/core"
import { DateTime, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import { post } from "./Ledger.ts"

interface OurRow {
  readonly id: string
  readonly provider_id: string | null
  readonly reference: string | null
  readonly currency: Currency.Currency
  readonly net: bigint
  readonly occurred_at: Date
  readonly stands_for: string | null
}

interface LineRow {
  readonly id: string
  readonly account: string
  readonly kind: ProviderLine.ProviderLine["kind"]
  readonly provider_id: string | null
  readonly reference: string | null
  readonly currency: Currency.Currency
  readonly net: bigint
  readonly fee: bigint
  readonly at: Date
}

type AttemptRow = {
  readonly attempt: number
  readonly provider_id: string | null
  readonly reference: string
} & (
  | { readonly resource: "invoice"; readonly id: Ids.InvoiceId }
  | { readonly resource: "payout"; readonly id: Ids.PayoutId }
)

const toOurs =
  (account: string) =>
  (row: OurRow): Reconciliation.OurLine => ({
    id: row.id,
    account,
    providerId: row.provider_id,
    reference: row.reference,
    currency: row.currency,
    net: Number(row.net),
    at: DateTime.fromDateUnsafe(row.occurred_at),
    standsFor: row.stands_for
  })

const toLine = (row: LineRow): ProviderLine.ProviderLine => ({
  id: row.id,
  account: row.account,
  kind: row.kind,
  providerId: row.provider_id,
  reference: row.reference,
  currency: row.currency,
  net: Number(row.net),
  fee: Number(row.fee),
  at: DateTime.fromDateUnsafe(row.at)
})

export const layer = Layer.effect(
  AccountLines.AccountLines,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const of = ({ environment, tenant }: Owner.Owner, account: string, table: string) =>
      sql`${sql(table)}.tenant = ${tenant} and ${sql(table)}.environment = ${environment} and ${sql(table)}.account = ${account}`

    const isAbout = (about: AccountLines.About) =>
      "from" in about
        ? sql`b.occurred_at >= ${DateTime.toDateUtc(about.from)} and b.occurred_at < ${DateTime.toDateUtc(about.to)}`
        : sql`b.source_resource = ${about.resource} and b.source_id = ${about.id} and b.attempt = ${about.attempt}`

    return AccountLines.AccountLines.of({
      // By balance_transaction_occurred or balance_transaction_source, joined by primary keys.
      ours: (owner, account, about, after, limit) =>
        sql<OurRow>`
          select b.id, coalesce(c.provider_id, p.provider_id) as provider_id, coalesce(c.reference, p.reference) as reference,
            b.currency, b.net, b.occurred_at, l.id as stands_for
          from balance_transaction b
          left join charge_attempt c on b.source_resource = 'invoice'
            and (c.tenant, c.environment, c.invoice, c.number) = (b.tenant, b.environment, b.source_id, b.attempt)
          left join payout_attempt p on b.source_resource = 'payout'
            and (p.tenant, p.environment, p.payout, p.number) = (b.tenant, b.environment, b.source_id, b.attempt)
          left join provider_line l on b.source_resource = 'provider_line'
            and (l.tenant, l.environment, l.account, l.id) = (b.tenant, b.environment, b.account, b.source_id)
          where ${of(owner, account, "b")} and ${isAbout(about)} and b.net <> 0 and l.reversed_by is null
            ${after === null ? sql.literal("") : sql`and (b.occurred_at, b.id) > (${DateTime.toDateUtc(after.at)}, ${after.id})`}
          order by b.occurred_at, b.id limit ${limit}`.pipe(
          orUnavailable,
          Effect.map((found) => found.map(toOurs(account))),
          Effect.withSpan("AccountLines.ours")
        ),
      // By the unique keys of both tables on provider id and reference.
      attempts: (owner, account, names) => {
        const ids = names.flatMap(({ providerId }) => providerId ?? [])
        const references = names.flatMap(({ reference }) => reference ?? [])
        return sql<AttemptRow>`
          select 'invoice' as resource, a.invoice as id, a.number as attempt, a.provider_id, a.reference from charge_attempt a
          where ${of(owner, account, "a")} and (a.provider_id = any(${ids}) or a.reference = any(${references}))
          union all
          select 'payout', a.payout, a.number, a.provider_id, a.reference from payout_attempt a
          where ${of(owner, account, "a")} and (a.provider_id = any(${ids}) or a.reference = any(${references}))`.pipe(
          orUnavailable,
          Effect.map((found) =>
            found.map(({ provider_id, ...row }): AccountLines.KnownAttempt => ({ ...row, providerId: provider_id }))
          ),
          Effect.withSpan("AccountLines.attempts")
        )
      },
      // By provider_line_open.
      late: (owner, account, after, limit) =>
        sql<LineRow>`
          select l.* from provider_line l
          where ${of(owner, account, "l")} and l.booked_as = 'adjustment' and l.reversed_by is null
            and l.id > ${after ?? ""} and (
              exists (select 1 from charge_attempt a where ${of(owner, account, "a")} and a.provider_id = l.provider_id)
              or exists (select 1 from charge_attempt a where ${of(owner, account, "a")} and a.reference = l.reference)
              or exists (select 1 from payout_attempt a where ${of(owner, account, "a")} and a.provider_id = l.provider_id)
              or exists (select 1 from payout_attempt a where ${of(owner, account, "a")} and a.reference = l.reference))
          order by l.id limit ${limit}`.pipe(
          orUnavailable,
          Effect.map((found) => found.map(toLine)),
          Effect.withSpan("AccountLines.late")
        ),
      balances: (owner, account) =>
        sql<{ readonly currency: Currency.Currency; readonly net: string }>`
          select b.currency, sum(b.net)::text as net from balance_transaction b where ${of(owner, account, "b")}
          group by b.currency order by b.currency`.pipe(
          orUnavailable,
          Effect.map((sums) => sums.map(({ currency, net }) => ({ currency, net: BigInt(net) })))
        ),
      book: (owner, line, as, posted) =>
        transact(
          Effect.gen(function* () {
            const inserted = yield* sql`
              insert into provider_line ${sql.insert({
                tenant: owner.tenant,
                environment: owner.environment,
                account: line.account,
                id: line.id,
                kind: line.kind,
                provider_id: line.providerId,
                reference: line.reference,
                currency: line.currency,
                net: line.net,
                fee: line.fee,
                at: DateTime.toDateUtc(line.at),
                booked_as: as,
                balance_transaction: posted.transaction.id
              })} on conflict do nothing returning 1`
            if (inserted.length > 0) yield* post([posted])
            return inserted.length > 0
          })
        ).pipe(Effect.provideService(SqlClient.SqlClient, sql), Effect.withSpan("AccountLines.book")),
      reverse: (owner, account, line, posted) =>
        transact(
          Effect.gen(function* () {
            const updated = yield* sql`
              update provider_line l set reversed_by = ${posted.transaction.id}
              where ${of(owner, account, "l")} and l.id = ${line} and l.booked_as = 'adjustment' and l.reversed_by is null
              returning 1`
            if (updated.length > 0) yield* post([posted])
            return updated.length > 0
          })
        ).pipe(Effect.provideService(SqlClient.SqlClient, sql), Effect.withSpan("AccountLines.reverse"))
    })
  })
)
