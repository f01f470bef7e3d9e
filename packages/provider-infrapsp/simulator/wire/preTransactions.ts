/**
 * Payment links and the checkout behind them, as the InfraPSP document shows them. There they are "pre transactions".
 */
import { Schema, Struct } from "effect"
import { amount, Customer, isDate, Item, Metadata, positive, reference, Shipping } from "./common.ts"
import { PixSettings, Transaction, TransactionMethod, TransactionStatus } from "./transactions.ts"

export const PreTransactionStatus = Schema.Literals(["active", "expired", "canceled", "completed"])
export type PreTransactionStatus = typeof PreTransactionStatus.Type

/** The body of "create a pre-transaction", apart from the sum of its parts. */
export const CreatePreTransaction = Schema.Struct({
  ...reference,
  amount,
  description: Schema.String.check(Schema.isMaxLength(256)),
  items: Schema.Array(Item),
  shipping: Schema.optionalKey(Schema.NullOr(Shipping)),
  customer: Schema.optionalKey(Schema.NullOr(Customer)),
  expirationDate: Schema.optionalKey(Schema.NullOr(Schema.String.check(isDate))),
  maxAttempts: Schema.optionalKey(positive.check(Schema.isLessThanOrEqualTo(3)))
})
export type CreatePreTransaction = typeof CreatePreTransaction.Type

/** A payment link as every answer shows it. */
export const PreTransaction = Schema.Struct({
  id: Schema.String,
  merchantId: Schema.String,
  status: PreTransactionStatus,
  description: Schema.String,
  items: Schema.Array(Item),
  shipping: Schema.NullOr(Shipping),
  amount: Schema.Int,
  customer: Schema.NullOr(Customer),
  /** Its tries, oldest first. */
  transactions: Schema.Array(
    Schema.Struct({ id: Schema.String, method: TransactionMethod, status: TransactionStatus })
  ),
  expirationDate: Schema.String,
  maxAttempts: Schema.Int,
  externalId: Schema.NullOr(Schema.String),
  metadata: Metadata,
  createdAt: Schema.String,
  updatedAt: Schema.String
})
export type PreTransaction = typeof PreTransaction.Type

/** A card as a payer types it. */
export const Card = Schema.Struct({ number: Schema.String, expiryDate: Schema.String, cvv: Schema.String })
export type Card = typeof Card.Type

const CheckoutCardSettings = Schema.Struct({
  installments: positive.check(Schema.isLessThanOrEqualTo(12)),
  card: Card
})

/**
 * The body of "create a transaction checkout", what a payer does at the link. The document gives no settings for a card:
 * these are ours, of the page at the link.
 */
export const CreateCheckout = Schema.Union([
  Schema.Struct({ method: Schema.Literal("pix"), methodSettings: PixSettings, customer: Customer }),
  Schema.Struct({ method: Schema.Literal("credit_card"), methodSettings: CheckoutCardSettings, customer: Customer })
])
export type CreateCheckout = typeof CreateCheckout.Type

/** What the checkout page shows of a transaction: a part of it. */
const shown = [
  "id",
  "merchantId",
  "preTransactionId",
  "providerId",
  "status",
  "method",
  "methodSettings",
  "items",
  "shipping",
  "methodData",
  "amount",
  "customer",
  "externalId",
  "createdAt",
  "updatedAt"
] as const

/** "find a pre transaction checkout": the link with its merchant, and its transactions in part. */
export const Checkout = Schema.Struct({
  ...Struct.omit(PreTransaction.fields, ["metadata"]),
  merchant: Schema.Struct({
    tradingName: Schema.String,
    settings: Schema.Struct({ primaryColor: Schema.String, secondaryColor: Schema.String })
  }),
  transactions: Schema.Array(Transaction.mapFields(Struct.pick(shown)))
})
export type Checkout = typeof Checkout.Type
