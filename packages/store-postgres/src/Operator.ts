/** What an operator asks of all tenants: who there is, whose accounts, and what is in doubt. Never a secret. */
import type { Ids, Owner } from "@salesos/core"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"

export interface TenantRow {
  readonly id: Ids.TenantId
  readonly name: string
  readonly time_zone: string
  readonly late_payments: "accept" | "refund"
  readonly letters: boolean
  readonly created_at: Date
}

/** All tenants, oldest first. */
export const tenants = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<TenantRow>`select id, name, time_zone, late_payments, letters, created_at from tenant order by created_at, id`
}).pipe(orUnavailable)

export interface AccountRow {
  readonly name: string
  readonly provider: string
  readonly settings: Readonly<Record<string, string>>
  readonly created_at: Date
}

/** The provider accounts of an owner, without their credentials and the tokens of their notification addresses. */
export const accounts = Effect.fn("Operator.accounts")(function* ({ environment, tenant }: Owner.Owner) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AccountRow>`
    select name, provider, settings, created_at from provider_account
    where tenant = ${tenant} and environment = ${environment} order by name`
}, orUnavailable)

/** Something that was perhaps done at a provider, and nobody knows. */
export interface Doubt {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  /** The invoice's or payout's id. */
  readonly id: string
  readonly our_number: string
  /** Of a charge attempt, a payout attempt, or a tax document. */
  readonly what: "charge" | "payout" | "tax_document"
  /** The attempt's number; null of a tax document. */
  readonly attempt: number | null
  /** What is not known: whether it was sent, canceled or refunded. */
  readonly doubt: string
  readonly account: string | null
  readonly since: Date
}

/** All that is in doubt, oldest first. By the indexes `…_in_doubt`. */
export const doubts = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Doubt>`
    select a.tenant, a.environment, a.invoice as id, i.our_number, 'charge' as what, a.number as attempt,
      concat_ws(', ', case when a.status = 'in_doubt' then 'sent' end,
        case when a.cancel ->> 'status' = 'in_doubt' then 'canceled' end,
        case when a.refund ->> 'status' = 'in_doubt' then 'refunded' end) as doubt, a.account, a.created_at as since
    from charge_attempt a join invoice i on (i.tenant, i.environment, i.id) = (a.tenant, a.environment, a.invoice)
    where a.status = 'in_doubt' or a.cancel ->> 'status' = 'in_doubt' or a.refund ->> 'status' = 'in_doubt'
    union all
    select a.tenant, a.environment, a.payout, p.our_number, 'payout', a.number, 'sent', a.account, a.created_at
    from payout_attempt a join payout p on (p.tenant, p.environment, p.id) = (a.tenant, a.environment, a.payout)
    where a.status = 'in_doubt'
    union all
    select d.tenant, d.environment, d.invoice, i.our_number, 'tax_document', null,
      concat_ws(', ', case when d.sending ->> 'status' = 'in_doubt' then 'sent' end,
        case when d.cancel ->> 'status' = 'in_doubt' then 'canceled' end), d.sending ->> 'account', d.created_at
    from tax_document d join invoice i on (i.tenant, i.environment, i.id) = (d.tenant, d.environment, d.invoice)
    where d.sending ->> 'status' = 'in_doubt' or d.cancel ->> 'status' = 'in_doubt'
    order by since`
}).pipe(orUnavailable)
