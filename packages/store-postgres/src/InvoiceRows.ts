/**
 * Invoices as rows, and back. What a row holds was checked when it was written, by the rules of that day; it is not
 * checked again by today's.
 */
import { DateTime } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import type {
  ChargeAttempt,
  Idempotency,
  Ids,
  Invoice,
  InvoiceRequest,
  MoneyFact,
  Operations,
  OurNumber,
  Owner,
  Pix
} from "@salesos/core"

export interface InvoiceRow {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  readonly id: Ids.InvoiceId
  readonly our_number: OurNumber.OurNumber
  readonly status: Invoice.Status
  readonly confirmed: boolean
  readonly request: InvoiceRequest.InvoiceRequest
  readonly amount_paid: bigint | null
  readonly amount_reversed: bigint
  readonly late_payment: boolean
  readonly payer: Invoice.Invoice["payer"]
  readonly end_to_end_id: Pix.EndToEndId | null
  readonly failure: Invoice.Invoice["failure"]
  readonly paid_at: Date | null
  readonly canceled_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly lease_token: bigint
  readonly lease_until: Date | null
  /** The database's clock. */
  readonly now: Date
  readonly attempts: ReadonlyArray<AttemptJson> | null
  readonly facts: ReadonlyArray<FactJson> | null
}

/** A row of `charge_attempt` as `json_agg` gives it: times are text. */
export interface AttemptJson {
  readonly number: number
  readonly reference: ChargeAttempt.ProviderReference
  readonly account: string
  readonly status: ChargeAttempt.Status
  readonly provider_id: string | null
  readonly artifact: ChargeAttempt.ChargeAttempt["artifact"]
  readonly expires_at: string | null
  readonly canceled_at: string | null
  readonly end_reason: ChargeAttempt.ChargeAttempt["endReason"]
  readonly misses: number
  readonly misses_count_from: string
  readonly due_at: string | null
  readonly created_at: string
}

export interface FactJson {
  readonly key: MoneyFact.MoneyFactKey
  readonly kind: MoneyFact.MoneyFact["kind"]
  readonly attempt: number
  readonly amount: number
  readonly currency: MoneyFact.MoneyFact["money"]["currency"]
  readonly fee: number | null
  readonly occurred_at: string
  readonly booked_as: MoneyFact.MoneyFact["bookedAs"]
}

/** Rows of `invoice` with their attempts and money facts; each by the primary key of its table, or by `money_fact_of`. */
export const selectInvoices = (sql: SqlClient.SqlClient, invoices: Statement.Fragment, order?: Statement.Fragment) =>
  sql<InvoiceRow>`
    select i.tenant, i.environment, i.id, i.our_number, i.status, i.confirmed, i.request, i.amount_paid, i.amount_reversed,
      i.late_payment, i.payer, i.end_to_end_id, i.failure, i.paid_at, i.canceled_at, i.created_at, i.updated_at,
      i.lease_token, i.lease_until, clock_timestamp() as now,
      (select json_agg(a order by a.number) from charge_attempt a
        where (a.tenant, a.environment, a.invoice) = (i.tenant, i.environment, i.id)) as attempts,
      (select json_agg(f order by f.recorded_at, f.key) from money_fact f
        where (f.tenant, f.environment, f.invoice) = (i.tenant, i.environment, i.id)) as facts
    from (${invoices}) i ${order ?? sql.literal("")}`

const time = (value: Date | string): DateTime.Utc => DateTime.makeUnsafe(value)
const optionalTime = (value: Date | string | null): DateTime.Utc | null => (value === null ? null : time(value))
const iso = (value: DateTime.Utc | null): string | null => (value === null ? null : DateTime.formatIso(value))

export const toInvoice = (row: InvoiceRow): Invoice.Invoice => ({
  owner: { tenant: row.tenant, environment: row.environment },
  id: row.id,
  ourNumber: row.our_number,
  status: row.status,
  confirmed: row.confirmed,
  request: row.request,
  attempts: (row.attempts ?? []).map(toAttempt),
  facts: (row.facts ?? []).map(toFact),
  amountPaid: row.amount_paid === null ? null : Number(row.amount_paid),
  amountReversed: Number(row.amount_reversed),
  latePayment: row.late_payment,
  payer: row.payer,
  endToEndId: row.end_to_end_id,
  failure: row.failure,
  paidAt: optionalTime(row.paid_at),
  canceledAt: optionalTime(row.canceled_at),
  createdAt: time(row.created_at),
  updatedAt: time(row.updated_at)
})

/** An invoice as it is changed: who holds its lease is said by the database's clock. */
export const toHeld = (row: InvoiceRow, lease: Idempotency.Lease | null): Operations.Held<Invoice.Invoice> => ({
  current: toInvoice(row),
  holdsLease:
    lease !== null && row.lease_token === BigInt(lease.token) && row.lease_until !== null && row.lease_until > row.now,
  now: DateTime.fromDateUnsafe(row.now)
})

const toAttempt = (row: AttemptJson): ChargeAttempt.ChargeAttempt => ({
  number: row.number,
  reference: row.reference,
  account: row.account,
  status: row.status,
  providerId: row.provider_id,
  artifact: row.artifact,
  expiresAt: optionalTime(row.expires_at),
  canceledAt: optionalTime(row.canceled_at),
  endReason: row.end_reason,
  misses: row.misses,
  missesCountFrom: time(row.misses_count_from),
  dueAt: optionalTime(row.due_at),
  createdAt: time(row.created_at)
})

const toFact = (row: FactJson): MoneyFact.MoneyFact => ({
  key: row.key,
  kind: row.kind,
  attempt: row.attempt,
  money: { amount: row.amount, currency: row.currency },
  fee: row.fee,
  occurredAt: time(row.occurred_at),
  bookedAs: row.booked_as
})

/** An attempt for `jsonb_to_recordset`. */
export const fromAttempt = (attempt: ChargeAttempt.ChargeAttempt): AttemptJson => ({
  number: attempt.number,
  reference: attempt.reference,
  account: attempt.account,
  status: attempt.status,
  provider_id: attempt.providerId,
  artifact: attempt.artifact,
  expires_at: iso(attempt.expiresAt),
  canceled_at: iso(attempt.canceledAt),
  end_reason: attempt.endReason,
  misses: attempt.misses,
  misses_count_from: DateTime.formatIso(attempt.missesCountFrom),
  due_at: iso(attempt.dueAt),
  created_at: DateTime.formatIso(attempt.createdAt)
})

/** A money fact for `jsonb_to_recordset`. */
export const fromFact = (fact: MoneyFact.MoneyFact): FactJson => ({
  key: fact.key,
  kind: fact.kind,
  attempt: fact.attempt,
  amount: fact.money.amount,
  currency: fact.money.currency,
  fee: fact.fee,
  occurred_at: DateTime.formatIso(fact.occurredAt),
  booked_as: fact.bookedAs
})
