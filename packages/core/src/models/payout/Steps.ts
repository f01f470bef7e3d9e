/** What we do about a payout: the steps of its creation, and of finding out what became of it. */
import { DateTime } from "effect"
import type { PayoutId } from "../../values/Ids.ts"
import type { OurNumber } from "../../values/OurNumber.ts"
import { referenceOf } from "../ChargeAttempt.ts"
import * as Doubt from "../Doubt.ts"
import type { Owner } from "../Owner.ts"
import * as PayoutAttempt from "../PayoutAttempt.ts"
import type { PayoutRequest } from "../PayoutRequest.ts"
import { failureBy, move, moveAttempt, touch, withAttempt } from "./internal.ts"
import { attempt, awaitsSending, type Payout } from "./State.ts"

/** Where an attempt is about to be sent. */
export interface Sending {
  /** The configured name of the provider account. */
  readonly account: string
  readonly feeMode: PayoutAttempt.FeeMode
  /** From when on a "not there" counts. */
  readonly missesCountFrom: DateTime.Utc
}

/** A new payout with its first attempt recorded, before any provider has heard of it. */
export const requested = (
  intent: Sending & {
    readonly owner: Owner
    readonly id: PayoutId
    readonly ourNumber: OurNumber
    readonly request: PayoutRequest
    readonly createdAt: DateTime.Utc
  }
): Payout => ({
  owner: intent.owner,
  id: intent.id,
  ourNumber: intent.ourNumber,
  status: "created",
  request: intent.request,
  attempts: [sent(1, intent.ourNumber, intent, intent.createdAt)],
  facts: [],
  endToEndId: null,
  failure: null,
  paidAt: null,
  canceledAt: null,
  createdAt: intent.createdAt,
  updatedAt: intent.createdAt
})

/** An attempt that is recorded, and about to be sent. */
const sent = (
  number: number,
  ourNumber: OurNumber,
  { account, feeMode, missesCountFrom }: Sending,
  createdAt: DateTime.Utc
): PayoutAttempt.PayoutAttempt => ({
  number,
  reference: referenceOf(ourNumber, number),
  account,
  feeMode,
  status: "sent",
  providerId: null,
  ...Doubt.begun(missesCountFrom),
  dueAt: missesCountFrom,
  createdAt
})

/** Adds an attempt that is about to be sent, where nobody has one for sure; a payout that was `not_created` is created again. */
export const send = (payout: Payout, sending: Sending, now: DateTime.Utc): Payout => {
  if (!awaitsSending(payout)) return payout
  const added = sent(payout.attempts.length + 1, payout.ourNumber, sending, now)
  const created = move(payout, "Retried", now, { failure: null })
  return touch(created, now, { attempts: [...payout.attempts, added] })
}

/** The provider refused, or the attempt was surely never processed. */
export const reject = (payout: Payout, number: number, now: DateTime.Utc): Payout =>
  moveAttempt(payout, number, "Rejected", now, { dueAt: null })

/** Every candidate rejected it or was unavailable. No event: the request answers 502 and may be sent again. */
export const notCreated = (payout: Payout, now: DateTime.Utc): Payout =>
  awaitsSending(payout) ? move(payout, "NotCreated", now, { failure: failureBy("not_created") }) : payout

/** Sent, and no trustworthy answer: it is processing, whatever that means. From `missesCountFrom` on a "not there" counts. */
export const doubt = (payout: Payout, number: number, missesCountFrom: DateTime.Utc, now: DateTime.Utc): Payout => {
  const doubted = moveAttempt(payout, number, "Doubted", now, { missesCountFrom, dueAt: missesCountFrom })
  return doubted === payout ? payout : move(doubted, "Doubted", now)
}

/**
 * The provider answered "not there" for an attempt in doubt. It counts only from `missesCountFrom` on, and after `enough` such
 * answers in a row the attempt is absent and the payout failed, for good: its reference is watched, and nothing is sent again.
 */
export const miss = (payout: Payout, number: number, enough: number, now: DateTime.Utc): Payout => {
  const found = attempt(payout, number)
  if (found === undefined || found.status !== "in_doubt") return payout
  const dueAt = PayoutAttempt.nextLookup(found, now)
  if (DateTime.isLessThan(now, found.missesCountFrom)) return payout
  const misses = found.misses + 1
  return misses >= enough
    ? move(moveAttempt(payout, number, "NotThere", now, { misses, dueAt }), "NotThere", now, {
        failure: failureBy("not_created")
      })
    : touch(payout, now, { attempts: withAttempt(payout, { ...found, misses, dueAt }) })
}

/** The provider is to be asked about an attempt at another time. Nothing that a client sees changes by it. */
export const askAt = (payout: Payout, number: number, dueAt: DateTime.Utc | null): Payout => {
  const found = attempt(payout, number)
  return found === undefined ? payout : { ...payout, attempts: withAttempt(payout, { ...found, dueAt }) }
}

/** The provider did not tell: it is asked again by the schedule, or later where it is due later already. */
export const askLater = (payout: Payout, number: number, now: DateTime.Utc): Payout => {
  const found = attempt(payout, number)
  if (found === undefined) return payout
  const next = PayoutAttempt.nextLookup(found, now)
  return askAt(payout, number, found.dueAt === null ? next : DateTime.max(found.dueAt, next))
}

/**
 * Marks what has been in doubt for long by now as told; the very same payout where nobody is to be told of anything. It is a change
 * of the payout, so that of several who find the same at once one makes it.
 */
export const tellOfDoubts = (payout: Payout, now: DateTime.Utc): Payout => {
  const attempts = payout.attempts.map((each) => (PayoutAttempt.isUnresolved(each) ? Doubt.tell(each, now) : each))
  return attempts.every((each, at) => each === payout.attempts[at]) ? payout : touch(payout, now, { attempts })
}
