/**
 * Payouts as rows, and back. What a row holds was checked when it was written, by the rules of that day; it is not checked
 * again by today's.
 */
import { DateTime } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import type { ChargeAttempt, Ids, OurNumber, Owner, Payout, PayoutAttempt, PayoutRequest } from "@salesos/core"
import { type FactJson, iso, optionalTime, time, toFact } from "./FactRows.ts"
import type { OperationRow } from "./Operations.ts"
import type * as Parts from "./Parts.ts"

export interface PayoutRow extends OperationRow {
  readonly tenant: Ids.TenantId
  readonly environment: Owner.Environment
  readonly id: Ids.PayoutId
  readonly our_number: OurNumber.OurNumber
  readonly status: Payout.Status
  readonly request: PayoutRequest.PayoutRequest
  readonly end_to_end_id: string | null
  readonly failure: Payout.Payout["failure"]
  readonly paid_at: Date | null
  readonly canceled_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly attempts: ReadonlyArray<AttemptJson> | null
  readonly facts: ReadonlyArray<FactJson> | null
}

/** A row of `payout_attempt` as `json_agg` gives it: times are text. */
interface AttemptJson {
  readonly number: number
  readonly reference: ChargeAttempt.ProviderReference
  readonly account: string
  readonly fee_mode: PayoutAttempt.FeeMode
  readonly status: PayoutAttempt.Status
  readonly provider_id: string | null
  readonly misses: number
  readonly misses_count_from: string
  readonly alerted: boolean
  readonly due_at: string | null
  readonly created_at: string
}

/** Rows of `payout` with their attempts and money facts; each by the primary key of its table, or by `money_fact_of_payout`. */
export const selectPayouts = (sql: SqlClient.SqlClient, payouts: Statement.Fragment, order?: Statement.Fragment) =>
  sql<PayoutRow>`
    select p.*, clock_timestamp() as now,
      (select json_agg(a order by a.number) from payout_attempt a
        where (a.tenant, a.environment, a.payout) = (p.tenant, p.environment, p.id)) as attempts,
      (select json_agg(f order by f.recorded_at, f.key) from money_fact f
        where (f.tenant, f.environment, f.payout) = (p.tenant, p.environment, p.id)) as facts
    from (${payouts}) p ${order ?? sql.literal("")}`

export const toPayout = (row: PayoutRow): Payout.Payout => ({
  owner: { tenant: row.tenant, environment: row.environment },
  id: row.id,
  ourNumber: row.our_number,
  status: row.status,
  request: row.request,
  attempts: (row.attempts ?? []).map(toAttempt),
  facts: (row.facts ?? []).map(toFact),
  endToEndId: row.end_to_end_id,
  failure: row.failure,
  paidAt: optionalTime(row.paid_at),
  canceledAt: optionalTime(row.canceled_at),
  createdAt: time(row.created_at),
  updatedAt: time(row.updated_at)
})

const toAttempt = (row: AttemptJson): PayoutAttempt.PayoutAttempt => ({
  number: row.number,
  reference: row.reference,
  account: row.account,
  feeMode: row.fee_mode,
  status: row.status,
  providerId: row.provider_id,
  misses: row.misses,
  missesCountFrom: time(row.misses_count_from),
  alerted: row.alerted,
  dueAt: optionalTime(row.due_at),
  createdAt: time(row.created_at)
})

/** An attempt for `jsonb_to_recordset`. */
const fromAttempt = (attempt: PayoutAttempt.PayoutAttempt): AttemptJson => ({
  number: attempt.number,
  reference: attempt.reference,
  account: attempt.account,
  fee_mode: attempt.feeMode,
  status: attempt.status,
  provider_id: attempt.providerId,
  misses: attempt.misses,
  misses_count_from: DateTime.formatIso(attempt.missesCountFrom),
  alerted: attempt.alerted,
  due_at: iso(attempt.dueAt),
  created_at: DateTime.formatIso(attempt.createdAt)
})

export const attempts: Parts.Table<PayoutAttempt.PayoutAttempt, AttemptJson> = {
  name: "payout_attempt",
  of: "payout",
  key: "number",
  columns: {
    number: "int",
    reference: "text",
    account: "text",
    fee_mode: "text",
    status: "text",
    provider_id: "text",
    misses: "int",
    misses_count_from: "timestamptz",
    alerted: "boolean",
    due_at: "timestamptz",
    created_at: "timestamptz"
  },
  kept: ["number", "reference", "account", "fee_mode", "created_at"],
  toRow: fromAttempt
}
