/** What Sefin Nacional says in core's words: pure functions without I/O. */
import { Message, Outcome, Provider } from "@salesos/core"
import { gunzipSync, gzipSync } from "node:zlib"
import { Option, Schema } from "effect"
import * as Api from "./Api.ts"
import type { Answer } from "./Calls.ts"

// XML on the wire

/** Far more than any document has. */
const mostBytes = 5_000_000

/** XML as it is sent: compressed, in base64. */
export const pack = (xml: string): string => gzipSync(Buffer.from(xml, "utf8")).toString("base64")

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** The opposite of {@link pack}, base64 twice over included; undefined for what is none. */
export const unpack = (text: string): string | undefined => {
  const once = Buffer.from(text, "base64")
  const bytes = isGzip(once) ? once : Buffer.from(once.toString("latin1"), "base64")
  try {
    return isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: mostBytes }).toString("utf8") : undefined
  } catch {
    return undefined
  }
}

const decodeNfse = Schema.decodeUnknownOption(Api.Nfse)
const decodeKey = Schema.decodeUnknownOption(Api.DpsKey)
const decodeEvent = Schema.decodeUnknownOption(Api.Event)
const decodeEvents = Schema.decodeUnknownOption(Api.Events)
const decodeError = Schema.decodeUnknownOption(Api.ErrorBody)

/** The document in an answer, as XML; undefined where it holds none. */
export const documentIn = (body: unknown): string | undefined => {
  const packed = Option.getOrUndefined(decodeNfse(body))?.nfseXmlGZipB64
  return packed === undefined ? undefined : unpack(packed)
}

/** The access key in an answer about a declaration. */
export const accessKeyIn = (body: unknown): string | undefined => Option.getOrUndefined(decodeKey(body))?.chaveAcesso

/** The event in an answer, as XML. */
export const eventIn = (body: unknown): string | undefined => {
  const packed =
    Option.getOrUndefined(decodeEvent(body))?.eventoXmlGZipB64 ??
    Option.getOrUndefined(decodeEvents(body))?.eventos[0].arquivoXml
  return packed === undefined ? undefined : unpack(packed)
}

// Refusals

/** What the authority has against a request: its codes, and what they say, fit for clients. */
export interface Refusal {
  readonly codes: ReadonlyArray<string>
  readonly message: string
}

/** The refusal in an answer; null where it is none that can be read, or only some server on the way says "error". */
export const refusalIn = (body: unknown, secrets: ReadonlyArray<string>): Refusal | null => {
  const error = Option.getOrUndefined(decodeError(body))
  const single = error?.erro ?? []
  const complaints = [...(error?.erros ?? []), ...("map" in single ? single : [single])]
  const codes = complaints.flatMap(({ codigo }) => codigo ?? [])
  if (codes.length === 0) return null
  const told = complaints.map(({ codigo, complemento, descricao }) => {
    const said = [descricao, complemento].filter((each) => each != null && each !== "").join(" – ")
    return codigo == null ? said : `${codigo}: ${said}`
  })
  return { codes, message: Message.sanitized(told.join("; "), secrets) }
}

/** The declaration has made a document already (E0014). */
export const alreadyIssued = "E0014"

/** The document has an event that rules a cancellation out, or this very one: perhaps it is canceled already. */
export const perhapsCanceled: ReadonlySet<string> = new Set(["E0840", "E0802"])

/** "Try later": the list of revoked certificates cannot be read, and maintenance. */
const tryLater: ReadonlySet<string> = new Set(["E1206", "E1217"])

/** About the certificate that the connection was opened with (Anexo I, reception). */
const certificate: ReadonlySet<string> = new Set(["E1200", "E1203", "E1205", "E1207", "E1208", "E1209"])

/** Something went wrong, and nobody says what. */
const undecided: ReadonlySet<string> = new Set(["E999", "E9999", "RNG9999"])

/** The time in which a document may be canceled, or replaced, is over. */
const windowOver: ReadonlySet<string> = new Set(["E0822", "E0050"])

export const windowExpired = "cancellation_window_expired"

/** The outcome of an answer that holds nothing of what was asked for. */
export const failure = (
  { body, status }: Answer,
  secrets: ReadonlyArray<string>
): Provider.Rejected | Provider.Unavailable | Provider.Unknown => {
  const refusal = refusalIn(body, secrets)
  const { codes, message } = refusal ?? { codes: [], message: null }
  const outcome = Outcome.ofAnswer(status, message)
  if (status >= 500 || message === null) return outcome
  const says = (known: ReadonlySet<string>) => codes.some((code) => known.has(code))
  if (says(tryLater)) return new Provider.Unavailable({ message })
  if (says(certificate)) return new Provider.Unavailable({ message, account: "credentials" })
  if (says(undecided)) return new Provider.Unknown({ message })
  if (outcome._tag !== "Rejected") return outcome
  const [code] = codes
  return new Provider.Rejected({
    message,
    ...(says(windowOver) ? { code: windowExpired } : code === undefined ? {} : { code })
  })
}

/** The same for a search: that it was refused does not say that there is no such thing. */
export const searchFailure = (
  answer: Answer,
  secrets: ReadonlyArray<string>
): Provider.Unavailable | Provider.Unknown => {
  const outcome = failure(answer, secrets)
  return outcome._tag === "Rejected" ? new Provider.Unknown({ message: outcome.message }) : outcome
}

const decodeAnswered = Schema.decodeUnknownOption(Schema.Struct({ tipoAmbiente: Schema.Literals([1, 2]) }))

/** Whether the authority itself says "not there": any server on the way may answer 404. */
export const isMissing = ({ body, status }: Answer): boolean =>
  status === 404 && (Option.isSome(decodeAnswered(body)) || refusalIn(body, []) !== null)
