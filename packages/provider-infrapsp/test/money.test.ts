import { assert, describe, it } from "@effect/vitest"
import type { Observation } from "@salesos/core"
import { DateTime, Schema } from "effect"
import * as fc from "fast-check"
import * as Api from "../src/Api.ts"
import { brl, facts, mayBeDisputed, type Reading } from "../src/money.ts"
import document from "./fixtures/document.json" with { type: "json" }

const now = DateTime.makeUnsafe("2026-05-04T12:00:00.000Z")

const transaction = Schema.decodeUnknownSync(Api.Transaction)
const payable = Schema.decodeUnknownSync(Api.Payable)
const chargeback = Schema.decodeUnknownSync(Api.Chargeback)

const paid = { id: "trx", status: "paid", amount: 10_000, paidAt: "2026-05-01T00:00:00.000Z" }

const credit = (changes: Readonly<Record<string, unknown>> = {}) =>
  payable({
    id: "p",
    transactionId: "trx",
    type: "credit",
    status: "paid",
    amount: 10_000,
    fee: 129,
    paymentDate: "2026-05-01T00:00:00.000Z",
    createdAt: "2026-05-01T00:00:00.000Z",
    ...changes
  })

const later = "2026-05-20T00:00:00.000Z"
const debit = credit({ id: "d", type: "debit", fee: 0, createdAt: later })
const back = (amount: number) => credit({ id: "b", amount, fee: 0, createdAt: "2026-06-01T00:00:00.000Z" })

const dispute = (changes: Readonly<Record<string, unknown>> = {}) =>
  chargeback({ ...document["find a transaction chargeback: answer"], id: "cb", wonAmount: null, ...changes })

const read = (changes: Partial<Reading> = {}): ReturnType<typeof facts> =>
  facts(
    { transaction: transaction(paid), payables: [credit()], chargebacks: [], raw: null, ...changes },
    true,
    "1",
    now
  )

const amounts = (reversals: ReadonlyArray<Observation.Reversal>) =>
  reversals.map(({ kind, money, ordinal }) => [kind, ordinal, money.amount])

describe("a refund", () => {
  it("of the document's example is a fact by its own id, at the time it was given", () => {
    const refunded = transaction({ ...paid, refunds: [document["create a transaction refund: answer"]] })
    assert.deepEqual(read({ transaction: refunded }).reversals, [
      {
        kind: "refund",
        ordinal: "blPQsK6dOKOo08OoKyBF1",
        money: { amount: 1000, currency: brl },
        feeGivenBack: 0,
        occurredAt: DateTime.makeUnsafe("2021-10-25T20:00:00.000Z")
      }
    ])
  })

  it("that is not given yet, or never was, moves no money", () => {
    for (const status of ["created", "processing", "failed", "", "REFUNDED"]) {
      const refunds = [{ ...document["create a transaction refund: answer"], status }]
      assert.deepEqual(read({ transaction: transaction({ ...paid, refunds }) }).reversals, [])
    }
  })

  it("has a payable of its own, which is no dispute and no part of the payment", () => {
    const payables = [credit(), credit({ id: "r", type: "debit", fee: 0, transactionRefundId: "ref" })]
    assert.isFalse(mayBeDisputed({ transaction: transaction(paid), payables }))
    assert.deepInclude(read({ payables }).payments[0], { fee: 129, availableOn: "2026-05-01" })
  })
})

describe("a dispute", () => {
  const stories: ReadonlyArray<
    readonly [name: string, changes: Record<string, unknown>, payables: ReadonlyArray<Api.Payable>, unknown]
  > = [
    ["pending has moved nothing", { status: "pending", wonAmount: 8000 }, [credit()], []],
    ["under review has moved nothing", { status: "under_review" }, [credit()], []],
    [
      "disputed and debited has taken its amount",
      { status: "disputing" },
      [credit(), debit],
      [["chargeback", "cb", 10_000]]
    ],
    ["lost has taken its amount, debited yet or not", { status: "lost" }, [credit()], [["chargeback", "cb", 10_000]]],
    ["lost has taken what was debited", { status: "lost" }, [credit(), debit], [["chargeback", "cb", 10_000]]],
    ["lost and paid by the guarantee has taken nothing", { status: "lost", isGuaranteePaid: true }, [credit()], []],
    [
      "won after a debit brings its amount back",
      { status: "won", wonAmount: 10_000 },
      [credit(), debit, back(10_000)],
      [
        ["chargeback", "cb", 10_000],
        ["chargeback_won", "cb", 10_000]
      ]
    ],
    [
      "won in part brings that part back",
      { status: "won", wonAmount: 8000 },
      [credit(), debit],
      [
        ["chargeback", "cb", 10_000],
        ["chargeback_won", "cb", 8000]
      ]
    ],
    [
      "won in part without a debit that is told has cost the rest",
      { status: "won", wonAmount: 8000 },
      [],
      [
        ["chargeback", "cb", 10_000],
        ["chargeback_won", "cb", 8000]
      ]
    ],
    ["won before anything was taken has moved nothing", { status: "won", wonAmount: null }, [credit()], []],
    [
      "canceled after a debit brings back what is credited",
      { status: "canceled" },
      [credit(), debit, back(10_000)],
      [
        ["chargeback", "cb", 10_000],
        ["chargeback_won", "cb", 10_000]
      ]
    ],
    ["in a status that nobody knows has moved what payables say", { status: "arbitration" }, [credit()], []]
  ]
  for (const [name, changes, payables, expected] of stories) {
    it(`that is ${name}`, () => {
      const { payments, reversals } = read({ payables, chargebacks: [dispute(changes)] })
      assert.deepEqual(amounts(reversals), expected)
      // What a dispute moves is no part of the payment.
      assert.strictEqual(payments[0]?.fee, payables.length === 0 ? null : 129)
      assert.strictEqual(payments[0]?.availableOn, payables.length === 0 ? null : "2026-05-01")
    })
  }

  it("moves money when its payables say so", () => {
    const { reversals } = read({
      payables: [credit(), debit, back(8000)],
      chargebacks: [dispute({ status: "won", wonAmount: 8000 })]
    })
    assert.deepEqual(
      reversals.map(({ occurredAt }) => DateTime.formatIso(occurredAt)),
      [later, "2026-06-01T00:00:00.000Z"]
    )
  })

  it("of the document's example is pending, and each of two has its own debit", () => {
    const example = chargeback(document["find a transaction chargeback: answer"])
    assert.deepEqual(read({ chargebacks: [example] }).reversals, [])
    const half = (id: string, createdAt: string) => dispute({ id, amount: 5000, status: "disputing", createdAt })
    const one = half("one", "2026-05-02T00:00:00.000Z")
    const two = half("two", "2026-05-03T00:00:00.000Z")
    const halves = [
      credit({ ...debit, id: "d1", amount: 5000, type: "debit", fee: 0, createdAt: later, paymentDate: later })
    ]
    assert.deepEqual(amounts(read({ payables: [credit(), ...halves], chargebacks: [two, one] }).reversals), [
      ["chargeback", "one", 5000]
    ])
  })

  it("is looked for when the transaction or a debit says so", () => {
    const of = (status: string, ...payables: ReadonlyArray<Api.Payable>) =>
      mayBeDisputed({ transaction: transaction({ ...paid, status }), payables })
    assert.isTrue(of("chargedback"))
    assert.isTrue(of("paid", credit(), debit))
    assert.isFalse(of("paid", credit()))
    assert.isFalse(of("paid", credit(), { ...debit, status: "canceled" }))
  })
})

describe("a payment in installments", () => {
  const Parts = fc.array(
    fc.record({ amount: fc.integer({ min: 1, max: 1_000_000 }), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    { minLength: 1, maxLength: 12 }
  )

  const installments = (parts: ReadonlyArray<{ readonly amount: number; readonly share: number }>) =>
    parts.map(({ amount, share }, place) =>
      credit({
        id: `p${place}`,
        amount,
        fee: Math.floor(amount * share),
        installment: place + 1,
        status: "waiting_funds",
        paymentDate: `2026-${`${place + 1}`.padStart(2, "0")}-01T00:00:00.000Z`
      })
    )

  it("has the sum of their fees, a settlement each, and settles on the last day, in whatever order they come", () => {
    fc.assert(
      fc.property(Parts, fc.infiniteStream(fc.nat()), (parts, random) => {
        const payables = installments(parts)
        const amount = parts.reduce((sum, each) => sum + each.amount, 0)
        const order = payables.map((each) => ({ each, at: random.next().value ?? 0 }))
        const shuffled = order.toSorted((a, b) => a.at - b.at).map(({ each }) => each)
        const [payment] = read({ transaction: transaction({ ...paid, amount }), payables: shuffled }).payments
        const fee = payables.reduce((sum, each) => sum + each.fee, 0)
        if (payment === undefined) return assert.fail("paid, and no payment")
        assert.strictEqual(payment.fee, fee)
        assert.strictEqual(payment.availableOn, `2026-${`${parts.length}`.padStart(2, "0")}-01`)
        const { settlements = [] } = payment
        assert.lengthOf(settlements, parts.length === 1 ? 0 : parts.length)
        if (parts.length > 1)
          assert.strictEqual(
            settlements.reduce((sum, { net }) => sum + net, 0),
            amount - fee
          )
        return undefined
      })
    )
  })

  it("stays the same when a dispute brings money back", () => {
    fc.assert(
      fc.property(Parts, fc.integer({ min: 1, max: 12_000_000 }), (parts, won) => {
        const payables = installments(parts)
        const amount = parts.reduce((sum, each) => sum + each.amount, 0)
        const of = (more: ReadonlyArray<Api.Payable>) =>
          read({ transaction: transaction({ ...paid, amount }), payables: [...more, ...payables] }).payments
        assert.deepEqual(of([debit, back(Math.min(won, amount))]), of([]))
      })
    )
  })
})
