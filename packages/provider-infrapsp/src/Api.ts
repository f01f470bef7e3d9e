/**
 * The wire format of InfraPSP, as its document "InfraPSP Docs (v1)" gives it: amounts in cents, times in UTC.
 *
 * What we send is exact. What we read is lenient: of a transaction only its id and amount are needed, whatever else is
 * missing or of another shape counts as not said, unknown fields are ignored and unknown statuses are read as they are.
 */
import { Wire } from "@salesos/core"
import { Schema } from "effect"

const { lenient, text, time, token } = Wire

// What we send

const Address = Schema.Struct({
  line1: Schema.String,
  line2: Schema.optionalKey(Schema.String),
  number: Schema.String,
  neighborhood: Schema.String,
  zipCode: Schema.String,
  state: Schema.String,
  country: Schema.String,
  ibgeCode: Schema.String
})

const Item = Schema.Struct({
  description: Schema.String,
  amount: Schema.Int,
  quantity: Schema.Int,
  category: Schema.String,
  code: Schema.String
})

const Customer = Schema.Struct({
  companyName: Schema.optionalKey(Schema.String),
  personName: Schema.String,
  documentType: Schema.optionalKey(Schema.Literals(["cpf", "cnpj"])),
  documentNumber: Schema.optionalKey(Schema.String),
  gender: Schema.String,
  phones: Schema.Array(Schema.String),
  address: Schema.optionalKey(Address),
  email: Schema.String
})

/** The body of `POST /v1/transactions` for PIX. `amount` is the sum of the items and the shipping. */
export const CreateTransaction = Schema.Struct({
  method: Schema.Literal("pix"),
  methodSettings: Schema.Struct({
    /** Seconds. */
    expiresIn: Schema.Int,
    additionalInfo: Schema.Array(Schema.Struct({ key: Schema.String, value: Schema.String })),
    /** What the payer's bank shows. */
    payerRequest: Schema.String
  }),
  items: Schema.Array(Item),
  shipping: Schema.Struct({
    amount: Schema.Int,
    address: Schema.optionalKey(Address),
    description: Schema.String,
    recipientName: Schema.String,
    recipientPhones: Schema.Array(Schema.String)
  }),
  notifyUrl: Schema.String,
  externalId: Schema.String,
  amount: Schema.Int,
  customer: Customer,
  /** "if null, current merchant will receive the total amount by default" */
  splits: Schema.Null
})
export type CreateTransaction = typeof CreateTransaction.Type

/** The body of `POST /v1/pre-transactions`, a payment link. `amount` is the sum of the items. */
export const CreatePreTransaction = Schema.Struct({
  amount: Schema.Int,
  description: Schema.String,
  items: Schema.Array(Item),
  shipping: Schema.Null,
  customer: Customer,
  expirationDate: Schema.String,
  maxAttempts: Schema.Int,
  notifyUrl: Schema.String,
  externalId: Schema.String
})
export type CreatePreTransaction = typeof CreatePreTransaction.Type

// What we read

/** Ids have 21 characters by the document, and 20 in some of its examples: their length is not checked. */
const Id = Schema.NonEmptyString

const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** An amount of something that is there. */
const Amount = Cents.check(Schema.isGreaterThan(0))

/** What went back to the payer ("create a transaction refund", and in each transaction). */
export const Refund = Schema.Struct({
  id: Id,
  amount: Amount,
  status: text,
  refundedAt: time,
  createdAt: time
})
export type Refund = typeof Refund.Type

const History = lenient(Schema.Array(Schema.Struct({ status: text, createdAt: time })))

/** One entry of "create", "find" and "find many transactions". */
export const Transaction = Schema.Struct({
  id: Id,
  /** The payment link that it is a try of. */
  preTransactionId: text,
  status: text,
  statusHistory: History,
  methodData: lenient(Schema.Struct({ qrCode: text, expirationDate: time })),
  paidData: lenient(Schema.Struct({ endToEndId: text })),
  refunds: lenient(Schema.Array(Refund)),
  amount: Amount,
  externalId: text,
  paidAt: time,
  refundedAt: time,
  createdAt: time,
  updatedAt: time
})
export type Transaction = typeof Transaction.Type

/** One entry of "create", "find" and "find many pre transactions": a payment link, and its tries in short. */
export const PreTransaction = Schema.Struct({
  id: Id,
  status: text,
  amount: Amount,
  externalId: text,
  expirationDate: time,
  maxAttempts: lenient(Schema.Int),
  transactions: lenient(Schema.Array(Schema.Struct({ id: Id }))),
  createdAt: time,
  updatedAt: time
})
export type PreTransaction = typeof PreTransaction.Type

/** One entry of "find many payables": what the merchant gets (`credit`) or gives (`debit`), and the fee on it. */
export const Payable = Schema.Struct({
  id: Id,
  transactionId: text,
  transferId: text,
  transactionRefundId: text,
  status: text,
  type: Schema.String,
  amount: Cents,
  fee: Cents,
  installment: lenient(Schema.Int),
  paymentDate: time,
  createdAt: time
})
export type Payable = typeof Payable.Type

/** One entry of "find many transaction chargebacks". */
export const Chargeback = Schema.Struct({
  id: Id,
  amount: Amount,
  wonAmount: lenient(Cents),
  status: text,
  statusHistory: History,
  isGuaranteePaid: lenient(Schema.Boolean),
  createdAt: time,
  updatedAt: time
})
export type Chargeback = typeof Chargeback.Type

/** One entry of "find many operations": by how much the balance moved. Without amount and time it is no line. */
export const Operation = Schema.Struct({
  id: Id,
  payableId: text,
  amount: Schema.Int,
  entity: text,
  createdAt: Schema.DateTimeUtcFromString
})
export type Operation = typeof Operation.Type

/** One entry of "find many invoices": what InfraPSP charges for itself. */
export const Invoice = Schema.Struct({ totalAmount: Cents })
export type Invoice = typeof Invoice.Type

/** The document only mentions a balance; the fields are those of the provider's published client types. */
export const Balance = Schema.Struct({ amountAvailable: Schema.Int, amountWaitingFunds: lenient(Schema.Int) })

/** The body of an error: "All error responses comes with a code […] and a message". */
export const ErrorBody = Schema.Struct({
  code: Schema.String,
  message: text,
  detail: lenient(Schema.Struct({ errors: lenient(Schema.Array(Schema.Struct({ path: text }))) }))
})
export type ErrorBody = typeof ErrorBody.Type

/** What InfraPSP posts to `notifyUrl`. Its document does not describe it; this is its published client's shape. */
export const Notification = Schema.Struct({
  id: token,
  event: Schema.String,
  entityId: token,
  data: lenient(Schema.Struct({ id: token, preTransactionId: token, status: token, updatedAt: token }))
})
export type Notification = typeof Notification.Type
