/**
 * The port to the lines of a provider account: the statement rows that moved its balance with the attempts they belong to, and
 * what was booked for lines of the provider's own statement. Each method is one transaction.
 */
import { Context, type DateTime, type Effect } from "effect"
import type { Posted } from "../models/BalanceTransaction.ts"
import type { Owner } from "../models/Owner.ts"
import type { BookedAs, ProviderLine } from "../models/ProviderLine.ts"
import type { OurLine } from "../models/Reconciliation.ts"
import type { Currency } from "../values/Currency.ts"
import type { InvoiceId, PayoutId } from "../values/Ids.ts"
import type { StoreUnavailable } from "./Operations.ts"

/** An attempt of ours at a provider account. */
export type KnownAttempt = {
  readonly attempt: number
  readonly providerId: string | null
  readonly reference: string
} & ({ readonly resource: "invoice"; readonly id: InvoiceId } | { readonly resource: "payout"; readonly id: PayoutId })

/** What lines are asked for: those that moved in a time (from inclusive, to exclusive), or those of one attempt. */
export type About =
  | { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
  | Pick<KnownAttempt, "resource" | "id" | "attempt">

/** The names that a line of the provider goes by. */
export type Named = Pick<ProviderLine, "providerId" | "reference">

export class AccountLines extends Context.Service<
  AccountLines,
  {
    /**
     * Our lines that moved the balance, ordered by time and id, `limit` at most and after the one that is given. An adjustment
     * that was reversed and its reversal are left out.
     */
    readonly ours: (
      owner: Owner,
      account: string,
      about: About,
      after: Pick<OurLine, "at" | "id"> | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<OurLine>, StoreUnavailable>
    /** The attempts at the account that go by any of the names, by the provider's id or by our reference; each once. */
    readonly attempts: (
      owner: Owner,
      account: string,
      names: ReadonlyArray<Named>
    ) => Effect.Effect<ReadonlyArray<KnownAttempt>, StoreUnavailable>
    /** Lines booked as adjustments and not reversed that go by the name of an attempt now, by id, after the one given. */
    readonly late: (
      owner: Owner,
      account: string,
      after: string | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<ProviderLine>, StoreUnavailable>
    /** Σ net of all statement rows of the account, by currency. */
    readonly balances: (
      owner: Owner,
      account: string
    ) => Effect.Effect<ReadonlyArray<{ readonly currency: Currency; readonly net: bigint }>, StoreUnavailable>
    /** Books a line of the provider's statement. False, and nothing is posted, when it has been booked before. */
    readonly book: (
      owner: Owner,
      line: ProviderLine,
      as: BookedAs,
      posted: Posted
    ) => Effect.Effect<boolean, StoreUnavailable>
    /**
     * Posts the reversal of what was booked for a line as an adjustment. False, and nothing is posted, when there is no such
     * adjustment or it has been reversed before.
     */
    readonly reverse: (
      owner: Owner,
      account: string,
      line: string,
      posted: Posted
    ) => Effect.Effect<boolean, StoreUnavailable>
  }
>()("@salesos/core/ports/AccountLines") {}
