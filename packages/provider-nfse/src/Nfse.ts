/** An NFS-e read out of its XML: as much of it as a document that is stored, compared and drawn needs. */
import { DateTime, Option } from "effect"
import { XmlElement, type XmlDocument } from "libxml2-wasm"
import { withDocument } from "./Schemas.ts"

/** Local names only: the documents have one default namespace, and whoever puts another one before them says the same. */
const xpath = (path: string): string =>
  path
    .split("/")
    .map((step) => (step === "" || step.startsWith("@") ? step : `*[local-name()='${step}']`))
    .join("/")

/** The text at a path of names, such as `infDPS/serv/cServ/cTribNac`, from anywhere; null where there is none. */
export type At = (path: string) => string | null

const reader =
  (document: XmlDocument): At =>
  (path) =>
    document.get(`//${xpath(path)}`)?.content ?? null

/** The leaves below an element, names and text, as one text: what it says, however it is written. */
const leavesOf = (document: XmlDocument, name: string): string => {
  const leaves = document.find(`//*[local-name()='${name}']//*[not(*)]`)
  return JSON.stringify(leaves.map((leaf) => (leaf instanceof XmlElement ? [leaf.name, leaf.content.trim()] : [])))
}

/** What a declaration says, wherever it stands: two that say the same are the same. Null where there is none. */
export const declarationIn = (xml: string): string | null =>
  withDocument(xml, (document) =>
    document.get("//*[local-name()='infDPS']") === null ? null : leavesOf(document, "infDPS")
  ) ?? null

/** A document that the authority made. */
export interface Nfse {
  readonly accessKey: string
  readonly number: string
  readonly issuedAt: DateTime.Utc
  /** The id of the declaration that it was made of. */
  readonly reference: string
}

const instant = (text: string | null): DateTime.Utc | null =>
  text === null ? null : Option.getOrNull(Option.map(DateTime.make(text), DateTime.toUtc))

/** Reads a document; undefined where it lacks what makes it one. */
export const read = (xml: string): Nfse | undefined =>
  withDocument(xml, (document) => {
    const at = reader(document)
    const accessKey = /^NFS(\d{9}[0-9A-Z]{14}\d{27})$/.exec(at("infNFSe/@Id") ?? "")?.[1]
    const number = at("infNFSe/nNFSe")
    const issuedAt = instant(at("infNFSe/dhProc"))
    const reference = at("infNFSe/DPS/infDPS/@Id")
    if (accessKey === undefined || number === null || issuedAt === null || reference === null) return undefined
    return { accessKey, number, issuedAt, reference }
  })

/** When an event was registered; undefined where the text is none. */
export const registeredAt = (xml: string): DateTime.Utc | undefined =>
  withDocument(xml, (document) => instant(reader(document)("infEvento/dhProc")) ?? undefined)

/** Reads any document for as long as `use` runs; undefined where it is no NFS-e. */
export const withReader = <A>(xml: string, use: (at: At) => A): A | undefined =>
  read(xml) === undefined ? undefined : withDocument(xml, (document) => use(reader(document)))
