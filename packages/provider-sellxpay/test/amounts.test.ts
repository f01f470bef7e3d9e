import { assert, describe, it } from "@effect/vitest"
import { Json, Money } from "@salesos/core"
import { Option, Schema } from "effect"
import * as fc from "fast-check"
import * as Api from "../src/Api.ts"
import * as mapping from "../src/mapping.ts"
import { capabilities } from "../src/index.ts"
import { decodeTransaction } from "./fixtures/answers.ts"
import * as Requests from "./fixtures/requests.ts"

const decode = Schema.decodeUnknownOption(Api.Transaction)

describe("amounts", () => {
  const between = (minimum: number, maximum: number) => fc.integer({ min: minimum, max: maximum })
  const limits = {
    minimum: Math.min(...capabilities.map((each) => each.limits.minimum)),
    maximum: Math.max(...capabilities.map((each) => each.limits.maximum))
  }

  it("are written with two decimals and read back as they were, from the least to the most", () => {
    fc.assert(
      fc.property(between(limits.minimum, limits.maximum), (amount) => {
        const payment = Option.getOrThrow(mapping.payment(Requests.payout(amount)))
        const body = Api.encode(Money.MinorUnits.make(amount), payment)
        const digits = `${amount}`.padStart(3, "0").replace(/(..)$/, ".$1")
        assert.include(body, `{"amount":${digits},`)
        const answer = `{"transaction_id":"x","amount":${digits},"tax":${digits},"net_amount":0.00}`
        const { amount: back, tax } = decodeTransaction(Json.parseExact(answer))
        assert.deepEqual([back, tax], [amount, amount])
      })
    )
  })

  it("are read by their digits, however they are written", () => {
    const amountOf = (written: string): number | null => {
      const body = Json.parseExact(`{"id":"x","amount":${written}}`)
      return Option.getOrNull(Option.map(decode(body), ({ amount }) => amount))
    }
    for (const written of ["100", "100.0", "100.00", "100.000", `"100.00"`]) {
      assert.strictEqual(amountOf(written), 100_00, written)
    }
    // As a floating-point number each of the first would pass for whole centavos.
    const inexact = ["100.001", "100.000000000000001", "123.09999999999999", "90071992547409.929"]
    for (const written of [...inexact, "1e2", "0", "0.00", "-1.00", "null", `"R$ 1"`]) {
      assert.isNull(amountOf(written), written)
    }
  })
})
