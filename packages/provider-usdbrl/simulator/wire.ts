/**
 * The shapes of the document "Payments": what a request may hold and what an answer holds.
 *
 * The simulator keeps its own description of the wire. Sharing one with the driver would let both agree on a mistake.
 * Amounts are decimals on the wire and integers of the currency's hundredths inside.
 */
import { isValidCpf } from "@brazilian-utils/brazilian-utils/is-valid-cpf"
import { Schema, SchemaTransformation } from "effect"
import { fromDecimal, toDecimal } from "./decimal.ts"

export const Currency = Schema.Literals(["USD", "BRL"])
export type Currency = typeof Currency.Type

export const PaymentMethod = Schema.Literals(["bank_transfer", "pix"])
export type PaymentMethod = typeof PaymentMethod.Type

/** "These are our statuses" */
export const PaymentStatus = Schema.Literals(["pending", "paid", "denied", "expired"])
export type PaymentStatus = typeof PaymentStatus.Type

const length = (minimum: number, maximum: number) =>
  Schema.String.check(Schema.isMinLength(minimum), Schema.isMaxLength(maximum))

/** "min: 2", and "decimal (10,2)": ten digits, two of them after the dot. */
const limits = { minimum: 200, maximum: 9_999_999_999 }

/** A JSON number or its digits in a string, "use dot instead of comma", as hundredths. */
const Amount = Schema.Union([Schema.Number, Schema.String]).pipe(
  Schema.decodeTo(
    Schema.Int.check(Schema.isBetween(limits)),
    SchemaTransformation.transform<number, string | number>({
      decode: (written) => fromDecimal(String(written)) ?? Number.NaN,
      encode: toDecimal
    })
  )
)

/** The body of `POST /v1/payment`. An e-mail's documented "min: 30" would refuse most people's, and is not enforced. */
export const CreatePayment = Schema.Struct({
  customer_id: length(1, 255),
  branch: Schema.optionalKey(Schema.NullOr(length(1, 255))),
  name: length(3, 150),
  email: length(1, 255).check(Schema.isPattern(/^[^\s@]+@[^\s@]+$/)),
  document: Schema.String.check(
    Schema.makeFilter((text: string) => /^\d{11}$/.test(text) && isValidCpf(text), { expected: "a valid CPF document" })
  ),
  amount: Amount,
  currency: Schema.optionalKey(Schema.NullOr(Currency)),
  payment_method: PaymentMethod,
  callback: length(30, 250).check(
    Schema.makeFilter((url: string) => URL.canParse(url) && /^https?:/i.test(url), { expected: "an HTTP URL" })
  ),
  transaction: Schema.Struct({ id: length(1, 255) }),
  pix: Schema.optionalKey(
    Schema.NullOr(
      Schema.Struct({
        /** Seconds; "integer (11)". */
        expire_in: Schema.optionalKey(
          Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99_999_999_999 })))
        )
      })
    )
  )
})
export type CreatePayment = typeof CreatePayment.Type
