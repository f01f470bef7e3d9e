/**
 * Brazilian tax ids, checked by their digits: CPF (people; IN RFB 2.172/2024) and CNPJ (companies, alphanumeric since
 * July 2026; IN RFB 2.229/2024, Nota Técnica COCAD/SUARA/RFB 49/2024). Unmasked, letters in capitals.
 *
 * What the check digits promise: one wrong character is caught, except that
 * - check digit 0 stands for two remainders, so a few CPFs whose first check digit it is, and a few CNPJs ending in 00,
 *   have a neighbour that is valid too;
 * - in a CNPJ, characters 11, 22 or 33 apart in ASCII weigh the same, so a letter may stand for another: A for L or 6.
 */
import { isValidCnpj, isValidCpf } from "@brazilian-utils/brazilian-utils"
import { Result, Schema } from "effect"

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

/** The rule that a tax id breaks. */
export const Rule = Schema.Literals(["characters", "length", "repeated", "check_digits"])
export type Rule = typeof Rule.Type

/** What is neither a CPF nor a CNPJ. */
export class InvalidTaxId extends Schema.TaggedError<InvalidTaxId>()("InvalidTaxId", {
  rule: Rule,
  message: Schema.String
}) {}

const refuse = (rule: Rule, message: string) => Result.fail(new InvalidTaxId({ rule, message }))

const punctuation = /^(?:\d{3}\.\d{3}\.\d{3}-\d{2}|[0-9A-Z]{2}(?:\.[0-9A-Z]{3}){2}\/[0-9A-Z]{4}-\d{2})$/

/**
 * Reads a tax id as people and providers write it: with all of its punctuation or none, letters in either case.
 * Nothing else is left out or added: neither spaces nor leading zeros.
 */
export const parse = (text: string): Result.Result<TaxId, InvalidTaxId> => {
  // Of ASCII only: `toUpperCase` makes an I of a Turkish dotless one.
  const capitals = text.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())
  const bare = punctuation.test(capitals) ? capitals.replaceAll(/[./-]/g, "") : capitals
  if (isCpf(bare) || isCnpj(bare)) return Result.succeed(bare)
  if (!/^[0-9A-Z]*$/.test(bare)) {
    return refuse("characters", "Expected digits and letters only, or all of the punctuation of a CPF or a CNPJ")
  }
  if (bare.length !== 11 && bare.length !== 14) {
    return refuse("length", `Expected the 11 digits of a CPF or the 14 characters of a CNPJ, not ${bare.length}`)
  }
  if (!/^\d+$/.test(bare.length === 11 ? bare : bare.slice(12))) {
    return refuse("characters", "Expected digits: only the first 12 characters of a CNPJ may be letters")
  }
  return /^(.)\1*$/.test(bare)
    ? refuse("repeated", "The same digit throughout is nobody's")
    : refuse("check_digits", "The check digits do not match")
}

/** A tax id as people read it: `529.982.247-25`, `12.ABC.345/01DE-35`. */
export const format = (document: TaxId): string =>
  document.length === 11
    ? document.replace(/^(.{3})(.{3})(.{3})(.{2})$/, "$1.$2.$3-$4")
    : document.replace(/^(.{2})(.{3})(.{3})(.{4})(.{2})$/, "$1.$2.$3/$4-$5")

/** A tax id fit for logs and public answers: 52998224725 becomes `***982247**`. */
export const mask = (document: string): string => `***${document.slice(3, -2)}**`
