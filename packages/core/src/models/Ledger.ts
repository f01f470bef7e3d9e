/**
 * The ledger: double-entry, append-only, integer minor units. An entry is balanced by construction: this module is the
 * only one that makes entries, and {@link entry} refuses one that does not sum to zero in each currency.
 */
import { Result, Schema } from "effect"
import type { Currency } from "../values/Currency.ts"

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
 * Makes an entry, or fails with `UnbalancedEntry`: when postings do not sum to zero in each currency, when an amount is
 * no safe integer, when the line's fee is negative, or when its net is not what the provider's balance moved by.
 */
export const entry = (
  postings: ReadonlyArray<Posting>,
  line: Omit<StatementLine, "net">
): Result.Result<Entry, UnbalancedEntry> => {
  const refuse = (message: string) => Result.fail(new UnbalancedEntry({ message }))
  const moved = postings.filter((posting) => posting.amount !== 0)
  const sums = new Map<Currency, number>()
  let balance = 0
  for (const { account, amount, currency } of moved) {
    if (!Number.isSafeInteger(amount)) return refuse(`${amount} is not an amount`)
    sums.set(currency, (sums.get(currency) ?? 0) + amount)
    if (account === "provider_balance" && currency === line.currency) balance += amount
  }
  for (const [currency, sum] of sums) {
    if (sum !== 0) return refuse(`Debits and credits differ by ${sum} ${currency}`)
  }
  const net = line.amount - line.fee
  if (moved.length === 0) return refuse("An entry moves something")
  if (line.fee < 0) return refuse("A fee is never negative")
  if (balance !== net) return refuse(`The provider's balance moves by ${balance}, the statement says ${net}`)
  return Result.succeed({ postings: moved, line: { ...line, net } })
}

/** A payment A with fee F: debit provider_balance A−F and fees F, credit `income` A. */
const moneyIn =
  (income: "charges" | "adjustments", type: StatementType) =>
  (payment: { readonly amount: number; readonly fee: number; readonly currency: Currency }) =>
    entry(
      [
        { account: "provider_balance", amount: payment.amount - payment.fee, currency: payment.currency },
        { account: "fees", amount: payment.fee, currency: payment.currency },
        { account: income, amount: -payment.amount, currency: payment.currency }
      ],
      { type, amount: payment.amount, fee: payment.fee, currency: payment.currency }
    )

/** The first payment of an invoice. */
export const chargePaid = moneyIn("charges", "charge")

/** A further payment of an invoice that has been paid already. */
export const paidAgain = moneyIn("adjustments", "adjustment")

/** A fee that stands alone, or is learned after what it belongs to was booked: debit fees F, credit provider_balance F. */
export const fee = (amount: number, currency: Currency) =>
  entry(
    [
      { account: "fees", amount, currency },
      { account: "provider_balance", amount: -amount, currency }
    ],
    { type: "fee", amount: -amount, fee: 0, currency }
  )
