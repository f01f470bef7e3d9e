/**
 * The fiscal profile: what a provider account of `nfse` says about the taxpayer that issues. Settings are text; those that carry a
 * layout's field are named after it, as an accountant knows it. What they mean is in the package's README.
 */
import { type FieldError, type Provider, FieldError as FieldErrors } from "@salesos/core"
import { TaxId } from "@salesos/core/values/Documents"
import { Text } from "@salesos/core/values/Text"
import { DateTime, Effect, Redacted, Result, Schema, SchemaIssue } from "effect"
import * as Certificate from "./Certificate.ts"
import * as ServiceCode from "./ServiceCode.ts"
import { municipalities } from "./Tables.ts"

const digits = (pattern: RegExp, message: string) => Schema.String.check(Schema.isPattern(pattern, { message }))

/** A percentage as the layout writes it: two decimals. */
const Percent = Schema.String.check(
  Schema.isPattern(/^\d{1,2}\.\d{2}$/, { message: "Expected a percentage with two decimals, such as 2.00" })
)

const optional = Schema.optionalKey
const otherwise = <const A extends string>(values: readonly [A, ...ReadonlyArray<A>]) =>
  Schema.Literals(values)
    .annotate({ message: `Expected ${values.join(" or ")}` })
    .pipe(Schema.withDecodingDefaultKey(Effect.succeed(values[0])))

const serviceCode = Schema.String.check(
  Schema.makeFilter((code: string) => {
    const found = ServiceCode.resolve(code)
    return Result.isSuccess(found) ? undefined : found.failure.message
  })
)

/** What the municipality and the tax office ask about one service, by its national code. */
const Service = Schema.Struct({
  /** The municipality's own code (`cTribMun`). */
  municipalCode: optional(digits(/^(?!000)\d{3}$/, "Expected 3 digits, not 000")),
  nbs: optional(digits(/^\d{9}$/, "Expected the 9 digits of an NBS code")),
  issRate: optional(Percent),
  /** The IBS and CBS group, declared where it is given. It needs the NBS code (E0322). */
  ibsCbs: optional(
    Schema.Struct({
      /** `cIndOp`. */
      operation: digits(/^\d{6}$/, "Expected 6 digits"),
      /** `CST`. */
      situation: digits(/^\d{3}$/, "Expected 3 digits"),
      /** `cClassTrib`. */
      classification: digits(/^\d{6}$/, "Expected 6 digits"),
      /** `indFinal`: 1 where the service is for personal use or consumption. */
      finalConsumer: optional(Schema.Literals(["0", "1"]))
    }).check(
      Schema.makeFilter(({ classification, situation }) =>
        classification.startsWith(situation)
          ? undefined
          : { path: ["classification"], issue: "Expected it to begin with the digits of `situation` (E0959)" }
      )
    )
  )
}).check(
  Schema.makeFilter(({ ibsCbs, nbs }) =>
    ibsCbs === undefined || nbs !== undefined ? undefined : { path: ["nbs"], issue: "Expected with `ibsCbs` (E0322)" }
  )
)

const Settings = Schema.Struct({
  /** Which system: documents of restricted production have no legal value. */
  environment: Schema.Literals(["production", "restricted-production"]).annotate({
    message: "Expected production or restricted-production"
  }),
  baseUrl: optional(
    Schema.String.check(
      Schema.makeFilter((url: string) => URL.canParse(url) && url.startsWith("https://"), {
        message: "Expected an https URL"
      })
    )
  ),
  /** Authorities that the server's certificate is trusted by, in PEM, instead of those that the runtime knows. */
  ca: optional(
    Schema.String.check(
      Schema.isPattern(/^\s*-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----\s*$/, {
        message: "Expected certificates in PEM"
      })
    )
  ),
  layout: otherwise(["1.01"]),
  signature: otherwise(["rsa-sha256", "rsa-sha1"]),
  /** The taxpayer's CPF or CNPJ. */
  document: TaxId,
  /** As the tax office knows it. It is not sent (E0121). */
  name: Text(300),
  municipality: Schema.String.check(
    Schema.makeFilter((code: string) => municipalities.has(code), {
      message: "Expected the 7 digits of an IBGE municipality code"
    })
  ),
  /** Whether the municipality's agreement with the national system is active: it decides who tells the rate (E0617, E0619). */
  municipalityActive: otherwise(["true", "false"]),
  municipalRegistration: optional(digits(/^[0-9A-Za-z./-]{1,15}$/, "Expected 1 to 15 letters and digits")),
  phone: optional(digits(/^\d{6,20}$/, "Expected 6 to 20 digits")),
  email: optional(digits(/^[!-~]+@[!-~]+$/, "Expected an e-mail address").check(Schema.isMaxLength(80))),
  /** Of documents that have been numbered elsewhere, another one: numbers of a series count from 1. */
  series: digits(/^[1-9]\d{0,4}$/, "Expected a number from 1 to 49999").check(
    Schema.makeFilter((series: string) => Number(series) <= 49_999, {
      message: "Expected a number from 1 to 49999: the others are of the public applications (E0010)"
    })
  ),
  /** 1 not in the Simples Nacional, 2 MEI, 3 ME or EPP. */
  opSimpNac: Schema.Literals(["1", "2", "3"]).annotate({ message: "Expected 1, 2 or 3" }),
  regApTribSN: optional(Schema.Literals(["1", "2", "3"]).annotate({ message: "Expected 1, 2 or 3" })),
  regEspTrib: otherwise(["0", "1", "2", "3", "4", "5", "6", "9"]),
  issRate: optional(Percent),
  /** Whether a request may say that the customer withholds the ISS. */
  issWithholding: otherwise(["allowed", "never"]),
  /** For requests that name none. */
  serviceCode: optional(serviceCode),
  services: optional(Schema.fromJsonString(Schema.Record(digits(/^\d{6}$/, "Expected six digits"), Service))),
  pTotTribFed: optional(Percent),
  pTotTribEst: optional(Percent),
  pTotTribMun: optional(Percent),
  pTotTribSN: optional(Percent),
  /** `cMotivo` of a cancellation: 1 issued by mistake, 2 service not rendered, 9 another one. */
  cancellationCode: otherwise(["9", "1", "2"]),
  /** What each document costs, in minor units of BRL: the gateway books it, and nobody is told. */
  documentFee: optional(digits(/^\d{1,15}$/, "Expected a whole number of minor units"))
})
type Settings = typeof Settings.Type

const totals = ["pTotTribFed", "pTotTribEst", "pTotTribMun"] as const

/** Highest and lowest rate of the ISS in percent (E0595; E0621 and E0628 for ME and EPP). */
const rates = { most: 5, least: 1.8 }

/** What one setting asks of another. */
const together = (settings: Settings): ReadonlyArray<readonly [path: string, message: string]> => {
  const { issRate, municipalityActive, opSimpNac, regApTribSN, regEspTrib, services } = settings
  const wrong: Array<readonly [string, string]> = []
  const own = [issRate, ...Object.values(services ?? {}).map((service) => service.issRate)]
  if (own.some((rate) => rate !== undefined && Number(rate) > rates.most))
    wrong.push(["issRate", "Expected at most 5.00 (E0595)"])
  if (opSimpNac === "3" && regApTribSN === undefined) wrong.push(["regApTribSN", "Required with opSimpNac 3 (E0166)"])
  if (opSimpNac !== "3" && regApTribSN !== undefined)
    wrong.push(["regApTribSN", "Expected with opSimpNac 3 only (E0162)"])
  const simples = opSimpNac === "3" && regApTribSN === "1"
  if (simples && own.some((rate) => rate !== undefined && Number(rate) < rates.least)) {
    wrong.push(["issRate", "Expected at least 1.80 (E0621)"])
  }
  if (municipalityActive === "false" && opSimpNac !== "2" && !simples && regEspTrib === "0" && issRate === undefined) {
    wrong.push(["issRate", "Required where the municipality's agreement is not active (E0619, E0640)"])
  }
  for (const total of totals) {
    if (opSimpNac === "1" && settings[total] === undefined) wrong.push([total, "Required with opSimpNac 1 (E0713)"])
    if (opSimpNac !== "1" && settings[total] !== undefined) wrong.push([total, "Expected with opSimpNac 1 only"])
  }
  if (opSimpNac === "3" && settings.pTotTribSN === undefined)
    wrong.push(["pTotTribSN", "Required with opSimpNac 3 (E0712)"])
  if (opSimpNac !== "3" && settings.pTotTribSN !== undefined)
    wrong.push(["pTotTribSN", "Expected with opSimpNac 3 only (E0710, E0713)"])
  return wrong
}

/** The profile of an account, as its credentials and settings say it. */
export const FiscalProfile = Schema.Struct({
  credentials: Schema.Struct({
    /** The A1 certificate: a PKCS#12 file in base64. */
    pfx: digits(/^[A-Za-z0-9+/\s]+={0,2}\s*$/, "Expected a PKCS#12 file (.pfx or .p12) in base64"),
    password: Schema.String
  }),
  settings: Settings.check(
    Schema.makeFilter((settings) =>
      together(settings).map(([path, message]) => ({
        path: [path],
        issue: new SchemaIssue.InvalidValue({ message })
      }))
    )
  )
})
export type FiscalProfile = typeof FiscalProfile.Type

const decode = FieldErrors.decodeResult(FiscalProfile)

/** A profile with its certificate. */
export interface Issuer {
  readonly profile: FiscalProfile["settings"]
  readonly certificate: Certificate.Certificate
}

type Wrong = ReadonlyArray<FieldError.FieldError>

const wrong = (field: string, code: string, message: string): Wrong => [{ field, code, message }]

/**
 * Reads an account's profile, its certificate included; whether that is valid today is for {@link validate}. Fails with what is
 * wrong by its place in the account (`settings.series`, `credentials.pfx`); no message holds a credential.
 */
export const read = (
  account: Pick<Provider.ProviderAccount, "credentials" | "settings" | "environment">
): Result.Result<Issuer, Wrong> =>
  Result.gen(function* () {
    const { credentials, settings } = yield* Result.mapError(
      decode({ credentials: Redacted.value(account.credentials), settings: account.settings }),
      ({ errors }) => errors
    )
    // A sandbox never issues what has legal value, and a live account nothing that has none.
    if ((account.environment === "live") !== (settings.environment === "production")) {
      return yield* Result.fail(
        wrong("settings.environment", "invalid_value", "Expected production in live accounts, and in no others")
      )
    }
    const certificate = yield* Result.mapError(Certificate.read(credentials.pfx, credentials.password), (unusable) =>
      wrong(
        unusable.code === "wrong_password" ? "credentials.password" : "credentials.pfx",
        unusable.code,
        unusable.message
      )
    )
    if (!Certificate.speaksFor(certificate, settings.document)) {
      const whose = certificate.document === null ? "has neither CNPJ nor CPF" : "belongs to another one"
      return yield* Result.fail(
        wrong(
          "credentials.pfx",
          "certificate_mismatch",
          `Expected a certificate of ${settings.name}'s ${settings.document.length === 14 ? "CNPJ" : "CPF"}; this one ${whose}`
        )
      )
    }
    return { profile: settings, certificate }
  })

const soon = 30

const day = (time: DateTime.Utc): string => DateTime.formatIsoDateUtc(time)

/** What is wrong with a certificate at a time: it is not valid yet, or no more. */
export const expired = ({ notAfter, notBefore }: Certificate.Certificate, now: DateTime.Utc): Wrong =>
  DateTime.isLessThan(notAfter, now)
    ? wrong("credentials.pfx", "certificate_expired", `The certificate expired on ${day(notAfter)}`)
    : DateTime.isGreaterThan(notBefore, now)
      ? wrong("credentials.pfx", "certificate_not_yet_valid", `The certificate is valid from ${day(notBefore)} on`)
      : []

/**
 * Whether an account can issue now: fails with every field that is wrong, and gives warnings about what will be, such as a
 * certificate that expires within 30 days.
 */
export const validate = (
  account: Provider.ProviderAccount
): Effect.Effect<{ readonly warnings: Wrong }, FieldErrors.ValidationError> =>
  Effect.gen(function* () {
    const { certificate } = yield* Effect.mapError(
      Effect.fromResult(read(account)),
      (errors) => new FieldErrors.ValidationError({ errors })
    )
    const now = yield* DateTime.now
    const errors = expired(certificate, now)
    if (errors.length > 0) return yield* new FieldErrors.ValidationError({ errors })
    const days = Math.floor(
      (DateTime.toEpochMillis(certificate.notAfter) - DateTime.toEpochMillis(now)) / (24 * 3600 * 1000)
    )
    return {
      warnings:
        days >= soon
          ? []
          : wrong(
              "credentials.pfx",
              "certificate_expires_soon",
              `The certificate expires on ${day(certificate.notAfter)}`
            )
    }
  })
