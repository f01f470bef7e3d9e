/**
 * The wire format of Sefin Nacional, as its OpenAPI document "API NFS-e - Sefin Nacional" (v1) gives it: JSON around XML that is
 * compressed with gzip and written in base64. What we read is lenient: a field we can do without counts as not said when it is of
 * another shape.
 */
import { Wire } from "@salesos/core"
import { Schema } from "effect"

const { lenient, text } = Wire

// What we send

/** The body of `POST /nfse`: a signed DPS. */
export const PostDps = Schema.Struct({ dpsXmlGZipB64: Schema.String })

/** The body of `POST /nfse/{chaveAcesso}/eventos`: a signed request for an event. */
export const PostEvent = Schema.Struct({ pedidoRegistroEventoXmlGZipB64: Schema.String })

// What we read

/** What anyone can look a document up by: 50 characters, the issuer's CNPJ or CPF from the tenth on. */
export const AccessKey = Schema.String.check(Schema.isPattern(/^\d{9}[0-9A-Z]{14}\d{27}$/))

/** A document: of `POST /nfse`, and of `GET /nfse/{chaveAcesso}`. */
export const Nfse = Schema.Struct({ chaveAcesso: AccessKey, nfseXmlGZipB64: Schema.String })

/** Of `GET /dps/{id}`. */
export const DpsKey = Schema.Struct({ chaveAcesso: AccessKey })

/** An event, as the document has it and as it is seen: in `arquivoXml`, base64 within base64. */
export const Event = Schema.Struct({ eventoXmlGZipB64: Schema.String })
export const Events = Schema.Struct({ eventos: Schema.NonEmptyArray(Schema.Struct({ arquivoXml: Schema.String })) })

const Complaint = Schema.Struct({ codigo: text, descricao: text, complemento: text })
export type Complaint = typeof Complaint.Type

/** The body of an error. Events have `erro` where documents have `erros`, and it is seen as a list too. */
export const ErrorBody = Schema.Struct({
  erros: lenient(Schema.Array(Complaint)),
  erro: lenient(Schema.Union([Schema.Array(Complaint), Complaint]))
})
