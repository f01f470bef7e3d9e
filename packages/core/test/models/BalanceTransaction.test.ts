/** Statement rows carry what their source was asked for with; and money facts are told apart by their keys. */
import { assert, describe, it } from "@effect/vitest"
import { BalanceTransaction, BusinessCalendar, Ids, Ledger, MoneyFact } from "@salesos/core"
import { PayoutSamples, Samples } from "@salesos/core/testing"
import { Result, Schema } from "effect"
import * as fc from "fast-check"
import { first, later, noon } from "../support/given.ts"
import { created } from "../support/payoutGiven.ts"

const at: BalanceTransaction.At = {
  id: Ids.BalanceTransactionId.make("btxn_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
  entry: Ids.EntryId.make("ent_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
  createdAt: noon
}
const entry = Result.getOrThrow(Ledger.chargePaid({ amount: 12310, fee: 123, currency: Samples.brl }))
const booking: BalanceTransaction.Booking = {
  entry,
  account: "infrapsp",
  availableOn: "2026-11-22",
  attempt: 2,
  occurredAt: later(5)
}

describe("a statement row", () => {
  it("of an invoice carries its control fields", () => {
    const invoice = first(Samples.request({ contractor_reference: "C-1", metadata: { order: "7" } }))
    assert.deepStrictEqual(BalanceTransaction.ofInvoice(invoice, booking, at), {
      postings: entry.postings,
      transaction: {
        ...at,
        owner: invoice.owner,
        line: entry.line,
        availableOn: "2026-11-22",
        source: { resource: "invoice", id: invoice.id },
        attempt: 2,
        occurredAt: later(5),
        account: "infrapsp",
        ourNumber: invoice.ourNumber,
        costCenter: "CC-MKT",
        contractorReference: "C-1",
        metadata: { order: "7" }
      }
    })
  })

  it("of a payment in several parts carries their days", () => {
    const settlements = [{ on: BusinessCalendar.CalendarDate.make("2026-12-21"), net: 12187 }]
    const { transaction } = BalanceTransaction.ofInvoice(first(), { ...booking, settlements }, at)
    assert.deepStrictEqual(transaction.settlements, settlements)
  })

  it("of a payout carries its own, and nothing where nothing was given", () => {
    const payout = created("deducted", PayoutSamples.request())
    const { transaction } = BalanceTransaction.ofPayout(payout, booking, at)
    assert.deepStrictEqual(transaction.source, { resource: "payout", id: payout.id })
    assert.deepStrictEqual(
      [transaction.ourNumber, transaction.costCenter, transaction.contractorReference, transaction.metadata],
      [payout.ourNumber, "CC-PRZ", null, {}]
    )
  })
})

describe("money facts", () => {
  it("are payments, what goes back of them or is won back, deliveries and returns", () => {
    const is = Schema.is(MoneyFact.Kind)
    const kinds = ["payment", "refund", "chargeback", "chargeback_won", "delivery", "return"]
    assert.deepStrictEqual(
      [...kinds, "", "fee"].map((kind) => is(kind)),
      [...kinds.map(() => true), false, false]
    )
  })

  it("have the same key just where account, charge, kind and ordinal are the same, whatever is in their texts", () => {
    const text = fc.string({ maxLength: 4, unit: fc.constantFrom('"', ",", "]", "a", "1") })
    const parts = fc.tuple(text, text, fc.constantFrom("payment" as const, "refund" as const), text)
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = one.every((part, place) => part === other[place])
        assert.strictEqual(MoneyFact.key(...one) === MoneyFact.key(...other), same)
      }),
      { numRuns: 500 }
    )
  })
})
