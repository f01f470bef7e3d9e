/**
 * The wire format of the document "Payments": amounts as decimals, times in RFC 3339, answers in `{requestId, data}`.
 *
 * What we send is exact. What we read is lenient: of a payment only its id and what it costs are needed, whatever else is
 * missing or of another shape counts as not said, unknown fields are ignored and unknown statuses are read as they are.
 * JSON numbers are read as their digits (`Json.parseExact`), so that everything below is text.
 */
import { Currency, Documents, Wire } from "@salesos/core"
import { Schema } from "effect"

const { lenient, text, time, token } = Wire

const length = (minimum: number, maximum: number) => Schema.String.check(Schema.isBetweenLength(minimum, maximum))

// What we send

/** The body of `POST /v1/payment`. `branch` is for offices of a merchant, of which we know none. */
export const CreatePayment = Schema.Struct({
  customer_id: length(1, 255),
  name: length(3, 150),
  /** The document's "min: 30" would refuse most people's. */
  email: length(1, 255),
  /** A person's: the document takes no CNPJ. */
  document: Documents.Cpf,
  /** "decimal (10,2)", written as a JSON number. */
  amount: Schema.String.check(Schema.isPattern(/^\d{1,8}\.\d{2}$/)),
  /** Always: without one the provider takes USD. */
  currency: Schema.Literals(["USD", "BRL"]),
  payment_method: Schema.Literals(["bank_transfer", "pix"]),
  callback: length(30, 250),
  transaction: Schema.Struct({ id: length(1, 255) }),
  pix: Schema.optionalKey(
    Schema.Struct({
      /** Seconds; "integer (11)". */
      expire_in: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99_999_999_999 }))
    })
  )
})
export type CreatePayment = typeof CreatePayment.Type

// What we read

const Id = Schema.NonEmptyString

/** Digits with at most one dot between them. */
const Decimal = Schema.String.check(Schema.isPattern(/^\d{1,15}(\.\d{1,15})?$/))

/** The answer to `POST /oauth2/token`. */
export const Token = Schema.Struct({
  data: Schema.Struct({
    access_token: Schema.NonEmptyString,
    /** Seconds, as their digits. */
    expires_in: Schema.String.check(Schema.isPattern(/^[1-9]\d{0,8}$/))
  })
})

const Bank = Schema.Struct({
  name: text,
  code: text,
  agency: text,
  account: text,
  account_operation: text,
  document: text,
  beneficiary: text
})
export type Bank = typeof Bank.Type

/** The answer to `POST /v1/payment`: what the payer pays in BRL, and how. It tells neither amount nor currency again. */
export const Created = Schema.Struct({
  id: Id,
  status: text,
  values: Schema.Struct({
    /** Of the transaction, service fees included. */
    total: Decimal,
    /** Without them. */
    subtotal: Decimal,
    /** BRL for one unit of the currency. */
    exchange: Decimal,
    fee: lenient(Decimal)
  }),
  pix: lenient(Schema.Struct({ qrcode: text, reference: text })),
  bank: lenient(Bank)
})
export type Created = typeof Created.Type

/** The answer to `GET /v1/payment/{id}`, and one entry of `GET /v1/payments`. Neither tells how to pay. */
export const Payment = Schema.Struct({
  id: Id,
  transaction_id: text,
  amount: Decimal,
  currency: Currency.Currency,
  status: text,
  created_at: time,
  updated_at: time
})
export type Payment = typeof Payment.Type

/** What is in the envelope. */
export const Enveloped = Schema.Struct({ data: Schema.Unknown })

/** What is posted to `callback`: several payments and payouts at once, of which only the ids and statuses are read. */
export const Callback = Schema.Struct({
  data: Schema.Array(
    Schema.Struct({ id: token, type: text, status: token, payment_status: token, payout_status: token })
  )
})
