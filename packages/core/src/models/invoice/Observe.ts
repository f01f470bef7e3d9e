/**
 * What an observation does to an invoice. Observations may come late, repeated and in any order: money facts count once by
 * their key, and a status never undoes money.
 */
import { DateTime, Result } from "effect"
import * as ChargeAttempt from "../ChargeAttempt.ts"
import { boletoLapsesAt } from "../Expiry.ts"
import type { ChargeObservation, EndReason } from "../Observation.ts"
import * as ProviderOperation from "../ProviderOperation.ts"
import { fail, moveAttempt, moveOperation, tidy, touch, withAttempt } from "./internal.ts"
import {
  type Booked,
  type LatePayments,
  nothingBooked,
  recordPayment,
  recordReversal,
  sameMoney,
  totals
} from "./Money.ts"
import { attempt, type FailureCode, type Invoice, missingLegs, money, next } from "./State.ts"

/** What an observation did. Nothing in it but the invoice when the same was observed before. */
export type Observed = Booked

/** Applies what a provider said about an attempt. `latePayments` is the tenant's choice. */
export const observe = (
  invoice: Invoice,
  number: number,
  seen: ChargeObservation,
  now: DateTime.Utc,
  latePayments: LatePayments = "accept"
): Observed => {
  if (attempt(invoice, number) === undefined) return { ...nothingBooked, invoice }
  const accepted = acceptCharge(learn(invoice, number, seen, now), number, seen, now)
  const paid = seen.payments.reduce<Booked>(
    (sofar, payment) => recordPayment(sofar, number, seen.providerId, payment, latePayments, now),
    { ...nothingBooked, invoice: accepted }
  )
  const reversed = (seen.reversals ?? []).reduce<Booked>(
    (sofar, reversal) => recordReversal(sofar, number, seen, reversal, latePayments, now),
    paid
  )
  const after = [endAttempt, lapse, settleOperations].reduce(
    (sofar, step) => step(sofar, number, seen, now),
    reversed.invoice
  )
  return { ...reversed, invoice: scheduleLookup(tidy(totals(after, now), now), number, seen, now) }
}

/** What is learned once and never changes: the provider's id, and when by its clock the charge is over. */
const learn = (invoice: Invoice, number: number, seen: ChargeObservation, now: DateTime.Utc): Invoice => {
  const known = attempt(invoice, number)
  if (known === undefined) return invoice
  const providerId = known.providerId ?? seen.providerId
  const expiresAt = known.expiresAt ?? seen.expiresAt
  const canceledAt = known.canceledAt ?? seen.canceledAt ?? null
  const exchange = known.exchange ?? seen.exchange ?? null
  const same =
    providerId === known.providerId &&
    expiresAt === known.expiresAt &&
    canceledAt === known.canceledAt &&
    exchange === known.exchange
  if (same) return invoice
  // A boleto is payable beyond its due date, by a rule of ours: the provider's date is not when it lapses.
  const lapsesAt = known.leg === "boleto" ? known.lapsesAt : (expiresAt ?? known.lapsesAt)
  const learned = { ...known, providerId, expiresAt, canceledAt, exchange, lapsesAt }
  return touch(invoice, now, { attempts: withAttempt(invoice, learned) })
}

/** An attempt becomes payable with an artifact that asks for the right amount; in doubt and without one it is orphaned. */
const acceptCharge = (invoice: Invoice, number: number, seen: ChargeObservation, now: DateTime.Utc): Invoice => {
  const { leg, status } = attempt(invoice, number) ?? {}
  // A card may have been charged: it is never replaced by another attempt, whatever its answer shows.
  const artifact =
    leg === "card"
      ? (seen.artifact ?? { type: leg, checkoutUrl: null })
      : sameMoney(seen.money, money(invoice))
        ? seen.artifact
        : null
  if (artifact === null) {
    // While it is `sent`, the answer to the call that is still under way may yet bring the artifact.
    return status === "in_doubt" ? moveAttempt(invoice, number, "ArtifactLost", now) : invoice
  }
  if (status !== "sent" && status !== "in_doubt") return invoice
  const lapses = artifact.type === "boleto" ? { lapsesAt: boletoLapsesAt(artifact.dueDate) } : {}
  const opened = moveAttempt(invoice, number, "Accepted", now, { artifact, ...lapses })
  if (missingLegs(opened).length > 0) return opened
  return Result.match(next(invoice.status, "ChargeOpened"), {
    onFailure: () => opened, // it has ended meanwhile: the attempt is watched, and canceled where the driver can
    onSuccess: (status) => touch(opened, now, { status, confirmed: true })
  })
}

const failureOf: Record<EndReason, FailureCode> = {
  expired: "expired",
  refused: "refused",
  canceled: "provider_failed"
}

/** Of the reasons of several attempts the first in this order counts, whichever was heard of last. */
const endReasons = ["expired", "refused", "canceled"] as const satisfies ReadonlyArray<EndReason>

const endAttempt = (invoice: Invoice, number: number, seen: ChargeObservation, now: DateTime.Utc): Invoice =>
  seen.status._tag === "ended" ? end(invoice, number, seen.status.reason, now) : invoice

/**
 * By our clock plus a lookup: asked about after its time, the provider still only knows a charge that can be paid. A status
 * that nobody understands ends nothing.
 */
const lapse = (invoice: Invoice, number: number, seen: ChargeObservation, now: DateTime.Utc): Invoice => {
  const found = attempt(invoice, number)
  const lapsed =
    seen.status._tag === "open" &&
    found !== undefined &&
    ChargeAttempt.isLive(found) &&
    DateTime.isGreaterThanOrEqualTo(now, found.lapsesAt)
  return lapsed ? end(invoice, number, "expired", now) : invoice
}

/** One attempt is over. With the last one, so is the invoice; never after money. */
const end = (before: Invoice, number: number, reason: EndReason, now: DateTime.Utc): Invoice => {
  // An answer that says "refused" at once: the attempt was accepted, and then failed.
  const accepted = attempt(before, number)?.status === "sent" ? moveAttempt(before, number, "Accepted", now) : before
  const invoice = moveAttempt(accepted, number, "Ended", now, { endReason: reason })
  const others = invoice.attempts.some((each) => ChargeAttempt.isLive(each) || ChargeAttempt.isUnresolved(each))
  if (others || invoice === accepted || invoice.status !== "open") return invoice
  // While the invoice is open, a charge is canceled at our request only because somebody wants the invoice canceled.
  const asked = invoice.attempts.some(({ cancel, endReason }) => cancel !== null && endReason === "canceled")
  const first = endReasons.find((each) => invoice.attempts.some(({ endReason }) => endReason === each)) ?? reason
  const counts = asked ? "canceled" : first
  if (counts !== "canceled") {
    return fail(touch(invoice, now, { confirmed: true }), "LastAttemptEnded", failureOf[counts], now)
  }
  // By the providers' own clocks, whichever of several charges was heard of last; one that was given up was never open.
  const times = invoice.attempts.flatMap(({ canceledAt, endReason }) =>
    endReason === "canceled" ? (canceledAt ?? []) : []
  )
  const canceledAt = times.toSorted(DateTime.Order).at(-1) ?? now
  const status = Result.getOrThrow(next("open", "Canceled"))
  return touch(invoice, now, { status, canceledAt, confirmed: true })
}

/** What was asked of the provider has come true, or can't any more. */
const settleOperations = (invoice: Invoice, number: number, _seen: ChargeObservation, now: DateTime.Utc): Invoice => {
  const found = attempt(invoice, number)
  const canceled = found?.status === "ended" ? "Done" : found?.status === "paid" ? "Refused" : undefined
  const settled = canceled === undefined ? invoice : moveOperation(invoice, number, "cancel", canceled, now)
  const refunded = invoice.facts.some((fact) => fact.kind === "refund" && fact.attempt === number)
  return refunded ? moveOperation(settled, number, "refund", "Done", now) : settled
}

/** How long a charge that lapsed by our clock is watched for money that comes late, while its provider still takes some. */
const watchedFor = { days: 7 }

/**
 * An attempt stays due until nothing more can happen: over, or paid and its fee known. One that was given up and turns out
 * to exist is watched like any other.
 */
const scheduleLookup = (invoice: Invoice, number: number, seen: ChargeObservation, now: DateTime.Utc): Invoice => {
  const found = attempt(invoice, number)
  if (found === undefined || ChargeAttempt.isUnresolved(found)) return invoice
  const isForgotten = DateTime.isGreaterThan(now, DateTime.addDuration(found.lapsesAt, watchedFor))
  const over = seen.status._tag === "ended" || found.status === "paid" || (found.status === "ended" && isForgotten)
  const feeMissing = invoice.facts.some((fact) => fact.attempt === number && fact.fee === null)
  const asked = ProviderOperation.isUnfinished(found.cancel) || ProviderOperation.isUnfinished(found.refund)
  const dueAt = asked ? found.dueAt : !over || feeMissing ? ChargeAttempt.nextLookup(found, now) : null
  return { ...invoice, attempts: withAttempt(invoice, { ...found, dueAt }) }
}
