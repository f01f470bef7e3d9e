/**
 * What money events book: payables, what the merchant is to get or give, and operations, the lines of its statement.
 */
import type { Ids } from "@salesos/simulator-kit"
import { cardRule, fee, parts, pixRule } from "./fees.ts"
import * as Id from "./ids.ts"
import { iso, merchantId } from "./rows.ts"
import type { Operation, Payable } from "./wire/money.ts"
import type { Transaction } from "./wire/transactions.ts"

/** Payables and the operations they make, by which the balance moves. */
export interface Booking {
  readonly payables: ReadonlyArray<Payable>
  readonly operations: ReadonlyArray<Operation>
}

type Essence = Pick<Payable, "amount" | "type" | "method"> & Partial<Payable>

const day = 24 * 60 * 60 * 1_000

const labels = { transaction: "TRX", transfer: "TRF", invoice: "INV" } as const

/** A payable made at `now`, paid at once unless it says otherwise, and its operation: signed, the fee taken. */
const book = (essence: Essence, label: keyof typeof labels, now: number, ids: Ids.Ids): Booking => {
  const at = iso(now)
  const payable: Payable = {
    id: Id.entity(ids),
    merchantId,
    transactionId: null,
    transferId: null,
    transactionSplitId: null,
    transactionRefundId: null,
    isTransactionOwner: true,
    status: "paid",
    fee: 0,
    paymentDate: at,
    installment: 1,
    createdAt: at,
    updatedAt: at,
    ...essence
  }
  return {
    payables: [payable],
    operations: [
      {
        id: Id.entity(ids),
        merchantId,
        payableId: payable.id,
        status: payable.status === "waiting_funds" ? "waiting_funds" : "available",
        amount: (payable.type === "credit" ? payable.amount : -payable.amount) - payable.fee,
        paymentDate: payable.paymentDate,
        entity: label === "transfer" ? "transfer" : "transaction",
        method: payable.method,
        description: `${labels[label]} ${at.slice(0, 10).replaceAll("-", "")}`,
        createdAt: at
      }
    ]
  }
}

const together = (bookings: ReadonlyArray<Booking>): Booking => ({
  payables: bookings.flatMap(({ payables }) => payables),
  operations: bookings.flatMap(({ operations }) => operations)
})

const methodOf = ({ method }: Transaction): Payable["method"] => (method === "credit_card" ? "credit_card" : "pix")

/** A payment: one payable for each installment. Nothing where all of it goes to other merchants. */
export const payment = (transaction: Transaction, now: number, ids: Ids.Ids): Booking => {
  const split = transaction.splits.find((each) => each.merchantId === merchantId)
  if (split === undefined) return together([])
  const method = methodOf(transaction)
  const rule = method === "pix" ? pixRule : cardRule
  const count = "installments" in transaction.methodSettings ? transaction.methodSettings.installments : 1
  const fees = parts(split.isFeePayer ? Math.min(fee(rule, transaction.amount, count), split.amount) : 0, count)
  const transactionSplitId = Id.entity(ids)
  return together(
    parts(split.amount, count).map((amount, place) =>
      book(
        {
          amount,
          type: "credit",
          method,
          transactionId: transaction.id,
          transactionSplitId,
          status: rule.fundSchedule === 0 ? "paid" : "waiting_funds",
          fee: fees[place] ?? 0,
          paymentDate: iso(now + (place + 1) * rule.fundSchedule * day),
          installment: place + 1
        },
        "transaction",
        now,
        ids
      )
    )
  )
}

/** What a refund or chargeback takes (`debit`), or a won chargeback brings back (`credit`), at once. */
export const reversal = (
  transaction: Transaction,
  amount: number,
  type: Payable["type"],
  transactionRefundId: string | null,
  now: number,
  ids: Ids.Ids
): Booking =>
  book(
    { amount, type, method: methodOf(transaction), transactionId: transaction.id, transactionRefundId },
    "transaction",
    now,
    ids
  )

/** A transfer to the merchant's bank, and its fee on top. */
export const transfer = (transferId: string, amount: number, fee: number, now: number, ids: Ids.Ids): Booking =>
  book({ amount, fee, type: "debit", method: "pix", transferId }, "transfer", now, ids)

/** What InfraPSP takes for itself: it belongs to no transaction and to no transfer. */
export const invoice = (amount: number, now: number, ids: Ids.Ids): Booking =>
  book({ amount, type: "debit", method: "pix" }, "invoice", now, ids)

/** A payable whose funds have come, with its operations. */
export const settle = (payable: Payable, operations: ReadonlyArray<Operation>, now: number): Booking => {
  const paymentDate = iso(Math.min(now, Date.parse(payable.paymentDate)))
  return {
    payables: [{ ...payable, status: "paid", paymentDate, updatedAt: iso(now) }],
    operations: operations.map((operation) => ({ ...operation, status: "available", paymentDate }))
  }
}
