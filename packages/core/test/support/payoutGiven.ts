/** Payouts as they are before a provider has said anything. */
import { Ids, OurNumber, Payout, type PayoutAttempt, type PayoutRequest } from "@salesos/core"
import { PayoutSamples } from "@salesos/core/testing"
import { later, noon, owner } from "./given.ts"

export const sending = (feeMode: PayoutAttempt.FeeMode = "deducted", account = "sellxpay"): Payout.Sending => ({
  account,
  feeMode,
  missesCountFrom: later(165)
})

/** A payout with its first attempt recorded, and perhaps sent. */
export const created = (
  feeMode: PayoutAttempt.FeeMode = "deducted",
  request: PayoutRequest.PayoutRequest = PayoutSamples.request()
): Payout.Payout =>
  Payout.requested({
    ...sending(feeMode),
    owner,
    id: Ids.PayoutId.make("po_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
    ourNumber: OurNumber.format("PO", 2026, 1),
    request,
    createdAt: noon
  })

/** The payout with its last attempt rejected, and one more that was sent. */
export const sentAgain = (before: Payout.Payout, feeMode: PayoutAttempt.FeeMode = "deducted"): Payout.Payout =>
  Payout.send(Payout.reject(before, before.attempts.length, noon), sending(feeMode), noon)

/** A payout whose attempt is in doubt, and whose misses count from noon on. */
export const inDoubt = (before: Payout.Payout = created()): Payout.Payout =>
  Payout.doubt(before, before.attempts.length, noon, noon)

/** A payout that was looked for long enough. */
export const absent = (before: Payout.Payout = created()): Payout.Payout =>
  Payout.miss(inDoubt(before), before.attempts.length, 1, noon)
