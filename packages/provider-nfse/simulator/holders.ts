/** Whose a certificate is, and whether an authority answers for it, as Sefin Nacional looks at those that it is shown. */
import { X509Certificate } from "node:crypto"
import forge from "node-forge"

/** A certificate as far as it is looked at. */
export interface Shown {
  /** CNPJ or CPF; null where it has none in its extensions. */
  readonly document: string | null
  /** Its holder's name, without the document behind it. */
  readonly name: string
  readonly validFrom: number
  readonly validTo: number
  readonly signedBy: (authority: string) => boolean
}

/** The octets of an `otherName` of the subject, found by the encoded identifier before them. */
const otherName = (raw: Buffer, identifier: string): string | undefined => {
  const oid = Buffer.from(forge.asn1.oidToDer(identifier).getBytes(), "latin1")
  const at = raw.indexOf(Buffer.concat([Buffer.from([0x06, oid.length]), oid]))
  if (at === -1) return undefined
  // [0] length, a string's tag, its length, and the string: all shorter than 128
  const start = at + 2 + oid.length
  return raw.subarray(start + 4, start + 4 + (raw[start + 3] ?? 0)).toString("latin1")
}

/** Looks at a certificate, DER or PEM; undefined where it is none. */
export const look = (encoded: Buffer | string): Shown | undefined => {
  try {
    const certificate = new X509Certificate(encoded)
    const company = otherName(certificate.raw, "2.16.76.1.3.3")
    const person = otherName(certificate.raw, "2.16.76.1.3.1")?.slice(8, 19)
    return {
      document: company ?? person ?? null,
      name: /CN=(.*?)(:[0-9A-Z]+)?$/m.exec(certificate.subject)?.[1] ?? "",
      validFrom: Date.parse(certificate.validFrom),
      validTo: Date.parse(certificate.validTo),
      signedBy: (authority) => certificate.verify(new X509Certificate(authority).publicKey)
    }
  } catch {
    return undefined
  }
}

/** Whether two documents are of the same taxpayer: of a CNPJ, the first eight characters count. */
export const isSame = (one: string | null, other: string | null): boolean => {
  if (one === null || other === null || one.length !== other.length) return false
  return one.length === 14 ? one.slice(0, 8) === other.slice(0, 8) : one === other
}
