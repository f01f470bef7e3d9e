/**
 * The auditor recomputes, from the list of what happened and as naively as it can, what must be true of a store and its
 * providers. It shares no rule with the code it judges: sums are summed, numbers counted, statuses compared. It reads what
 * clients can read, through the ports, so that it judges any adapter.
 */
import { Effect } from "effect"
import type { Owner } from "../models/Owner.ts"
import type { Listed, Page, StoreUnavailable } from "../ports/Operations.ts"
import { InvoiceStore, PayoutStore, Statement, Tenants } from "../ports/Store.ts"
import { books } from "./audit/books.ts"
import { charges, chargesSettled } from "./audit/charges.ts"
import type { Facts, Moment, Rule } from "./audit/facts.ts"
import { moneySettled } from "./audit/money.ts"
import { taxes, taxesSettled } from "./audit/taxes.ts"
import { told } from "./audit/told.ts"
import { transfers, transfersSettled } from "./audit/transfers.ts"
import type { FakeIssuer } from "./FakeIssuer.ts"
import type { FakePayouts } from "./FakePayouts.ts"
import { accountKey, type FakeProvider } from "./FakeProvider.ts"
import { StoreInspection } from "./StoreInspection.ts"

export type { AuditedAuthority, AuditedCharge, AuditedPosting, AuditedTransfer, Facts, Moment } from "./audit/facts.ts"
export { type Listed as ListedOperation, observedCharge, observedTransfer } from "./audit/observed.ts"

const always: ReadonlyArray<Rule> = [...books, ...told, ...charges, ...transfers, ...taxes]
const inTheEnd: ReadonlyArray<Rule> = [...chargesSettled, ...transfersSettled, ...moneySettled, ...taxesSettled]

/** What is wrong, in words. Empty when nothing is. */
export const audit = (facts: Facts, moment: Moment): ReadonlyArray<string> =>
  [...always, ...(moment === "settled" ? inTheEnd : [])].flatMap((rule) => rule(facts))

/** The providers whose books are compared, as far as they collect and as far as they pay, and the issuers of tax documents. */
export interface Providers {
  readonly charges?: ReadonlyArray<FakeProvider>
  readonly transfers?: ReadonlyArray<FakePayouts>
  readonly issuers?: ReadonlyArray<FakeIssuer>
}

/** All rows of a list, page by page, newest first. */
const all = Effect.fnUntraced(function* <A extends { readonly id: string }>(
  list: (page: Page) => Effect.Effect<Listed<A>, StoreUnavailable>
) {
  let rows: ReadonlyArray<A> = []
  for (;;) {
    const last = rows.at(-1)
    const { data, hasMore } = yield* list({ limit: 100, ...(last === undefined ? {} : { startingAfter: last.id }) })
    rows = [...rows, ...data]
    if (!hasMore) return rows
  }
})

const byNumber = (a: { readonly ourNumber: string }, b: { readonly ourNumber: string }): number =>
  a.ourNumber < b.ourNumber ? -1 : 1

/** What a store holds of one owner, as it is now. */
export const ofStore = Effect.fnUntraced(function* (owner: Owner) {
  const inspection = yield* StoreInspection
  const [invoices, payouts, statement] = [yield* InvoiceStore, yield* PayoutStore, yield* Statement]
  return {
    owner,
    invoices: (yield* all((page) => invoices.list(owner, {}, page))).toSorted(byNumber),
    payouts: (yield* all((page) => payouts.list(owner, {}, page))).toSorted(byNumber),
    postings: yield* inspection.postings(owner),
    statement: yield* all((page) => statement.list(owner, {}, page)),
    events: yield* inspection.events(owner),
    files: yield* inspection.files(owner)
  } satisfies Partial<Facts>
})

/** Everything about one owner, as it is now. */
export const facts = Effect.fnUntraced(function* (owner: Owner, providers: Providers) {
  const { accounts } = yield* (yield* Tenants).profile(owner)
  /** The rows of a provider's books that were made with one of the owner's accounts. */
  const own = <A extends { readonly account: string }>(provider: string, rows: ReadonlyArray<A>) =>
    accounts.flatMap((account) => {
      const key = account.provider === provider ? accountKey(account) : undefined
      return rows.flatMap((row) => (row.account === key ? [{ account: account.name, row }] : []))
    })
  const inBooks = {
    charges: yield* Effect.forEach(providers.charges ?? [], ({ books, driver }) =>
      Effect.map(books, (each) => own(driver.name, each.charges).map(({ account, row }) => ({ account, charge: row })))
    ),
    transfers: yield* Effect.forEach(providers.transfers ?? [], ({ books, driver, feeMode }) =>
      Effect.map(books, (each) =>
        own(driver.name, each.transfers).map(({ account, row }) => ({ account, feeMode, transfer: row }))
      )
    )
  }
  const authorities = yield* Effect.forEach(providers.issuers ?? [], ({ books, issuer }) =>
    Effect.map(books, (each) =>
      accounts.flatMap((account) => {
        if (account.provider !== issuer.name) return []
        const isOwn = (row: { readonly account: string }) => row.account === accountKey(account)
        const fee = Number(account.settings["documentFee"] ?? 0)
        return [{ account: account.name, fee, issued: each.documents.filter(isOwn), sent: each.sent.filter(isOwn) }]
      })
    )
  )
  return {
    ...(yield* ofStore(owner)),
    charges: inBooks.charges.flat(),
    transfers: inBooks.transfers.flat(),
    authorities: authorities.flat()
  } satisfies Facts
})

/** What is wrong with an owner's store and providers; empty when nothing is. */
export const findings = (owner: Owner, providers: Providers, moment: Moment) =>
  Effect.map(facts(owner, providers), (found) => audit(found, moment))
