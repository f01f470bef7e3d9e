import { assert, describe, it } from "@effect/vitest"
import { Payout, Resources } from "@salesos/core"
import { PayoutSamples, Samples } from "@salesos/core/testing"
import { later, noon } from "../support/given.ts"
import { absent, created, inDoubt, sending } from "../support/payoutGiven.ts"

const observe = (payout: Payout.Payout, seen: Parameters<typeof Payout.observe>[2], seconds = 10) =>
  Payout.observe(payout, payout.attempts.length, seen, later(seconds))

const delivered = PayoutSamples.settled("tr1", PayoutSamples.delivery())
const [pending, waiting] = [
  PayoutSamples.observation("tr1"),
  PayoutSamples.observation("tr1", { status: { _tag: "waiting_funds" } })
]
const ended = (reason: "failed" | "canceled", message?: string) =>
  PayoutSamples.observation("tr1", {
    status: { _tag: "ended", reason, ...(message === undefined ? {} : { message }) }
  })
const accepted = () => observe(created(), pending).payout

describe("a person is alerted", () => {
  const alertsOf = (payout: Payout.Payout, seen: Parameters<typeof Payout.observe>[2]) => observe(payout, seen).alerts

  it("by an amount that is not what was asked for, once", () => {
    const other = { amount: 49999, currency: Samples.brl }
    const seen = PayoutSamples.observation("tr1", { money: other })
    assert.deepStrictEqual(alertsOf(created(), seen), ["amount_differs"])
    assert.deepStrictEqual(alertsOf(observe(created(), seen).payout, seen), [])
    const paid = { ...PayoutSamples.settled("tr1", PayoutSamples.delivery({ money: other })), money: other }
    assert.deepStrictEqual(alertsOf(created(), paid), ["amount_differs"])
    assert.deepStrictEqual(alertsOf(accepted(), paid), ["amount_differs"])
  })

  it("by a transfer that was taken for certain not to be there", () => {
    assert.deepStrictEqual(alertsOf(absent(), pending), ["found_after_all"])
    assert.deepStrictEqual(alertsOf(Payout.reject(created(), 1, noon), pending), ["found_after_all"])
    assert.deepStrictEqual(alertsOf(inDoubt(), pending), [])
  })

  it("by a delivery after the end, a second one, and what comes back", () => {
    const failed = observe(accepted(), ended("failed")).payout
    assert.deepStrictEqual(alertsOf(failed, delivered), ["delivered_late"])
    const twice = PayoutSamples.settled("tr1", PayoutSamples.delivery(), PayoutSamples.delivery({ ordinal: "2" }))
    assert.deepStrictEqual(alertsOf(observe(accepted(), delivered).payout, twice), ["paid_twice"])
    const back = PayoutSamples.observation("tr1", { returns: [PayoutSamples.returned()] })
    assert.deepStrictEqual(alertsOf(observe(accepted(), delivered).payout, back), ["returned"])
  })

  it("by a fee that can't be, which is not booked", () => {
    for (const [feeMode, fee] of [
      ["deducted", 50000],
      ["deducted", 50001],
      ["deducted", -1],
      ["on_top", -1]
    ] as const) {
      const seen = PayoutSamples.settled("tr1", PayoutSamples.delivery({ fee }))
      const { alerts, bookings, payout } = observe(created(feeMode), seen)
      assert.deepStrictEqual(alerts, ["fee_differs"])
      assert.deepStrictEqual(
        bookings.map(({ entry }) => entry.line.net),
        [-50000]
      )
      assert.isNull(Payout.fee(payout))
      const known = observe(payout, delivered)
      assert.strictEqual(Payout.fee(known.payout), 150)
    }
    const high = observe(created("on_top"), PayoutSamples.settled("tr1", PayoutSamples.delivery({ fee: 50001 })))
    assert.deepStrictEqual(high.alerts, [])
  })
})

describe("an international payout", () => {
  it("waits for its funds, is processing when funded, and a late word on waiting takes nothing back", () => {
    const first = observe(created(), waiting).payout
    assert.strictEqual(first.status, "incoming_payment_waiting")
    const funded = observe(first, pending).payout
    assert.strictEqual(funded.status, "processing")
    assert.strictEqual(observe(funded, waiting).payout.status, "processing")
  })

  it("that was in doubt and is found waiting waits, so that it can be canceled", () => {
    assert.strictEqual(observe(inDoubt(), waiting).payout.status, "incoming_payment_waiting")
  })

  it("is canceled while it waits; under way it has failed, whoever stopped it", () => {
    const first = observe(created(), waiting).payout
    const canceled = observe(first, ended("canceled")).payout
    assert.deepInclude(canceled, { status: "canceled", failure: null })
    assert.deepStrictEqual(canceled.canceledAt, later(10))
    const stopped = observe(accepted(), ended("canceled")).payout
    assert.strictEqual(stopped.status, "failed")
    assert.strictEqual(stopped.failure?.code, "provider_failed")
  })
})

describe("what a client sees of a payout", () => {
  const shown = (payout: Payout.Payout) => {
    const { delivered_amount, failure, fee, paid_at, status } = Resources.payout(payout)
    return { status, delivered_amount, fee, paid_at, failure: failure?.code ?? null }
  }
  const paidAt = "2026-11-21T12:00:05.000Z"

  it("is what was delivered and the fee, as they become known", () => {
    const unknown = PayoutSamples.settled("tr1", PayoutSamples.delivery({ fee: null }))
    const nothing = { status: "processing" as const, delivered_amount: null, fee: null, paid_at: null, failure: null }
    assert.deepStrictEqual(shown(accepted()), nothing)
    const paid = { ...nothing, status: "paid" as const, paid_at: paidAt }
    assert.deepStrictEqual(shown(observe(accepted(), unknown).payout), paid)
    assert.deepStrictEqual(shown(observe(accepted(), delivered).payout), { ...paid, delivered_amount: 49850, fee: 150 })
    const onTop = observe(created("on_top"), pending).payout
    assert.deepStrictEqual(shown(observe(onTop, unknown).payout), { ...paid, delivered_amount: 50000 })
    assert.deepStrictEqual(shown(observe(onTop, delivered).payout), { ...paid, delivered_amount: 50000, fee: 150 })
  })

  it("is what is left of it when some came back", () => {
    const returns = [PayoutSamples.returned({ money: { amount: 40000, currency: Samples.brl } })]
    const { payout } = observe(accepted(), { ...delivered, returns })
    assert.deepStrictEqual(shown(payout), {
      status: "failed",
      delivered_amount: 9850,
      fee: 150,
      paid_at: paidAt,
      failure: "returned"
    })
  })

  it("is the provider's own reason for a failure", () => {
    const { payout } = observe(accepted(), ended("failed", "Account closed"))
    assert.deepStrictEqual(payout.failure, { code: "provider_failed", message: "Account closed" })
  })
})

describe("an attempt", () => {
  const dueIn = (payout: Payout.Payout) => {
    const { dueAt } = payout.attempts.at(-1) ?? {}
    return dueAt === null || dueAt === undefined ? null : (dueAt.epochMilliseconds - noon.epochMilliseconds) / 1000
  }

  it("is asked about ever more rarely, at most once a day, and no more when it is over and its fee known", () => {
    assert.strictEqual(dueIn(created()), 165)
    assert.strictEqual(dueIn(observe(created(), pending, 1).payout), 1 + 2)
    assert.strictEqual(dueIn(observe(created(), pending, 400).payout), 400 + 100)
    assert.strictEqual(dueIn(observe(created(), pending, 40 * 86400).payout), 41 * 86400)
    for (const seen of [delivered, ended("failed")]) assert.isNull(dueIn(observe(accepted(), seen).payout))
    const unknown = PayoutSamples.settled("tr1", PayoutSamples.delivery({ fee: null }))
    assert.strictEqual(dueIn(observe(accepted(), unknown, 400).payout), 400 + 100)
  })

  it("that is absent is still asked about", () => {
    assert.strictEqual(dueIn(absent()), 2)
    assert.strictEqual(dueIn(observe(absent(), pending, 400).payout), 400 + 100)
  })

  it("that nobody has is unknown: an observation of it changes nothing", () => {
    const payout = created()
    assert.deepStrictEqual(Payout.observe(payout, 2, delivered, later(1)), { payout, bookings: [], alerts: [] })
    assert.strictEqual(Payout.reject(payout, 2, later(1)), payout)
    assert.strictEqual(Payout.doubt(payout, 2, noon, later(1)), payout)
    assert.strictEqual(Payout.miss(payout, 2, 1, later(1)), payout)
    assert.strictEqual(Payout.askLater(payout, 2, later(1)), payout)
  })

  it("is missed only in doubt, only when a miss counts, and is absent after enough in a row", () => {
    const early = Payout.doubt(created(), 1, later(30), noon)
    assert.strictEqual(Payout.miss(early, 1, 1, later(29)), early)
    assert.strictEqual(Payout.miss(created(), 1, 1, later(30)).status, "created")
    const once = Payout.miss(early, 1, 2, later(30))
    assert.deepInclude(once, { status: "processing" })
    assert.deepInclude(Payout.miss(once, 1, 2, later(60)), { status: "failed" })
  })

  it("is followed by another under the next suffix, only when it was rejected", () => {
    const payout = created()
    assert.strictEqual(Payout.send(payout, sending(), later(1)), payout)
    const again = Payout.send(Payout.notCreated(Payout.reject(payout, 1, noon), noon), sending("on_top", "x"), later(1))
    assert.deepInclude(again, { status: "created", failure: null })
    assert.deepInclude(again.attempts[1], { number: 2, account: "x", feeMode: "on_top", status: "sent" })
    assert.strictEqual(`${again.attempts[1]?.reference}`, "PO-2026-000001-2")
  })
})
