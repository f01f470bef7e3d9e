/**
 * The ledger: double-entry, append-only, integer minor units. An entry is balanced by construction: this module is the
 * only one that makes entries, and {@link entry} refuses one that does not sum to zero in each currency.
 */
import { Order, Result, Schema } from "effect"
import type { Currency } from "../values/Currency.ts"
import type { Money } from "../values/Money.ts"

/** The accounts of an owner, per provider account and currency. Assets and expenses grow by debits. */
export const Account = Schema.Literals(["provider_balance", "charges", "payouts", "fees", "adjustments", "own_bank"])
export type Account = typeof Account.Type

/** A debit (positive) or a credit (negative) of an account, in minor units. */
export interface Posting {
  readonly account: Account
  readonly amount: number
  readonly currency: Currency
}

export const StatementType = Schema.Literals(["charge", "payout", "fee", "adjustment"])
export type StatementType = typeof StatementType.Type

/** What one entry shows on the public statement. `net = amount − fee` always, and `fee` is never negative. */
export interface StatementLine {
  readonly type: StatementType
  /** Signed: positive is money in. */
  readonly amount: number
  readonly currency: Currency
  readonly fee: number
  readonly net: number
}

export interface Entry {
  /** Never empty, never a zero posting, Σ = 0 in each currency. */
  readonly postings: ReadonlyArray<Posting>
  readonly line: StatementLine
}

export class UnbalancedEntry extends Schema.TaggedError<UnbalancedEntry>()("UnbalancedEntry", {
  message: Schema.String
}) {}

/**
 * Makes an entry, or fails with `UnbalancedEntry`: when postings do not sum to zero in each currency, when an amount or
 * a sum of them is no safe integer, when the line's fee is negative, when its net is not what the provider's balance
 * moved by, or when that balance moves in a currency that the line does not show.
 */
export const entry = (
  postings: ReadonlyArray<Posting>,
  line: Omit<StatementLine, "net">
): Result.Result<Entry, UnbalancedEntry> => {
  const moved = postings.filter((posting) => posting.amount !== 0)
  const sums = new Map<Currency, number>()
  let balance = 0
  for (const { account, amount, currency } of moved) {
    const sum = (sums.get(currency) ?? 0) + amount
    // Beyond the safe integers a sum is rounded, and could come to zero where the true one does not.
    if (!Number.isSafeInteger(amount) || !Number.isSafeInteger(sum)) return refuse(`${amount} is not an amount`)
    sums.set(currency, sum)
    if (account !== "provider_balance") continue
    if (currency !== line.currency)
      return refuse(`The provider's balance moves in ${currency}, unseen in the statement`)
    balance += amount
    if (!Number.isSafeInteger(balance)) return refuse(`${balance} is not an amount`)
  }
  for (const [currency, sum] of sums) {
    if (sum !== 0) return refuse(`Debits and credits differ by ${sum} ${currency}`)
  }
  const net = line.amount - line.fee
  if (moved.length === 0) return refuse("An entry moves something")
  if (![line.amount, line.fee, net].every(Number.isSafeInteger)) return refuse(`${line.amount} is not an amount`)
  if (line.fee < 0) return refuse("A fee is never negative")
  if (balance !== net) return refuse(`The provider's balance moves by ${balance}, the statement says ${net}`)
  return Result.succeed({ postings: moved, line: { ...line, net } })
}

const refuse = (message: string): Result.Result<never, UnbalancedEntry> => Result.fail(new UnbalancedEntry({ message }))

/** What a provider moved and what it kept of it: positive minor units, and a fee that may be 0 but is never negative. */
export interface Charged extends Money {
  readonly fee: number
}

type Moves = ReadonlyArray<readonly [account: Account, amount: number]>

/** A posting rule: the line's type and direction, and the debits and credits for an amount and its fee. */
const rule =
  (type: StatementType, direction: "in" | "out", moves: (amount: number, fee: number) => Moves) =>
  ({ amount, currency, fee }: Charged): Result.Result<Entry, UnbalancedEntry> =>
    amount > 0
      ? entry(
          moves(amount, fee).map(([account, moved]) => ({ account, amount: moved, currency })),
          { type, amount: direction === "in" ? amount : -amount, fee, currency }
        )
      : refuse(`${amount} is not a positive amount: a rule knows the direction`)

/** A rule that knows no fee. */
const feeless = (type: StatementType, direction: "in" | "out", moves: (amount: number) => Moves) => {
  const book = rule(type, direction, moves)
  return ({ amount, currency }: Money) => book({ amount, currency, fee: 0 })
}

// The posting rules, in the order of the table in the design ("Ledger") and in its words. Debits are positive.
// Each takes positive minor units and fails with `UnbalancedEntry` on anything else.

/** "charge paid A, fee F": debit provider_balance A−F, fees F; credit charges A. Charge, +A, fee F, net A−F. */
export const chargePaid = rule("charge", "in", (A, F) => [
  ["provider_balance", A - F],
  ["fees", F],
  ["charges", -A]
])

/** "payout, fee on top": debit payouts A, fees F; credit provider_balance A+F. Payout, −A, fee F, net −(A+F). */
export const payoutFeeOnTop = rule("payout", "out", (A, F) => [
  ["payouts", A],
  ["fees", F],
  ["provider_balance", -(A + F)]
])

/**
 * "payout, fee deducted from what is delivered (requested R = D + F)": debit payouts D, fees F; credit provider_balance R.
 * Payout, −D, fee F, net −R. Something is delivered: a fee of R or more is refused.
 */
export const payoutFeeDeducted = (payout: {
  readonly requested: number
  readonly fee: number
  readonly currency: Currency
}) => payoutFeeOnTop({ amount: payout.requested - payout.fee, fee: payout.fee, currency: payout.currency })

/** "payout returned": debit provider_balance; credit payouts. Adjustment, + what came back. */
export const payoutReturned = feeless("adjustment", "in", (B) => [
  ["provider_balance", B],
  ["payouts", -B]
])

/** The fee f that comes back with a refund: debit provider_balance f; credit fees f. "A second adjustment +f". */
export const feeGivenBack = feeless("adjustment", "in", (f) => [
  ["provider_balance", f],
  ["fees", -f]
])

/** Something debited, and the fee that came back with it: 0 where none did. Positive minor units both. */
export interface TakenBack extends Money {
  readonly feeGivenBack: number
}

/** One entry for what was debited, and a second where a fee came back. */
const takenBack = (income: "charges" | "adjustments") => {
  const debited = feeless("adjustment", "out", (X) => [
    [income, X],
    ["provider_balance", -X]
  ])
  return ({ amount, currency, feeGivenBack: f }: TakenBack): Result.Result<ReadonlyArray<Entry>, UnbalancedEntry> =>
    Result.all([debited({ amount, currency }), ...(f === 0 ? [] : [feeGivenBack({ amount: f, currency })])])
}

/**
 * "refund or chargeback: provider debits X (and gives back fee f)": debit charges X (fees −f); credit provider_balance
 * X−f. "Adjustment −X; a second adjustment +f if a fee came back": one entry each.
 */
export const chargeTakenBack = takenBack("charges")

/** "chargeback won back W": debit provider_balance W; credit charges W. Adjustment, +W. */
export const chargebackWonBack = feeless("adjustment", "in", (W) => [
  ["provider_balance", W],
  ["charges", -W]
])

/** "second payment of one invoice": debit provider_balance A−F, fees F; credit adjustments A. Adjustment, +A, fee F. */
export const paidAgain = rule("adjustment", "in", (A, F) => [
  ["provider_balance", A - F],
  ["fees", F],
  ["adjustments", -A]
])

/** The second payment's "refund is an adjustment −A": debit adjustments A; credit provider_balance A. A fee may come back. */
export const secondPaymentTakenBack = takenBack("adjustments")

/** "transfer to the account owner's bank": debit own_bank T, fees F; credit provider_balance T+F. Adjustment, −T, fee F. */
export const transferredToOwnBank = rule("adjustment", "out", (T, F) => [
  ["own_bank", T],
  ["fees", F],
  ["provider_balance", -(T + F)]
])

/** A transfer to the account owner's bank that came back: debit provider_balance B; credit own_bank B. Adjustment, +B. */
export const cameBackFromOwnBank = feeless("adjustment", "in", (B) => [
  ["provider_balance", B],
  ["own_bank", -B]
])

const standsAlone = feeless("fee", "out", (F) => [
  ["fees", F],
  ["provider_balance", -F]
])

/** "stand-alone fee (tax document, monthly), or a fee learned later": debit fees F; credit provider_balance F. Fee, −F. */
export const fee = (amount: number, currency: Currency) => standsAlone({ amount, currency })

const leftOutOfDelivery = rule("payout", "in", (F) => [
  ["fees", F],
  ["payouts", -F]
])

/**
 * A fee F that was taken out of what a payout delivered, learned later: debit fees F; credit payouts F. Payout, +F, fee F, net 0.
 * The provider's balance moved by the whole amount when the payout was booked; with this row the two show −D, fee F, net −R.
 */
export const feeDeducted = (amount: number, currency: Currency) => leftOutOfDelivery({ amount, fee: amount, currency })

const adjustedIn = feeless("adjustment", "in", (L) => [
  ["provider_balance", L],
  ["adjustments", -L]
])

/** A dispute over a second payment, won back: debit provider_balance W; credit adjustments W, where it was taken from. */
export const secondPaymentWonBack = adjustedIn

const adjustedOut = feeless("adjustment", "out", (L) => [
  ["adjustments", L],
  ["provider_balance", -L]
])

/**
 * "unmatched provider line": debit and credit "by sign", an adjustment. The one rule whose amount is signed: what the
 * provider's balance moved by, its fee taken off.
 */
export const unmatched = ({ amount, currency }: Money) =>
  amount < 0 ? adjustedOut({ amount: -amount, currency }) : adjustedIn({ amount, currency })

/** The end of an {@link unmatched} line that has found its match: takes the same line, gives the opposite entry. */
export const unmatchedReversed = ({ amount, currency }: Money) => unmatched({ amount: -amount, currency })

/** A posting, and the configured name of the provider account it belongs to. */
export interface PostedTo {
  readonly account: string
  readonly posting: Posting
}

/** What the postings of an account sum to. */
export interface Balance {
  /** The configured name of the provider account. */
  readonly providerAccount: string
  readonly account: Account
  readonly currency: Currency
  /** Debits less credits in minor units. A bigint, since a sum of safe integers may leave their range. */
  readonly amount: bigint
}

const byAccount = Order.combineAll<Omit<Balance, "amount">>([
  Order.mapInput(Order.String, ({ providerAccount }) => providerAccount),
  Order.mapInput(Order.Number, ({ account }) => Account.literals.indexOf(account)),
  Order.mapInput(Order.String, ({ currency }) => currency)
])

/**
 * The balance per provider account, account and currency, of one owner's postings in any order. Accounts that were moved
 * and came back to zero are there; the rest are not.
 */
export const balances = (postings: Iterable<PostedTo>): ReadonlyArray<Balance> => {
  const found = new Map<string, Balance>()
  for (const { account: providerAccount, posting } of postings) {
    const { account, currency } = posting
    const key = JSON.stringify([providerAccount, account, currency])
    const amount = (found.get(key)?.amount ?? 0n) + BigInt(posting.amount)
    found.set(key, { providerAccount, account, currency, amount })
  }
  return [...found.values()].toSorted(byAccount)
}

/** A provider account and currency where the statement does not say what the ledger does. Minor units. */
export interface StatementDiffers {
  readonly providerAccount: string
  readonly currency: Currency
  /** What provider_balance moved by. */
  readonly moved: bigint
  /** Σ net of the statement rows. */
  readonly net: bigint
}

/**
 * Where Σ net of the statement is not the movement of provider_balance. Empty over all that was ever posted for an owner:
 * otherwise something has been written past {@link entry}, or one of the two is read incompletely.
 */
export const statementDiffers = (
  postings: Iterable<PostedTo>,
  statement: Iterable<{ readonly account: string; readonly line: StatementLine }>
): ReadonlyArray<StatementDiffers> => {
  const told = new Map<string, StatementDiffers>()
  const add = (providerAccount: string, currency: Currency, sums: { readonly moved: bigint; readonly net: bigint }) => {
    const key = JSON.stringify([providerAccount, currency])
    const { moved, net } = told.get(key) ?? { moved: 0n, net: 0n }
    told.set(key, { providerAccount, currency, moved: moved + sums.moved, net: net + sums.net })
  }
  for (const { account, amount, currency, providerAccount } of balances(postings)) {
    if (account === "provider_balance") add(providerAccount, currency, { moved: amount, net: 0n })
  }
  for (const { account, line } of statement) add(account, line.currency, { moved: 0n, net: BigInt(line.net) })
  return [...told.values()].filter(({ moved, net }) => moved !== net)
}
