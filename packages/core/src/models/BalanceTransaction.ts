/**
 * A balance transaction: the public statement row of one ledger entry, carrying the control fields of its source.
 */
import type { DateTime } from "effect"
import type { BalanceTransactionId, EntryId } from "../values/Ids.ts"
import type { Invoice } from "./invoice/State.ts"
import type { Entry, Posting, StatementLine } from "./Ledger.ts"
import type { Settlement } from "./Observation.ts"
import type { Owner } from "./Owner.ts"
import type { Payout } from "./payout/State.ts"

export interface BalanceTransaction {
  readonly owner: Owner
  readonly id: BalanceTransactionId
  readonly entry: EntryId
  readonly line: StatementLine
  /** The day the funds settle, `YYYY-MM-DD`; null while the provider has not told. */
  readonly availableOn: string | null
  /** The days on which the provider pays what is not yet available, as they were known when the row was written. */
  readonly settlements?: ReadonlyArray<Settlement>
  readonly source: { readonly resource: "invoice" | "payout"; readonly id: string }
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

/** An entry to post, and what its statement row needs besides. */
export interface Booking {
  readonly entry: Entry
  /** The configured name of the provider account. */
  readonly account: string
  readonly availableOn: string | null
  /** The settlement schedule that became known with it: of the whole payment, net of fees. */
  readonly settlements?: ReadonlyArray<Settlement>
}

/** When a row is written, and its ids. */
export interface At {
  readonly id: BalanceTransactionId
  readonly entry: EntryId
  readonly createdAt: DateTime.Utc
}

const of =
  <Source extends Invoice | Payout>(resource: BalanceTransaction["source"]["resource"]) =>
  (
    { id, ourNumber, owner, request }: Source,
    { account, availableOn, entry, settlements }: Booking,
    at: At
  ): Posted => ({
    postings: entry.postings,
    transaction: {
      ...at,
      owner,
      line: entry.line,
      availableOn,
      ...(settlements === undefined ? {} : { settlements }),
      source: { resource, id },
      account,
      ourNumber,
      costCenter: request.cost_center,
      contractorReference: request.contractor_reference ?? null,
      metadata: request.metadata ?? {}
    }
  })

/** The statement row of something booked for an invoice. */
export const ofInvoice = of<Invoice>("invoice")

/** The statement row of something booked for a payout. */
export const ofPayout = of<Payout>("payout")
