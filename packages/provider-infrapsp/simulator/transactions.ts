/**
 * What becomes of a transaction, as pure functions: how one is opened, paid, ended and refunded, and what each step books.
 */
import { type Ids, Pix, Sandbox } from "@salesos/simulator-kit"
import * as Bookings from "./bookings.ts"
import * as Id from "./ids.ts"
import { type Charge, type Ending, type Event, iso, merchantId, moved, type Step } from "./rows.ts"
import type { CreateTransaction, Refund, Transaction, TransactionStatus } from "./wire/transactions.ts"

/** What may still happen in which status. Money under way when a charge runs out may arrive after it expired. */
const endings: Partial<Record<TransactionStatus, ReadonlyArray<Ending>>> = {
  created: ["paid", "failed", "expired"],
  waiting_payment: ["paid", "failed", "expired"],
  authorized: ["paid", "failed"],
  under_review: ["paid", "failed"],
  expired: ["paid"]
}

/** Whether the transaction may end so. */
export const mayEnd = (charge: Charge, ending: Ending): boolean =>
  endings[charge.transaction.status]?.includes(ending) ?? false

/** The total of items and shipping, which an amount includes ("create a transaction", `amount`). */
export const total = ({
  items,
  shipping
}: Pick<Transaction, "items"> & Partial<Pick<Transaction, "shipping">>): number =>
  items.reduce((sum, item) => sum + item.amount * item.quantity, shipping?.amount ?? 0)

const withStatus = (transaction: Transaction, status: TransactionStatus, message: string, at: string): Transaction => ({
  ...transaction,
  ...moved(transaction, status, message, at)
})

/** A new transaction with nothing to pay yet. */
export const created = (
  request: Pick<Transaction, "method" | "methodSettings" | "items" | "shipping" | "amount" | "customer"> &
    Partial<Pick<Transaction, "preTransactionId" | "externalId" | "externalSaleChannel" | "metadata" | "splits">>,
  now: number,
  ids: Ids.Ids
): Transaction => {
  const { amount, customer, externalId, externalSaleChannel, items, metadata, method, methodSettings, shipping } =
    request
  const at = iso(now)
  return withStatus(
    {
      id: Id.entity(ids),
      merchantId,
      preTransactionId: request.preTransactionId ?? null,
      providerId: Id.provider(ids),
      status: "created",
      statusMessage: "",
      statusHistory: [],
      method,
      methodSettings,
      items,
      refunds: [],
      shipping,
      methodData: {},
      paidData: {},
      amount,
      amountRefunded: 0,
      customer,
      // "if null, current merchant will receive the total amount by default" (create a transaction, `splits`)
      splits:
        request.splits === undefined || request.splits.length === 0
          ? [{ merchantId, amount, isFeePayer: true }]
          : request.splits,
      externalId: externalId ?? null,
      externalSaleChannel: externalSaleChannel ?? null,
      metadata: metadata ?? {},
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
}

/**
 * Opens a PIX transaction at `now` (milliseconds) by the InfraPSP document's sandbox rules:
 *
 * - `payerRequest: fail_on_create` fails during creation, at provider level: nothing to pay exists
 * - an odd amount is created and then fails at once during processing
 * - an even amount is paid after its last two digits in seconds, unless it expires first
 */
export const open = (
  request: Pick<CreateTransaction, "amount"> & { readonly methodSettings: CreateTransaction["methodSettings"] },
  transaction: Transaction,
  notifyUrl: string | null,
  now: number,
  ids: Ids.Ids
): Charge => {
  const at = iso(now)
  const { expiresIn, payerRequest } = request.methodSettings
  if (payerRequest === "fail_on_create") {
    const failed = withStatus({ ...transaction, providerId: null }, "failed", "transaction failed", at)
    return { transaction: failed, notifyUrl, next: null }
  }
  const expiresAt = now + expiresIn * 1_000
  const qrCode = Pix.brCode(request.amount, ids.alphanumeric(25))
  const opened = { ...transaction, methodData: { qrCode, expirationDate: iso(expiresAt) } }
  const { after, succeeds } = Sandbox.fate(request.amount)
  if (!succeeds) return { transaction: opened, notifyUrl, next: { at: now + after, to: "failed" } }
  const paidAt = now + after
  return {
    transaction: withStatus(opened, "waiting_payment", "waiting payment", at),
    notifyUrl,
    next: paidAt <= expiresAt ? { at: paidAt, to: "paid" } : { at: expiresAt, to: "expired" }
  }
}

/** The bank of the document's example of an end-to-end id. */
const ispb = "03311443"

const told = (transaction: Transaction, url: string | null): Event => ({
  event: "transaction",
  entityId: transaction.id,
  data: transaction,
  url
})

/** A charge's new version and the word of it; what was to happen by itself is off. */
const changed = (charge: Charge, transaction: Transaction): Step => ({
  charges: [{ ...charge, transaction, next: null }],
  events: [told(transaction, charge.notifyUrl)]
})

/** Moves a charge to a status that books nothing itself; to the one it has, it is only told of again. */
export const move = (charge: Charge, status: TransactionStatus, now: number): Step =>
  changed(
    charge,
    charge.transaction.status === status
      ? charge.transaction
      : withStatus(charge.transaction, status, `transaction ${status}`, iso(now))
  )

const pay = (charge: Charge, now: number, ids: Ids.Ids): Step => {
  const at = iso(now)
  const paid: Transaction = {
    ...withStatus(charge.transaction, "paid", "transaction paid", at),
    paidData: charge.transaction.method === "pix" ? { endToEndId: Pix.endToEndId(now, ispb, ids) } : {},
    paidAt: at
  }
  return { ...changed(charge, paid), ...Bookings.payment(paid, now, ids) }
}

/** Ends a transaction for which `mayEnd` holds: its new status, what that books, and its notification. */
export const end = (charge: Charge, ending: Ending, now: number, ids: Ids.Ids): Step =>
  ending === "paid" ? pay(charge, now, ids) : move(charge, ending, now)

/** Gives a paid transaction back in full: the document's refund has no amount. */
export const refund = (charge: Charge, now: number, ids: Ids.Ids): { readonly refund: Refund; readonly step: Step } => {
  const { transaction } = charge
  const at = iso(now)
  const { amount } = transaction
  const made: Refund = {
    id: Id.entity(ids),
    amount,
    ...moved<Refund["status"]>({ statusHistory: [] }, "refunded", "refunded succesfully", at),
    refundedAt: at,
    refundedData: transaction.method === "pix" ? { rtrId: Pix.endToEndId(now, ispb, ids, "D") } : {},
    createdAt: at
  }
  const refunded: Transaction = {
    ...withStatus(transaction, "refunded", "transaction refunded", at),
    refunds: [...transaction.refunds, made],
    amountRefunded: amount,
    refundedAt: at
  }
  return {
    refund: made,
    step: { ...changed(charge, refunded), ...Bookings.reversal(refunded, amount, "debit", made.id, now, ids) }
  }
}
