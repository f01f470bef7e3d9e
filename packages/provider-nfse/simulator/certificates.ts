/**
 * Certificates to try mutual TLS and signatures with: an authority, a server's certificate, and A1 certificates (PFX) that carry a
 * CNPJ or a CPF as ICP-Brasil's do (DOC-ICP-04). Nobody trusts them but who is told to.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto"
import forge from "node-forge"

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly certificate: string
  readonly key: string
}

/** An A1 certificate, as its owner has it. */
export interface A1 {
  /** The PKCS#12 file, in base64. */
  readonly pfx: string
  readonly password: string
}

export interface Holder {
  /** A CNPJ or a CPF, without punctuation. */
  readonly document: string
  readonly name: string
  readonly password: string
  /** From a day ago for a year, unless told. */
  readonly notBefore?: Date
  readonly notAfter?: Date
  /** How the file is encrypted: as today (AES), or as authorities did for long (3DES). */
  readonly encryption?: "aes256" | "3des"
}

const keys = () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" }
  })
  const key = forge.pki.privateKeyFromPem(privateKey)
  return { pem: privateKey, key, publicKey: forge.pki.setRsaPublicKey(key.n, key.e) }
}

const day = 24 * 3600 * 1000
/** As authorities write names: capitals without accents. */
const plain = (name: string): string =>
  name
    .normalize("NFD")
    .replaceAll(/[^\x20-\x7E]/g, "")
    .toUpperCase()

const subjectOf = (name: string) => [
  { name: "countryName", value: "BR" },
  { name: "organizationName", value: "ICP-Brasil" },
  { name: "commonName", value: plain(name) }
]

/**
 * A positive number in hexadecimal digits. It begins with neither a zero byte nor a sign, whatever the bytes are: DER has integers without
 * padding, OpenSSL reads no others, and Node.js then leaves out an authority without a word.
 */
export const serialNumber = (bytes: Uint8Array): string => `01${Buffer.from(bytes).toString("hex")}`

const issue = (
  keyPair: ReturnType<typeof keys>,
  subject: string,
  authority: Pair | null,
  extensions: ReadonlyArray<object>,
  {
    notAfter = new Date(Date.now() + 365 * day),
    notBefore = new Date(Date.now() - day)
  }: Pick<Holder, "notBefore" | "notAfter"> = {}
): forge.pki.Certificate => {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = keyPair.publicKey
  certificate.serialNumber = serialNumber(randomBytes(8))
  certificate.validity.notBefore = notBefore
  certificate.validity.notAfter = notAfter
  certificate.setSubject(subjectOf(subject))
  certificate.setIssuer(
    authority === null ? subjectOf(subject) : forge.pki.certificateFromPem(authority.certificate).subject.attributes
  )
  certificate.setExtensions([...extensions])
  const signer = authority === null ? keyPair.key : forge.pki.privateKeyFromPem(authority.key)
  certificate.sign(signer, forge.md.sha256.create())
  return certificate
}

/** An authority of one's own, valid for ten years. */
export const authority = (name = "SalesOS Simulador AC"): Pair => {
  const pair = keys()
  const certificate = issue(
    pair,
    name,
    null,
    [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
      { name: "subjectKeyIdentifier" }
    ],
    { notAfter: new Date(Date.now() + 3650 * day) }
  )
  return { certificate: forge.pki.certificateToPem(certificate), key: pair.pem }
}

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host)

/** A server's certificate for names and addresses. */
export const server = (by: Pair, hosts: ReadonlyArray<string> = ["localhost", "127.0.0.1"]): Pair => {
  const pair = keys()
  const certificate = issue(
    pair,
    hosts[0] ?? "localhost",
    by,
    [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: hosts.map((host) => (isAddress(host) ? { type: 7, ip: host } : { type: 2, value: host }))
      }
    ],
    { notAfter: new Date(Date.now() + 3650 * day) }
  )
  return { certificate: forge.pki.certificateToPem(certificate), key: pair.pem }
}

const { Class, Type, create, oidToDer } = forge.asn1

/** `otherName [0] { identifier, [0] text }` of a subject's alternative name. */
const otherName = (identifier: string, text: string) =>
  create(Class.CONTEXT_SPECIFIC, 0, true, [
    create(Class.UNIVERSAL, Type.OID, false, oidToDer(identifier).getBytes()),
    create(Class.CONTEXT_SPECIFIC, 0, true, [create(Class.UNIVERSAL, Type.OCTETSTRING, false, text)])
  ])

/** A person's data: birth date (8), CPF (11), NIS (11), RG (15), and the RG's issuer (6). */
const person = (cpf: string): string => `01011980${cpf}${"0".repeat(26)}SSPSP `

const holderNames = (document: string) =>
  document.length === 14
    ? [otherName("2.16.76.1.3.4", person("52998224725")), otherName("2.16.76.1.3.3", document)]
    : [otherName("2.16.76.1.3.1", person(document))]

/** An A1 certificate by an authority. */
export const a1 = (by: Pair, holder: Holder): A1 => {
  const pair = keys()
  const names = create(Class.UNIVERSAL, Type.SEQUENCE, true, holderNames(holder.document))
  const certificate = issue(
    pair,
    `${holder.name}:${holder.document}`,
    by,
    [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, nonRepudiation: true, keyEncipherment: true },
      { name: "extKeyUsage", clientAuth: true, emailProtection: true },
      { id: "2.5.29.17", critical: false, value: names }
    ],
    holder
  )
  const file = forge.pkcs12.toPkcs12Asn1(
    pair.key,
    [certificate, forge.pki.certificateFromPem(by.certificate)],
    holder.password,
    { algorithm: holder.encryption ?? "aes256" }
  )
  return { pfx: forge.util.encode64(forge.asn1.toDer(file).getBytes()), password: holder.password }
}

/** What is in an A1 certificate's file: its own certificate, without the authority's, and the key. */
export const opened = ({ password, pfx }: A1): Pair => {
  const file = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(forge.util.decode64(pfx)), password)
  const bags = file.safeContents.flatMap(({ safeBags }) => safeBags)
  const key = bags.find((bag) => bag.key)?.key
  const certificate = bags.find((bag) => bag.cert)?.cert
  if (!key || !certificate) throw new Error("Expected a certificate with its key")
  return { certificate: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(key) }
}
