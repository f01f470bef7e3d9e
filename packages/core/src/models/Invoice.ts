/**
 * An invoice: a request for payment (not a fiscal document), collected by one or more charge attempts. Everything here
 * is data in, data out; what may happen to an invoice, and where it leads, is the table below.
 */
import { DateTime, Result, Schema } from "effect"
import type { InvoiceId } from "../values/Ids.ts"
import type { Money } from "../values/Money.ts"
import type { EndToEndId } from "../values/Pix.ts"
import type { OurNumber } from "../values/OurNumber.ts"
import * as ChargeAttempt from "./ChargeAttempt.ts"
import type * as Events from "./Events.ts"
import type { InvoiceRequest } from "./InvoiceRequest.ts"
import * as Ledger from "./Ledger.ts"
import * as MoneyFact from "./MoneyFact.ts"
import type { ChargeObservation, EndReason, Payment } from "./Observation.ts"
import type { Owner } from "./Owner.ts"

export const Status = Schema.Literals(["open", "paid", "canceled", "failed"])
export type Status = typeof Status.Type

export type Event = "ChargeOpened" | "NotCreated" | "Retried" | "Paid" | "Canceled" | "LastAttemptEnded"

/** What may happen to an invoice, and where it leads. Everything not listed is refused. */
const transitions = {
  open: { ChargeOpened: "open", NotCreated: "failed", Paid: "paid", Canceled: "canceled", LastAttemptEnded: "failed" },
  canceled: { Paid: "paid" }, // late payment: money that arrived is never denied
  failed: { Paid: "paid", Retried: "open" },
  paid: { Paid: "paid" } // a second payment is booked, not refused
} as const satisfies Record<Status, Partial<Record<Event, Status>>>

/** Why an invoice failed. After `not_created` the same idempotency key tries again under the same number. */
export const FailureCode = Schema.Literals(["not_created", "expired", "refused", "provider_failed"])
export type FailureCode = typeof FailureCode.Type

export interface Invoice {
  readonly owner: Owner
  readonly id: InvoiceId
  readonly ourNumber: OurNumber
  readonly status: Status
  /** Whether a provider has confirmed the charge, so that a payer can pay. */
  readonly confirmed: boolean
  readonly request: InvoiceRequest
  /** Oldest first, numbered from 1. */
  readonly attempts: ReadonlyArray<ChargeAttempt.ChargeAttempt>
  /** The money facts recorded so far, in the order in which they were. */
  readonly facts: ReadonlyArray<MoneyFact.MoneyFact>
  readonly amountPaid: number | null
  readonly amountReversed: number
  readonly latePayment: boolean
  readonly payer: { readonly name: string | null; readonly document: string | null } | null
  readonly endToEndId: EndToEndId | null
  readonly failure: { readonly code: FailureCode; readonly message: string } | null
  readonly paidAt: DateTime.Utc | null
  readonly canceledAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
  /** Strictly grows with every change. */
  readonly updatedAt: DateTime.Utc
}

/** Where an event leads, or a refusal. */
export const next = (from: Status, event: Event): Result.Result<Status, ChargeAttempt.TransitionRefused> => {
  const row: Partial<Record<Event, Status>> = transitions[from]
  const to = row[event]
  return to === undefined
    ? Result.fail(new ChargeAttempt.TransitionRefused({ machine: "invoice", from, event }))
    : Result.succeed(to)
}

const messages: Record<FailureCode, string> = {
  not_created: "No provider could create the charge",
  expired: "The charge expired unpaid",
  refused: "The provider refused the payment",
  provider_failed: "The provider ended the charge"
}

/** What the invoice asks for. */
export const money = (invoice: Invoice): Money => ({
  amount: invoice.request.amount,
  currency: invoice.request.currency
})

/** The attempt that a payer sees: the last one whose artifact we hold. */
export const shown = (invoice: Invoice): ChargeAttempt.ChargeAttempt | undefined =>
  invoice.attempts.findLast((attempt) => attempt.artifact !== null)

/** The attempt a provider's answer is about. */
export const attempt = (invoice: Invoice, number: number): ChargeAttempt.ChargeAttempt | undefined =>
  invoice.attempts[number - 1]

/** The attempts of which we do not know what became. While there is one, nothing new is sent. */
export const unresolved = (invoice: Invoice): ReadonlyArray<ChargeAttempt.ChargeAttempt> =>
  invoice.attempts.filter(ChargeAttempt.isUnresolved)

/** Whether a creation is still wanted: nobody can pay yet, and the world has not moved on. */
export const awaitsCharge = (invoice: Invoice): boolean =>
  (invoice.status === "open" && !invoice.confirmed) ||
  (invoice.status === "failed" && invoice.failure?.code === "not_created")

/** Whether somebody has to find out what became of it: an attempt in doubt, or a creation that nobody brought to an end. */
export const needsResolving = (invoice: Invoice): boolean =>
  unresolved(invoice).length > 0 || (invoice.status === "open" && !invoice.confirmed)

const touch = (invoice: Invoice, now: DateTime.Utc, change: Partial<Invoice>): Invoice => ({
  ...invoice,
  ...change,
  updatedAt: DateTime.max(now, DateTime.add(invoice.updatedAt, { milliseconds: 1 }))
})

const withAttempt = (
  invoice: Invoice,
  changed: ChargeAttempt.ChargeAttempt
): ReadonlyArray<ChargeAttempt.ChargeAttempt> =>
  invoice.attempts.map((each) => (each.number === changed.number ? changed : each))

/** The provider account it is collected with: that of the attempt a payer sees, else of the last one. */
export const account = (invoice: Invoice): string | null => (shown(invoice) ?? invoice.attempts.at(-1))?.account ?? null

/** A new invoice with its first attempt recorded, before any provider has heard of it. */
export const requested = (intent: {
  readonly owner: Owner
  readonly id: InvoiceId
  readonly ourNumber: OurNumber
  readonly request: InvoiceRequest
  readonly account: string
  readonly missesCountFrom: DateTime.Utc
  readonly createdAt: DateTime.Utc
}): Invoice => ({
  owner: intent.owner,
  id: intent.id,
  ourNumber: intent.ourNumber,
  status: "open",
  confirmed: false,
  request: intent.request,
  attempts: [sent(1, intent.ourNumber, intent.account, intent.missesCountFrom, intent.createdAt)],
  facts: [],
  amountPaid: null,
  amountReversed: 0,
  latePayment: false,
  payer: null,
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
  account: string,
  missesCountFrom: DateTime.Utc,
  createdAt: DateTime.Utc
): ChargeAttempt.ChargeAttempt => ({
  number,
  reference: ChargeAttempt.referenceOf(ourNumber, number),
  account,
  status: "sent",
  providerId: null,
  artifact: null,
  expiresAt: null,
  canceledAt: null,
  endReason: null,
  misses: 0,
  missesCountFrom,
  dueAt: missesCountFrom,
  createdAt
})

/** Adds an attempt that is about to be sent; an invoice that was `not_created` is open again. */
export const send = (invoice: Invoice, account: string, missesCountFrom: DateTime.Utc, now: DateTime.Utc): Invoice => {
  const added = sent(invoice.attempts.length + 1, invoice.ourNumber, account, missesCountFrom, now)
  return touch(invoice, now, {
    ...(invoice.status === "failed" ? { status: Result.getOrThrow(next("failed", "Retried")), failure: null } : {}),
    attempts: [...invoice.attempts, added]
  })
}

/** Moves one attempt by its own machine; a refused event leaves the invoice as it is. */
const moveAttempt = (
  invoice: Invoice,
  number: number,
  event: ChargeAttempt.Event,
  now: DateTime.Utc,
  change: Partial<ChargeAttempt.ChargeAttempt> = {}
): Invoice => {
  const found = attempt(invoice, number)
  if (found === undefined) return invoice
  return Result.match(ChargeAttempt.next(found.status, event), {
    onFailure: () => invoice,
    onSuccess: (status) => touch(invoice, now, { attempts: withAttempt(invoice, { ...found, ...change, status }) })
  })
}

/** The provider refused, or the attempt was surely never processed. */
export const reject = (invoice: Invoice, number: number, now: DateTime.Utc): Invoice =>
  moveAttempt(invoice, number, "Rejected", now, { dueAt: null })

/** Sent, and no trustworthy answer. From `missesCountFrom` on a "not there" counts. */
export const doubt = (invoice: Invoice, number: number, missesCountFrom: DateTime.Utc, now: DateTime.Utc): Invoice =>
  moveAttempt(invoice, number, "Doubted", now, { missesCountFrom, dueAt: missesCountFrom })

/**
 * The provider answered "not there" for an attempt in doubt. It counts only from `missesCountFrom` on, and after
 * `enough` such answers in a row the attempt is absent.
 */
export const miss = (invoice: Invoice, number: number, enough: number, now: DateTime.Utc): Invoice => {
  const found = attempt(invoice, number)
  if (found === undefined || found.status !== "in_doubt") return invoice
  if (DateTime.isLessThan(now, found.missesCountFrom)) return invoice
  const misses = found.misses + 1
  return misses >= enough
    ? moveAttempt(invoice, number, "NotThere", now, { misses, dueAt: now }) // until somebody has drawn the conclusion
    : touch(invoice, now, {
        attempts: withAttempt(invoice, { ...found, misses, dueAt: ChargeAttempt.nextLookup(found, now) })
      })
}

/** Nothing more is to be asked about an attempt, for now: it is over, or never was. */
export const rest = (invoice: Invoice, number: number): Invoice => {
  const found = attempt(invoice, number)
  return found === undefined || found.dueAt === null
    ? invoice
    : { ...invoice, attempts: withAttempt(invoice, { ...found, dueAt: null }) }
}

/** Every candidate was rejected or unavailable. No event: the request answers 502 and may be sent again. */
export const notCreated = (invoice: Invoice, now: DateTime.Utc): Invoice =>
  invoice.confirmed || unresolved(invoice).length > 0 ? invoice : fail(invoice, "NotCreated", "not_created", now)

const fail = (invoice: Invoice, event: Event, code: FailureCode, now: DateTime.Utc): Invoice =>
  Result.match(next(invoice.status, event), {
    onFailure: () => invoice,
    onSuccess: (status) => touch(invoice, now, { status, failure: { code, message: messages[code] } })
  })

/** An entry to post, and what its statement row needs besides. */
export interface Booking {
  readonly entry: Ledger.Entry
  readonly account: string
  readonly availableOn: string | null
}

/** Something a person should look at. */
export type Alert = "amount_differs" | "paid_twice"

/** What an observation did. Nothing in it when the same was observed before. */
export interface Observed {
  readonly invoice: Invoice
  readonly bookings: ReadonlyArray<Booking>
  readonly events: ReadonlyArray<Events.Type>
  readonly alerts: ReadonlyArray<Alert>
}

const nothing = { bookings: [], events: [], alerts: [] } as const satisfies Omit<Observed, "invoice">

/**
 * Applies what a provider said about an attempt. Observations may come late, repeated and in any order: money facts
 * count once by their key, and a status never undoes money.
 */
export const observe = (invoice: Invoice, number: number, seen: ChargeObservation, now: DateTime.Utc): Observed => {
  const known = attempt(invoice, number)
  if (known === undefined) return { ...nothing, invoice }
  const learned = learn(invoice, known, seen, now)
  const accepted = acceptCharge(learned, number, seen, now)
  const paid = seen.payments.reduce<Observed>(
    (sofar, payment) => recordPayment(sofar, number, seen.providerId, payment, now),
    {
      ...nothing,
      invoice: accepted
    }
  )
  const ended = seen.status._tag === "ended" ? endAttempt(paid, number, seen.status.reason, now) : paid
  const judged = { ...ended, invoice: { ...ended.invoice, latePayment: isPaidLate(ended.invoice) } }
  return scheduleLookup(judged, number, seen, now)
}

/** What is learned once and never changes: the provider's id, and when by its clock the charge is over. */
const learn = (
  invoice: Invoice,
  known: ChargeAttempt.ChargeAttempt,
  seen: ChargeObservation,
  now: DateTime.Utc
): Invoice => {
  const providerId = known.providerId ?? seen.providerId
  const expiresAt = known.expiresAt ?? seen.expiresAt
  const canceledAt = known.canceledAt ?? seen.canceledAt ?? null
  const same = providerId === known.providerId && expiresAt === known.expiresAt && canceledAt === known.canceledAt
  return same
    ? invoice
    : touch(invoice, now, { attempts: withAttempt(invoice, { ...known, providerId, expiresAt, canceledAt }) })
}

const sameMoney = (a: Money, b: Money): boolean => a.amount === b.amount && a.currency === b.currency

/** An attempt becomes payable with an artifact that asks for the right amount; in doubt and without one it is orphaned. */
const acceptCharge = (invoice: Invoice, number: number, seen: ChargeObservation, now: DateTime.Utc): Invoice => {
  const artifact = sameMoney(seen.money, money(invoice)) ? seen.artifact : null
  const status = attempt(invoice, number)?.status
  if (artifact === null) {
    // While it is `sent`, the answer to the call that is still under way may yet bring the artifact.
    return status === "in_doubt" ? moveAttempt(invoice, number, "ArtifactLost", now) : invoice
  }
  if (status !== "sent" && status !== "in_doubt") return invoice
  const opened = moveAttempt(invoice, number, "Accepted", now, { artifact })
  return Result.match(next(invoice.status, "ChargeOpened"), {
    onFailure: () => opened, // it has ended meanwhile: the attempt is watched, and canceled where the driver can
    onSuccess: (status) => touch(opened, now, { status, confirmed: true })
  })
}

const recordPayment = (
  sofar: Observed,
  number: number,
  providerId: string,
  payment: Payment,
  now: DateTime.Utc
): Observed => {
  const { invoice } = sofar
  const paidBy = attempt(invoice, number)
  if (paidBy === undefined) return sofar
  const key = MoneyFact.key(paidBy.account, providerId, "payment", payment.ordinal)
  const booking = { account: paidBy.account, availableOn: payment.availableOn }
  const recorded = invoice.facts.find((fact) => fact.key === key)
  if (recorded !== undefined) {
    if (recorded.fee !== null || payment.fee === null) return sofar
    // Learned later: the entry stays as it was posted, and the fee follows as a row of its own.
    const { fee } = payment
    const learned = touch(invoice, now, {
      facts: invoice.facts.map((each) => (each === recorded ? { ...recorded, fee } : each))
    })
    if (fee === 0) return { ...sofar, invoice: learned }
    const entry = Result.getOrThrow(Ledger.fee(fee, recorded.money.currency))
    return { ...sofar, invoice: learned, bookings: [...sofar.bookings, { ...booking, entry }] }
  }
  const first = !invoice.facts.some((fact) => fact.bookedAs === "charge")
  const fact: MoneyFact.MoneyFact = {
    key,
    kind: "payment",
    attempt: number,
    money: payment.money,
    fee: payment.fee,
    occurredAt: payment.occurredAt,
    bookedAs: first ? "charge" : "adjustment"
  }
  const book = first ? Ledger.chargePaid : Ledger.paidAgain
  const entry = Result.getOrThrow(book({ ...payment.money, fee: payment.fee ?? 0 }))
  const alerts: ReadonlyArray<Alert> = [
    ...(first ? [] : ["paid_twice" as const]),
    ...(sameMoney(payment.money, money(invoice)) ? [] : ["amount_differs" as const])
  ]
  const moved = moveAttempt(invoice, number, "Paid", now)
  return {
    invoice: settle(touch(moved, now, { facts: [...invoice.facts, fact] }), payment, now),
    bookings: [...sofar.bookings, { ...booking, entry }],
    events: invoice.status === "paid" ? sofar.events : [...sofar.events, "invoice.paid"],
    alerts: [...sofar.alerts, ...alerts]
  }
}

/**
 * The invoice is paid. Sums and earliest times are taken over all payments, so that the order in which we heard of
 * them leaves no trace.
 */
const settle = (invoice: Invoice, payment: Payment, now: DateTime.Utc): Invoice => {
  const payments = invoice.facts.filter((fact) => fact.kind === "payment")
  const earliest = payments.reduce((a, b) => (DateTime.isLessThan(b.occurredAt, a.occurredAt) ? b : a))
  return touch(invoice, now, {
    status: Result.getOrThrow(next(invoice.status, "Paid")),
    confirmed: true,
    failure: null,
    amountPaid: payments.reduce((sum, fact) => sum + fact.money.amount, 0),
    paidAt: earliest.occurredAt,
    payer: invoice.payer ?? payment.payer,
    endToEndId: invoice.endToEndId ?? (payment.endToEndId as EndToEndId | null)
  })
}

/**
 * Whether no payment came in time: each by the provider's own times of payment, expiry and cancellation, so that it does
 * not depend on when and in which order we heard of them.
 */
const isPaidLate = (invoice: Invoice): boolean => {
  const late = (fact: MoneyFact.MoneyFact): boolean => {
    const paid = attempt(invoice, fact.attempt)
    return [paid?.expiresAt ?? null, paid?.canceledAt ?? null].some(
      (end) => end !== null && DateTime.isGreaterThan(fact.occurredAt, end)
    )
  }
  return invoice.facts.length > 0 && invoice.facts.every(late)
}

const failureOf: Record<EndReason, FailureCode> = {
  expired: "expired",
  refused: "refused",
  canceled: "provider_failed"
}

/** Of the reasons of several attempts the first in this order counts, whichever was heard of last. */
const endReasons = ["expired", "refused", "canceled"] as const satisfies ReadonlyArray<EndReason>

/** One attempt is over. With the last one, so is the invoice; never after money. */
const endAttempt = (sofar: Observed, number: number, ended: EndReason, now: DateTime.Utc): Observed => {
  const before = attempt(sofar.invoice, number)?.status
  // An answer that says "refused" at once: the attempt was accepted, and then failed.
  const accepted = before === "sent" ? moveAttempt(sofar.invoice, number, "Accepted", now) : sofar.invoice
  const invoice = moveAttempt(accepted, number, "Ended", now, { endReason: ended, dueAt: null })
  const others = invoice.attempts.some((each) => ChargeAttempt.isLive(each) || ChargeAttempt.isUnresolved(each))
  if (others || invoice === accepted || invoice.status !== "open") return { ...sofar, invoice }
  const reason = endReasons.find((each) => invoice.attempts.some(({ endReason }) => endReason === each)) ?? ended
  if (reason === "canceled") {
    const status = Result.getOrThrow(next("open", "Canceled"))
    const canceledAt = attempt(invoice, number)?.canceledAt ?? now
    return {
      ...sofar,
      invoice: touch(invoice, now, { status, canceledAt, confirmed: true }),
      events: [...sofar.events, "invoice.canceled"]
    }
  }
  return {
    ...sofar,
    invoice: fail(touch(invoice, now, { confirmed: true }), "LastAttemptEnded", failureOf[reason], now),
    events: [...sofar.events, "invoice.failed"]
  }
}

/**
 * An attempt stays due until nothing more can happen: over, or paid and its fee known. One that was given up and turns out
 * to exist is watched like any other.
 */
const scheduleLookup = (observed: Observed, number: number, seen: ChargeObservation, now: DateTime.Utc): Observed => {
  const { invoice } = observed
  const found = attempt(invoice, number)
  if (found === undefined || ChargeAttempt.isUnresolved(found)) return observed
  const over = seen.status._tag === "ended" || found.status === "ended" || found.status === "paid"
  const feeMissing = invoice.facts.some((fact) => fact.attempt === number && fact.fee === null)
  const dueAt = !over || feeMissing ? lookupAt(found, now) : null
  return { ...observed, invoice: { ...invoice, attempts: withAttempt(invoice, { ...found, dueAt }) } }
}

/** By the schedule, and right after the artifact's own expiry: expired is what the provider says it is. */
const lookupAt = (found: ChargeAttempt.ChargeAttempt, now: DateTime.Utc): DateTime.Utc => {
  const bySchedule = ChargeAttempt.nextLookup(found, now)
  const expiry = found.expiresAt === null ? null : DateTime.add(found.expiresAt, { seconds: 1 })
  return expiry !== null && DateTime.isGreaterThan(expiry, now) && DateTime.isLessThan(expiry, bySchedule)
    ? expiry
    : bySchedule
}
