/** What an operator asks of all tenants: who there is, whose accounts, what is in doubt, and what was given up. Never a secret. */
import type { Heard, Ids, Owner } from "@salesos/core"
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
  /** What the provider or the authority knows it by. */
  readonly reference: string
  /** What is not known: whether it was sent, canceled or refunded. */
  readonly doubt: string
  readonly account: string | null
  /** When it was created; of a cancellation or a refund, from when on it counts that the provider shows none. The first of several. */
  readonly since: Date
  /** Whether it has lasted, so that a person was told: any of several. */
  readonly lasting: boolean
}

/**
 * SQL: of all that may be in doubt of one attempt or document, what is. Each has its place, name, status, beginning, and whether a
 * person was told.
 */
const ofThese = (...all: ReadonlyArray<string>): string => `(
  select string_agg(each.name, ', ' order by each.place) as doubt, min(each.since) as since,
    coalesce(bool_or(each.alerted), false) as lasting
  from (values (${all.join("), (")})) as each (place, name, status, since, alerted) where each.status = 'in_doubt')`

/** The same of an operation, which is JSON in a column. */
const operation = (place: number, name: string, column: string, since = "misses_count_from"): string =>
  `${place}, '${name}', ${column} ->> 'status', (${column} ->> '${since}')::timestamptz, (${column} ->> 'alerted')::boolean`

const ofChargeAttempt = ofThese(
  "1, 'sent', a.status, a.created_at, a.alerted",
  operation(2, "canceled", "a.cancel"),
  operation(3, "refunded", "a.refund")
)

const ofTaxDocument = ofThese(operation(1, "sent", "t.sending", "since"), operation(2, "canceled", "t.cancel"))

/** All that is in doubt, oldest first. By the indexes `…_in_doubt`. */
export const doubts = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Doubt>`
    select a.tenant, a.environment, a.invoice as id, i.our_number, 'charge' as what, a.number as attempt, a.reference,
      d.doubt, a.account, d.since, d.lasting
    from charge_attempt a join invoice i on (i.tenant, i.environment, i.id) = (a.tenant, a.environment, a.invoice)
    cross join lateral ${sql.literal(ofChargeAttempt)} d
    where a.status = 'in_doubt' or a.cancel ->> 'status' = 'in_doubt' or a.refund ->> 'status' = 'in_doubt'
    union all
    select a.tenant, a.environment, a.payout, p.our_number, 'payout', a.number, a.reference, 'sent', a.account, a.created_at, a.alerted
    from payout_attempt a join payout p on (p.tenant, p.environment, p.id) = (a.tenant, a.environment, a.payout)
    where a.status = 'in_doubt'
    union all
    select t.tenant, t.environment, t.invoice, i.our_number, 'tax_document', null, t.sending ->> 'reference',
      d.doubt, t.sending ->> 'account', d.since, d.lasting
    from tax_document t join invoice i on (i.tenant, i.environment, i.id) = (t.tenant, t.environment, t.invoice)
    cross join lateral ${sql.literal(ofTaxDocument)} d
    where t.sending ->> 'status' = 'in_doubt' or t.cancel ->> 'status' = 'in_doubt'
    order by since`
}).pipe(orUnavailable)

/** Whether somebody is at an invoice or a payout, and others have to wait. */
export const isTaken = Effect.fn("Operator.isTaken")(function* ({ environment, tenant }: Owner.Owner, id: string) {
  const sql = yield* SqlClient.SqlClient
  const taken = yield* sql`
    select 1 from (select tenant, environment, id, lease_until from invoice
      union all select tenant, environment, id, lease_until from payout) as each
    where (tenant, environment, id) = (${tenant}, ${environment}, ${id}) and lease_until > clock_timestamp()`
  return taken.length > 0
}, orUnavailable)

/** A notification that was given up, and one of the charges or payouts that it names. Nothing of its body. */
export interface DeadLetterRow {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  /** What tells it from others of its account. */
  readonly notification: string
  readonly account: string
  readonly kind: Heard.Heard["kind"]
  readonly provider_id: string
  /** The invoice or payout, where there is one. */
  readonly resource: string | null
  readonly since: Date
  readonly failures: number
  /** What went wrong last, as it was said. */
  readonly message: string
}

/** Dead letters of everybody, or only those of an owner or a notification; oldest first, a thousand at most. By `notification_subject_dead`. */
export const deadLetters = Effect.fn("Operator.deadLetters")(function* (
  of: Partial<Owner.Owner & Pick<DeadLetterRow, "notification">>
) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<DeadLetterRow>`
    select s.tenant, s.environment, s.dedupe_key as notification, s.account, s.kind, s.provider_id,
      coalesce(c.invoice, p.payout) as resource, s.received_at as since, s.failures, s.message
    from notification_subject s
    left join charge_attempt c on s.kind = 'charge'
      and (c.tenant, c.environment, c.account, c.provider_id) = (s.tenant, s.environment, s.account, s.provider_id)
    left join payout_attempt p on s.kind = 'payout'
      and (p.tenant, p.environment, p.account, p.provider_id) = (s.tenant, s.environment, s.account, s.provider_id)
    where s.status = 'dead' and s.tenant = coalesce(${of.tenant ?? null}, s.tenant)
      and s.environment = coalesce(${of.environment ?? null}, s.environment)
      and s.dedupe_key = coalesce(${of.notification ?? null}, s.dedupe_key)
    order by s.received_at, s.dedupe_key limit 1000`
}, orUnavailable)
