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
  /** A line of the provider's statement where neither an invoice nor a payout of ours moved the money. */
  readonly source: { readonly resource: "invoice" | "payout" | "provider_line"; readonly id: string }
  /** The number of the source's attempt, 0 where none moved it; null where the source is a line of the provider. */
  readonly attempt: number | null
  /** When the money moved, by the provider's clock: what a statement of the provider is compared by. */
  readonly occurredAt: DateTime.Utc
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
  /** The number of the attempt that moved it; 0 where none did: the fee of a tax document. */
  readonly attempt: number
  /** By the provider's clock. */
  readonly occurredAt: DateTime.Utc
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
    { account, attempt, availableOn, entry, occurredAt, settlements }: Booking,
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
      attempt,
      occurredAt,
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

/** The statement row of something booked for a line of the provider's statement, or of its reversal. */
export const ofProviderLine = (
  owner: Owner,
  line: { readonly id: string; readonly account: string; readonly at: DateTime.Utc },
  entry: Entry,
  at: At
): Posted => ({
  postings: entry.postings,
  transaction: {
    ...at,
    owner,
    line: entry.line,
    availableOn: null,
    source: { resource: "provider_line", id: line.id },
    attempt: null,
    occurredAt: line.at,
    account: line.account,
    ourNumber: null,
    costCenter: null,
    contractorReference: null,
    metadata: {}
  }
})
