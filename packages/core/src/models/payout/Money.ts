/** The money of a payout: each fact is recorded once, booked, and counted. */
import { DateTime, Result } from "effect"
import type { Booking } from "../BalanceTransaction.ts"
import * as Ledger from "../Ledger.ts"
import * as MoneyFact from "../MoneyFact.ts"
import type { FeeMode } from "../PayoutAttempt.ts"
import type { PayoutDelivery, PayoutReturn } from "../PayoutObservation.ts"
import { failureBy, moveAttempt, touch } from "./internal.ts"
import { asked, attempt, next, type Payout } from "./State.ts"

/**
 * Something a person should look at:
 * - `amount_differs`: the provider moves another amount than was asked for
 * - `fee_differs`: a fee that can't be what the driver declares; it is not booked
 * - `found_after_all`: the provider has a transfer that was taken for certain not to be there
 * - `delivered_late`: paid after the payout had failed or was canceled
 * - `paid_twice`: the beneficiary was paid more than once
 * - `returned`: the money came back
 * - `insufficient_balance`: the account can't pay it
 */
export type Alert =
  | "amount_differs"
  | "fee_differs"
  | "found_after_all"
  | "delivered_late"
  | "paid_twice"
  | "returned"
  | "insufficient_balance"

/** A payout after some of what was observed, and what that books. */
export interface Booked {
  readonly payout: Payout
  readonly bookings: ReadonlyArray<Booking>
  readonly alerts: ReadonlyArray<Alert>
}

const book = (
  sofar: Booked,
  payout: Payout,
  by: { readonly account: string; readonly fact: MoneyFact.MoneyFact },
  entries: ReadonlyArray<Ledger.Entry>,
  alerts: Booked["alerts"]
): Booked => ({
  payout,
  bookings: [
    ...sofar.bookings,
    ...entries.map((entry) => ({
      entry,
      account: by.account,
      availableOn: null,
      attempt: by.fact.attempt,
      occurredAt: by.fact.occurredAt
    }))
  ],
  alerts: [...sofar.alerts, ...alerts]
})

/** What is delivered is positive, also where the fee is taken out of it; a fee that leaves nothing is not believed. */
const believable = ({ fee, money }: PayoutDelivery, feeMode: FeeMode): number | null =>
  fee !== null && fee >= 0 && (feeMode === "on_top" || fee < money.amount) ? fee : null

const entryOf = (feeMode: FeeMode, { amount, currency }: PayoutDelivery["money"], fee: number): Ledger.Entry =>
  Result.getOrThrow(
    feeMode === "on_top"
      ? Ledger.payoutFeeOnTop({ amount, currency, fee })
      : Ledger.payoutFeeDeducted({ requested: amount, currency, fee })
  )

/** Records a delivery, or learns more about one that is recorded. */
export const recordDelivery = (
  sofar: Booked,
  number: number,
  providerId: string,
  delivery: PayoutDelivery,
  now: DateTime.Utc
): Booked => {
  const { payout } = sofar
  const by = attempt(payout, number)
  if (by === undefined) return sofar
  const key = MoneyFact.key(by.account, providerId, "delivery", delivery.ordinal)
  const recorded = payout.facts.find((fact) => fact.key === key)
  const fee = believable(delivery, by.feeMode)
  if (recorded !== undefined) return learn(sofar, recorded, delivery, fee, by, now)
  const { amount, currency } = asked(payout)
  const fact: MoneyFact.MoneyFact = {
    key,
    kind: "delivery",
    attempt: number,
    money: delivery.money,
    fee,
    occurredAt: delivery.occurredAt,
    bookedAs: "payout"
  }
  const paid = settle(moveAttempt(payout, number, "Delivered", now), fact, now)
  return book(
    sofar,
    paid,
    { account: by.account, fact },
    [entryOf(by.feeMode, delivery.money, fee ?? 0)],
    [
      ...(delivery.money.amount === amount && delivery.money.currency === currency ? [] : ["amount_differs" as const]),
      ...(fee === delivery.fee ? [] : ["fee_differs" as const]),
      ...(payout.status === "failed" || payout.status === "canceled" ? ["delivered_late" as const] : []),
      ...(payout.facts.some(({ kind }) => kind === "delivery") ? ["paid_twice" as const] : [])
    ]
  )
}

/**
 * What is told later about a delivery. Its entry stays as it was posted: a fee follows as a row of its own, and where the
 * delivery had only been inferred, so does what it really was.
 */
const learn = (
  sofar: Booked,
  recorded: MoneyFact.MoneyFact,
  delivery: PayoutDelivery,
  told: number | null,
  { account, feeMode }: { readonly account: string; readonly feeMode: FeeMode },
  now: DateTime.Utc
): Booked => {
  const { inferred = false, ...rest } = recorded
  const fee = recorded.fee ?? told
  if (fee === recorded.fee && !inferred) return sofar
  const learned: MoneyFact.MoneyFact = inferred
    ? { ...rest, fee, money: delivery.money, occurredAt: delivery.occurredAt }
    : { ...rest, fee }
  const facts = sofar.payout.facts.map((each) => (each === recorded ? learned : each))
  const corrections = inferred ? difference(recorded.money, delivery.money) : []
  const bookFee = feeMode === "on_top" ? Ledger.fee : Ledger.feeDeducted
  const fees =
    recorded.fee === null && fee !== null && fee > 0 ? [Result.getOrThrow(bookFee(fee, learned.money.currency))] : []
  return book(
    sofar,
    withTimes(touch(sofar.payout, now, { facts })),
    { account, fact: learned },
    [...corrections, ...fees],
    corrections.length > 0 ? ["amount_differs"] : []
  )
}

/** The entries between what was assumed to be delivered and what was. */
const difference = (
  assumed: MoneyFact.MoneyFact["money"],
  real: MoneyFact.MoneyFact["money"]
): ReadonlyArray<Ledger.Entry> => {
  const moves =
    assumed.currency === real.currency
      ? [{ ...real, amount: real.amount - assumed.amount }]
      : [{ ...assumed, amount: -assumed.amount }, real]
  return moves.flatMap(({ amount, currency }) => {
    if (amount === 0) return []
    const entry =
      amount > 0
        ? Ledger.payoutFeeOnTop({ amount, currency, fee: 0 })
        : Ledger.payoutReturned({ amount: -amount, currency })
    return [Result.getOrThrow(entry)]
  })
}

/** Records what came back. It had been delivered, also where nobody told us. */
export const recordReturn = (
  before: Booked,
  number: number,
  providerId: string,
  returned: PayoutReturn,
  now: DateTime.Utc
): Booked => {
  const by = attempt(before.payout, number)
  if (by === undefined) return before
  const key = MoneyFact.key(by.account, providerId, "return", returned.ordinal)
  if (before.payout.facts.some((fact) => fact.key === key)) return before
  const delivered = before.payout.facts.some((fact) => fact.kind === "delivery" && fact.attempt === number)
  const sofar = delivered ? before : inferDelivery(before, number, providerId, returned, now)
  const fact: MoneyFact.MoneyFact = {
    key,
    kind: "return",
    attempt: number,
    money: returned.money,
    fee: 0,
    occurredAt: returned.occurredAt,
    bookedAs: "adjustment"
  }
  const settled = settle(moveAttempt(sofar.payout, number, "Returned", now), fact, now)
  const entry = Result.getOrThrow(Ledger.payoutReturned(returned.money))
  return book(sofar, settled, { account: by.account, fact }, [entry], ["returned"])
}

const inferDelivery = (
  sofar: Booked,
  number: number,
  providerId: string,
  { occurredAt }: PayoutReturn,
  now: DateTime.Utc
): Booked => {
  const delivery: PayoutDelivery = { kind: "delivery", ordinal: "1", money: asked(sofar.payout), fee: null, occurredAt }
  const after = recordDelivery(sofar, number, providerId, delivery, now)
  const facts = after.payout.facts.map((fact) =>
    sofar.payout.facts.includes(fact) ? fact : { ...fact, inferred: true }
  )
  return { ...after, payout: { ...after.payout, facts } }
}

/**
 * What money makes of a payout, counted over all facts, so that the order in which we heard of them leaves no trace: paid while
 * some attempt delivered and nothing of it came back, else failed.
 */
const settle = (payout: Payout, fact: MoneyFact.MoneyFact, now: DateTime.Utc): Payout => {
  const event = payout.attempts.some(({ status }) => status === "delivered") ? "Delivered" : "Returned"
  return withTimes(
    touch(payout, now, {
      facts: [...payout.facts, fact],
      status: Result.getOrThrow(next(payout.status, event)),
      failure: event === "Delivered" ? null : failureBy("returned")
    })
  )
}

/** Paid when the first delivery was. */
const withTimes = (payout: Payout): Payout => {
  const deliveries = payout.facts.filter(({ kind }) => kind === "delivery").map(({ occurredAt }) => occurredAt)
  return { ...payout, paidAt: deliveries.toSorted(DateTime.Order)[0] ?? null }
}
