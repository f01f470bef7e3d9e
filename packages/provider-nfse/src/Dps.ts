/**
 * The DPS (declaração de prestação de serviços), layout 1.01: what is declared, and out of which the authority makes the document.
 * Order and rules are those of Anexo I v1.01-20260209; the codes in comments are its refusals.
 */
import { type FieldError, type InvoiceRequest, Money } from "@salesos/core"
import { DateTime, Result } from "effect"
import type { Issuer } from "./Profile.ts"
import * as ServiceCode from "./ServiceCode.ts"
import { municipalities } from "./Tables.ts"
import * as Text from "./Text.ts"
import { element, type Element, document } from "./Xml.ts"

type Profile = Issuer["profile"]
type Wrong = ReadonlyArray<FieldError.FieldError>

/** What a document is made of, as far as a request says it. */
export interface Wish {
  readonly invoice: InvoiceRequest.InvoiceRequest
  readonly serviceCode: string | null
  readonly issWithheld: boolean
}

/** A wish that the layout has a place for: every text in its form, and the service's own facts. */
export interface Declaration {
  readonly customer: {
    readonly document: string
    readonly name: string
    readonly address: Address | null
    readonly phone: string | null
    readonly email: string | null
  }
  readonly service: string
  readonly description: string
  /** Reais with two decimals. */
  readonly amount: string
  readonly withheld: boolean
  /** `pAliq`, where the taxpayer has to tell it. */
  readonly rate: string | null
}

interface Address {
  readonly city: string
  readonly zipCode: string
  readonly street: string
  readonly number: string
  readonly complement: string | null
  readonly district: string
}

export const namespace = "http://www.sped.fazenda.gov.br/nfse"
/** `TSVerAplic`: what made the declaration. */
export const application = "SalesOS"

const digits = (max: number, text: string | undefined): string | null => {
  const bare = (text ?? "").replace(/^\+55/, "").replaceAll(/\D/g, "")
  return bare.length >= 6 && bare.length <= max ? bare : null
}

const filled = (text: string): string | null => (text === "" ? null : text)

/** An optional field that fits, or nothing: an address of 81 characters does not keep a document from being issued. */
const email = (text: string): string | null => (/^[!-~]{1,80}$/.test(text) ? text : null)

/** Whether the taxpayer tells the rate, or the authority knows it and refuses to be told. */
const tellsRate = ({ municipalityActive, opSimpNac, regApTribSN, regEspTrib }: Profile, withheld: boolean): boolean => {
  if (opSimpNac === "2" || regEspTrib !== "0") return false // E0600, E0604
  if (opSimpNac === "3" && regApTribSN === "1") return withheld // E0621, E0625, E0628, E0631
  return municipalityActive === "false" // E0617, E0619, E0635, E0640
}

/** Gives the fields that a request lacks for a document, by their path in it; what has none can be declared. */
export const declare = (
  profile: Profile,
  { invoice, issWithheld, serviceCode }: Wish
): Result.Result<Declaration, Wrong> => {
  const wrong: Array<FieldError.FieldError> = []
  const add = (field: string, code: string, message: string): void => void wrong.push({ field, code, message })
  const written = (field: string, text: string, max: number, write = Text.line): string => {
    const line = write(text, max)
    if (line === "")
      add(field, "invalid_text", "Expected text that a fiscal document can hold: Latin letters, digits, punctuation")
    return line
  }

  const { amount, currency, customer, description } = invoice
  if (currency !== "BRL") add("currency", "invalid_currency", "A fiscal document needs an invoice in BRL")
  if (customer.country !== "BR")
    add("customer.country", "invalid_country", "Expected BR: documents for customers abroad are not supported")
  else if (customer.document === undefined)
    add("customer.document", "required", "Expected a CPF or CNPJ: the fiscal document needs it")
  if (customer.document === profile.document) {
    add("customer.document", "invalid_document", "Expected another one than the issuer's own (E0202)")
  }

  const name = written("customer.name", customer.name, 300)
  const address = customer.address
  if (address === undefined && customer.document?.length === 14) {
    add("customer.address", "required", "Required: the fiscal document of a company needs its address (E0235)")
  } else if (address === undefined && issWithheld) {
    add("customer.address", "required", "Required where the customer withholds the ISS (E0237)")
  }
  const place = address && {
    city: address.city_ibge,
    zipCode: address.zip_code,
    street: written("customer.address.street", address.street, 255),
    number: written("customer.address.number", address.number, 60),
    complement: filled(Text.line(address.complement ?? "", 156)),
    district: written("customer.address.district", address.district, 60)
  }
  if (address !== undefined) {
    const state = municipalities.get(address.city_ibge)?.[1]
    if (state === undefined)
      add("customer.address.city_ibge", "invalid_city", "Expected the code of a municipality that there is")
    else if (state !== address.state)
      add("customer.address.state", "invalid_state", `Expected ${state}, the municipality's state`)
  }

  const wanted = serviceCode ?? profile.serviceCode
  const found = wanted === undefined ? undefined : ServiceCode.resolve(wanted)
  if (found === undefined) {
    add("tax_document.service_code", "required", "Required: the fiscal profile has no service code of its own")
  } else if (Result.isFailure(found)) {
    add("tax_document.service_code", found.failure.code, found.failure.message)
  }
  const service = found !== undefined && Result.isSuccess(found) ? found.success : ""

  const issRate = profile.services?.[service]?.issRate ?? profile.issRate
  const withholding = "tax_document.iss_withheld"
  if (issWithheld && profile.issWithholding === "never") {
    add(withholding, "invalid_value", "Expected false: the fiscal profile allows no withholding")
  } else if (issWithheld && profile.opSimpNac === "2") {
    add(withholding, "invalid_value", "Expected false: nobody withholds the ISS of a MEI (E0583)")
  } else if (tellsRate(profile, issWithheld) && issRate === undefined) {
    add(withholding, "invalid_value", "Expected false: the fiscal profile has no ISS rate to withhold by (E0621)")
  }

  const text = written("description", description, 1000, Text.lines)
  if (wrong.length > 0 || customer.document === undefined) return Result.fail(wrong)
  return Result.succeed({
    customer: {
      document: customer.document,
      name,
      address: place ?? null,
      phone: digits(20, customer.phone),
      email: email(customer.email)
    },
    service,
    description: text,
    amount: Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency }),
    withheld: issWithheld,
    rate: tellsRate(profile, issWithheld) ? (issRate ?? null) : null
  })
}

/** Which declaration it is, among all. */
export interface Numbering {
  readonly number: number
  readonly issuedAt: DateTime.Utc
}

/** The id of a declaration, out of its parts: what the authority knows it by before it has given it a number (E0004). */
export const idOf = ({ document, municipality, series }: Profile, number: number): string =>
  [
    "DPS",
    municipality,
    document.length === 14 ? "2" : "1",
    document.padStart(14, "0"),
    series.padStart(5, "0"),
    String(number).padStart(15, "0")
  ].join("")

/** Brasília's time, which has had no summer time since 2019. */
const brasilia = DateTime.zoneMakeOffset(-3 * 3600 * 1000)

/** A time as the layout writes it: `2026-11-28T09:15:00-03:00`. */
export const time = (utc: DateTime.Utc): string =>
  DateTime.formatIsoOffset(DateTime.setZone(utc, brasilia)).replace(/\.\d+/, "")

/** Their clock may be behind ours, and a declaration is never from the future (E0008). */
const margin = { minutes: 1 }

/** A time that the authority takes for past. */
export const past = (utc: DateTime.Utc): DateTime.Utc => DateTime.subtract(utc, margin)

/** An element's name by whether a tax id is a company's or a person's. */
export const taxId = (id: string, suffix = ""): Element | null =>
  element(`${id.length === 14 ? "CNPJ" : "CPF"}${suffix}`, id)

const value = (name: string, text: string | null | undefined): Element | null => element(name, text ?? null)

const customerOf = ({ address, document, email, name, phone }: Declaration["customer"]) =>
  element("toma", [
    taxId(document),
    value("xNome", name),
    element(
      "end",
      address && [
        element("endNac", [value("cMun", address.city), value("CEP", address.zipCode)]),
        value("xLgr", address.street),
        value("nro", address.number),
        value("xCpl", address.complement),
        value("xBairro", address.district)
      ]
    ),
    value("fone", phone),
    value("email", email)
  ])

const totalsOf = (profile: Profile) => {
  if (profile.opSimpNac === "2") return value("indTotTrib", "0")
  if (profile.opSimpNac === "3") return value("pTotTribSN", profile.pTotTribSN)
  return element("pTotTrib", [
    value("pTotTribFed", profile.pTotTribFed),
    value("pTotTribEst", profile.pTotTribEst),
    value("pTotTribMun", profile.pTotTribMun)
  ])
}

const ibsCbsOf = (profile: Profile, service: string) => {
  const group = profile.services?.[service]?.ibsCbs
  return element(
    "IBSCBS",
    group === undefined
      ? null
      : [
          value("finNFSe", "0"),
          value("indFinal", group.finalConsumer),
          value("cIndOp", group.operation),
          value("indDest", "0"), // who is served is who pays
          element("valores", [
            element("trib", [
              element("gIBSCBS", [value("CST", group.situation), value("cClassTrib", group.classification)])
            ])
          ])
        ]
  )
}

/** The declaration as XML, not signed yet. */
export const build = (profile: Profile, declaration: Declaration, { issuedAt, number }: Numbering): string => {
  const { amount, customer, description, rate, service, withheld } = declaration
  const at = time(past(issuedAt))
  const facts = profile.services?.[service]
  const root = element(
    "DPS",
    [
      element(
        "infDPS",
        [
          value("tpAmb", profile.environment === "production" ? "1" : "2"),
          value("dhEmi", at),
          value("verAplic", application),
          value("serie", profile.series),
          value("nDPS", String(number)),
          value("dCompet", at.slice(0, 10)),
          value("tpEmit", "1"), // the one who serves
          value("cLocEmi", profile.municipality),
          element("prest", [
            // neither name nor address: the authority has them (E0121, E0128)
            taxId(profile.document),
            value("IM", profile.municipalRegistration),
            value("fone", profile.phone),
            value("email", profile.email),
            element("regTrib", [
              value("opSimpNac", profile.opSimpNac),
              value("regApTribSN", profile.regApTribSN),
              value("regEspTrib", profile.regEspTrib)
            ])
          ]),
          customerOf(customer),
          element("serv", [
            element("locPrest", [value("cLocPrestacao", profile.municipality)]),
            element("cServ", [
              value("cTribNac", service),
              value("cTribMun", facts?.municipalCode),
              value("xDescServ", description),
              value("cNBS", facts?.nbs)
            ])
          ]),
          element("valores", [
            element("vServPrest", [value("vServ", amount)]),
            element("trib", [
              element("tribMun", [
                value("tribISSQN", "1"), // taxed
                value("tpRetISSQN", withheld ? "2" : "1"),
                value("pAliq", rate)
              ]),
              element("totTrib", [totalsOf(profile)])
            ])
          ]),
          ibsCbsOf(profile, service)
        ],
        { Id: idOf(profile, number) }
      )
    ],
    { versao: profile.layout, xmlns: namespace }
  )
  return root === null ? "" : document(root)
}
