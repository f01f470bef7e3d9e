/**
 * The shapes of the InfraPSP document: what a request may hold and what an answer holds.
 *
 * The simulator keeps its own description of the wire. Sharing one with the driver would let both agree on a mistake.
 * All amounts are cents and all dates are UTC (InfraPSP document, introduction).
 */
import { Schema } from "effect"

/** Every status a transaction may have (InfraPSP document, "find many transactions"). */
export const TransactionStatus = Schema.Literals([
  "created",
  "waiting_payment",
  "paid",
  "refunded",
  "canceled",
  "failed",
  "expired",
  "authorized",
  "pre_authorized",
  "chargedback",
  "under_review"
])
export type TransactionStatus = typeof TransactionStatus.Type

/** `credit_card` and `unknown` are documented methods too: they get their own settings when they are simulated. */
export const TransactionMethod = Schema.Literals(["pix", "credit_card", "unknown"])

const text = Schema.optionalKey(Schema.NullOr(Schema.String))
const positive = Schema.Int.check(Schema.isGreaterThan(0))

/** 13 characters hold the amount of a BR Code: 9,999,999,999.99 is the most that a PIX transaction can carry. */
const maxAmount = 999_999_999_999
const amount = positive.check(Schema.isLessThanOrEqualTo(maxAmount))

const Address = Schema.Struct({
  line1: text,
  line2: text,
  number: text,
  neighborhood: text,
  zipCode: text,
  state: text,
  city: text,
  country: text,
  ibgeCode: text
})

const PixSettings = Schema.Struct({
  /** Seconds until the transaction expires. */
  expiresIn: positive.check(Schema.isLessThanOrEqualTo(2_147_483_647)),
  additionalInfo: Schema.optionalKey(Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.String }))),
  payerRequest: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isMaxLength(140))))
})

const Item = Schema.Struct({
  description: Schema.String,
  amount,
  quantity: positive,
  category: text,
  code: text
})

const Shipping = Schema.Struct({
  amount: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThanOrEqualTo(maxAmount)),
  address: Schema.optionalKey(Schema.NullOr(Address)),
  description: text,
  maxDeliveryDate: text,
  estimatedDeliveryDate: text,
  recipientName: text,
  recipientPhones: Schema.optionalKey(Schema.Array(Schema.String))
})

const Customer = Schema.Struct({
  companyName: text,
  personName: text,
  documentType: text,
  documentNumber: text,
  birthdate: text,
  gender: text,
  phones: Schema.optionalKey(Schema.Array(Schema.String)),
  address: Schema.optionalKey(Schema.NullOr(Address)),
  email: text
})

const Split = Schema.Struct({
  merchantId: Schema.String.check(Schema.isPattern(/^[0-9a-zA-Z_]+$/)),
  amount,
  isFeePayer: Schema.Boolean
})

const externalId = Schema.String.check(Schema.isMaxLength(128))
const saleChannel = Schema.String.check(Schema.isMaxLength(128), Schema.isPattern(/^\S+$/))

const isHttpUrl = Schema.makeFilter((url: string) => URL.canParse(url) && /^https?:/i.test(url))

/** The body of "create a transaction" for PIX, apart from the sum of its parts (see `transactions.ts`). */
export const CreateTransaction = Schema.Struct({
  method: Schema.Literal("pix"),
  methodSettings: PixSettings,
  items: Schema.Array(Item),
  shipping: Shipping,
  notifyUrl: Schema.optionalKey(Schema.NullOr(Schema.String.check(isHttpUrl))),
  externalId: Schema.optionalKey(Schema.NullOr(externalId)),
  externalSaleChannel: Schema.optionalKey(Schema.NullOr(saleChannel)),
  metadata: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Json))),
  amount,
  customer: Customer,
  splits: Schema.NullOr(Schema.Array(Split))
})
export type CreateTransaction = typeof CreateTransaction.Type

const StatusChange = Schema.Struct({ status: TransactionStatus, message: Schema.String, createdAt: Schema.String })

/** A transaction as every answer and notification shows it; a key without a value yet is null or an empty object. */
export const Transaction = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  preTransactionId: Schema.NullOr(Schema.String),
  providerId: Schema.NullOr(Schema.String),
  status: TransactionStatus,
  statusMessage: Schema.String,
  statusHistory: Schema.Array(StatusChange),
  method: TransactionMethod,
  methodSettings: PixSettings,
  items: Schema.Array(Item),
  refunds: Schema.Array(Schema.Json),
  shipping: Shipping,
  methodData: Schema.Struct({
    qrCode: Schema.optionalKey(Schema.String),
    expirationDate: Schema.optionalKey(Schema.String)
  }),
  paidData: Schema.Struct({ endToEndId: Schema.optionalKey(Schema.String) }),
  amount: Schema.Int,
  amountRefunded: Schema.Int,
  customer: Customer,
  splits: Schema.Array(Split),
  externalId: Schema.NullOr(Schema.String),
  externalSaleChannel: Schema.NullOr(Schema.String),
  metadata: Schema.Record(Schema.String, Schema.Json),
  paidAt: Schema.NullOr(Schema.String),
  antifraudData: Schema.NullOr(Schema.Json),
  refundedAt: Schema.NullOr(Schema.String),
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Transaction = typeof Transaction.Type

export const PayableStatus = Schema.Literals(["canceled", "paid", "waiting_funds"])
export const PayableEntity = Schema.Literals(["transfer", "transaction", "transactionRefund"])
export const PayableType = Schema.Literals(["credit", "debit"])

/** What the merchant is to receive or to give for one transaction, refund or transfer; `amount` is before the fee. */
export const Payable = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  transactionId: Schema.NullOr(Schema.String),
  transferId: Schema.NullOr(Schema.String),
  transactionSplitId: Schema.NullOr(Schema.String),
  transactionRefundId: Schema.NullOr(Schema.String),
  isTransactionOwner: Schema.Boolean,
  status: PayableStatus,
  amount: Schema.Int,
  fee: Schema.Int,
  paymentDate: Schema.String,
  method: Schema.Literals(["pix", "credit_card"]),
  type: PayableType,
  installment: Schema.Int,
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Payable = typeof Payable.Type

export const OperationStatus = Schema.Literals(["available", "waiting_funds"])
export const OperationEntity = Schema.Literals(["transaction", "transfer"])
export const OperationMethod = Schema.Literals(["pix", "credit_card", "inter"])

/** One line of the merchant's statement: the amount by which the balance moved, fee already taken. */
export const Operation = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  payableId: Schema.String,
  status: OperationStatus,
  amount: Schema.Int,
  paymentDate: Schema.String,
  entity: OperationEntity,
  method: OperationMethod,
  description: Schema.String,
  createdAt: Schema.String
})
export type Operation = typeof Operation.Type
