import { assert, describe, it } from "@effect/vitest"
import { type ChargeAttempt, Invoice, type Observation, PayerSide } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { first, inDoubt, later, noon, open, sent } from "../support/given.ts"

const observed = (observation: Observation.ChargeObservation) =>
  Invoice.observe(open(), 1, observation, later(5)).invoice
const ended = (reason: Observation.EndReason) =>
  observed(Samples.observation("tx1", { status: { _tag: "ended", reason }, artifact: null }))
const paid = observed(Samples.settled("tx1", Samples.payment()))

/** The invoice with other facts about its only attempt. */
const having = (changes: Partial<ChargeAttempt.ChargeAttempt>): Invoice.Invoice => {
  const invoice = open()
  return { ...invoice, attempts: invoice.attempts.map((attempt) => ({ ...attempt, ...changes })) }
}

const boleto = {
  type: "boleto",
  barcode: "99991164700000123980705040704583835941509504",
  digitableLine: "99990705024070458383659415095047116470000012398",
  dueDate: "2026-11-21",
  pdfUrl: null
} as Observation.Artifact

describe("what a payer sees", () => {
  it.each<[string, Invoice.Invoice, PayerSide.Phase, number]>([
    ["not yet at a provider", sent(), "preparing", 0],
    ["in doubt", inDoubt(), "preparing", 0],
    ["payable", open(), "open", 1],
    ["payable until a time that has passed", having({ expiresAt: later(9) }), "lapsed", 0],
    ["payable until a time to come", having({ expiresAt: later(11) }), "open", 1],
    ["open although its charge ended", having({ status: "ended" }), "lapsed", 0],
    ["paid", paid, "paid", 0],
    ["expired", ended("expired"), "expired", 0],
    ["refused", ended("refused"), "failed", 0],
    ["canceled", ended("canceled"), "canceled", 0]
  ])("of an invoice that is %s", (_, invoice, phase, ways) => {
    const side = PayerSide.of(invoice, later(10))
    assert.deepStrictEqual([side.phase, side.ways.length], [phase, ways])
    assert.strictEqual(side.receipt === null, phase !== "paid")
  })

  it("of a boleto beyond its due date is the boleto, for as long as we wait for it", () => {
    const invoice = having({ leg: "pix", artifact: boleto, expiresAt: later(5), lapsesAt: later(60) })
    assert.deepStrictEqual(PayerSide.of(invoice, later(10)).ways, [{ artifact: boleto, expiresAt: null }])
    assert.strictEqual(PayerSide.of(invoice, later(61)).phase, "lapsed")
  })

  it("of a payment is a receipt, with the payer's tax id masked", () => {
    assert.deepStrictEqual(PayerSide.of(paid, later(10)).receipt, {
      paidAt: paid.paidAt,
      amountPaid: 12310,
      amountReversed: 0,
      endToEndId: "E9040088820261121200500123873170",
      payer: { name: "Maria da Silva", document: "***982247**" }
    })
  })

  it("is nothing that is the tenant's own, and no tax id, address or e-mail", () => {
    const request = Samples.request({ contractor_reference: "secret-reference", metadata: { order: "secret-order" } })
    const shown = JSON.stringify(
      PayerSide.of(Invoice.observe(first(request), 1, Samples.settled("tx1", Samples.payment()), noon).invoice, noon)
    )
    assert.include(shown, "Maria da Silva")
    for (const hidden of ["52998224725", "maria@example.com", "CC-MKT", "secret-", "infrapsp", "ten_"]) {
      assert.notInclude(shown, hidden)
    }
  })
})
