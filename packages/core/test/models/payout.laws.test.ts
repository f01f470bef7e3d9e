/** The laws of the design on payouts, over random histories of providers and random ways of hearing about them. */
import { assert, describe, it } from "@effect/vitest"
import { Events, type Ledger, Payout, type PayoutAttempt, type PayoutObservation } from "@salesos/core"
import { PayoutSamples, Samples } from "@salesos/core/testing"
import { DateTime } from "effect"
import * as fc from "fast-check"
import { later, noon } from "../support/given.ts"
import { absent, created, inDoubt, sentAgain } from "../support/payoutGiven.ts"

/** What one transfer goes through at its provider: each step is what a read of it shows from then on. */
interface History {
  readonly start: "sent" | "in doubt" | "absent" | "rejected"
  readonly feeMode: PayoutAttempt.FeeMode
  readonly waits: boolean
  readonly delivery: { readonly amount: number; readonly fee: number; readonly after: number } | null
  /** Whether reads after a return still show the delivery. */
  readonly shows: boolean
  readonly returns: ReadonlyArray<number>
  readonly ends: PayoutObservation.PayoutEndReason | null
}

const history: fc.Arbitrary<History> = fc.record({
  start: fc.constantFrom("sent", "in doubt", "absent", "rejected"),
  feeMode: fc.constantFrom("on_top", "deducted"),
  waits: fc.boolean(),
  delivery: fc.option(
    fc.record({
      amount: fc.constantFrom(50000, 50000, 50000, 40000, 60000),
      fee: fc.integer({ min: 0, max: 200 }),
      after: fc.integer({ min: 0, max: 150 })
    })
  ),
  shows: fc.boolean(),
  returns: fc.array(fc.integer({ min: 1, max: 20000 }), { maxLength: 2 }),
  ends: fc.constantFrom(null, "failed", "canceled")
})

/** All that its provider may ever show of a transfer, from the first to the last. */
const snapshots = (
  attempt: number,
  { delivery, ends, returns, shows, waits }: History
): ReadonlyArray<PayoutObservation.PayoutObservation> => {
  const id = `tr${attempt}`
  const delivered =
    delivery === null
      ? []
      : [
          PayoutSamples.delivery({
            money: { amount: delivery.amount, currency: Samples.brl },
            fee: delivery.fee,
            occurredAt: later(delivery.after)
          })
        ]
  const returned = returns.map((amount, place) =>
    PayoutSamples.returned({
      ordinal: `${place + 1}`,
      money: { amount, currency: Samples.brl },
      occurredAt: later(200 + place)
    })
  )
  const settled = PayoutSamples.settled(id, ...delivered)
  const unknownFee = PayoutSamples.settled(id, ...delivered.map((each) => ({ ...each, fee: null })))
  return [
    ...(waits ? [PayoutSamples.observation(id, { status: { _tag: "waiting_funds" } })] : []),
    PayoutSamples.observation(id, { endToEndId: "E1" }),
    ...(ends === null ? [] : [PayoutSamples.observation(id, { status: { _tag: "ended", reason: ends } })]),
    ...(delivery === null
      ? []
      : [
          unknownFee,
          settled,
          ...returned.map((_, place) => ({
            ...(shows ? settled : PayoutSamples.observation(id)),
            returns: returned.slice(0, place + 1)
          }))
        ])
  ]
}

interface Heard {
  readonly attempt: number
  readonly seen: PayoutObservation.PayoutObservation
}

interface Outcome {
  readonly payout: Payout.Payout
  readonly entries: ReadonlyArray<Ledger.Entry>
  readonly events: ReadonlyArray<string>
}

/** Attempts before the last one were rejected, since only then another was sent. */
const given = (histories: ReadonlyArray<History>): Payout.Payout => {
  const [first, ...others] = histories
  const payout = others.reduce((before, { feeMode }) => sentAgain(before, feeMode), created(first?.feeMode))
  switch (histories.at(-1)?.start) {
    case "in doubt":
      return inDoubt(payout)
    case "absent":
      return absent(payout)
    case "rejected":
      return Payout.notCreated(Payout.reject(payout, payout.attempts.length, noon), noon)
    default:
      return payout
  }
}

/** Applies what was heard, one after the other, a second apart. */
const hear = (before: Payout.Payout, heard: ReadonlyArray<Heard>): Outcome =>
  heard.reduce<Outcome>(
    (sofar, { attempt, seen }, place) => {
      const observed = Payout.observe(sofar.payout, attempt, seen, later(300 + place))
      return {
        payout: observed.payout,
        entries: [...sofar.entries, ...observed.bookings.map(({ entry }) => entry)],
        events: [...sofar.events, ...Events.ofPayout(sofar.payout, observed.payout)]
      }
    },
    { payout: before, entries: [], events: [] }
  )

const total = (entries: ReadonlyArray<Ledger.Entry>, ...accounts: ReadonlyArray<Ledger.Account>): number =>
  entries
    .flatMap(({ postings }) => postings)
    .reduce((sum, { account, amount }) => (accounts.includes(account) ? sum + amount : sum), 0)

const net = (entries: ReadonlyArray<Ledger.Entry>): number => entries.reduce((sum, { line }) => sum + line.net, 0)

/** A payout without money may end as canceled or failed by what was heard first; with money nothing may. */
const moneyStatus = ({ facts, status }: Payout.Payout) => (facts.length === 0 ? "no money" : status)

/** What must not depend on how we heard. */
const summary = ({ entries, payout }: Outcome) => ({
  status: moneyStatus(payout),
  attempts: payout.attempts.map(({ status }) => (["failed", "canceled"].includes(status) ? "over" : status)),
  paidAt: payout.paidAt === null ? null : DateTime.formatIso(payout.paidAt),
  endToEndId: payout.endToEndId,
  fee: Payout.fee(payout),
  deliveredAmount: Payout.deliveredAmount(payout),
  providerBalance: total(entries, "provider_balance"),
  fees: total(entries, "fees"),
  payouts: total(entries, "payouts"),
  net: net(entries)
})

const histories = fc.array(history, { minLength: 1, maxLength: 2 })

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

describe("what is observed of a payout", () => {
  it("leads to the same state and the same money, in whatever order and how often it is heard", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one, other }) => {
        assert.deepStrictEqual(summary(hear(given(all), one)), summary(hear(given(all), other)))
      }),
      { numRuns: 500 }
    )
  })

  it("is booked as the providers' own balances moved: what was delivered with its fee, and what came back", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        const { entries } = hear(given(all), one)
        const moved = all.map(({ delivery, feeMode, returns }) => {
          if (delivery === null) return { balance: 0, fees: 0 }
          const back = returns.reduce((sum, each) => sum + each, 0)
          const paid = feeMode === "on_top" ? delivery.amount + delivery.fee : delivery.amount
          return { balance: back - paid, fees: delivery.fee }
        })
        const sum = (amounts: ReadonlyArray<number>) => amounts.reduce((a, b) => a + b, 0)
        assert.strictEqual(total(entries, "provider_balance"), sum(moved.map(({ balance }) => balance)))
        assert.strictEqual(net(entries), total(entries, "provider_balance"))
        assert.strictEqual(total(entries, "fees"), sum(moved.map(({ fees }) => fees)))
        for (const { line, postings } of entries) {
          assert.strictEqual(
            postings.reduce((a, { amount }) => a + amount, 0),
            0
          )
          assert.strictEqual(line.net, line.amount - line.fee)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("a second time changes nothing at all", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        const first = hear(given(all), one)
        for (const { attempt, seen } of one) {
          const again = Payout.observe(first.payout, attempt, seen, later(1000))
          const undated = (of: Payout.Payout) => ({
            ...of,
            attempts: of.attempts.map((each) => ({ ...each, dueAt: null }))
          })
          assert.deepStrictEqual(undated(again.payout), undated(first.payout))
          assert.deepStrictEqual([again.bookings, again.alerts], [[], []])
        }
      }),
      { numRuns: 200 }
    )
  })

  it("never undoes money: by a status alone neither the payout nor what is booked changes", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        let before = given(all)
        for (const [place, { attempt, seen }] of one.entries()) {
          const { bookings, payout } = Payout.observe(before, attempt, seen, later(300 + place))
          const money = seen.deliveries.length + seen.returns.length > 0
          if (before.facts.length > 0 && !money) {
            assert.strictEqual(payout.status, before.status)
            assert.deepStrictEqual(bookings, [])
          }
          for (const fact of before.facts) {
            const kept = payout.facts.find(({ key }) => key === fact.key)
            assert.strictEqual(kept?.bookedAs, fact.bookedAs)
            if (fact.inferred !== true) assert.deepStrictEqual(kept?.money, fact.money)
          }
          before = payout
        }
      }),
      { numRuns: 200 }
    )
  })

  it("moves a payout and its attempts only along their tables, and its time of change forward", () => {
    // The answer that first tells of money or of an end says at once that the transfer was accepted, and delivered.
    const over = ["accepted", "failed", "canceled", "delivered", "returned"]
    const attempts: Record<string, ReadonlyArray<string>> = {
      sent: over,
      in_doubt: over,
      accepted: ["failed", "canceled", "delivered", "returned"],
      rejected: ["delivered", "returned"],
      absent: ["delivered", "returned"],
      failed: ["delivered", "returned"],
      canceled: ["delivered", "returned"],
      delivered: ["returned"],
      returned: []
    }
    const payouts: Record<string, ReadonlyArray<string>> = {
      created: ["incoming_payment_waiting", "processing", "paid", "failed"],
      incoming_payment_waiting: ["processing", "paid", "failed", "canceled"],
      processing: ["incoming_payment_waiting", "paid", "failed"],
      paid: ["failed"],
      failed: ["paid"],
      canceled: ["paid", "failed"]
    }
    const checkMove = (table: Record<string, ReadonlyArray<string>>, from: string, to: string) =>
      assert.isTrue(from === to || table[from]?.includes(to) === true, `${from} → ${to}`)
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        let before = given(all)
        for (const { attempt, seen } of one) {
          const { payout } = Payout.observe(before, attempt, seen, later(300)) // a clock that stands still
          checkMove(payouts, before.status, payout.status)
          for (const [place, { status }] of payout.attempts.entries()) {
            checkMove(attempts, before.attempts[place]?.status ?? "sent", status)
          }
          const visible = (of: Payout.Payout) => ({
            ...of,
            updatedAt: null,
            attempts: of.attempts.map((each) => ({ ...each, dueAt: null }))
          })
          const changed = JSON.stringify(visible(payout)) !== JSON.stringify(visible(before))
          assert.strictEqual(DateTime.isGreaterThan(payout.updatedAt, before.updatedAt), changed)
          before = payout
        }
      }),
      { numRuns: 200 }
    )
  })

  it("is told whenever what clients know of its end changes, and a 502 is told by nobody", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        const before = given(all)
        const { events, payout } = hear(before, one)
        assert.isFalse(
          events.some((event, place) => event === events[place - 1]),
          "the same end twice in a row"
        )
        // Of one that was absent it was told when it was given up.
        const told =
          events.at(-1) ?? (before.status === "failed" && !Payout.awaitsSending(before) ? "payout.failed" : null)
        const { status } = payout
        const isOver = status === "paid" || status === "failed" || status === "canceled"
        assert.strictEqual(told, isOver && !Payout.awaitsSending(payout) ? `payout.${status}` : null)
        if (Payout.awaitsSending(payout)) assert.deepStrictEqual(events, [])
      }),
      { numRuns: 300 }
    )
  })
})

describe("a payout that may not be sent", () => {
  it("is not sent: only while every attempt is rejected for certain does another follow", () => {
    fc.assert(
      fc.property(twoWays, ({ all, one }) => {
        const { payout } = hear(given(all), one)
        const sent = Payout.send(payout, { account: "other", feeMode: "on_top", missesCountFrom: noon }, later(2000))
        const surelyNot = payout.attempts.every(({ status }) => status === "rejected")
        assert.strictEqual(sent.attempts.length > payout.attempts.length, surelyNot)
      }),
      { numRuns: 200 }
    )
  })
})
