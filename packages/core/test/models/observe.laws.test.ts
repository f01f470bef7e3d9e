/** The laws of the design, over random histories of providers and random ways of hearing about them. */
import { assert, describe, it } from "@effect/vitest"
import { Events, Invoice, type Ledger, type Observation } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime } from "effect"
import * as fc from "fast-check"
import { givenUp, inDoubt, later, sent } from "../support/given.ts"

/** What one charge goes through at its provider: each step is what a read of it shows from then on. */
interface History {
  /** Given up is one that was looked for and not found; it may turn out to be there after all. */
  readonly start: "sent" | "in doubt" | "given up"
  /** Whether what comes after the creation's own answer still shows the artifact. */
  readonly shows: boolean
  readonly expiresIn: number
  readonly payments: ReadonlyArray<{ readonly amount: number; readonly fee: number; readonly after: number }>
  /** What goes back after that, and whether the reads that show it still show the payments. */
  readonly reversals: ReadonlyArray<{
    readonly kind: Observation.Reversal["kind"]
    readonly amount: number
    readonly fee: number
  }>
  readonly forgets: boolean
  readonly ends: Observation.EndReason | null
  /** When, where it is canceled. */
  readonly endsAfter: number
}

const history: fc.Arbitrary<History> = fc.record({
  start: fc.constantFrom("sent", "in doubt", "given up"),
  shows: fc.boolean(),
  expiresIn: fc.integer({ min: 1, max: 100 }),
  payments: fc.array(
    fc.record({
      amount: fc.constantFrom(12310, 12310, 12310, 5000),
      fee: fc.integer({ min: 0, max: 200 }),
      after: fc.integer({ min: 0, max: 150 })
    }),
    { maxLength: 2 }
  ),
  reversals: fc.array(
    fc.record({
      kind: fc.constantFrom("refund", "chargeback", "chargeback_won"),
      amount: fc.integer({ min: 1, max: 12310 }),
      fee: fc.integer({ min: 0, max: 50 })
    }),
    { maxLength: 2 }
  ),
  forgets: fc.boolean(),
  ends: fc.constantFrom(null, "expired", "refused", "canceled"),
  endsAfter: fc.integer({ min: 0, max: 150 })
})

/** All that its provider may ever show of a charge, from the first to the last. */
const snapshots = (
  attempt: number,
  { ends, endsAfter, expiresIn, forgets, payments, reversals, shows }: History
): ReadonlyArray<Observation.ChargeObservation> => {
  const id = `tx${attempt}`
  // What is canceled has not expired meanwhile: a read that is older than the other would say so.
  const shown = { expiresAt: later(ends === "canceled" ? 10_000 : expiresIn) }
  const paid = payments.map(({ after, amount, fee }, place) =>
    Samples.payment({
      ordinal: `${place + 1}`,
      money: { amount, currency: Samples.brl },
      fee,
      occurredAt: later(after)
    })
  )
  // Nothing goes back that was not paid.
  const back: ReadonlyArray<Observation.Reversal> =
    paid.length === 0
      ? []
      : reversals.map(({ amount, fee, kind }, place) => ({
          kind,
          ordinal: `r${place + 1}`,
          money: { amount, currency: Samples.brl },
          feeGivenBack: kind === "chargeback_won" ? 0 : fee,
          occurredAt: later(160 + place)
        }))
  const again = shows ? shown : { ...shown, artifact: null }
  const unknownFee = paid.map((each) => ({ ...each, fee: null }))
  const canceled = ends === "canceled" ? { canceledAt: later(endsAfter) } : {}
  const over =
    ends === null ? [] : [Samples.observation(id, { ...again, ...canceled, status: { _tag: "ended", reason: ends } })]
  return [
    Samples.observation(id, shown),
    Samples.observation(id, { ...again, status: { _tag: "pending" } }),
    ...over,
    ...paid.flatMap((_, place) => [
      Samples.observation(id, { ...again, status: { _tag: "settled" }, payments: unknownFee.slice(0, place + 1) }),
      Samples.observation(id, { ...again, status: { _tag: "settled" }, payments: paid.slice(0, place + 1) })
    ]),
    ...back.map((_, place) =>
      Samples.observation(id, {
        ...again,
        status: { _tag: "settled" },
        payments: forgets ? [] : paid,
        reversals: back.slice(0, place + 1)
      })
    )
  ]
}

interface Heard {
  readonly attempt: number
  readonly seen: Observation.ChargeObservation
}

interface Outcome {
  readonly invoice: Invoice.Invoice
  readonly entries: ReadonlyArray<Ledger.Entry>
  readonly events: ReadonlyArray<string>
}

const given = (histories: ReadonlyArray<History>): Invoice.Invoice =>
  histories.reduce<Invoice.Invoice | undefined>(
    (before, { start }) => (start === "sent" ? sent(before) : start === "in doubt" ? inDoubt(before) : givenUp(before)),
    undefined
  ) ?? sent()

/** Applies what was heard, one after the other, a second apart. */
const hear = (before: Invoice.Invoice, heard: ReadonlyArray<Heard>): Outcome =>
  heard.reduce<Outcome>(
    (sofar, { attempt, seen }, place) => {
      const observed = Invoice.observe(sofar.invoice, attempt, seen, later(200 + place))
      return {
        invoice: observed.invoice,
        entries: [...sofar.entries, ...observed.bookings.map(({ entry }) => entry)],
        events: [...sofar.events, ...Events.ofInvoice(sofar.invoice, observed.invoice).map(({ type }) => type)]
      }
    },
    { invoice: before, entries: [], events: [] }
  )

const total = (entries: ReadonlyArray<Ledger.Entry>, ...accounts: ReadonlyArray<Ledger.Account>): number =>
  entries
    .flatMap(({ postings }) => postings)
    .reduce((sum, { account, amount }) => (accounts.includes(account) ? sum + amount : sum), 0)

/** What must not depend on how we heard. */
const summary = ({ entries, invoice }: Outcome) => ({
  status: invoice.status,
  amountPaid: invoice.amountPaid,
  amountReversed: invoice.amountReversed,
  latePayment: invoice.latePayment,
  canceledAt:
    invoice.status !== "canceled" || invoice.canceledAt === null ? null : DateTime.formatIso(invoice.canceledAt),
  paidAt: invoice.paidAt === null ? null : DateTime.formatIso(invoice.paidAt),
  // Which answer was the first to show it decides whether we hold an artifact: open or orphaned, it is live.
  attempts: invoice.attempts.map(({ status }) => (status === "orphaned" ? "open" : status)),
  providerBalance: total(entries, "provider_balance"),
  fees: total(entries, "fees"),
  income: total(entries, "charges", "adjustments")
})

const histories = fc.array(history, { minLength: 1, maxLength: 3 })

/** Histories, and two ways of hearing of all that was in them: any order, with any repeats. */
const twoWays = histories.chain((all) => {
  const everything = all.flatMap((each, place) =>
    snapshots(place + 1, each).map((seen) => ({ attempt: place + 1, seen }))
  )
  const way = fc
    .tuple(fc.shuffledSubarray(everything, { minLength: everything.length }), fc.shuffledSubarray(everything))
    .chain(([once, again]) => {
      const heard = [...once, ...again]
      return fc.shuffledSubarray(heard, { minLength: heard.length })
    })
  return fc.record({ all: fc.constant(all), one: way, other: way })
})

describe("what is observed", () => {
  it("leads to the same state and the same money, in whatever order and how often it is heard", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one, other }) => {
        assert.deepStrictEqual(summary(hear(given(all), one)), summary(hear(given(all), other)))
      }),
      { numRuns: 400 }
    )
  })

  it("does not depend on whether a charge that was given up, or what its provider canceled, is heard of first", () => {
    const seconds = fc.integer({ min: 0, max: 100 })
    fc.assert(
      fc.property(seconds, seconds, seconds, fc.boolean(), (canceledAfter, foundAfter, expiresIn, isPaid) => {
        const canceled = (id: string, after: number) =>
          Samples.observation(id, {
            status: { _tag: "ended", reason: "canceled" },
            canceledAt: later(after),
            expiresAt: later(10_000)
          })
        const paid = Samples.observation("tx1", {
          status: { _tag: "settled" },
          expiresAt: later(expiresIn),
          payments: [Samples.payment({ occurredAt: later(foundAfter) })]
        })
        const heard = [
          { attempt: 2, seen: canceled("tx2", canceledAfter) },
          { attempt: 1, seen: isPaid ? paid : canceled("tx1", foundAfter) }
        ]
        const before = sent(givenUp())
        const [one, other] = [hear(before, heard), hear(before, heard.toReversed())]
        assert.deepStrictEqual(summary(one), summary(other))
        assert.strictEqual(one.invoice.latePayment, isPaid && foundAfter > expiresIn)
      })
    )
  })

  it("is booked as the providers' own balances moved, each payment and each fee once", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        const { entries, invoice } = hear(given(all), one)
        const payments = all.flatMap((each) => each.payments)
        const reversals = all.flatMap((each) => (each.payments.length > 0 ? each.reversals : []))
        const sum = <A>(rows: ReadonlyArray<A>, of: (row: A) => number) => rows.reduce((all, row) => all + of(row), 0)
        const received = sum(payments, ({ amount }) => amount)
        const back = sum(reversals, ({ amount, kind }) => (kind === "chargeback_won" ? -amount : amount))
        const fees =
          sum(payments, ({ fee }) => fee) - sum(reversals, ({ fee, kind }) => (kind === "chargeback_won" ? 0 : fee))
        const same = (what: number, expected: number) => assert.strictEqual(what + 0, expected + 0)
        same(total(entries, "provider_balance"), received - back - fees)
        same(total(entries, "fees"), fees)
        same(-total(entries, "charges", "adjustments"), received - back)
        assert.strictEqual(entries.filter(({ line }) => line.type === "charge").length, payments.length > 0 ? 1 : 0)
        assert.strictEqual(invoice.amountPaid, payments.length === 0 ? null : received)
        assert.strictEqual(invoice.amountReversed, back)
      }),
      { numRuns: 150 }
    )
  })

  it("a second time changes nothing at all", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        const first = hear(given(all), one)
        for (const { attempt, seen } of one) {
          const again = Invoice.observe(first.invoice, attempt, seen, later(1000))
          const undated = (of: Invoice.Invoice) => ({
            ...of,
            attempts: of.attempts.map((each) => ({ ...each, dueAt: null }))
          })
          assert.deepStrictEqual(undated(again.invoice), undated(first.invoice))
          assert.deepStrictEqual([again.bookings, again.alerts], [[], []])
          assert.deepStrictEqual(Events.ofInvoice(first.invoice, again.invoice), [])
        }
      }),
      { numRuns: 100 }
    )
  })

  it("never undoes money: a paid invoice stays paid, and what was received is kept", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        let before = given(all)
        for (const [place, { attempt, seen }] of one.entries()) {
          const { invoice } = Invoice.observe(before, attempt, seen, later(200 + place))
          if (before.status === "paid") assert.strictEqual(invoice.status, "paid")
          assert.isAtLeast(invoice.facts.length, before.facts.length)
          for (const fact of before.facts) {
            const kept = invoice.facts.find(({ key }) => key === fact.key)
            assert.isDefined(kept)
            assert.strictEqual(kept.bookedAs, fact.bookedAs)
            if (fact.inferred !== true) assert.deepStrictEqual(kept.money, fact.money)
          }
          before = invoice
        }
      }),
      { numRuns: 150 }
    )
  })

  it("moves an invoice and its attempts only along their tables, and its time of change forward", () => {
    const attempts: Record<string, ReadonlyArray<string>> = {
      sent: ["open", "in_doubt", "rejected", "ended", "paid"], // ended: an answer that says so at once was accepted first
      in_doubt: ["open", "orphaned", "absent", "ended", "rejected", "paid"],
      open: ["ended", "paid"],
      orphaned: ["ended", "paid"],
      rejected: ["paid"],
      absent: ["paid"],
      ended: ["paid"],
      paid: []
    }
    const invoices: Record<string, ReadonlyArray<string>> = {
      open: ["paid", "canceled", "failed"],
      canceled: ["paid"],
      failed: ["paid"],
      paid: []
    }
    const checkMove = (table: Record<string, ReadonlyArray<string>>, from: string, to: string) =>
      assert.isTrue(from === to || table[from]?.includes(to) === true, `${from} → ${to}`)
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        let before = given(all)
        for (const { attempt, seen } of one) {
          const { invoice } = Invoice.observe(before, attempt, seen, later(200)) // a clock that stands still
          checkMove(invoices, before.status, invoice.status)
          for (const [place, { status }] of invoice.attempts.entries()) {
            checkMove(attempts, before.attempts[place]?.status ?? "sent", status)
          }
          const visible = (of: Invoice.Invoice) => ({
            ...of,
            updatedAt: null,
            attempts: of.attempts.map((each) => ({ ...each, dueAt: null }))
          })
          const changed = JSON.stringify(visible(invoice)) !== JSON.stringify(visible(before))
          assert.strictEqual(DateTime.isGreaterThan(invoice.updatedAt, before.updatedAt), changed)
          before = invoice
        }
      }),
      { numRuns: 150 }
    )
  })

  it("is told once: one invoice.paid for a paid invoice, and at most one other end before it", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        const { events, invoice } = hear(given(all), one)
        const told = (type: string) => events.filter((each) => each === type).length
        assert.strictEqual(told("invoice.paid"), invoice.status === "paid" ? 1 : 0)
        assert.isAtMost(told("invoice.failed") + told("invoice.canceled"), 1)
        if (invoice.status === "failed") assert.deepStrictEqual(events, ["invoice.failed"])
        const ends = events.filter((each) => each !== "invoice.reversed")
        if (told("invoice.paid") === 1) assert.strictEqual(ends.at(-1), "invoice.paid")
        const back = all.flatMap((each) => (each.payments.length > 0 ? each.reversals : []))
        assert.strictEqual(told("invoice.reversed"), back.length)
      }),
      { numRuns: 150 }
    )
  })
})
