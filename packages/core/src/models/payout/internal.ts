/** How the modules of a payout change one. */
import { DateTime, Result } from "effect"
import * as PayoutAttempt from "../PayoutAttempt.ts"
import { attempt, type Event, type FailureCode, next, type Payout } from "./State.ts"

/** A change, and a time of change that is later than the last. */
export const touch = (payout: Payout, now: DateTime.Utc, change: Partial<Payout>): Payout => ({
  ...payout,
  ...change,
  updatedAt: DateTime.max(now, DateTime.add(payout.updatedAt, { milliseconds: 1 }))
})

/** The attempts with one changed. */
export const withAttempt = (
  payout: Payout,
  changed: PayoutAttempt.PayoutAttempt
): ReadonlyArray<PayoutAttempt.PayoutAttempt> =>
  payout.attempts.map((each) => (each.number === changed.number ? changed : each))

/** Moves one attempt by its own machine; a refused event leaves the payout as it is. */
export const moveAttempt = (
  payout: Payout,
  number: number,
  event: PayoutAttempt.Event,
  now: DateTime.Utc,
  change: Partial<PayoutAttempt.PayoutAttempt> = {}
): Payout => {
  const found = attempt(payout, number)
  if (found === undefined) return payout
  return Result.match(PayoutAttempt.next(found.status, event), {
    onFailure: () => payout,
    onSuccess: (status) =>
      status === found.status && Object.keys(change).length === 0
        ? payout
        : touch(payout, now, { attempts: withAttempt(payout, { ...found, ...change, status }) })
  })
}

/** Moves the payout by its machine; a refused event, or one that changes nothing, leaves it as it is. */
export const move = (payout: Payout, event: Event, now: DateTime.Utc, change: Partial<Payout> = {}): Payout =>
  Result.match(next(payout.status, event), {
    onFailure: () => payout,
    onSuccess: (status) => (status === payout.status ? payout : touch(payout, now, { ...change, status }))
  })

const messages: Record<FailureCode, string> = {
  not_created: "No provider has made the transfer",
  provider_failed: "The provider could not make the transfer",
  returned: "The money came back"
}

/** Why a payout failed, in words that are fit for clients. */
export const failureBy = (code: FailureCode, message?: string): NonNullable<Payout["failure"]> => ({
  code,
  message: message ?? messages[code]
})
