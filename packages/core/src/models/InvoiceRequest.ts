/**
 * What is asked for when an invoice is created, in the words of the public API. This schema is the one place where the
 * rules on a request live; the HTTP API's own schema only documents the shape.
 */
import { Schema, SchemaIssue } from "effect"
import { CalendarDate } from "../values/BusinessCalendar.ts"
import { Currency } from "../values/Currency.ts"
import { TaxId } from "../values/Documents.ts"
import * as FieldError from "../values/FieldError.ts"
import { between } from "../values/Integer.ts"
import { Amount } from "../values/Money.ts"
import { Text } from "../values/Text.ts"
import { control, Country, Email } from "./RequestFields.ts"

const maximumExpiry = 365 * 24 * 3600

/** How a payer may pay. Which of them a tenant can use depends on the drivers and accounts that are configured. */
export const Method = Schema.Literals(["pix", "boleto", "bolepix", "card", "bank_transfer", "ach_debit", "sepa_debit"])
export type Method = typeof Method.Type

/** How one charge attempt collects: a {@link Method} that is no bundle of others. A bolepix has two, boleto and PIX. */
export const Leg = Schema.Literals(["pix", "boleto", "card", "bank_transfer", "ach_debit", "sepa_debit"])
export type Leg = typeof Leg.Type

/** The legs that a method is collected by, all of which a payer may choose from. */
export const legsOf = (method: Method): ReadonlyArray<Leg> => (method === "bolepix" ? ["boleto", "pix"] : [method])

const methodsWith = {
  expires_in: ["pix", "boleto", "bolepix"],
  due_date: ["boleto", "bolepix"],
  return_url: ["card"],
  card_token: ["card"],
  installments: ["card"]
} as const satisfies Record<string, ReadonlyArray<Method>>

const Address = Schema.Struct({
  street: Text(255),
  number: Text(60),
  complement: Schema.optionalKey(Text(156)),
  district: Text(60),
  city_ibge: Schema.String.check(
    Schema.isPattern(/^\d{7}$/, { message: "Expected the 7 digits of an IBGE municipality code", code: "invalid_city" })
  ),
  state: Schema.String.check(
    Schema.isPattern(/^[A-Z]{2}$/, { message: "Expected a state's two capitals, such as SP", code: "invalid_state" })
  ),
  zip_code: Schema.String.check(
    Schema.isPattern(/^\d{8}$/, { message: "Expected 8 digits without punctuation", code: "invalid_zip_code" })
  )
})

const Customer = Schema.Struct({
  country: Country,
  document: Schema.optionalKey(TaxId),
  name: Text(255),
  email: Email,
  phone: Schema.optionalKey(
    Schema.String.check(
      Schema.isPattern(/^\+[1-9]\d{7,14}$/, {
        message: "Expected an E.164 number, such as +5511999000111",
        code: "invalid_phone"
      })
    )
  ),
  address: Schema.optionalKey(Address)
})
export type Customer = typeof Customer.Type

const PaymentMethod = Schema.Struct({
  type: Method,
  expires_in: Schema.optionalKey(
    between(60, maximumExpiry, { message: `Expected seconds from 60 to ${maximumExpiry}`, code: "invalid_expires_in" })
  ),
  due_date: Schema.optionalKey(CalendarDate),
  return_url: Schema.optionalKey(
    Schema.String.check(
      Schema.isPattern(/^https?:\/\/[^\s/$.?#][^\s]{0,1990}$/, {
        message: "Expected an http or https URL of at most 2000 characters",
        code: "invalid_url"
      })
    )
  ),
  card_token: Schema.optionalKey(Text(255)),
  installments: Schema.optionalKey(between(1, 12, { message: "Expected 1 to 12", code: "invalid_installments" }))
}).check(
  Schema.makeFilter(
    (method) =>
      Object.entries(methodsWith).flatMap(([field, methods]) =>
        field in method && !methods.some((each) => each === method.type)
          ? [
              {
                path: [field],
                issue: new SchemaIssue.InvalidValue({ message: `Not used by payment method ${method.type}` })
              }
            ]
          : []
      ),
    { code: "unknown_field" }
  )
)
export type PaymentMethod = typeof PaymentMethod.Type

const TaxDocument = Schema.Struct({
  auto_issue: Schema.optionalKey(Schema.Boolean),
  type: Schema.Literals(["nfse", "nfe", "peppol"]),
  service_code: Schema.optionalKey(Text(10)),
  iss_withheld: Schema.optionalKey(Schema.Boolean)
})

/** A request for payment, checked. Build one with {@link decode}. */
export const InvoiceRequest = Schema.Struct({
  customer: Customer,
  amount: Amount,
  currency: Currency,
  description: Text(1000),
  payment_method: PaymentMethod,
  tax_document: Schema.optionalKey(TaxDocument),
  ...control
}).check(
  Schema.makeFilter(
    (request) =>
      request.tax_document === undefined || request.customer.country !== "BR" || request.customer.document !== undefined
        ? undefined
        : {
            path: ["customer", "document"],
            issue: new SchemaIssue.InvalidValue({ message: "Expected a CPF or CNPJ: the fiscal document needs it" })
          },
    { code: "required" }
  ),
  Schema.makeFilter(
    (request) =>
      request.tax_document === undefined || request.currency === "BRL"
        ? undefined
        : {
            path: ["tax_document"],
            issue: new SchemaIssue.InvalidValue({ message: "A fiscal document needs an invoice in BRL" })
          },
    { code: "invalid_currency" }
  )
)
export type InvoiceRequest = typeof InvoiceRequest.Type

/** Reads a request from unknown input. Fails with `ValidationError`, every failing field listed by its path. */
export const decode = FieldError.decode(InvoiceRequest)
