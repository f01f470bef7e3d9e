/** XML as Sefin Nacional takes and gives it: compressed, validated by the official schemas, signed. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync, gzipSync } from "node:zlib"
import { DOMParser, XMLSerializer } from "@xmldom/xmldom"
import { XmlDocument, XmlValidateError, XsdValidator } from "libxml2-wasm"
import { xmlRegisterFsInputProviders } from "libxml2-wasm/lib/nodejs.mjs"
import { SignedXml } from "xml-crypto"
import { setNodeDependencies } from "xml-core"
import * as XmlDSig from "xmldsigjs"
import xpath from "xpath"
import type { Pair } from "./certificates.ts"

export const pack = (xml: string): string => gzipSync(xml).toString("base64")

/** A text as it was sent, or the code that says why it is none: base64 (E1225), gzip (E1226), UTF-8 (E1229). */
export const unpack = (packed: string): { readonly xml: string } | { readonly code: string } => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed) || packed.length % 4 !== 0) return { code: "E1225" }
  let bytes: Buffer
  try {
    bytes = gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: 5_000_000 })
  } catch {
    return { code: "E1226" }
  }
  const xml = bytes.toString("utf8")
  const declared = /^\s*<\?xml[^>]*encoding=["']([^"']+)["']/.exec(xml)?.[1] ?? "UTF-8"
  if (!Buffer.from(xml, "utf8").equals(bytes) || declared.toUpperCase() !== "UTF-8") return { code: "E1229" }
  return { xml }
}

const validators = new Map<string, XsdValidator>()

const validatorOf = (kind: string): XsdValidator => {
  xmlRegisterFsInputProviders()
  const path = fileURLToPath(new URL(`../schemas/${kind}_v1.01.xsd`, import.meta.url))
  const validator =
    validators.get(kind) ?? XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(path), { url: path }))
  validators.set(kind, validator)
  return validator
}

/** The code of what the form of a document breaks, and where: prefixes (E1228), the schema (E1235), no XML at all (E1226). */
export const formOf = (kind: string, xml: string): { readonly code: string; readonly where?: string } | undefined => {
  let document: XmlDocument
  try {
    document = XmlDocument.fromString(xml)
  } catch {
    return { code: "E1226" }
  }
  try {
    if (document.get("//*[name() != local-name()]") !== null) return { code: "E1228" }
    validatorOf(kind).validate(document)
    return undefined
  } catch (cause) {
    if (!(cause instanceof XmlValidateError)) throw cause
    return { code: "E1235", where: cause.details[0]?.message.trim() ?? "" }
  } finally {
    document.dispose()
  }
}

/** What a document says at a path of names; null where it says nothing there. */
export type Said = (path: string) => string | null

/** Reads a document that has been validated. */
export const saying = <A>(xml: string, use: (said: Said) => A): A => {
  const document = XmlDocument.fromString(xml)
  try {
    return use((path) => {
      const steps = path.split("/").map((step) => (step.startsWith("@") ? step : `*[local-name()='${step}']`))
      return document.get(`//${steps.join("/")}`)?.content ?? null
    })
  } finally {
    document.dispose()
  }
}

// Signatures: verified by one library and made by another, neither of which knows the driver.

setNodeDependencies({ DOMParser, XMLSerializer, xpath })
XmlDSig.Application.setEngine("NodeJS", globalThis.crypto)

const dsig = "http://www.w3.org/2000/09/xmldsig#"

/** What is to be said of a signature: the certificate that it shows, and whether it is one over the right element. */
export interface Signed {
  /** PEM. */
  readonly certificate: string
  readonly valid: boolean
}

/** Looks at the signature beside the element of that name; undefined where there is none. */
export const signatureOf = async (xml: string, name: string): Promise<Signed | undefined> => {
  const document = new DOMParser().parseFromString(xml, "text/xml")
  const [signature] = document.getElementsByTagNameNS(dsig, "Signature")
  const [signed] = document.getElementsByTagNameNS("*", name)
  const [shown] = document.getElementsByTagNameNS(dsig, "X509Certificate")
  if (signature === undefined || signed === undefined) return undefined
  const certificate = `-----BEGIN CERTIFICATE-----\n${shown?.textContent?.replaceAll(/\s/g, "") ?? ""}\n-----END CERTIFICATE-----`
  const references = signature.getElementsByTagNameNS(dsig, "Reference")
  // Over this element and nothing else, and standing beside it: a signature over something else says nothing.
  const over = references.length === 1 && references[0]?.getAttribute("URI") === `#${signed.getAttribute("Id")}`
  if (!over || signature.parentNode !== signed.parentNode) return { certificate, valid: false }
  try {
    const verifier = new XmlDSig.SignedXml(XmlDSig.Parse(xml))
    verifier.LoadXml(String(new XMLSerializer().serializeToString(signature)))
    return { certificate, valid: await verifier.Verify() }
  } catch {
    return { certificate, valid: false }
  }
}

/** Signs the element of that name as the authority does. */
export const sign = (xml: string, name: string, { certificate, key }: Pair): string => {
  const path = `/*/*[local-name(.)='${name}']`
  const signed = new SignedXml({
    privateKey: key,
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    canonicalizationAlgorithm: "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    getKeyInfoContent: () =>
      `<X509Data><X509Certificate>${certificate.replaceAll(/-----[^-]+-----|\s/g, "")}</X509Certificate></X509Data>`
  })
  signed.addReference({
    xpath: path,
    transforms: [`${dsig}enveloped-signature`, "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"],
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256"
  })
  signed.computeSignature(xml, { location: { reference: path, action: "after" } })
  return signed.getSignedXml()
}
