/** An auditor that finds nothing is worth as much as what it would find. */
import { assert, describe, it } from "@effect/vitest"
import { Auditor } from "@salesos/core/testing"
import { DateTime, Effect } from "effect"
import { create, Given, inGateway, workFor } from "../support/gateway.ts"

/** The facts of two invoices, of which one is paid, and of one that expired. */
const facts = inGateway()(
  Effect.gen(function* () {
    const { owner, provider, providers } = yield* Given
    yield* create("k1")
    yield* create("k2")
    yield* create("k3")
    yield* provider.pay("infrapsp-1")
    yield* provider.end("infrapsp-2", "expired")
    yield* workFor(5)
    return yield* Auditor.facts(owner, { charges: providers })
  })
)

type Facts = Auditor.Facts
const first = <A>(rows: ReadonlyArray<A>, change: (row: A) => A): ReadonlyArray<A> =>
  rows.map((row, place) => (place === 0 ? change(row) : row))
const charge = (
  facts: Facts,
  change: (charge: Facts["charges"][number]["charge"]) => Facts["charges"][number]["charge"]
): Facts => ({
  ...facts,
  charges: first(facts.charges, (each) => ({ ...each, charge: change(each.charge) }))
})

const frauds: ReadonlyArray<readonly [string, (facts: Facts) => Facts]> = [
  ["a charge that was made twice", (all) => ({ ...all, charges: [...all.charges, ...all.charges.slice(0, 1)] })],
  [
    "a charge that nobody asked for",
    (all) => charge(all, (each) => ({ ...each, reference: `${each.reference}-9` as typeof each.reference }))
  ],
  ["a charge that the provider does not know", (all) => ({ ...all, charges: all.charges.slice(1) })],
  ["a number that is missing", (all) => ({ ...all, invoices: all.invoices.slice(1) })],
  ["a number that is there twice", (all) => ({ ...all, invoices: [...all.invoices, ...all.invoices.slice(2)] })],
  [
    "an entry that is not balanced",
    (all) => ({
      ...all,
      postings: first(all.postings, (row) => ({ ...row, posting: { ...row.posting, amount: row.posting.amount + 1 } }))
    })
  ],
  [
    "an entry in another currency",
    (all) => ({
      ...all,
      postings: first(all.postings, (row) => ({ ...row, posting: { ...row.posting, currency: "USD" } }))
    })
  ],
  [
    "a payment that was booked twice",
    (all) => ({
      ...all,
      postings: [...all.postings, ...all.postings.map((row) => ({ ...row, entry: `${row.entry}x` }))],
      statement: [...all.statement, ...all.statement]
    })
  ],
  ["a statement row that is missing", (all) => ({ ...all, statement: [] })],
  [
    "a statement row that says more than was moved",
    (all) => ({
      ...all,
      statement: first(all.statement, (row) => ({
        ...row,
        line: { ...row.line, amount: row.line.amount + 1, net: row.line.net + 1 }
      }))
    })
  ],
  [
    "a fee that is below nothing",
    (all) => ({ ...all, statement: first(all.statement, (row) => ({ ...row, line: { ...row.line, fee: -1 } })) })
  ],
  [
    "a payment that was not booked",
    (all) => charge(all, (each) => ({ ...each, payments: [...each.payments, ...each.payments] }))
  ],
  ["a payment that the provider never received", (all) => charge(all, (each) => ({ ...each, payments: [] }))],
  [
    "a payment that was not told",
    (all) => ({ ...all, events: all.events.filter(({ type }) => type !== "invoice.paid") })
  ],
  ["a payment that was told twice", (all) => ({ ...all, events: [...all.events, ...all.events.slice(0, 1)] })],
  [
    "an end that was not told",
    (all) => ({ ...all, events: all.events.filter(({ type }) => type !== "invoice.failed") })
  ],
  [
    "a paid invoice that was taken back",
    (all) => ({ ...all, invoices: first(all.invoices, (each) => ({ ...each, status: "open" })) })
  ],
  ["another amount paid", (all) => ({ ...all, invoices: first(all.invoices, (each) => ({ ...each, amountPaid: 1 })) })],
  [
    "another time of payment",
    (all) => ({ ...all, invoices: first(all.invoices, (each) => ({ ...each, paidAt: DateTime.makeUnsafe(0) })) })
  ],
  [
    "an attempt that was given up and exists",
    (all) => ({
      ...all,
      invoices: all.invoices.map((each) => ({
        ...each,
        attempts: each.attempts.map((attempt) => ({ ...attempt, status: "absent" as const }))
      }))
    })
  ],
  ["an artifact that leads elsewhere", (all) => charge(all, (each) => ({ ...each, copyPaste: "another" }))],
  [
    "a charge that is over and was not noticed",
    (all) => ({
      ...all,
      charges: all.charges.map(({ account, charge }) => ({
        account,
        charge: { ...charge, status: { _tag: "ended" as const, reason: "expired" as const } }
      }))
    })
  ],
  [
    "an attempt that is still in doubt",
    (all) => ({
      ...all,
      invoices: all.invoices.map((each) => ({
        ...each,
        attempts: each.attempts.map((attempt) => ({ ...attempt, status: "in_doubt" as const }))
      }))
    })
  ]
]

describe("the auditor", () => {
  it.effect("finds nothing where all is right", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(Auditor.audit(yield* facts, "settled"), [])
    })
  )

  it.effect.each(frauds)("finds %s", ([, commit]) =>
    Effect.gen(function* () {
      assert.isNotEmpty(Auditor.audit(commit(yield* facts), "settled"))
    })
  )
})
