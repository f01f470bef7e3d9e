/**
 * What becomes of a PIX transaction, as pure functions: how one is opened, paid and ended, and what each step books.
 *
 * A step gives a `Change`, the unit that is applied to the state and written to the journal as a whole.
 */
import { type Ids, Pix, Sandbox } from "@salesos/simulator-kit"
import * as Id from "./ids.ts"
import type { Change, Charge, Ending } from "./rows.ts"
import type { CreateTransaction, Payable, Transaction, TransactionStatus } from "./wire.ts"

/** The merchant whose account the simulator keeps. */
export const merchantId = "CRutyJmJHin46NXnRdCjN"

/** What may still happen in which status. Money under way when a charge runs out may arrive after it expired. */
const endings: Partial<Record<TransactionStatus, ReadonlyArray<Ending>>> = {
  created: ["paid", "failed", "expired"],
  waiting_payment: ["paid", "failed", "expired"],
  expired: ["paid"]
}

/** Whether the transaction may end so. */
export const mayEnd = (charge: Charge, ending: Ending): boolean =>
  endings[charge.transaction.status]?.includes(ending) ?? false

/** The fee rule of the InfraPSP document's example: 30 cents and 99 base points, never more than the amount. */
export const fee = (amount: number): number => Math.min(amount, 30 + Math.floor((amount * 99 + 5_000) / 10_000))

/** The total of items and shipping, which a transaction's amount includes ("create a transaction", `amount`). */
export const total = (request: Pick<CreateTransaction, "items" | "shipping">): number =>
  request.items.reduce((sum, item) => sum + item.amount * item.quantity, request.shipping.amount)

const iso = (millis: number): string => new Date(millis).toISOString()

const withStatus = (transaction: Transaction, status: TransactionStatus, message: string, at: string): Transaction => ({
  ...transaction,
  status,
  statusMessage: message,
  statusHistory: [...transaction.statusHistory, { status, message, createdAt: at }],
  updatedAt: at
})

/**
 * Opens a transaction at `now` (milliseconds) by the InfraPSP document's sandbox rules:
 *
 * - `payerRequest: fail_on_create` fails during creation, at provider level: nothing to pay exists
 * - an odd amount is created and then fails at once during processing
 * - an even amount is paid after its last two digits in seconds, unless it expires first
 */
export const open = (request: CreateTransaction, now: number, ids: Ids.Ids): Charge => {
  const at = iso(now)
  const expiresAt = now + request.methodSettings.expiresIn * 1_000
  const refused = request.methodSettings.payerRequest === "fail_on_create"
  const fate = Sandbox.fate(request.amount)
  const created = withStatus(
    {
      id: Id.entity(ids),
      merchantId,
      preTransactionId: null,
      providerId: refused ? null : Id.provider(ids),
      status: "created",
      statusMessage: "",
      statusHistory: [],
      method: request.method,
      methodSettings: request.methodSettings,
      items: request.items,
      refunds: [],
      shipping: request.shipping,
      methodData: refused
        ? {}
        : { qrCode: Pix.brCode(request.amount, ids.alphanumeric(25)), expirationDate: iso(expiresAt) },
      paidData: {},
      amount: request.amount,
      amountRefunded: 0,
      customer: request.customer,
      // "if null, current merchant will receive the total amount by default" (create a transaction, `splits`)
      splits:
        request.splits === null || request.splits.length === 0
          ? [{ merchantId, amount: request.amount, isFeePayer: true }]
          : request.splits,
      externalId: request.externalId ?? null,
      externalSaleChannel: request.externalSaleChannel ?? null,
      metadata: request.metadata ?? {},
      paidAt: null,
      antifraudData: null,
      refundedAt: null,
      createdAt: at,
      updatedAt: at
    },
    "created",
    "transaction created",
    at
  )
  const notifyUrl = request.notifyUrl ?? null
  if (refused) {
    return { transaction: withStatus(created, "failed", "transaction failed", at), notifyUrl, next: null }
  }
  if (!fate.succeeds) {
    return { transaction: created, notifyUrl, next: { at: now + fate.after, to: "failed" } }
  }
  const paidAt = now + fate.after
  return {
    transaction: withStatus(created, "waiting_payment", "waiting payment", at),
    notifyUrl,
    next: paidAt <= expiresAt ? { at: paidAt, to: "paid" } : { at: expiresAt, to: "expired" }
  }
}

/** The bank of the document's example of an end-to-end id. */
const ispb = "03311443"

/** The body that InfraPSP posts: the transaction as it was when its status changed. */
const notification = (transaction: Transaction, url: string, now: number, ids: Ids.Ids) => {
  const id = Id.entity(ids)
  return {
    id,
    entityId: transaction.id,
    url,
    body: { id, event: "transaction", entityId: transaction.id, data: transaction, meta: { url } },
    attempts: 0,
    dueAt: now
  }
}

const changed = (charge: Charge, transaction: Transaction, now: number, ids: Ids.Ids): Change => ({
  charges: [{ ...charge, transaction, next: null }],
  notifications: charge.notifyUrl === null ? [] : [notification(transaction, charge.notifyUrl, now, ids)]
})

const pay = (charge: Charge, now: number, ids: Ids.Ids): Change => {
  const at = iso(now)
  const paid = changed(
    charge,
    {
      ...withStatus(charge.transaction, "paid", "transaction paid", at),
      paidData: { endToEndId: Pix.endToEndId(now, ispb, ids) },
      paidAt: at
    },
    now,
    ids
  )
  const split = charge.transaction.splits.find((split) => split.merchantId === merchantId)
  // All of it goes to other merchants: nothing to book here.
  if (split === undefined) return paid
  const payable: Payable = {
    id: Id.entity(ids),
    merchantId,
    transactionId: charge.transaction.id,
    transferId: null,
    transactionSplitId: Id.entity(ids),
    transactionRefundId: null,
    isTransactionOwner: true,
    status: "paid",
    amount: split.amount,
    fee: split.isFeePayer ? Math.min(fee(charge.transaction.amount), split.amount) : 0,
    paymentDate: at, // PIX funds are available at once: `fundSchedule: 0` in the document's fee rule
    method: "pix",
    type: "credit",
    installment: 1,
    createdAt: at,
    updatedAt: at
  }
  return {
    ...paid,
    payables: [payable],
    operations: [
      {
        id: Id.entity(ids),
        merchantId,
        payableId: payable.id,
        status: "available",
        amount: payable.amount - payable.fee,
        paymentDate: at,
        entity: "transaction",
        method: "pix",
        description: `TRX ${at.slice(0, 10).replaceAll("-", "")}`,
        createdAt: at
      }
    ]
  }
}

/** Ends a transaction for which `mayEnd` holds: its new status, what that books, and its notification. */
export const end = (charge: Charge, ending: Ending, now: number, ids: Ids.Ids): Change =>
  ending === "paid"
    ? pay(charge, now, ids)
    : changed(charge, withStatus(charge.transaction, ending, `transaction ${ending}`, iso(now)), now, ids)
