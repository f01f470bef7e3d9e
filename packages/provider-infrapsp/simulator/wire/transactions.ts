/**
 * Transactions and their refunds, as the InfraPSP document shows them.
 */
import { Schema } from "effect"
import { amount, Customer, Item, Metadata, positive, reference, Shipping, statusChange } from "./common.ts"

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

export const TransactionMethod = Schema.Literals(["pix", "credit_card", "unknown"])

export const PixSettings = Schema.Struct({
  /** Seconds until the transaction expires. */
  expiresIn: positive.check(Schema.isLessThanOrEqualTo(2_147_483_647)),
  additionalInfo: Schema.optionalKey(Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.String }))),
  payerRequest: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isMaxLength(140))))
})

const CardSettings = Schema.Struct({ installments: positive.check(Schema.isLessThanOrEqualTo(12)) })

const Split = Schema.Struct({
  merchantId: Schema.String.check(Schema.isPattern(/^[0-9a-zA-Z_]+$/)),
  amount,
  isFeePayer: Schema.Boolean
})

const saleChannel = Schema.String.check(Schema.isMaxLength(128), Schema.isPattern(/^\S+$/))

/** The body of "create a transaction" for PIX, apart from the sum of its parts (see `transactions.ts`). */
export const CreateTransaction = Schema.Struct({
  ...reference,
  method: Schema.Literal("pix"),
  methodSettings: PixSettings,
  items: Schema.Array(Item),
  shipping: Shipping,
  externalSaleChannel: Schema.optionalKey(Schema.NullOr(saleChannel)),
  amount,
  customer: Customer,
  splits: Schema.NullOr(Schema.Array(Split))
})
export type CreateTransaction = typeof CreateTransaction.Type

/** The document has only `refunded`; the others are those of its published client. */
export const RefundStatus = Schema.Literals(["created", "processing", "refunded", "failed"])
export type RefundStatus = typeof RefundStatus.Type

/** What went back to the payer; `rtrId` is PIX's id of the return. */
export const Refund = Schema.Struct({
  id: Schema.String,
  amount: Schema.Int,
  status: RefundStatus,
  statusMessage: Schema.String,
  statusHistory: Schema.Array(statusChange(RefundStatus)),
  refundedAt: Schema.NullOr(Schema.String),
  refundedData: Schema.Struct({ rtrId: Schema.optionalKey(Schema.String) }),
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Refund = typeof Refund.Type

/** A transaction as every answer and notification shows it; a key without a value yet is null or an empty object. */
export const Transaction = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  preTransactionId: Schema.NullOr(Schema.String),
  providerId: Schema.NullOr(Schema.String),
  status: TransactionStatus,
  statusMessage: Schema.String,
  statusHistory: Schema.Array(statusChange(TransactionStatus)),
  method: TransactionMethod,
  methodSettings: Schema.Union([PixSettings, CardSettings]),
  items: Schema.Array(Item),
  refunds: Schema.Array(Refund),
  shipping: Schema.NullOr(Shipping),
  methodData: Schema.Struct({
    qrCode: Schema.optionalKey(Schema.String),
    expirationDate: Schema.optionalKey(Schema.String),
    /** Of cards; the document does not show them, its published client does. */
    nsu: Schema.optionalKey(Schema.String),
    authorizationCode: Schema.optionalKey(Schema.String),
    brandId: Schema.optionalKey(Schema.String)
  }),
  paidData: Schema.Struct({ endToEndId: Schema.optionalKey(Schema.String) }),
  amount: Schema.Int,
  amountRefunded: Schema.Int,
  customer: Customer,
  splits: Schema.Array(Split),
  externalId: Schema.NullOr(Schema.String),
  externalSaleChannel: Schema.NullOr(Schema.String),
  metadata: Metadata,
  paidAt: Schema.NullOr(Schema.String),
  antifraudData: Schema.NullOr(Schema.Json),
  refundedAt: Schema.NullOr(Schema.String),
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type Transaction = typeof Transaction.Type
