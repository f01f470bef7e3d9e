/** The money of an invoice: each fact is recorded once, booked, and counted. */
import { DateTime, Result } from "effect"
import { CalendarDate } from "../../values/BusinessCalendar.ts"
import type { Money } from "../../values/Money.ts"
import { EndToEndId } from "../../values/Pix.ts"
import type { Booking } from "../BalanceTransaction.ts"
import * as Ledger from "../Ledger.ts"
import * as MoneyFact from "../MoneyFact.ts"
import type { ChargeObservation, Payment, Reversal } from "../Observation.ts"
import { moveAttempt, touch, want } from "./internal.ts"
import { attempt, type Invoice, money, next } from "./State.ts"

/** Something a person should look at. */
export type Alert = "amount_differs" | "paid_twice" | "paid_late" | "reversed"

/** What a tenant does with money that comes after the end: the invoice is paid after all, or it is given back. */
export type LatePayments = "accept" | "refund"

/** An invoice after some of what was observed, and what that books. */
export interface Booked {
  readonly invoice: Invoice
  readonly bookings: ReadonlyArray<Booking>
  readonly alerts: ReadonlyArray<Alert>
}

export const nothingBooked = { bookings: [], alerts: [] } as const satisfies Omit<Booked, "invoice">

export const sameMoney = (a: Money, b: Money): boolean => a.amount === b.amount && a.currency === b.currency

const book = (
  sofar: Booked,
  invoice: Invoice,
  place: Omit<Booking, "entry">,
  entries: ReadonlyArray<Ledger.Entry>,
  alerts: ReadonlyArray<Alert> = []
): Booked => ({
  invoice,
  bookings: [...sofar.bookings, ...entries.map((entry, index) => ({ ...(index === 0 ? place : once(place)), entry }))],
  alerts: [...sofar.alerts, ...alerts]
})

/** A schedule is told with one row, however many are booked together. */
const once = ({ settlements: _, ...place }: Omit<Booking, "entry">): Omit<Booking, "entry"> => place

const isPayment = ({ kind }: MoneyFact.MoneyFact): boolean => kind === "payment"

/** Records a payment, or learns more about one that is recorded. */
export const recordPayment = (
  sofar: Booked,
  number: number,
  providerId: string,
  payment: Payment,
  latePayments: LatePayments,
  now: DateTime.Utc
): Booked => {
  const { invoice } = sofar
  const paidBy = attempt(invoice, number)
  if (paidBy === undefined) return sofar
  const key = MoneyFact.key(paidBy.account, providerId, "payment", payment.ordinal)
  const recorded = invoice.facts.find((fact) => fact.key === key)
  if (recorded !== undefined) return learn(sofar, recorded, payment, paidBy.account, now)
  const first = !invoice.facts.some(isPayment)
  const fact: MoneyFact.MoneyFact = {
    key,
    kind: "payment",
    attempt: number,
    money: payment.money,
    fee: payment.fee,
    occurredAt: payment.occurredAt,
    bookedAs: first ? "charge" : "adjustment",
    ...(payment.settlements === undefined ? {} : { settlements: payment.settlements })
  }
  const entry = Result.getOrThrow(
    (first ? Ledger.chargePaid : Ledger.paidAgain)({ ...payment.money, fee: payment.fee ?? 0 })
  )
  const moved = moveAttempt(invoice, number, "Paid", now)
  const paid = settle(touch(moved, now, { facts: [...invoice.facts, fact] }), fact, payment, latePayments, now)
  return book(
    sofar,
    paid,
    {
      account: paidBy.account,
      availableOn: payment.availableOn,
      attempt: number,
      occurredAt: payment.occurredAt,
      ...scheduleOf(payment, payment.fee)
    },
    [entry],
    [
      ...(first ? [] : ["paid_twice" as const]),
      ...(sameMoney(payment.money, money(invoice)) ? [] : ["amount_differs" as const]),
      ...(invoice.status === "canceled" || invoice.status === "failed" ? ["paid_late" as const] : [])
    ]
  )
}

/**
 * When the provider pays what, net of its fee. Known with the fee and not before, and told with one row of the statement: that
 * of the payment, or that of the fee where it came later.
 */
const scheduleOf = (payment: Payment, fee: number | null): Pick<Booking, "settlements"> => {
  if (fee === null || payment.availableOn === null) return {}
  const on = CalendarDate.make(payment.availableOn)
  return { settlements: payment.settlements ?? [{ on, net: payment.money.amount - fee }] }
}

/**
 * What is told later about a payment. Its entry stays as it was posted: a fee follows as a row of its own, and where the
 * payment had only been inferred, so does what it really was.
 */
const learn = (
  sofar: Booked,
  recorded: MoneyFact.MoneyFact,
  payment: Payment,
  account: string,
  now: DateTime.Utc
): Booked => {
  const fee = recorded.fee ?? payment.fee
  const inferred = recorded.inferred === true
  const identified = identify(sofar.invoice, recorded, payment, now)
  if (fee === recorded.fee && !inferred) return { ...sofar, invoice: identified }
  const { inferred: _, ...rest } = recorded
  const learned: MoneyFact.MoneyFact = inferred
    ? { ...rest, fee, money: payment.money, occurredAt: payment.occurredAt }
    : { ...rest, fee }
  const invoice = touch(identified, now, {
    facts: identified.facts.map((each) => (each === recorded ? learned : each)),
    ...(inferred ? whoPaid(identified, payment) : {})
  })
  const corrections =
    inferred && !sameMoney(payment.money, recorded.money) ? difference(recorded.money, payment.money) : []
  const fees =
    recorded.fee === null && fee !== null && fee > 0 ? [Result.getOrThrow(Ledger.fee(fee, learned.money.currency))] : []
  return book(
    sofar,
    invoice,
    {
      account,
      availableOn: payment.availableOn,
      attempt: recorded.attempt,
      occurredAt: learned.occurredAt,
      ...(recorded.fee === null ? scheduleOf(payment, fee) : {})
    },
    [...corrections, ...fees],
    corrections.length > 0 ? ["amount_differs"] : []
  )
}

/** The id of the payment that is the charge, where it is told only after the payment. */
const identify = (
  invoice: Invoice,
  recorded: MoneyFact.MoneyFact,
  { endToEndId }: Payment,
  now: DateTime.Utc
): Invoice =>
  endToEndId === null || invoice.endToEndId !== null || recorded.bookedAs !== "charge"
    ? invoice
    : touch(invoice, now, { endToEndId: EndToEndId.make(endToEndId) })

/** The entries between what was assumed and what it was. */
const difference = (assumed: Money, real: Money): ReadonlyArray<Ledger.Entry> => {
  const moves =
    assumed.currency === real.currency
      ? [{ ...real, amount: real.amount - assumed.amount }]
      : [{ ...assumed, amount: -assumed.amount }, real]
  return moves.map((move) => Result.getOrThrow(Ledger.unmatched(move)))
}

const whoPaid = (invoice: Invoice, payment: Payment): Pick<Invoice, "payer" | "endToEndId"> => ({
  payer: invoice.payer ?? payment.payer,
  endToEndId: invoice.endToEndId ?? (payment.endToEndId === null ? null : EndToEndId.make(payment.endToEndId))
})

/** What a payment that was just recorded makes of the invoice: paid, unless it came late and is to go back. */
const settle = (
  invoice: Invoice,
  fact: MoneyFact.MoneyFact,
  payment: Payment,
  latePayments: LatePayments,
  now: DateTime.Utc
): Invoice => {
  const goesBack = latePayments === "refund" && invoice.status !== "paid" && isLate(invoice, fact)
  const event = goesBack ? "PaidToBeRefunded" : "Paid"
  const paid = Result.match(next(invoice.status, event), {
    // An open invoice is paid, whatever the tenant does with money that comes after its end.
    onFailure: () => touch(invoice, now, { status: Result.getOrThrow(next(invoice.status, "Paid")) }),
    onSuccess: (status) => touch(invoice, now, { status })
  })
  const settled = touch(paid, now, {
    ...whoPaid(paid, payment),
    ...(paid.status === "paid" ? { confirmed: true, failure: null } : {})
  })
  // A provider refunds a charge as a whole: a second payment of the charge that was paid first is for a person to see to.
  const secondCharge =
    fact.bookedAs === "adjustment" &&
    !settled.facts.some((each) => each.bookedAs === "charge" && each.attempt === fact.attempt)
  return secondCharge || (goesBack && settled.status !== "paid") ? want(settled, fact.attempt, "refund", now) : settled
}

/** Records what went back to the payer, or was won back. What is taken back had been paid, also where nobody told us. */
export const recordReversal = (
  before: Booked,
  number: number,
  seen: ChargeObservation,
  reversal: Reversal,
  latePayments: LatePayments,
  now: DateTime.Utc
): Booked => {
  const takenFrom = attempt(before.invoice, number)
  if (takenFrom === undefined) return before
  const key = MoneyFact.key(takenFrom.account, seen.providerId, reversal.kind, reversal.ordinal)
  if (before.invoice.facts.some((fact) => fact.key === key)) return before
  const sofar = before.invoice.facts.some((fact) => isPayment(fact) && fact.attempt === number)
    ? before
    : inferPayment(before, number, seen, reversal, latePayments, now)
  const { invoice } = sofar
  const bookedAs = invoice.facts.some(
    (fact) => fact.bookedAs === "charge" && fact.attempt === number && isPayment(fact)
  )
    ? "charge"
    : "adjustment"
  const fact: MoneyFact.MoneyFact = {
    key,
    kind: reversal.kind,
    attempt: number,
    money: reversal.money,
    fee: reversal.feeGivenBack,
    occurredAt: reversal.occurredAt,
    bookedAs
  }
  const entries = Result.getOrThrow(entriesOf(reversal, bookedAs))
  const status = Result.getOrElse(next(invoice.status, "Reversed"), () => invoice.status)
  const reversed = touch(invoice, now, { status, facts: [...invoice.facts, fact] })
  const place = { account: takenFrom.account, availableOn: null, attempt: number, occurredAt: reversal.occurredAt }
  return book(sofar, reversed, place, entries, ["reversed"])
}

const entriesOf = (
  { feeGivenBack, kind, money }: Reversal,
  from: "charge" | "adjustment"
): Result.Result<ReadonlyArray<Ledger.Entry>, Ledger.UnbalancedEntry> => {
  if (kind === "chargeback_won") {
    const wonBack = from === "charge" ? Ledger.chargebackWonBack : Ledger.secondPaymentWonBack
    return Result.map(wonBack(money), (entry) => [entry])
  }
  return (from === "charge" ? Ledger.chargeTakenBack : Ledger.secondPaymentTakenBack)({ ...money, feeGivenBack })
}

const inferPayment = (
  sofar: Booked,
  number: number,
  seen: ChargeObservation,
  reversal: Reversal,
  latePayments: LatePayments,
  now: DateTime.Utc
): Booked => {
  const payment: Payment = {
    kind: "payment",
    ordinal: "1",
    money: seen.money,
    fee: null,
    occurredAt: reversal.occurredAt,
    availableOn: null,
    endToEndId: null,
    payer: null
  }
  const paid = recordPayment(sofar, number, seen.providerId, payment, latePayments, now)
  const facts = paid.invoice.facts.map((fact) =>
    sofar.invoice.facts.includes(fact) ? fact : { ...fact, inferred: true }
  )
  return { ...paid, invoice: { ...paid.invoice, facts } }
}

/**
 * Whether a payment came after the charge was over: by the provider's own times of payment, expiry and cancellation, and by
 * our time of cancellation, so that it does not depend on when and in which order we heard of them.
 */
const isLate = (invoice: Invoice, fact: MoneyFact.MoneyFact): boolean => {
  const paid = attempt(invoice, fact.attempt)
  return [paid?.lapsesAt ?? null, paid?.canceledAt ?? null, endOfInvoice(invoice, paid)].some(
    (end) => end !== null && DateTime.isGreaterThan(fact.occurredAt, end)
  )
}

/**
 * When nobody should pay the invoice any more, for a payment of a charge. A provider that cancels a charge by itself says
 * nothing of another: had we heard of the other's payment first, the invoice would never have been canceled. Of that charge
 * itself it is the best that is known where its provider tells no time.
 */
const endOfInvoice = (
  { attempts, canceledAt }: Invoice,
  paid: Invoice["attempts"][number] | undefined
): DateTime.Utc | null => {
  const byProvider = attempts.some(({ endReason }) => endReason === "canceled")
  const byUs = !byProvider || attempts.some(({ cancel }) => cancel !== null)
  return byUs || paid?.endReason === "canceled" ? canceledAt : null
}

const sum = (facts: ReadonlyArray<MoneyFact.MoneyFact>): number =>
  facts.reduce((total, fact) => total + fact.money.amount, 0)

/** Sums and earliest times are taken over all facts, so that the order in which we heard of them leaves no trace. */
export const totals = (invoice: Invoice, now: DateTime.Utc): Invoice => {
  const payments = invoice.facts.filter(isPayment)
  const of = (...kinds: ReadonlyArray<MoneyFact.Kind>) => sum(invoice.facts.filter(({ kind }) => kinds.includes(kind)))
  const amountPaid = payments.length === 0 ? null : sum(payments)
  const amountReversed = of("refund", "chargeback") - of("chargeback_won")
  const latePayment = payments.length > 0 && payments.every((fact) => isLate(invoice, fact))
  const earliest = payments.map(({ occurredAt }) => occurredAt).toSorted(DateTime.Order)[0]
  const paidAt = invoice.status === "paid" ? (earliest ?? null) : null
  const same =
    amountPaid === invoice.amountPaid &&
    amountReversed === invoice.amountReversed &&
    latePayment === invoice.latePayment &&
    (paidAt === invoice.paidAt ||
      (paidAt !== null && invoice.paidAt !== null && DateTime.Equivalence(paidAt, invoice.paidAt)))
  return same ? invoice : touch(invoice, now, { amountPaid, amountReversed, latePayment, paidAt })
}
