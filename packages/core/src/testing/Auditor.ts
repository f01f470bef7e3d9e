/**
 * The auditor recomputes, from the list of what happened and as naively as it can, what must be true of a store and its
 * providers. It shares no rule with the code it judges: sums are summed, numbers counted, statuses compared.
 */
import { DateTime } from "effect"
import type { BalanceTransaction } from "../models/BalanceTransaction.ts"
import type { Invoice } from "../models/Invoice.ts"
import type { Charge } from "./FakeProvider.ts"

/** A ledger posting with where it belongs. */
export interface AuditedPosting {
  readonly entry: string
  /** The configured name of the provider account. */
  readonly account: string
  readonly posting: { readonly account: string; readonly amount: number; readonly currency: string }
}

/** A charge in a provider's books, with the owner's name for the account it was made with. */
export interface AuditedCharge {
  readonly account: string
  readonly charge: Charge
}

/** Everything that one owner's store holds, and what the owner's providers have in their books. */
export interface Facts {
  readonly invoices: ReadonlyArray<Invoice>
  readonly postings: ReadonlyArray<AuditedPosting>
  readonly statement: ReadonlyArray<BalanceTransaction>
  readonly events: ReadonlyArray<{ readonly type: string; readonly subject: string }>
  readonly charges: ReadonlyArray<AuditedCharge>
}

/** How far things have come: while calls and lookups are still to be made, a store may know less than the providers. */
export type Moment = "under way" | "settled"

/** What is wrong, in words. Empty when nothing is. */
export const audit = (facts: Facts, moment: Moment): ReadonlyArray<string> => [
  ...oneChargePerRequest(facts),
  ...gaplessNumbers(facts),
  ...balancedLedger(facts),
  ...statementOfTheLedger(facts),
  ...oneEventPerEnd(facts),
  ...nothingInvented(facts),
  ...(moment === "settled" ? [...nothingMissed(facts), ...nothingOpen(facts)] : [])
]

const group = <A>(
  rows: ReadonlyArray<A>,
  keyOf: (row: A) => string
): ReadonlyArray<readonly [string, ReadonlyArray<A>]> => [...Map.groupBy(rows, keyOf)]

const attemptsOf = ({ invoices }: Facts) =>
  invoices.flatMap((invoice) =>
    invoice.attempts.map((attempt) => ({ invoice, attempt, name: `${attempt.account} ${attempt.reference}` }))
  )

/** Every request for a charge was made once at most, and only one charge of an invoice can be shown to a payer. */
const oneChargePerRequest = (facts: Facts): ReadonlyArray<string> => [
  ...group(facts.charges, ({ account, charge }) => `${account} ${charge.reference}`).flatMap(([name, charges]) =>
    charges.length > 1 ? [`${name}: charged ${charges.length} times`] : []
  ),
  ...group(attemptsOf(facts), ({ name }) => name).flatMap(([name, attempts]) =>
    attempts.length > 1 ? [`${name}: ${attempts.length} attempts have this reference`] : []
  ),
  ...facts.invoices.flatMap(({ attempts, ourNumber }) =>
    group(
      attempts.filter(({ artifact, status }) => artifact !== null && status === "open"),
      ({ leg }) => leg
    ).flatMap(([leg, open]) => (open.length > 1 ? [`${ourNumber}: a payer could pay more than one ${leg} charge`] : []))
  )
]

/** Numbers of each kind and year are 1, 2, 3… */
const gaplessNumbers = ({ invoices }: Facts): ReadonlyArray<string> =>
  group(invoices, ({ ourNumber }) => ourNumber.replace(/-\d+$/, "")).flatMap(([series, rows]) => {
    const sequences = rows.map(({ ourNumber }) => Number(/\d+$/.exec(ourNumber)?.[0])).toSorted((a, b) => a - b)
    return sequences.every((sequence, place) => sequence === place + 1)
      ? []
      : [`${series}: numbered ${sequences.join(", ")}`]
  })

const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((a, b) => a + b, 0)

/** Σ postings = 0 in each entry and currency. */
const balancedLedger = ({ postings }: Facts): ReadonlyArray<string> =>
  group(postings, ({ entry, posting }) => `${entry} in ${posting.currency}`).flatMap(([name, rows]) => {
    const total = sum(rows.map(({ posting }) => posting.amount))
    return total === 0 ? [] : [`${name}: debits and credits differ by ${total}`]
  })

/** Every entry has one row, and Σ net of each account is what its balance moved by. */
const statementOfTheLedger = ({ postings, statement }: Facts): ReadonlyArray<string> => {
  const entries = new Set(postings.map(({ entry }) => entry))
  const rows = new Set<string>(statement.map(({ entry }) => entry))
  const accounts = group(
    [
      ...postings.flatMap(({ account, posting }) =>
        posting.account === "provider_balance"
          ? [{ name: `${account} in ${posting.currency}`, ledger: posting.amount, net: 0 }]
          : []
      ),
      ...statement.map(({ account, line }) => ({ name: `${account} in ${line.currency}`, ledger: 0, net: line.net }))
    ],
    ({ name }) => name
  )
  return [
    ...(rows.size === statement.length ? [] : [`${statement.length} statement rows for ${rows.size} entries`]),
    ...([...entries].every((entry) => rows.has(entry)) && rows.size === entries.size
      ? []
      : ["The statement and the ledger have different entries"]),
    ...statement.flatMap(({ id, line }) =>
      line.net === line.amount - line.fee && line.fee >= 0 ? [] : [`${id}: net is not amount − fee`]
    ),
    ...accounts.flatMap(([name, amounts]) => {
      const [ledger, net] = [sum(amounts.map((each) => each.ledger)), sum(amounts.map((each) => each.net))]
      return ledger === net ? [] : [`${name}: the ledger says ${ledger}, the statement ${net}`]
    })
  ]
}

/** What became of an invoice was told once, and nothing else was told. */
const oneEventPerEnd = ({ events, invoices }: Facts): ReadonlyArray<string> =>
  invoices.flatMap(({ failure, id, ourNumber, status }) => {
    const told = (type: string) => events.filter((event) => event.subject === id && event.type === type).length
    const [paid, failed, canceled] = [told("invoice.paid"), told("invoice.failed"), told("invoice.canceled")]
    return [
      ...(paid === (status === "paid" ? 1 : 0)
        ? []
        : [`${ourNumber} is ${status}, and has ${paid} invoice.paid events`]),
      ...(failed <= 1 && canceled <= 1 ? [] : [`${ourNumber}: its end was told ${failed + canceled} times`]),
      ...(status === "failed" && failed !== (failure?.code === "not_created" ? 0 : 1)
        ? [`${ourNumber} failed with ${failure?.code}, and has ${failed} invoice.failed events`]
        : []),
      ...(status === "canceled" && canceled !== 1
        ? [`${ourNumber} is canceled, and has ${canceled} invoice.canceled events`]
        : []),
      ...(status === "open" && failed + canceled > 0 ? [`${ourNumber} is open, and was told to be over`] : [])
    ]
  })

const chargeOf = (facts: Facts, account: string, reference: string): Charge | undefined =>
  facts.charges.find((each) => each.account === account && each.charge.reference === reference)?.charge

const paymentsOf = ({ facts }: Invoice) => facts.filter(({ kind }) => kind === "payment")

/** What went back to payers less what was won back. */
const sentBack = (
  rows: ReadonlyArray<{ readonly kind: string; readonly money: { readonly amount: number } }>
): number =>
  sum(
    rows.map(({ kind, money }) =>
      kind === "refund" || kind === "chargeback" ? money.amount : kind === "chargeback_won" ? -money.amount : 0
    )
  )

/** What the store says of a charge, the provider says, too. */
const nothingInvented = (facts: Facts): ReadonlyArray<string> => [
  ...facts.charges.flatMap(({ account, charge }) =>
    attemptsOf(facts).some(({ attempt }) => attempt.account === account && attempt.reference === charge.reference)
      ? []
      : [`${account} ${charge.reference}: charged without a recorded attempt`]
  ),
  ...attemptsOf(facts).flatMap(({ attempt, invoice, name }) => {
    const charge = chargeOf(facts, attempt.account, attempt.reference)
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
  }),
  ...facts.invoices.flatMap((invoice) => {
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
]

/** What a provider received is booked: per account, Σ net is what it received less its fees. */
const nothingMissed = (facts: Facts): ReadonlyArray<string> => {
  const moved = group(
    [
      ...facts.charges.flatMap(({ account, charge }) =>
        charge.payments.map(({ fee, money }) => ({
          name: `${account} in ${money.currency}`,
          there: money.amount - (fee ?? 0),
          here: 0
        }))
      ),
      ...facts.charges.flatMap(({ account, charge: { money, reversals } }) => ({
        name: `${account} in ${money.currency}`,
        there: sum(reversals.map(({ feeGivenBack }) => feeGivenBack)) - sentBack(reversals),
        here: 0
      })),
      ...facts.statement.map(({ account, line }) => ({
        name: `${account} in ${line.currency}`,
        there: 0,
        here: line.net
      }))
    ],
    ({ name }) => name
  )
  return [
    ...moved.flatMap(([name, amounts]) => {
      const [there, here] = [sum(amounts.map((each) => each.there)), sum(amounts.map((each) => each.here))]
      return there === here ? [] : [`${name}: the provider's balance moved by ${there}, ours by ${here}`]
    }),
    ...attemptsOf(facts).flatMap(({ attempt, name }) => {
      const charge = chargeOf(facts, attempt.account, attempt.reference)
      const over = charge?.status._tag === "ended" && charge.payments.length === 0
      return over && attempt.status !== "ended" ? [`${name}: ${attempt.status} here, over at the provider`] : []
    })
  ]
}

/**
 * Nothing is in doubt, and an invoice that is open can be paid: by the charge that its payer sees or, after that one has
 * ended, by one that nobody sees and that is still watched.
 */
const nothingOpen = (facts: Facts): ReadonlyArray<string> => [
  ...attemptsOf(facts).flatMap(({ attempt, name }) =>
    attempt.status === "sent" || attempt.status === "in_doubt" ? [`${name}: still ${attempt.status}`] : []
  ),
  ...facts.invoices.flatMap(({ attempts, confirmed, ourNumber, status }) =>
    status === "open" && !attempts.some((each) => each.status === "open" || (confirmed && each.status === "orphaned"))
      ? [`${ourNumber}: open, and nobody can pay it`]
      : []
  )
]
