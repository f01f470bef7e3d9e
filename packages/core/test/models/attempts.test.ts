/** What attempts and operations at providers are, by their statuses: unresolved, live, unfinished; and who refuses what. */
import { assert, describe, it } from "@effect/vitest"
import { ChargeAttempt, PayoutAttempt, ProviderOperation } from "@salesos/core"
import { DateTime, Duration, Option, Result, Schema } from "effect"
import { first, later, noon } from "../support/given.ts"
import { created } from "../support/payoutGiven.ts"

const charge = (status: ChargeAttempt.Status): ChargeAttempt.ChargeAttempt => ({ ...first().attempts[0]!, status })
const payout = (status: PayoutAttempt.Status): PayoutAttempt.PayoutAttempt => ({ ...created().attempts[0]!, status })
const operation = (status: ProviderOperation.Status): ProviderOperation.ProviderOperation => ({
  ...ProviderOperation.wanted(noon),
  status
})

const refusal = (result: Result.Result<unknown, unknown>) => Option.getOrThrow(Result.getFailure(result))

describe("a charge attempt", () => {
  it("is unresolved while it is perhaps sent, and live while a payer may pay it", () => {
    const { literals } = ChargeAttempt.Status
    const those = (is: (attempt: ChargeAttempt.ChargeAttempt) => boolean) => literals.filter((each) => is(charge(each)))
    assert.deepStrictEqual(those(ChargeAttempt.isUnresolved), ["sent", "in_doubt"])
    assert.deepStrictEqual(those(ChargeAttempt.isLive), ["open", "orphaned"])
  })

  it("that refuses an event says so by its name", () => {
    assert.deepInclude(refusal(ChargeAttempt.next("paid", "Ended")), {
      machine: "charge attempt",
      from: "paid",
      event: "Ended"
    })
  })

  it("is asked about a quarter of its age later, from 2 seconds to 15 minutes, and right after its time is over", () => {
    const after = (seconds: number) =>
      Duration.toSeconds(DateTime.distance(later(seconds), ChargeAttempt.nextLookup(charge("open"), later(seconds))))
    assert.deepStrictEqual(
      [0, 8, 12, 2000, 3590, 3601, 86_400].map((seconds) => after(seconds)),
      [2, 2, 3, 500, 11, 900, 900]
    )
  })
})

describe("a payout attempt", () => {
  it("is unresolved while it is perhaps sent", () => {
    assert.deepStrictEqual(
      PayoutAttempt.Status.literals.filter((each) => PayoutAttempt.isUnresolved(payout(each))),
      ["sent", "in_doubt"]
    )
  })

  it("that refuses an event says so by its name", () => {
    assert.deepInclude(refusal(PayoutAttempt.next("returned", "Accepted")), { machine: "payout attempt" })
  })

  it("has its fee on top or taken out of what is delivered, and in no other way", () => {
    const is = Schema.is(PayoutAttempt.FeeMode)
    assert.deepStrictEqual(["on_top", "deducted", "", "included"].map(is), [true, true, false, false])
  })

  it("is asked about a quarter of its age later, from 2 seconds to a day", () => {
    const after = (seconds: number) =>
      Duration.toSeconds(
        DateTime.distance(later(seconds), PayoutAttempt.nextLookup(payout("accepted"), later(seconds)))
      )
    assert.deepStrictEqual(
      [0, 8, 12, 3600, 40 * 86_400].map((seconds) => after(seconds)),
      [2, 2, 3, 900, 86_400]
    )
  })
})

describe("an operation on a charge", () => {
  it("is unresolved while it is perhaps sent, unfinished also while it is wanted, and neither where there is none", () => {
    const { literals } = ProviderOperation.Status
    assert.deepStrictEqual(
      literals.filter((each) => ProviderOperation.isUnresolved(operation(each))),
      ["sent", "in_doubt"]
    )
    assert.deepStrictEqual(
      literals.filter((each) => ProviderOperation.isUnfinished(operation(each))),
      ["wanted", "sent", "in_doubt"]
    )
    assert.isFalse(ProviderOperation.isUnresolved(null))
    assert.isFalse(ProviderOperation.isUnfinished(null))
  })

  it("that refuses an event says so by its name", () => {
    assert.deepInclude(refusal(ProviderOperation.next("done", "Sent")), { machine: "provider operation" })
  })
})
