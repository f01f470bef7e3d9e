/**
 * What the shapes of the InfraPSP document have in common.
 *
 * The simulator keeps its own description of the wire. Sharing one with the driver would let both agree on a mistake.
 * All amounts are cents and all dates are UTC (InfraPSP document, introduction).
 */
import { Pix } from "@salesos/simulator-kit"
import { Schema } from "effect"

export const text = Schema.optionalKey(Schema.NullOr(Schema.String))
export const positive = Schema.Int.check(Schema.isGreaterThan(0))
/** At most what a BR Code can carry. */
export const amount = positive.check(Schema.isLessThanOrEqualTo(Pix.maxAmount))

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

export const Item = Schema.Struct({
  description: Schema.String,
  amount,
  quantity: positive,
  category: text,
  code: text
})

export const Shipping = Schema.Struct({
  amount: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThanOrEqualTo(Pix.maxAmount)),
  address: Schema.optionalKey(Schema.NullOr(Address)),
  description: text,
  maxDeliveryDate: text,
  estimatedDeliveryDate: text,
  recipientName: text,
  recipientPhones: Schema.optionalKey(Schema.Array(Schema.String))
})

export const Customer = Schema.Struct({
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
export type Customer = typeof Customer.Type

/** Open fields to store information. */
export const Metadata = Schema.Record(Schema.String, Schema.Json)

const isHttpUrl = Schema.makeFilter((url: string) => URL.canParse(url) && /^https?:/i.test(url))
export const HttpUrl = Schema.String.check(isHttpUrl)

export const isDate = Schema.makeFilter((value: string) => Number.isFinite(Date.parse(value)), {
  expected: "a date in ISO 8601"
})

/** What requests that open something have in common. */
export const reference = {
  notifyUrl: Schema.optionalKey(Schema.NullOr(HttpUrl)),
  externalId: Schema.optionalKey(Schema.NullOr(Schema.String.check(Schema.isMaxLength(128)))),
  metadata: Schema.optionalKey(Schema.NullOr(Metadata))
}

/** One entry of a `statusHistory`. */
export const statusChange = <S extends Schema.Codec<string, string>>(status: S) =>
  Schema.Struct({ status, message: Schema.String, createdAt: Schema.String })
