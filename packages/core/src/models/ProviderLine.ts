/**
 * A line of a provider's own statement that no charge and no payout of ours accounts for, and how it is booked: by its rule
 * where its kind says what it is, else as an adjustment once it has been a riddle for long enough.
 */
import { Result } from "effect"
import * as Ledger from "./Ledger.ts"
import type { Line } from "./Reconciliation.ts"

/** A line of the provider's statement, and what the provider says it is. */
export interface ProviderLine extends Line {
  /** The provider's fee within `net`, in minor units; never negative. */
  readonly fee: number
  readonly kind: "charge" | "payout" | "transfer" | "fee" | "other"
}

/** `own_bank` is a transfer to the account owner's bank, `fee` one that stands alone; an `adjustment` waits for its match. */
export type BookedAs = "adjustment" | "own_bank" | "fee"

/** The rule of a line that is about nothing of ours by its kind; null where it should have been about something. */
export const ruleOf = ({ kind }: Pick<ProviderLine, "kind">): Exclude<BookedAs, "adjustment"> | null =>
  kind === "transfer" ? "own_bank" : kind === "fee" ? "fee" : null

/** The entry of a line. Fails with `UnbalancedEntry` where it moved nothing. */
export const entryOf = (
  { currency, fee, net }: Pick<ProviderLine, "currency" | "fee" | "net">,
  as: BookedAs
): Result.Result<Ledger.Entry, Ledger.UnbalancedEntry> => {
  if (as === "adjustment") return Ledger.unmatched({ amount: net, currency })
  if (as === "fee") return net < 0 ? Ledger.fee(-net, currency) : Ledger.feeGivenBack({ amount: net, currency })
  if (net >= 0) return Ledger.cameBackFromOwnBank({ amount: net, currency })
  const amount = -net - fee
  return amount > 0 ? Ledger.transferredToOwnBank({ amount, fee, currency }) : Ledger.fee(-net, currency)
}
