/** What an auditor is given: everything that one owner's store holds, and what the owner's providers have in their books. */
import type { DateTime } from "effect"
import type { BalanceTransaction } from "../../models/BalanceTransaction.ts"
import type { PublicEvent } from "../../models/Events.ts"
import type { Invoice } from "../../models/Invoice.ts"
import type { Owner } from "../../models/Owner.ts"
import type { Payout } from "../../models/Payout.ts"
import type { File } from "../../models/TaxDocument.ts"
import type { Issued } from "../FakeIssuer.ts"
import type { FakePayouts, Transfer } from "../FakePayouts.ts"
import type { Charge } from "../FakeProvider.ts"

/** A ledger posting with where it belongs. */
export interface AuditedPosting {
  readonly entry: string
  /** The configured name of the provider account. */
  readonly account: string
  readonly posting: { readonly account: string; readonly amount: number; readonly currency: string }
}

/** A charge in a provider's books, with the owner's name for the account it was made with. */
export interface AuditedCharge {
  readonly account: string
  readonly charge: Omit<Charge, "account" | "method" | "dueDate" | "createdAt" | "expiresAt"> & {
    readonly expiresAt: DateTime.Utc | null
  }
}

/** A transfer in a provider's books, with the owner's name for the account it was made with. */
export interface AuditedTransfer {
  readonly account: string
  readonly feeMode: FakePayouts["feeMode"]
  readonly transfer: Omit<Transfer, "account" | "createdAt">
}

/** An authority's books, with the owner's name for the account. */
export interface AuditedAuthority {
  readonly account: string
  /** What the issuer takes for a document, in minor units. */
  readonly fee: number
  readonly issued: ReadonlyArray<Issued>
  readonly sent: ReadonlyArray<{ readonly reference: string; readonly content: string }>
}

export interface Facts {
  readonly owner: Owner
  readonly invoices: ReadonlyArray<Invoice>
  readonly payouts: ReadonlyArray<Payout>
  readonly postings: ReadonlyArray<AuditedPosting>
  readonly statement: ReadonlyArray<BalanceTransaction>
  /** In the order in which they were told. */
  readonly events: ReadonlyArray<PublicEvent>
  readonly charges: ReadonlyArray<AuditedCharge>
  readonly transfers: ReadonlyArray<AuditedTransfer>
  readonly authorities: ReadonlyArray<AuditedAuthority>
  /** The texts of tax documents that the store keeps. */
  readonly files: ReadonlyArray<File>
}

/** How far things have come: while calls and lookups are still to be made, a store may know less than the providers. */
export type Moment = "under way" | "settled"

/** Says what is wrong, in words. Nothing when nothing is. */
export type Rule = (facts: Facts) => ReadonlyArray<string>

export const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((a, b) => a + b, 0)

export const group = <A>(
  rows: ReadonlyArray<A>,
  keyOf: (row: A) => string
): ReadonlyArray<readonly [string, ReadonlyArray<A>]> => [...Map.groupBy(rows, keyOf)]

/** What is there more than once. */
export const repeated = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  group(names, (name) => name).flatMap(([name, all]) => (all.length > 1 ? [name] : []))

/** Which of two sums that should be the same are not, by name. */
export const differences = (
  amounts: ReadonlyArray<
    { readonly name: string; readonly there: number } | { readonly name: string; readonly here: number }
  >
): ReadonlyArray<string> =>
  group(amounts, ({ name }) => name).flatMap(([name, all]) => {
    const there = sum(all.map((each) => ("there" in each ? each.there : 0)))
    const here = sum(all.map((each) => ("here" in each ? each.here : 0)))
    return there === here ? [] : [`${name}: ${there} by the providers, ${here} here`]
  })

/** A reference at an account: what an attempt and what a provider made of it have in common. */
export const nameOf = (account: string, { reference }: { readonly reference: string }): string =>
  `${account} ${reference}`

export const attemptsOf = ({ invoices }: Facts) =>
  invoices.flatMap((invoice) =>
    invoice.attempts.map((attempt) => ({ invoice, attempt, name: nameOf(attempt.account, attempt) }))
  )

export const payoutAttemptsOf = ({ payouts }: Facts) =>
  payouts.flatMap((payout) =>
    payout.attempts.map((attempt) => ({ payout, attempt, name: nameOf(attempt.account, attempt) }))
  )

export const chargesByName = ({ charges }: Facts): ReadonlyMap<string, AuditedCharge["charge"]> =>
  new Map(charges.map(({ account, charge }) => [nameOf(account, charge), charge]))

export const transfersByName = ({ transfers }: Facts): ReadonlyMap<string, AuditedTransfer> =>
  new Map(transfers.map((each) => [nameOf(each.account, each.transfer), each]))
