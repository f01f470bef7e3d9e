/**
 * Invoices as rows, and back. What a row holds was checked when it was written, by the rules of that day; it is not
 * checked again by today's.
 */
import { DateTime } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import type {
  ChargeAttempt,
  Ids,
  Invoice,
  InvoiceRequest,
  OurNumber,
  Owner,
  Pix,
  ProviderOperation,
  TaxDocument
} from "@salesos/core"
import { type FactJson, iso, optionalTime, time, toFact } from "./FactRows.ts"
import type { OperationRow } from "./Operations.ts"
import type * as Parts from "./Parts.ts"

export interface InvoiceRow extends OperationRow {
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
  readonly attempts: ReadonlyArray<AttemptJson> | null
  readonly facts: ReadonlyArray<FactJson> | null
  readonly documents: ReadonlyArray<DocumentJson> | null
}

/** An operation asked of a provider, as JSON. */
interface OperationJson {
  readonly status: ProviderOperation.Status
  readonly misses: number
  readonly misses_count_from: string
  /** Not there in rows that were written before there was such a thing; the same of a sending. */
  readonly alerted?: boolean
  /** The same. */
  readonly since?: string | null
}

/** The cancellation of a tax document, as JSON. */
interface CancellationJson extends OperationJson {
  readonly reason: string
  readonly with_invoice: boolean
}

/** A row of `charge_attempt` as `json_agg` gives it: times are text. */
interface AttemptJson {
  readonly number: number
  readonly leg: InvoiceRequest.Leg
  readonly reference: ChargeAttempt.ProviderReference
  readonly account: string
  readonly status: ChargeAttempt.Status
  readonly provider_id: string | null
  readonly artifact: ChargeAttempt.ChargeAttempt["artifact"]
  readonly exchange: ChargeAttempt.ChargeAttempt["exchange"]
  readonly expires_at: string | null
  readonly lapses_at: string
  readonly canceled_at: string | null
  readonly end_reason: ChargeAttempt.ChargeAttempt["endReason"]
  readonly cancel: OperationJson | null
  readonly refund: OperationJson | null
  readonly misses: number
  readonly misses_count_from: string
  readonly alerted: boolean
  readonly due_at: string | null
  readonly created_at: string
}

/** The sending of a tax document, as JSON. */
interface SendingJson extends Omit<TaxDocument.Sending, "since" | "missesCountFrom" | "alerted"> {
  readonly since: string
  readonly misses_count_from: string
  readonly alerted?: boolean
}

/** A row of `tax_document` as `json_agg` gives it. */
export interface DocumentJson {
  readonly id: Ids.TaxDocumentId
  readonly type: TaxDocument.Type
  readonly status: TaxDocument.Status
  readonly auto_issue: boolean
  readonly asked: boolean
  readonly service_code: string | null
  readonly iss_withheld: boolean
  readonly metadata: TaxDocument.TaxDocument["metadata"]
  readonly sending: SendingJson | null
  readonly held: TaxDocument.HoldReason | null
  readonly document_number: string | null
  readonly access_key: string | null
  readonly issued_at: string | null
  readonly canceled_at: string | null
  readonly cancel: CancellationJson | null
  readonly failure: TaxDocument.TaxDocument["failure"]
  readonly due_at: string | null
  readonly created_at: string
  readonly updated_at: string
}

/**
 * Rows of `invoice` with their attempts, money facts and tax documents; each by the primary key of its table, by
 * `money_fact_of` or by `tax_document_invoice`.
 */
export const selectInvoices = (sql: SqlClient.SqlClient, invoices: Statement.Fragment, order?: Statement.Fragment) =>
  sql<InvoiceRow>`
    select i.tenant, i.environment, i.id, i.our_number, i.status, i.confirmed, i.request, i.amount_paid, i.amount_reversed,
      i.late_payment, i.payer, i.end_to_end_id, i.failure, i.paid_at, i.canceled_at, i.created_at, i.updated_at,
      i.lease_token, i.lease_until, clock_timestamp() as now,
      (select json_agg(a order by a.number) from charge_attempt a
        where (a.tenant, a.environment, a.invoice) = (i.tenant, i.environment, i.id)) as attempts,
      (select json_agg(f order by f.recorded_at, f.key) from money_fact f
        where (f.tenant, f.environment, f.invoice) = (i.tenant, i.environment, i.id)) as facts,
      (select json_agg(d order by d.created_at, d.id) from tax_document d
        where (d.tenant, d.environment, d.invoice) = (i.tenant, i.environment, i.id)) as documents
    from (${invoices}) i ${order ?? sql.literal("")}`

export const toInvoice = (row: InvoiceRow): Invoice.Invoice => ({
  owner: { tenant: row.tenant, environment: row.environment },
  id: row.id,
  ourNumber: row.our_number,
  status: row.status,
  confirmed: row.confirmed,
  request: row.request,
  attempts: (row.attempts ?? []).map(toAttempt),
  facts: (row.facts ?? []).map(toFact),
  documents: (row.documents ?? []).map(toDocument),
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

const toOperation = (row: OperationJson): ProviderOperation.ProviderOperation => ({
  status: row.status,
  misses: row.misses,
  missesCountFrom: time(row.misses_count_from),
  since: row.since === undefined ? time(row.misses_count_from) : optionalTime(row.since),
  alerted: row.alerted ?? false
})

const fromOperation = (operation: ProviderOperation.ProviderOperation): OperationJson => ({
  status: operation.status,
  misses: operation.misses,
  misses_count_from: DateTime.formatIso(operation.missesCountFrom),
  since: iso(operation.since),
  alerted: operation.alerted
})

const toAttempt = (row: AttemptJson): ChargeAttempt.ChargeAttempt => ({
  number: row.number,
  leg: row.leg,
  reference: row.reference,
  account: row.account,
  status: row.status,
  providerId: row.provider_id,
  artifact: row.artifact,
  exchange: row.exchange,
  expiresAt: optionalTime(row.expires_at),
  lapsesAt: time(row.lapses_at),
  canceledAt: optionalTime(row.canceled_at),
  endReason: row.end_reason,
  cancel: row.cancel && toOperation(row.cancel),
  refund: row.refund && toOperation(row.refund),
  misses: row.misses,
  missesCountFrom: time(row.misses_count_from),
  alerted: row.alerted,
  dueAt: optionalTime(row.due_at),
  createdAt: time(row.created_at)
})

const toCancellation = ({ reason, with_invoice, ...operation }: CancellationJson): TaxDocument.Cancellation => ({
  ...toOperation(operation),
  reason,
  withInvoice: with_invoice
})

const fromCancellation = ({ reason, withInvoice, ...operation }: TaxDocument.Cancellation): CancellationJson => ({
  ...fromOperation(operation),
  reason,
  with_invoice: withInvoice
})

const toDocument = (row: DocumentJson): TaxDocument.TaxDocument => ({
  id: row.id,
  type: row.type,
  status: row.status,
  autoIssue: row.auto_issue,
  asked: row.asked,
  serviceCode: row.service_code,
  issWithheld: row.iss_withheld,
  metadata: row.metadata,
  sending: row.sending && {
    reference: row.sending.reference,
    account: row.sending.account,
    status: row.sending.status,
    since: time(row.sending.since),
    misses: row.sending.misses,
    missesCountFrom: time(row.sending.misses_count_from),
    alerted: row.sending.alerted ?? false
  },
  held: row.held,
  documentNumber: row.document_number,
  accessKey: row.access_key,
  issuedAt: optionalTime(row.issued_at),
  canceledAt: optionalTime(row.canceled_at),
  cancel: row.cancel && toCancellation(row.cancel),
  failure: row.failure,
  dueAt: optionalTime(row.due_at),
  createdAt: time(row.created_at),
  updatedAt: time(row.updated_at)
})

/** An attempt for `jsonb_to_recordset`. */
const fromAttempt = (attempt: ChargeAttempt.ChargeAttempt): AttemptJson => ({
  number: attempt.number,
  leg: attempt.leg,
  reference: attempt.reference,
  account: attempt.account,
  status: attempt.status,
  provider_id: attempt.providerId,
  artifact: attempt.artifact,
  exchange: attempt.exchange,
  expires_at: iso(attempt.expiresAt),
  lapses_at: DateTime.formatIso(attempt.lapsesAt),
  canceled_at: iso(attempt.canceledAt),
  end_reason: attempt.endReason,
  cancel: attempt.cancel && fromOperation(attempt.cancel),
  refund: attempt.refund && fromOperation(attempt.refund),
  misses: attempt.misses,
  misses_count_from: DateTime.formatIso(attempt.missesCountFrom),
  alerted: attempt.alerted,
  due_at: iso(attempt.dueAt),
  created_at: DateTime.formatIso(attempt.createdAt)
})

/** A tax document for `jsonb_to_recordset`. */
const fromDocument = (document: TaxDocument.TaxDocument): DocumentJson => ({
  id: document.id,
  type: document.type,
  status: document.status,
  auto_issue: document.autoIssue,
  asked: document.asked,
  service_code: document.serviceCode,
  iss_withheld: document.issWithheld,
  metadata: document.metadata,
  sending: document.sending && {
    reference: document.sending.reference,
    account: document.sending.account,
    status: document.sending.status,
    since: DateTime.formatIso(document.sending.since),
    misses: document.sending.misses,
    misses_count_from: DateTime.formatIso(document.sending.missesCountFrom),
    alerted: document.sending.alerted
  },
  held: document.held,
  document_number: document.documentNumber,
  access_key: document.accessKey,
  issued_at: iso(document.issuedAt),
  canceled_at: iso(document.canceledAt),
  cancel: document.cancel && fromCancellation(document.cancel),
  failure: document.failure,
  due_at: iso(document.dueAt),
  created_at: DateTime.formatIso(document.createdAt),
  updated_at: DateTime.formatIso(document.updatedAt)
})

export const attempts: Parts.Table<ChargeAttempt.ChargeAttempt, AttemptJson> = {
  name: "charge_attempt",
  of: "invoice",
  key: "number",
  columns: {
    number: "int",
    leg: "text",
    reference: "text",
    account: "text",
    status: "text",
    provider_id: "text",
    artifact: "jsonb",
    exchange: "jsonb",
    expires_at: "timestamptz",
    lapses_at: "timestamptz",
    canceled_at: "timestamptz",
    end_reason: "text",
    cancel: "jsonb",
    refund: "jsonb",
    misses: "int",
    misses_count_from: "timestamptz",
    alerted: "boolean",
    due_at: "timestamptz",
    created_at: "timestamptz"
  },
  kept: ["number", "leg", "reference", "account", "created_at"],
  toRow: fromAttempt
}

export const documents: Parts.Table<TaxDocument.TaxDocument, DocumentJson> = {
  name: "tax_document",
  of: "invoice",
  key: "id",
  columns: {
    id: "text",
    type: "text",
    status: "text",
    auto_issue: "boolean",
    asked: "boolean",
    service_code: "text",
    iss_withheld: "boolean",
    metadata: "jsonb",
    sending: "jsonb",
    held: "text",
    document_number: "text",
    access_key: "text",
    issued_at: "timestamptz",
    canceled_at: "timestamptz",
    cancel: "jsonb",
    failure: "jsonb",
    due_at: "timestamptz",
    created_at: "timestamptz",
    updated_at: "timestamptz"
  },
  kept: ["id", "type", "created_at"],
  toRow: fromDocument
}
