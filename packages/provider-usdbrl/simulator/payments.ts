/**
 * What becomes of a payment, as pure functions: how one is opened and how it ends.
 */
import { type Ids, type Notifications, Pix, Sandbox } from "@salesos/simulator-kit"
import { Schema } from "effect"
import { convert, share, toDecimal } from "./decimal.ts"
import { type CreatePayment, Currency, PaymentMethod, PaymentStatus } from "./wire.ts"

/** What a payer in Brazil pays for a dollar, and the service fee on it. */
export const Exchange = Schema.Struct({
  /** BRL for one USD. */
  rate: Schema.String.check(Schema.isPattern(/^(?!0+(\.0+)?$)\d{1,2}(\.\d{1,6})?$/)),
  /** Hundredths of a percent of what the payer would pay without it. */
  feeBasisPoints: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }))
})
export type Exchange = typeof Exchange.Type

/** What a new simulator converts at: the rate of the document's example, and no fee. */
export const defaultExchange: Exchange = { rate: "5.19", feeBasisPoints: 0 }

/** How a pending payment may end by itself or through the control endpoints. */
export const Ending = Schema.Literals(["paid", "denied", "expired"])
export type Ending = typeof Ending.Type

/** A payment. Amounts are hundredths, times milliseconds since 1970. */
export const Payment = Schema.Struct({
  id: Schema.String,
  customerId: Schema.String,
  transactionId: Schema.String,
  /** In `currency`, as it was asked for. */
  amount: Schema.Int,
  currency: Currency,
  status: PaymentStatus,
  method: PaymentMethod,
  rate: Schema.String,
  /** Centavos that the payer pays without and with the fee. */
  subtotal: Schema.Int,
  total: Schema.Int,
  /** The BR Code of a PIX payment. */
  reference: Schema.NullOr(Schema.String),
  callback: Schema.String,
  createdAt: Schema.Int,
  updatedAt: Schema.Int,
  next: Schema.NullOr(Schema.Struct({ at: Schema.Int, to: Ending }))
})
export type Payment = typeof Payment.Type

/** What may still happen in which status. Money under way when a payment runs out may arrive after it expired. */
const endings: Partial<Record<PaymentStatus, ReadonlyArray<Ending>>> = {
  pending: ["paid", "denied", "expired"],
  expired: ["paid"]
}

/** Whether the payment may end so. */
export const mayEnd = ({ status }: Payment, ending: Ending): boolean => endings[status]?.includes(ending) ?? false

/** "If not informed, the duration is assumed to be 1800 seconds" */
const defaultExpiry = 1_800

/**
 * Opens a payment at `now` (milliseconds). The document has no sandbox rules; InfraPSP's are used: an even amount is
 * paid after its last two digits in seconds, unless a PIX expires first, and an odd one is denied at once.
 */
export const open = (request: CreatePayment, exchange: Exchange, now: number, ids: Ids.Ids): Payment => {
  const currency = request.currency ?? "USD"
  const rate = currency === "USD" ? exchange.rate : "1.00"
  const subtotal = convert(request.amount, rate)
  const total = subtotal + share(subtotal, exchange.feeBasisPoints)
  const isPix = request.payment_method === "pix"
  const fate = Sandbox.fate(request.amount)
  const endsAt = now + fate.after
  const expiresAt = isPix ? now + (request.pix?.expire_in ?? defaultExpiry) * 1_000 : Infinity
  return {
    id: ids.uuid(),
    customerId: request.customer_id,
    transactionId: request.transaction.id,
    amount: request.amount,
    currency,
    status: "pending",
    method: request.payment_method,
    rate,
    subtotal,
    total,
    reference: isPix ? Pix.brCode(total, ids.alphanumeric(25)) : null,
    callback: request.callback,
    createdAt: now,
    updatedAt: now,
    next: endsAt <= expiresAt ? { at: endsAt, to: fate.succeeds ? "paid" : "denied" } : { at: expiresAt, to: "expired" }
  }
}

/** Ends a payment for which `mayEnd` holds. */
export const end = (payment: Payment, ending: Ending, now: number): Payment => ({
  ...payment,
  status: ending,
  updatedAt: now,
  next: null
})

// What answers and callbacks show

const iso = (millis: number): string => new Date(millis).toISOString()

/** The account that bank transfers go to. It is nobody's: the bank's code is not given to any. */
const bank = {
  name: "SALESOS SIMULADOR",
  code: "000",
  agency: "0001-9",
  account: "1234567-8",
  account_operation: "current account",
  document: "11.222.333/0001-81"
}
const beneficiary = "SalesOS Simulador"

/** The answer to a creation: the only one that tells how to pay. */
export const created = (payment: Payment) => ({
  id: payment.id,
  status: payment.status,
  payment: { method: payment.method },
  values: {
    total: toDecimal(payment.total),
    subtotal: toDecimal(payment.subtotal),
    exchange: payment.rate,
    fee: toDecimal(payment.total - payment.subtotal)
  },
  ...(payment.reference === null
    ? { bank: { ...bank, beneficiary } }
    : { pix: { qrcode: payment.reference, reference: payment.reference, beneficiary } })
})

const common = (payment: Payment) => ({
  id: payment.id,
  customer_id: payment.customerId,
  transaction_id: payment.transactionId,
  amount: toDecimal(payment.amount),
  currency: payment.currency,
  status: payment.status,
  created_at: iso(payment.createdAt),
  updated_at: iso(payment.updatedAt)
})

/** The answer to `GET /v1/payment/{id}`, where the method is called `method`. */
export const shown = (payment: Payment) => ({ ...common(payment), method: payment.method })

/** One entry of `GET /v1/payments`, where the method is called `payment_method`. */
export const listed = (payment: Payment) => ({ ...common(payment), payment_method: payment.method })

/** What is posted to the callback of a payment that has ended: `data` is an array. */
export const callback = (payment: Payment, now: number, ids: Ids.Ids): Notifications.Notification => ({
  id: ids.uuid(),
  entityId: payment.id,
  url: payment.callback,
  body: {
    requestId: ids.uuid(),
    data: [
      {
        id: payment.id,
        customer_id: payment.customerId,
        transaction_id: payment.transactionId,
        amount: toDecimal(payment.amount),
        status: payment.status === "paid" ? "paid" : "canceled",
        type: "payment",
        payment_status: payment.status,
        exchange: payment.rate
      }
    ]
  },
  attempts: 0,
  dueAt: now
})
