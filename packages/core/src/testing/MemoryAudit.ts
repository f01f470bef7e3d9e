/** What the auditor needs to know about an owner, out of the database in memory and the books of fake providers. */
import { Effect } from "effect"
import type { Owner } from "../models/Owner.ts"
import * as Auditor from "./Auditor.ts"
import { accountKey, type FakeProvider } from "./FakeProvider.ts"
import { keyOf, MemoryDatabase, sameOwner } from "./MemoryDatabase.ts"

/** Everything about one owner, as it is now. */
export const facts = Effect.fnUntraced(function* (owner: Owner, providers: ReadonlyArray<FakeProvider>) {
  const tables = yield* (yield* MemoryDatabase).tables
  const mine = <A extends { readonly owner: Owner }>(rows: Iterable<A>): ReadonlyArray<A> =>
    [...rows].filter((row) => sameOwner(row.owner, owner))
  const accounts = tables.profiles.get(keyOf(owner))?.accounts ?? []
  const charges = yield* Effect.forEach(providers, ({ books, driver }) =>
    Effect.map(books, (all) =>
      accounts
        .filter(({ provider }) => provider === driver.name)
        .flatMap((account) =>
          all.charges
            .filter((charge) => charge.account === accountKey(account))
            .map((charge) => ({ account: account.name, charge }))
        )
    )
  )
  return {
    invoices: mine([...tables.invoices.values()].map(({ current }) => current)),
    postings: mine(tables.postings),
    statement: mine(tables.statement),
    events: mine(tables.events).map(({ event }) => event),
    charges: charges.flat()
  } satisfies Auditor.Facts
})

/** What is wrong with an owner's store and providers; empty when nothing is. */
export const findings = (owner: Owner, providers: ReadonlyArray<FakeProvider>, moment: Auditor.Moment) =>
  Effect.map(facts(owner, providers), (all) => Auditor.audit(all, moment))
