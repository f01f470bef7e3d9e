/**
 * A balance transaction: the public statement row of one ledger entry, carrying the control fields of its source.
 */
import type { DateTime } from "effect"
import type { BalanceTransactionId, EntryId } from "../values/Ids.ts"
import type { Invoice } from "./Invoice.ts"
import type { Booking } from "./Invoice.ts"
import type { Posting, StatementLine } from "./Ledger.ts"
import type { Owner } from "./Owner.ts"

export interface BalanceTransaction {
  readonly owner: Owner
  readonly id: BalanceTransactionId
  readonly entry: EntryId
  readonly line: StatementLine
  /** The day the funds settle, `YYYY-MM-DD`; null while the provider has not told. */
  readonly availableOn: string | null
  readonly source: { readonly resource: "invoice"; readonly id: string }
  /** The configured name of the provider account. */
  readonly account: string
  readonly ourNumber: string | null
  readonly costCenter: string | null
  readonly contractorReference: string | null
  readonly metadata: Readonly<Record<string, string>>
  readonly createdAt: DateTime.Utc
}

/** An entry with its statement row, ready to be posted. */
export interface Posted {
  readonly postings: ReadonlyArray<Posting>
  readonly transaction: BalanceTransaction
}

/** The statement row of something booked for an invoice. */
export const ofInvoice = (
  invoice: Invoice,
  booking: Booking,
  at: { readonly id: BalanceTransactionId; readonly entry: EntryId; readonly createdAt: DateTime.Utc }
): Posted => ({
  postings: booking.entry.postings,
  transaction: {
    ...at,
    owner: invoice.owner,
    line: booking.entry.line,
    availableOn: booking.availableOn,
    source: { resource: "invoice", id: invoice.id },
    account: booking.account,
    ourNumber: invoice.ourNumber,
    costCenter: invoice.request.cost_center,
    contractorReference: invoice.request.contractor_reference ?? null,
    metadata: invoice.request.metadata ?? {}
  }
})
