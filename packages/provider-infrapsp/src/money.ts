/**
 * What moves money, out of what InfraPSP says about a transaction: its payment, what went back to the payer, and what
 * disputes took and brought back. Pure functions; amounts are centavos.
 */
import { BusinessCalendar, Currency, type Observation } from "@salesos/core"
import { Array as Arr, DateTime, Order } from "effect"
import type { Chargeback, Payable, Transaction } from "./Api.ts"

/** All amounts are in BRL: the document knows no other currency. */
export const brl = Currency.Currency.make("BRL")

/** A transaction with what was read along with it; a list that was not read, or could not be, is empty. */
export interface Reading {
  readonly transaction: Transaction
  readonly payables: ReadonlyArray<Payable>
  readonly chargebacks: ReadonlyArray<Chargeback>
  /** The answers they were read from, fit to be kept. */
  readonly raw: unknown
}

const money = (amount: number) => ({ amount, currency: brl })

/** When a history says that something took a status. */
export const timeOf = (history: Transaction["statusHistory"], status: string): DateTime.Utc | undefined =>
  history?.find((entry) => entry.status === status && entry.createdAt)?.createdAt ?? undefined

const byTime = Order.mapInput(Order.Number, ({ createdAt }: { readonly createdAt?: DateTime.Utc | null }) =>
  createdAt ? DateTime.toEpochMillis(createdAt) : 0
)

/** What of a transaction's payables belongs to its payment, and what disputes have debited and credited since. */
interface Parts {
  /** Whether InfraPSP has told the payment's payables yet. */
  readonly isTold: boolean
  readonly payment: ReadonlyArray<Payable>
  readonly taken: ReadonlyArray<Payable>
  readonly broughtBack: ReadonlyArray<Payable>
}

/**
 * The document does not say what tells a payment's payables from those of a dispute. Those that credit the transaction's
 * amount, the oldest first, are the payment's; a debit that belongs to no refund is a dispute's, and so is any further
 * credit. A canceled payable moves nothing, its fee included.
 */
const partsOf = ({ payables, transaction }: Pick<Reading, "payables" | "transaction">): Parts => {
  const own = payables
    .filter((each) => (each.transactionId ?? transaction.id) === transaction.id)
    .toSorted(
      Order.combine(
        byTime,
        Order.mapInput(Order.Number, ({ installment }: Payable) => installment ?? 0)
      )
    )
  const standing = own.filter((each) => each.status !== "canceled")
  const credits = standing.filter((each) => each.type === "credit")
  const sums = Arr.scan(credits, 0, (sum, { amount }) => sum + amount).slice(1)
  const payment = credits.filter((_, place) => place === 0 || (sums[place] ?? 0) <= transaction.amount)
  return {
    isTold: own.some((each) => each.type === "credit"),
    payment,
    taken: standing.filter((each) => each.type === "debit" && (each.transactionRefundId ?? null) === null),
    broughtBack: credits.filter((each) => !payment.includes(each))
  }
}

const dayOf = ({ paymentDate }: Payable): BusinessCalendar.CalendarDate | undefined =>
  paymentDate ? BusinessCalendar.CalendarDate.make(DateTime.formatIsoDateUtc(paymentDate)) : undefined

/** The fee, null until there is a payable, and when the money is available: the last day, and each where there are several. */
const settlement = ({ isTold, payment }: Parts) => {
  const settlements = payment.flatMap((each): ReadonlyArray<Observation.Settlement> => {
    const on = dayOf(each)
    return on === undefined ? [] : [{ on, net: each.amount - each.fee }]
  })
  return {
    fee: isTold ? payment.reduce((sum, each) => sum + each.fee, 0) : null,
    availableOn:
      settlements
        .map(({ on }) => on)
        .toSorted()
        .at(-1) ?? null,
    ...(settlements.length > 1 && settlements.length === payment.length ? { settlements } : {})
  }
}

const refundsOf = ({ transaction }: Reading, readAt: DateTime.Utc): ReadonlyArray<Observation.Reversal> =>
  (transaction.refunds ?? []).flatMap(({ amount, createdAt, id, refundedAt, status }) =>
    status === "refunded"
      ? [
          {
            kind: "refund",
            ordinal: id,
            money: money(amount),
            feeGivenBack: 0, // its payable has a fee of its own, and none that comes back
            occurredAt: refundedAt ?? createdAt ?? transaction.refundedAt ?? transaction.updatedAt ?? readAt
          }
        ]
      : []
  )

/** Takes the first of `from` with that amount, else the first of all. */
const take = (from: Array<Payable>, amount: number): Payable | undefined => {
  const place = from.findIndex((each) => each.amount === amount)
  return from.splice(Math.max(place, 0), 1)[0]
}

/**
 * What disputes took and brought back. A dispute's amount is taken when a payable says so, or when it is lost, or won in part,
 * and no guarantee covers it: a pending one has moved nothing. What is won comes back: `wonAmount`, which may be a part.
 */
const disputesOf = (
  { chargebacks }: Reading,
  { broughtBack, taken }: Parts,
  readAt: DateTime.Utc
): ReadonlyArray<Observation.Reversal> => {
  const debits = [...taken]
  const credits = [...broughtBack]
  return chargebacks.toSorted(byTime).flatMap((each): ReadonlyArray<Observation.Reversal> => {
    const { amount, id, isGuaranteePaid, status, statusHistory, updatedAt } = each
    const won = status === "won" ? (each.wonAmount ?? amount) : null
    const isLoss = isGuaranteePaid !== true && (status === "lost" || (won !== null && won < amount))
    const debit = take(debits, amount)
    if (debit === undefined && !isLoss) return []
    const credit = take(credits, won ?? amount)
    const changedAt = timeOf(statusHistory, status ?? "") ?? updatedAt ?? readAt
    const fact = (kind: Observation.Reversal["kind"], moved: number, payable: Payable | undefined) => ({
      kind,
      ordinal: id,
      money: money(moved),
      feeGivenBack: 0,
      occurredAt: payable?.createdAt ?? changedAt
    })
    const back = credit?.amount ?? won ?? 0
    return [
      fact("chargeback", debit?.amount ?? amount, debit),
      ...(back > 0 ? [fact("chargeback_won", back, credit)] : [])
    ]
  })
}

/** Whether something may have been disputed, so that there are chargebacks to read. */
export const mayBeDisputed = (reading: Pick<Reading, "payables" | "transaction">): boolean =>
  reading.transaction.status === "chargedback" || partsOf(reading).taken.length > 0

/**
 * The moment of payment: `paidAt`, else when the history says so, else the last change. A payment is never dropped for
 * want of a time.
 */
const paidAt = ({ paidAt, statusHistory, updatedAt }: Transaction, readAt: DateTime.Utc): DateTime.Utc =>
  paidAt ?? timeOf(statusHistory, "paid") ?? updatedAt ?? readAt

/** The money facts of a transaction. `ordinal` is its payment's; `readAt` stands in for times that nobody tells. */
export const facts = (
  reading: Reading,
  isPaid: boolean,
  ordinal: string,
  readAt: DateTime.Utc
): {
  readonly payments: ReadonlyArray<Observation.Payment>
  readonly reversals: ReadonlyArray<Observation.Reversal>
} => {
  const { transaction } = reading
  const parts = partsOf(reading)
  const payment: Observation.Payment = {
    kind: "payment",
    ordinal,
    money: money(transaction.amount),
    ...settlement(parts),
    occurredAt: paidAt(transaction, readAt),
    endToEndId: transaction.paidData?.endToEndId ?? null,
    payer: null // not in the document
  }
  return {
    payments: isPaid ? [payment] : [],
    reversals: [...refundsOf(reading, readAt), ...disputesOf(reading, parts, readAt)]
  }
}
