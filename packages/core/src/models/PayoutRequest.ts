/**
 * What is asked for when a beneficiary is to be paid, in the words of the public API. Like `InvoiceRequest`, this schema is
 * the one place where the rules on a request live.
 */
import { Schema, SchemaIssue } from "effect"
import { Currency } from "../values/Currency.ts"
import { TaxId } from "../values/Documents.ts"
import * as FieldError from "../values/FieldError.ts"
import { Amount } from "../values/Money.ts"
import { Phone } from "../values/Phone.ts"
import { PixKey, type Type as KeyType } from "../values/PixKey.ts"
import { Text } from "../values/Text.ts"
import { control, Country, Email } from "./RequestFields.ts"

const Beneficiary = Schema.Struct({
  name: Text(255),
  document: TaxId,
  phone: Phone,
  email: Schema.optionalKey(Email)
})
export type Beneficiary = typeof Beneficiary.Type

const keyTypes = ["cpf", "cnpj", "email", "phone", "evp"] as const satisfies ReadonlyArray<KeyType>

const isPixKey = Schema.is(PixKey)

const expectedKey: Record<KeyType, readonly [code: string, message: string]> = {
  cpf: ["invalid_cpf", "Expected a CPF: 11 digits without punctuation, with valid check digits"],
  cnpj: ["invalid_cnpj", "Expected a CNPJ: 14 characters without punctuation, with valid check digits"],
  email: ["invalid_email", "Expected an e-mail address in lower case, at most 77 characters"],
  phone: ["invalid_phone", "Expected a mobile phone's number, such as +5511987654321"],
  evp: ["invalid_evp", "Expected a UUID in lower case"]
}

/** A destination whose key is declared to be of a type has one that looks like it. */
const keyIs = (type: KeyType) => {
  const [code, message] = expectedKey[type]
  return Schema.makeFilter(
    ({ key, key_type }: { readonly key_type: KeyType; readonly key: string }) =>
      key_type !== type || isPixKey({ type, key })
        ? undefined
        : { path: ["key"], issue: new SchemaIssue.InvalidValue({ message }) },
    { code }
  )
}

/** A PIX key of a declared type: the type is never guessed from the key. */
const PixDestination = Schema.Struct({
  type: Schema.Literal("pix"),
  key_type: Schema.Literals(keyTypes),
  key: Schema.String
}).check(keyIs("cpf"), keyIs("cnpj"), keyIs("email"), keyIs("phone"), keyIs("evp"))

const accountNumber = Schema.String.check(
  Schema.isPattern(/^[0-9A-Za-z]{1,34}$/, { message: "Expected 1 to 34 letters and digits", code: "invalid_account" })
)

/** An account abroad: its IBAN, or its number with the bank's routing number. */
const BankDestination = Schema.Struct({
  type: Schema.Literal("bank_transfer"),
  country: Country,
  iban: Schema.optionalKey(accountNumber),
  account_number: Schema.optionalKey(accountNumber),
  routing_number: Schema.optionalKey(accountNumber)
}).check(
  Schema.makeFilter(
    ({ account_number, iban, routing_number }) =>
      iban === undefined
        ? account_number !== undefined && routing_number !== undefined
        : account_number === undefined && routing_number === undefined,
    { message: "Expected either iban, or account_number and routing_number", code: "invalid_account" }
  )
)

/** Where the money goes: a PIX key, or an account abroad. */
export const Destination = Schema.Union([PixDestination, BankDestination])
export type Destination = typeof Destination.Type

/** How a beneficiary may be paid. */
export type PayoutMethod = Destination["type"]

/** What the payment is for. */
export const Purpose = Schema.Literals(["prize", "commission", "vendor_payment", "other"])
export type Purpose = typeof Purpose.Type

/** A request for a payout, checked. Build one with {@link decode}. */
export const PayoutRequest = Schema.Struct({
  beneficiary: Beneficiary,
  destination: Destination,
  amount: Amount,
  currency: Currency,
  purpose: Purpose,
  ...control
})
export type PayoutRequest = typeof PayoutRequest.Type

/** The country a payout goes to: a PIX key is Brazilian. */
export const countryOf = (destination: Destination): string => (destination.type === "pix" ? "BR" : destination.country)

/** Reads a request from unknown input. Fails with `ValidationError`, every failing field listed by its path. */
export const decode = FieldError.decode(PayoutRequest)
