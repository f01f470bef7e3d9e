/**
 * Brazilian tax ids, checked by their digits: CPF (people) and CNPJ (companies, alphanumeric since July 2026,
 * IN RFB 2.229/2024). Unmasked, letters in capitals.
 */
import { isValidCnpj, isValidCpf } from "@brazilian-utils/brazilian-utils"
import { Schema } from "effect"

export const Cpf = Schema.String.check(
  Schema.makeFilter((text: string) => /^\d{11}$/.test(text) && isValidCpf(text), {
    message: "Expected a CPF: 11 digits without punctuation, with valid check digits",
    code: "invalid_cpf"
  })
).pipe(Schema.brand("Cpf"))
export type Cpf = typeof Cpf.Type

export const Cnpj = Schema.String.check(
  // The library's default refuses letters; version 2 is the alphanumeric CNPJ.
  Schema.makeFilter((text: string) => /^[0-9A-Z]{12}\d{2}$/.test(text) && isValidCnpj(text, { version: 2 }), {
    message: "Expected a CNPJ: 14 characters without punctuation, letters in capitals, with valid check digits",
    code: "invalid_cnpj"
  })
).pipe(Schema.brand("Cnpj"))
export type Cnpj = typeof Cnpj.Type

export type TaxId = Cpf | Cnpj

const isCpf = Schema.is(Cpf)
const isCnpj = Schema.is(Cnpj)

/** A CPF or a CNPJ. The error names the one its length speaks for. */
export const TaxId: Schema.Codec<TaxId, string> = Schema.String.check(
  Schema.makeFilter(
    (text: string) => text.length === 14 || isCpf(text),
    {
      message: "Expected a CPF (11 digits) or a CNPJ (14 characters) without punctuation, with valid check digits",
      code: "invalid_cpf"
    },
    true // what follows would only say the same again
  ),
  Schema.makeFilter(
    (text: string) => text.length !== 14 || isCnpj(text),
    {
      message: "Expected a CNPJ: 14 characters without punctuation, letters in capitals, with valid check digits",
      code: "invalid_cnpj"
    },
    true
  )
).pipe(Schema.refine((text): text is TaxId => isCpf(text) || isCnpj(text)))

/** Whether a tax id is a person's (`cpf`) or a company's (`cnpj`). */
export const kindOf = (document: TaxId): "cpf" | "cnpj" => (document.length === 11 ? "cpf" : "cnpj")

/** A tax id fit for logs and public answers: 52998224725 becomes `***982247**`. */
export const mask = (document: string): string => `***${document.slice(3, -2)}**`
