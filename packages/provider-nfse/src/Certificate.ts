/**
 * The taxpayer's A1 certificate: a PKCS#12 file (PFX) of ICP-Brasil with a certificate and its RSA key. It signs what is sent and
 * opens the connection that it is sent over.
 *
 * Read without OpenSSL, whose third version refuses the RC2 and 3DES that many authorities still encrypt the file with.
 */
import { DateTime, Result, Schema } from "effect"
import forge from "node-forge"

/** Why a file is no certificate that can be used. The message holds nothing of the file or its password. */
export class Unusable extends Schema.TaggedError<Unusable>()("Unusable", {
  code: Schema.Literals(["invalid_certificate", "wrong_password", "unsupported_key"]),
  message: Schema.String
}) {}

export interface Certificate {
  /** The private key, PKCS#8 PEM. */
  readonly key: string
  /** The certificate, and after it those of the authorities that the file holds, in PEM. */
  readonly chain: readonly [string, ...ReadonlyArray<string>]
  /** The CNPJ or CPF that it was given to (ICP-Brasil, DOC-ICP-04); null where it says none. */
  readonly document: string | null
  readonly notBefore: DateTime.Utc
  readonly notAfter: DateTime.Utc
}

const refuse = (code: Unusable["code"], message: string) => new Unusable({ code, message })

const subjectAlternativeName = "2.5.29.17"
/** Among the other names of the subject: its CNPJ, and of a person birth date (8), CPF (11) and more. */
const companyName = "2.16.76.1.3.3"
const personName = "2.16.76.1.3.1"

/** The subject's other names by their identifiers. */
const otherNames = (certificate: forge.pki.Certificate): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const { id, value } of certificate.extensions) {
    if (id !== subjectAlternativeName || typeof value !== "string") continue
    const general = forge.asn1.fromDer(value).value
    for (const name of Array.isArray(general) ? general : []) {
      if (name.tagClass !== forge.asn1.Class.CONTEXT_SPECIFIC || Number(name.type) !== 0) continue
      const [identifier, explicit] = Array.isArray(name.value) ? name.value : []
      const inner = Array.isArray(explicit?.value) ? explicit.value[0]?.value : undefined
      if (typeof identifier?.value === "string" && typeof inner === "string") {
        names.set(forge.asn1.derToOid(identifier.value), inner)
      }
    }
  }
  return names
}

const documentOf = (certificate: forge.pki.Certificate): string | null => {
  const names = otherNames(certificate)
  const company = names.get(companyName)
  if (company !== undefined && /^[0-9A-Z]{12}\d{2}$/.test(company)) return company
  const person = names.get(personName)?.slice(8, 19)
  if (person !== undefined && /^\d{11}$/.test(person)) return person
  // Older ones say it only at the end of the common name: `EMPRESA LTDA:12345678000195`.
  const common: unknown = certificate.subject.getField("CN")?.value
  return (typeof common === "string" ? /:([0-9A-Z]{12}\d{2}|\d{11})$/.exec(common)?.[1] : undefined) ?? null
}

const pem = (type: string, body: string): string => forge.pem.encode({ type, body })
const der = (node: forge.asn1.Asn1): string => forge.asn1.toDer(node).getBytes()

const open = (pfx: string, password: string): forge.pkcs12.Pkcs12Pfx => {
  const node = forge.asn1.fromDer(forge.util.decode64(pfx))
  return forge.pkcs12.pkcs12FromAsn1(node, password)
}

const readNow = (pfx: string, password: string): Result.Result<Certificate, Unusable> => {
  const opened = Result.try({
    try: () => open(pfx, password),
    catch: (cause) =>
      cause instanceof Error && /password|MAC could not be verified/i.test(cause.message)
        ? refuse("wrong_password", "The password does not open the certificate file")
        : refuse("invalid_certificate", "Expected a PKCS#12 file (.pfx or .p12) in base64")
  })
  return Result.flatMap(opened, (file) =>
    Result.flatMap(
      Result.try({
        try: (): Certificate | null => {
          const bags = file.safeContents.flatMap(({ safeBags }) => safeBags)
          const key = bags.find(({ key: held }) => held != null)?.key
          if (key == null || !("n" in key)) return null
          const own = bags.find(({ cert }) => cert != null && "n" in cert.publicKey && cert.publicKey.n.equals(key.n))
          if (own?.cert == null) return null
          const others = bags.flatMap((bag) => (bag !== own && bag.cert != null ? [bag.cert] : []))
          const encoded = (certificate: forge.pki.Certificate) =>
            pem("CERTIFICATE", der(forge.pki.certificateToAsn1(certificate)))
          return {
            key: pem("PRIVATE KEY", der(forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)))),
            chain: [encoded(own.cert), ...others.map(encoded)],
            document: documentOf(own.cert),
            notBefore: DateTime.fromDateUnsafe(own.cert.validity.notBefore),
            notAfter: DateTime.fromDateUnsafe(own.cert.validity.notAfter)
          }
        },
        catch: () => refuse("invalid_certificate", "The certificate in the file cannot be read")
      }),
      (read) =>
        read === null
          ? Result.fail(
              refuse("unsupported_key", "Expected a file with an RSA key and the certificate that belongs to it")
            )
          : Result.succeed(read)
    )
  )
}

/** What was read before, the newest last: opening a file takes thousands of rounds of a hash, by design. */
const known = new Map<string, Result.Result<Certificate, Unusable>>()
const mostKnown = 64

/** Reads a PFX, given in base64, with its password. Whose it is, and whether it is valid yet or still, is told and not judged. */
export const read = (pfx: string, password: string): Result.Result<Certificate, Unusable> => {
  const id = forge.md.sha256
    .create()
    .update(JSON.stringify([pfx, password]), "utf8")
    .digest()
    .toHex()
  const before = known.get(id)
  if (before !== undefined) return before
  const result = readNow(pfx, password)
  known.set(id, result)
  for (const oldest of known.keys()) {
    if (known.size <= mostKnown) break
    known.delete(oldest)
  }
  return result
}

/** Whether a certificate speaks for a taxpayer: of a company, any establishment's does (rule E0812 compares the base of a CNPJ). */
export const speaksFor = (certificate: Certificate, taxpayer: string): boolean => {
  const { document } = certificate
  if (document === null || document.length !== taxpayer.length) return false
  return taxpayer.length === 14 ? document.slice(0, 8) === taxpayer.slice(0, 8) : document === taxpayer
}
