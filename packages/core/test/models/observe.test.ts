import { assert, describe, it } from "@effect/vitest"
import { ChargeAttempt, Events, Invoice } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime } from "effect"
import { inDoubt, later, noon, open, sent } from "../support/given.ts"

/** What an observation of an invoice tells. */
const told = (before: Invoice.Invoice, { invoice }: Invoice.Observed) =>
  Events.ofInvoice(before, invoice).map(({ type }) => type)

const lines = ({ bookings }: Invoice.Observed) =>
  bookings.map(({ entry: { line } }) => [line.type, line.amount, line.fee, line.net])

describe("a charge that is accepted", () => {
  it("makes its invoice payable, and shows its artifact", () => {
    const invoice = open()
    assert.deepInclude(invoice, { status: "open", confirmed: true })
    assert.strictEqual(Invoice.shown(invoice)[0]?.providerId, "tx1")
    assert.isFalse(Invoice.awaitsCharge(invoice))
  })

  it("and found later is payable, too", () => {
    const { invoice } = Invoice.observe(inDoubt(), 1, Samples.observation("tx1"), later(1))
    assert.deepInclude(invoice, { status: "open", confirmed: true })
    assert.strictEqual(invoice.attempts[0]?.status, "open")
  })

  it("and found without its artifact is orphaned: watched, never shown, and another may be sent", () => {
    const { invoice } = Invoice.observe(inDoubt(), 1, Samples.observation("tx1", { artifact: null }), later(1))
    assert.strictEqual(invoice.attempts[0]?.status, "orphaned")
    assert.isNotNull(invoice.attempts[0]?.dueAt)
    assert.deepStrictEqual(Invoice.shown(invoice), [])
    assert.isTrue(Invoice.awaitsCharge(invoice))
    assert.strictEqual(sent(invoice).attempts[1]?.reference, "INV-2026-000001-2")
  })

  it.each([
    { amount: 12311, currency: Samples.brl },
    { amount: 12310, currency: Samples.usd }
  ])("over another sum than was asked for is never shown to a payer: $amount $currency", (money) => {
    const { invoice } = Invoice.observe(inDoubt(), 1, Samples.observation("tx1", { money }), later(1))
    assert.deepStrictEqual(Invoice.shown(invoice), [])
    assert.strictEqual(invoice.attempts[0]?.status, "orphaned")
    assert.isFalse(invoice.confirmed)
  })

  it("keeps the provider's first id", () => {
    const { invoice } = Invoice.observe(open(), 1, Samples.observation("tx9"), later(2))
    assert.strictEqual(invoice.attempts[0]?.providerId, "tx1")
  })

  it("of an attempt that was never made changes nothing", () => {
    const invoice = open()
    assert.deepStrictEqual(Invoice.observe(invoice, 2, Samples.settled("tx1", Samples.payment()), later(2)), {
      invoice,
      bookings: [],
      alerts: []
    })
  })
})

describe("a charge that is paid", () => {
  it("pays its invoice: entry, event, payer and time of payment", () => {
    const observed = Invoice.observe(open(), 1, Samples.settled("tx1", Samples.payment()), later(2))
    assert.deepInclude(observed.invoice, { status: "paid", amountPaid: 12310, latePayment: false, failure: null })
    assert.deepStrictEqual(observed.invoice.payer, { name: "Maria da Silva", document: "52998224725" })
    assert.deepStrictEqual(lines(observed), [["charge", 12310, 123, 12187]])
    assert.deepStrictEqual(told(open(), observed), ["invoice.paid"])
    assert.deepStrictEqual(observed.alerts, [])
    assert.strictEqual(observed.bookings[0]?.account, "infrapsp")
  })

  it("with a fee that is not known yet is booked at once, and the fee follows as a row of its own", () => {
    const first = Invoice.observe(open(), 1, Samples.settled("tx1", Samples.payment({ fee: null })), later(2))
    assert.deepStrictEqual(lines(first), [["charge", 12310, 0, 12310]])
    assert.isNotNull(first.invoice.attempts[0]?.dueAt)
    const second = Invoice.observe(first.invoice, 1, Samples.settled("tx1", Samples.payment({ fee: 123 })), later(3))
    assert.deepStrictEqual(lines(second), [["fee", -123, 0, -123]])
    assert.deepStrictEqual(told(first.invoice, second), [])
    assert.isNull(second.invoice.attempts[0]?.dueAt)
  })

  it("with a fee that turns out to be nothing has no row for it", () => {
    const first = Invoice.observe(open(), 1, Samples.settled("tx1", Samples.payment({ fee: null })), later(2))
    const second = Invoice.observe(first.invoice, 1, Samples.settled("tx1", Samples.payment({ fee: 0 })), later(3))
    assert.deepStrictEqual(lines(second), [])
    assert.isNull(second.invoice.attempts[0]?.dueAt)
  })

  it("with another amount is booked as it came, and somebody is told", () => {
    const payment = Samples.payment({ money: { amount: 10000, currency: Samples.brl } })
    const observed = Invoice.observe(open(), 1, Samples.settled("tx1", payment), later(2))
    assert.strictEqual(observed.invoice.amountPaid, 10000)
    assert.deepStrictEqual(lines(observed), [["charge", 10000, 123, 9877]])
    assert.deepStrictEqual(observed.alerts, ["amount_differs"])
  })

  it("twice is booked as a charge and an adjustment, and somebody is told; the event is sent once", () => {
    const both = [Samples.payment(), Samples.payment({ ordinal: "2" })]
    const observed = Invoice.observe(open(), 1, Samples.settled("tx1", ...both), later(2))
    assert.deepStrictEqual(
      lines(observed).map(([type]) => type),
      ["charge", "adjustment"]
    )
    assert.deepStrictEqual(observed.alerts, ["paid_twice"])
    assert.deepStrictEqual(told(open(), observed), ["invoice.paid"])
    assert.strictEqual(observed.invoice.amountPaid, 2 * 12310)
  })

  it("pays an invoice that has failed, or whose attempt was given up: money that arrived is never denied", () => {
    const expired = Invoice.observe(
      open(),
      1,
      Samples.observation("tx1", { status: { _tag: "ended", reason: "expired" } }),
      later(2)
    )
    const rejected = Invoice.notCreated(Invoice.reject(sent(), 1, noon), noon)
    const absent = Invoice.notCreated(Invoice.miss(inDoubt(), 1, 1, later(1)), noon)
    assert.deepStrictEqual([expired.invoice.status, rejected.status, absent.status], ["failed", "failed", "failed"])
    for (const before of [expired.invoice, rejected, absent]) {
      const { invoice } = Invoice.observe(before, 1, Samples.settled("tx1", Samples.payment()), later(3))
      assert.deepInclude(invoice, { status: "paid", failure: null })
      assert.strictEqual(invoice.attempts[0]?.status, "paid")
    }
  })

  it("is late when the payer paid after its expiry, by the provider's own time", () => {
    for (const [seconds, late] of [
      [60, false],
      [61, true]
    ] as const) {
      const payment = Samples.payment({ occurredAt: later(seconds) })
      const opened = Invoice.observe(sent(), 1, Samples.observation("tx1", { expiresAt: later(60) }), later(1)).invoice
      const { invoice } = Invoice.observe(opened, 1, Samples.settled("tx1", payment), later(10_000))
      assert.strictEqual(invoice.latePayment, late)
    }
  })
})

describe("a late payment", () => {
  it("is not said of an invoice that was paid in time, too, whichever payment was heard of first", () => {
    const opened = Invoice.observe(sent(), 1, Samples.observation("tx1", { expiresAt: later(60) }), later(1)).invoice
    const inTime = Samples.payment({ ordinal: "1", occurredAt: later(59) })
    const late = Samples.payment({ ordinal: "2", occurredAt: later(61) })
    for (const payments of [
      [inTime, late],
      [late, inTime]
    ]) {
      const { invoice } = Invoice.observe(opened, 1, Samples.settled("tx1", ...payments), later(70))
      assert.deepInclude(invoice, { latePayment: false, paidAt: later(59) })
    }
    const { invoice } = Invoice.observe(opened, 1, Samples.settled("tx1", late), later(70))
    assert.isTrue(invoice.latePayment)
  })
})

describe("late_payment does not depend on the order in which we heard", () => {
  const opened = Samples.observation("tx1", { expiresAt: later(60) })
  const paid = { ...Samples.settled("tx1", Samples.payment({ occurredAt: later(61) })), expiresAt: later(60) }
  const canceled = Samples.observation("tx1", {
    status: { _tag: "ended", reason: "canceled" },
    canceledAt: later(40)
  })

  it("of expiry and payment, when the payment is heard of first and without an artifact", () => {
    const inOrder = Invoice.observe(Invoice.observe(sent(), 1, opened, later(1)).invoice, 1, paid, later(70)).invoice
    const reversed = Invoice.observe(Invoice.observe(sent(), 1, paid, later(70)).invoice, 1, opened, later(71)).invoice
    assert.deepStrictEqual([inOrder.latePayment, reversed.latePayment], [true, true])
  })

  it("of the provider's cancellation and payment", () => {
    const payment = Samples.settled("tx1", Samples.payment({ occurredAt: later(50) }))
    const inOrder = Invoice.observe(
      Invoice.observe(open(), 1, canceled, later(40)).invoice,
      1,
      payment,
      later(70)
    ).invoice
    const reversed = Invoice.observe(
      Invoice.observe(open(), 1, payment, later(70)).invoice,
      1,
      canceled,
      later(71)
    ).invoice
    assert.strictEqual(inOrder.latePayment, reversed.latePayment)
  })
})

describe("a charge that is over", () => {
  it.each([
    ["expired", "failed", "expired", "invoice.failed"],
    ["refused", "failed", "refused", "invoice.failed"],
    ["canceled", "canceled", undefined, "invoice.canceled"]
  ] as const)("because it was %s leaves its invoice %s", (reason, status, code, event) => {
    const seen = Samples.observation("tx1", { status: { _tag: "ended", reason } })
    const observed = Invoice.observe(open(), 1, seen, later(2))
    const { invoice } = observed
    assert.strictEqual(invoice.status, status)
    assert.strictEqual(invoice.failure?.code, code)
    assert.deepStrictEqual(told(open(), observed), [event])
    assert.isNull(invoice.attempts[0]?.dueAt)
    assert.strictEqual(invoice.canceledAt === null, status !== "canceled")
  })

  it("at once, in the answer to its creation, was accepted first", () => {
    const seen = Samples.observation("tx1", { status: { _tag: "ended", reason: "refused" }, artifact: null })
    const observed = Invoice.observe(sent(), 1, seen, later(1))
    const { invoice } = observed
    assert.deepInclude(invoice, { status: "failed", confirmed: true })
    assert.strictEqual(invoice.attempts[0]?.status, "ended")
    assert.deepStrictEqual(told(sent(), observed), ["invoice.failed"])
  })

  it("does not end an invoice that has another one, live or in doubt", () => {
    for (const second of [open(open(), "tx2"), inDoubt(open())]) {
      const seen = Samples.observation("tx1", { status: { _tag: "ended", reason: "expired" } })
      const observed = Invoice.observe(second, 1, seen, later(2))
      assert.strictEqual(observed.invoice.status, "open")
      assert.deepStrictEqual(told(second, observed), [])
    }
  })

  it("says nothing against money", () => {
    const paid = Invoice.observe(open(), 1, Samples.settled("tx1", Samples.payment()), later(2)).invoice
    const seen = Samples.observation("tx1", { status: { _tag: "ended", reason: "refused" } })
    const observed = Invoice.observe(paid, 1, seen, later(3))
    assert.deepInclude(observed.invoice, { status: "paid", failure: null })
    assert.deepStrictEqual(told(paid, observed), [])
  })
})

describe("an attempt in doubt", () => {
  it("is absent after enough misses in a row, and only those that count", () => {
    const doubted = Invoice.doubt(sent(), 1, later(100), noon)
    const early = Invoice.miss(doubted, 1, 2, later(99))
    assert.deepStrictEqual(early, doubted)
    const once = Invoice.miss(early, 1, 2, later(100))
    assert.deepInclude(once.attempts[0], { status: "in_doubt", misses: 1 })
    const twice = Invoice.miss(once, 1, 2, later(101))
    assert.deepInclude(twice.attempts[0], { status: "absent", misses: 2 })
  })

  it("is not found absent when it is anything else", () => {
    for (const invoice of [sent(), open()]) assert.strictEqual(Invoice.miss(invoice, 1, 1, later(1000)), invoice)
  })

  it("keeps its invoice from being given up, and from being sent again", () => {
    const invoice = inDoubt(Invoice.reject(sent(), 1, noon))
    assert.strictEqual(Invoice.notCreated(invoice, later(1)), invoice)
    assert.deepStrictEqual(
      Invoice.unresolved(invoice).map(({ number }) => number),
      [2]
    )
  })
})

describe("an invoice that no provider could create", () => {
  const failed = Invoice.notCreated(Invoice.reject(sent(), 1, noon), noon)

  it("has failed without an event, and waits for the same key", () => {
    assert.deepInclude(failed, { status: "failed", confirmed: false })
    assert.strictEqual(failed.failure?.code, "not_created")
    assert.isTrue(Invoice.awaitsCharge(failed))
  })

  it("is open again when it is sent again, under the same number", () => {
    const again = Invoice.send(
      failed,
      { leg: "pix", account: "sellxpay", lapsesAt: later(3600), missesCountFrom: later(9) },
      later(2)
    )
    assert.deepInclude(again, { status: "open", failure: null, ourNumber: failed.ourNumber })
    const { account, reference, status } = again.attempts[1] ?? assert.fail("no second attempt")
    assert.deepStrictEqual<ReadonlyArray<string>>(
      [account, reference, status],
      ["sellxpay", "INV-2026-000001-2", "sent"]
    )
  })

  it("is never one that was confirmed", () => {
    const confirmed = open()
    assert.strictEqual(Invoice.notCreated(confirmed, later(1)), confirmed)
  })
})

describe("the next lookup", () => {
  it("comes a quarter of the charge's age later, from 2 seconds to 15 minutes", () => {
    const [attempt] = open().attempts
    if (attempt === undefined) return assert.fail("no attempt")
    for (const [age, wait] of [
      [0, 2],
      [8, 2],
      [40, 10],
      [3600, 900],
      [100_000, 900]
    ] as const) {
      const next = ChargeAttempt.nextLookup(attempt, later(age))
      assert.strictEqual(DateTime.formatIso(next), DateTime.formatIso(later(age + wait)))
    }
  })

  it("comes right after the artifact's expiry, when that is sooner", () => {
    const opened = Invoice.observe(sent(), 1, Samples.observation("tx1", { expiresAt: later(3600) }), later(1)).invoice
    const { invoice } = Invoice.observe(opened, 1, Samples.observation("tx1"), later(3300))
    assert.deepStrictEqual(invoice.attempts[0]?.dueAt, later(3601))
  })

  it("of one that may still be paid is not put off by a cancellation in doubt", () => {
    const expiresAt = later(3 * 86_400)
    const opened = Invoice.observe(sent(), 1, Samples.observation("tx1", { expiresAt }), later(1)).invoice
    const asked = Invoice.operationSent(Invoice.wantCancel(opened, 1, later(2)), 1, "cancel", later(2), later(2))
    const doubted = Invoice.operationAnswered(asked, 1, "cancel", "Doubted", later(2), later(2))
    const due = (by: typeof Invoice.askLater, seconds: number) =>
      DateTime.formatIso(by(doubted, 1, later(seconds)).attempts[0]?.dueAt ?? assert.fail("never"))
    const missed = (invoice: Invoice.Invoice, number: number, now: DateTime.Utc) =>
      Invoice.operationMissed(invoice, number, "cancel", 9, now)
    for (const by of [Invoice.askLater, missed]) {
      assert.strictEqual(due(by, 86_400), DateTime.formatIso(later(86_400 + 900)))
      assert.strictEqual(due(by, 3 * 86_400 - 60), DateTime.formatIso(later(3 * 86_400 + 1)))
    }
  })
})
