import { assert, describe, it } from "@effect/vitest"
import { DateTime } from "effect"
import { lines } from "../src/statement.ts"
import { type Changes, decodeTransaction, observe, read } from "./fixtures/answers.ts"

describe("the statement's lines", () => {
  const of = (changes: Changes) => lines(decodeTransaction({ ...read("transaction: answer"), ...changes }))
  const id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"

  it("are what moved the balance, by what became of each transaction", () => {
    const nets = (changes: Changes) => of(changes).map(({ fee, id, kind, net }) => [id, kind, net, fee])
    assert.deepEqual(nets({}), [[id, "charge", 97_01, 2_99]])
    for (const status of ["reversed", "chargedback"]) {
      assert.deepEqual(nets({ status }), [
        [id, "charge", 97_01, 2_99],
        [`${id}:${status}`, "charge", -97_01, 0]
      ])
    }
    assert.deepEqual(nets({ type: "withdraw" }), [[id, "payout", -100_00, 2_99]])
    assert.deepEqual(nets({ type: "withdraw", status: "reversed" }), [
      [id, "payout", -100_00, 2_99],
      [`${id}:reversed`, "payout", 97_01, 0]
    ])
    for (const status of ["pending", "in_analysis", "cancelled", "expired", "refused", "new"])
      assert.deepEqual(nets({ status }), [])
    for (const type of ["internal_transfer", "constructor", null]) assert.deepEqual(nets({ type }), [])
  })

  it("stand at the time of the payment, under our reference", () => {
    const [line] = of({})
    assert.deepEqual(line?.at, DateTime.makeUnsafe("2025-01-01T00:15:00.000Z"))
    assert.deepEqual([line?.providerId, line?.reference], [id, "order-123"])
  })

  it("sum to what the facts of the same transaction say", () => {
    for (const status of ["paid", "reversed", "chargedback"]) {
      const { payments, reversals = [] } = observe("transaction: answer", { status })
      const told = [
        ...payments.map(({ fee, money }) => money.amount - (fee ?? 0)),
        ...reversals.map(({ feeGivenBack, money }) => feeGivenBack - money.amount)
      ]
      assert.deepEqual(
        of({ status }).map(({ net }) => net),
        told
      )
    }
  })
})
