/**
 * The wire format of InfraPSP, as its document "InfraPSP Docs (v1)" gives it: amounts in cents, times in UTC.
 *
 * What we send is exact. What we read is lenient: of a transaction only its id and amount are needed, whatever else is
 * missing or of another shape counts as not said, unknown fields are ignored and unknown statuses are read as they are.
 */
import { Wire } from "@salesos/core"
import { Schema } from "effect"

const { lenient, text, time, token } = Wire

// What we send ("create a transaction")

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
  items: Schema.Array(
    Schema.Struct({
      description: Schema.String,
      amount: Schema.Int,
      quantity: Schema.Int,
      category: Schema.String,
      code: Schema.String
    })
  ),
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
  customer: Schema.Struct({
    companyName: Schema.optionalKey(Schema.String),
    personName: Schema.String,
    documentType: Schema.optionalKey(Schema.Literals(["cpf", "cnpj"])),
    documentNumber: Schema.optionalKey(Schema.String),
    gender: Schema.String,
    phones: Schema.Array(Schema.String),
    address: Schema.optionalKey(Address),
    email: Schema.String
  }),
  /** "if null, current merchant will receive the total amount by default" */
  splits: Schema.Null
})
export type CreateTransaction = typeof CreateTransaction.Type

// What we read

/** Ids have 21 characters by the document, and 20 in some of its examples: their length is not checked. */
const Id = Schema.NonEmptyString

const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** One entry of "create", "find" and "find many transactions". */
export const Transaction = Schema.Struct({
  id: Id,
  status: text,
  statusHistory: lenient(Schema.Array(Schema.Struct({ status: text, createdAt: time }))),
  methodData: lenient(Schema.Struct({ qrCode: text, expirationDate: time })),
  paidData: lenient(Schema.Struct({ endToEndId: text })),
  amount: Cents.check(Schema.isGreaterThan(0)),
  externalId: text,
  paidAt: time,
  createdAt: time,
  updatedAt: time
})
export type Transaction = typeof Transaction.Type

/** One entry of "find many payables": what the merchant gets (`credit`) or gives (`debit`), and the fee on it. */
export const Payable = Schema.Struct({
  id: Id,
  transactionId: text,
  status: text,
  type: Schema.String,
  fee: Cents,
  paymentDate: time
})
export type Payable = typeof Payable.Type

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
  data: lenient(Schema.Struct({ id: token, status: token, updatedAt: token }))
})
export type Notification = typeof Notification.Type
