/**
 * The official schemas, compiled once, and the reader that they belong to. What is sent is validated first: a mistake of ours never
 * costs a round trip, and is told with its place.
 */
import { fileURLToPath } from "node:url"
import { readFileSync } from "node:fs"
import { ParseOption, XmlDocument, XmlLibError, XmlValidateError, XsdValidator } from "libxml2-wasm"
import { xmlRegisterFsInputProviders } from "libxml2-wasm/lib/nodejs.mjs"

/** What has a schema of its own. */
export type Kind = "DPS" | "pedRegEvento" | "NFSe" | "evento"

const validators = new Map<Kind, XsdValidator>()

const validatorOf = (kind: Kind): XsdValidator => {
  const before = validators.get(kind)
  if (before !== undefined) return before
  xmlRegisterFsInputProviders() // the schemas include one another
  const path = fileURLToPath(new URL(`../schemas/${kind}_v1.01.xsd`, import.meta.url))
  const schema = XmlDocument.fromBuffer(readFileSync(path), { url: path })
  const validator = XsdValidator.fromDoc(schema)
  validators.set(kind, validator)
  return validator
}

// What comes from elsewhere loads nothing from elsewhere.
const reading = { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE }

/** Reads a document and gives what is made of it, or undefined where it is no XML. The document lives as long as `use` runs. */
export const withDocument = <A>(xml: string, use: (document: XmlDocument) => A): A | undefined => {
  let document: XmlDocument
  try {
    document = XmlDocument.fromString(xml, reading)
  } catch (cause) {
    if (cause instanceof XmlLibError) return undefined
    throw cause
  }
  try {
    return use(document)
  } finally {
    document.dispose()
  }
}

/** What the schema has against a document, line by line with its place; nothing where it is valid. */
export const problems = (kind: Kind, xml: string): ReadonlyArray<string> =>
  withDocument(xml, (document) => {
    try {
      validatorOf(kind).validate(document)
      return []
    } catch (cause) {
      if (!(cause instanceof XmlValidateError)) throw cause
      return cause.details.map(({ message, xpath }) => `${xpath ?? ""}: ${message.trim()}`)
    }
  }) ?? ["Not a well-formed document"]
