/** Rules between invoices and the charges in their providers' books. */
import { DateTime } from "effect"
import type { Invoice } from "../../models/Invoice.ts"
import { attemptsOf, chargesByName, group, nameOf, repeated, type Rule, sum } from "./facts.ts"

/** Every request for a charge was made once at most, and only one charge of an invoice can be shown to a payer. */
const oneChargePerRequest: Rule = (facts) => [
  ...repeated(facts.charges.map(({ account, charge }) => nameOf(account, charge))).map(
    (name) => `${name}: charged more than once`
  ),
  ...repeated(attemptsOf(facts).map(({ name }) => name)).map((name) => `${name}: several attempts have this reference`),
  ...facts.invoices.flatMap(({ attempts, ourNumber }) =>
    group(
      attempts.filter(({ artifact, status }) => artifact !== null && status === "open"),
      ({ leg }) => leg
    ).flatMap(([leg, open]) => (open.length > 1 ? [`${ourNumber}: a payer could pay more than one ${leg} charge`] : []))
  )
]

const paymentsOf = ({ facts }: Invoice) => facts.filter(({ kind }) => kind === "payment")

/** What went back to payers less what was won back. */
export const sentBack = (
  rows: ReadonlyArray<{ readonly kind: string; readonly money: { readonly amount: number } }>
): number =>
  sum(
    rows.map(({ kind, money }) =>
      kind === "refund" || kind === "chargeback" ? money.amount : kind === "chargeback_won" ? -money.amount : 0
    )
  )

/** What the store says of a charge, the provider says, too. */
const nothingInvented: Rule = (facts) => {
  const names = new Set(attemptsOf(facts).map(({ name }) => name))
  const byName = chargesByName(facts)
  return [
    ...facts.charges.flatMap(({ account, charge }) =>
      names.has(nameOf(account, charge)) ? [] : [`${nameOf(account, charge)}: charged without a recorded attempt`]
    ),
    ...attemptsOf(facts).flatMap(({ attempt, invoice, name }) => {
      const charge = byName.get(name)
      const booked = paymentsOf(invoice).filter(({ attempt: number }) => number === attempt.number)
      const received = charge?.payments ?? []
      const says = (status: string) => `${name}: ${attempt.status} here, ${status} at the provider`
      return [
        ...(attempt.providerId === null || attempt.providerId === charge?.id ? [] : [says("another charge")]),
        ...(["open", "orphaned", "ended", "paid"].includes(attempt.status) && charge === undefined
          ? [says("unknown")]
          : []),
        ...(["rejected", "absent"].includes(attempt.status) && charge !== undefined ? [says("charged")] : []),
        // By our clock and a lookup a charge expires that its provider would still take.
        ...(attempt.status === "ended" && attempt.endReason !== "expired" && charge?.status._tag === "open"
          ? [says("open")]
          : []),
        ...((attempt.status === "paid") === booked.length > 0
          ? []
          : [`${name}: ${attempt.status}, with ${booked.length} payments`]),
        ...(booked.length <= received.length
          ? []
          : [`${name}: booked ${booked.length} payments, the provider received ${received.length}`]),
        ...(attempt.artifact?.type !== "pix" || attempt.artifact.copyPaste === charge?.copyPaste
          ? []
          : [says("another artifact")])
      ]
    })
  ]
}

/** What an invoice says of its money is what its facts add up to. */
const itsOwnMoney: Rule = ({ invoices }) =>
  invoices.flatMap((invoice) => {
    const { amountPaid, amountReversed, latePayment, ourNumber, paidAt, status } = invoice
    const booked = paymentsOf(invoice)
    const reversed = sentBack(invoice.facts)
    const total = sum(booked.map(({ money }) => money.amount))
    const first = booked.map(({ occurredAt }) => DateTime.toEpochMillis(occurredAt)).toSorted((a, b) => a - b)[0]
    return [
      // A late payment that goes back leaves the state as it is.
      ...(status === "paid" && booked.length === 0 ? [`${ourNumber}: paid, without a payment`] : []),
      ...(status === "open" && booked.length > 0 ? [`${ourNumber}: open, with ${booked.length} payments`] : []),
      ...(amountReversed === reversed
        ? []
        : [`${ourNumber}: amount reversed ${amountReversed}, sent back ${reversed}`]),
      ...(amountPaid === (booked.length === 0 ? null : total)
        ? []
        : [`${ourNumber}: amount paid ${amountPaid}, payments of ${total}`]),
      ...((paidAt === null ? undefined : DateTime.toEpochMillis(paidAt)) === (status === "paid" ? first : undefined)
        ? []
        : [`${ourNumber}: paid at another time than its first payment`]),
      ...(latePayment && booked.length === 0 ? [`${ourNumber}: a late payment without a payment`] : [])
    ]
  })

export const charges: ReadonlyArray<Rule> = [oneChargePerRequest, nothingInvented, itsOwnMoney]

/** What is over at a provider is over here. */
const nothingMissed: Rule = (facts) => {
  const byName = chargesByName(facts)
  return attemptsOf(facts).flatMap(({ attempt, name }) => {
    const charge = byName.get(name)
    const over = charge?.status._tag === "ended" && charge.payments.length === 0
    return over && attempt.status !== "ended" ? [`${name}: ${attempt.status} here, over at the provider`] : []
  })
}

/**
 * Nothing is in doubt, and an invoice that is open can be paid: by the charge that its payer sees or, after that one has
 * ended, by one that nobody sees and that is still watched.
 */
const nothingOpen: Rule = (facts) => [
  ...attemptsOf(facts).flatMap(({ attempt, name }) =>
    attempt.status === "sent" || attempt.status === "in_doubt" ? [`${name}: still ${attempt.status}`] : []
  ),
  ...facts.invoices.flatMap(({ attempts, confirmed, ourNumber, status }) =>
    status === "open" && !attempts.some((each) => each.status === "open" || (confirmed && each.status === "orphaned"))
      ? [`${ourNumber}: open, and nobody can pay it`]
      : []
  )
]

/**
 * An invoice whose provider received money is paid, unless all of it came late and the tenant gives that back. Late is what was
 * paid after the provider's own expiry or cancellation of that charge, or after ours: so also a payment of a charge that is looked at last.
 */
const whatWasReceived: Rule = (facts) => {
  const byName = chargesByName(facts)
  return facts.invoices.flatMap(({ attempts, canceledAt, latePayment, ourNumber, status }) => {
    const made = attempts.map((attempt) => byName.get(nameOf(attempt.account, attempt)))
    // What a provider cancels by itself says nothing of another charge.
    const canceledByUs =
      made.every((charge) => charge === undefined || charge.canceledAt === null) ||
      attempts.some(({ cancel }) => cancel !== null)
    const payments = attempts.flatMap((attempt, place) => {
      const charge = made[place]
      const ends = [
        attempt.leg === "boleto" ? attempt.lapsesAt : charge?.expiresAt,
        charge?.canceledAt,
        canceledByUs ? canceledAt : null
      ]
      return (charge?.payments ?? []).map(({ occurredAt }) => ({
        isLate: ends.some((end) => end !== null && end !== undefined && DateTime.isGreaterThan(occurredAt, end))
      }))
    })
    const allLate = payments.length > 0 && payments.every(({ isLate }) => isLate)
    return [
      ...(payments.length > 0 && status !== "paid" && !allLate ? [`${ourNumber}: ${status}, and was paid`] : []),
      ...(payments.length === 0 && status === "paid" ? [`${ourNumber}: paid, and nobody paid it`] : []),
      ...(latePayment === allLate ? [] : [`${ourNumber}: late payment ${latePayment}, by its providers ${allLate}`])
    ]
  })
}

export const chargesSettled: ReadonlyArray<Rule> = [nothingMissed, nothingOpen, whatWasReceived]
