/**
 * The signature of a declaration or an event: XMLDSig, enveloped, over the element with the `Id`, beside which it stands (manual of the
 * national system, and Anexo I, E0714 to E0718). C14N 1.0, without prefixes (E1228).
 */
import { SignedXml } from "xml-crypto"
import type { Certificate } from "./Certificate.ts"

export type Algorithm = "rsa-sha256" | "rsa-sha1"

const c14n = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
const enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

const algorithms = {
  "rsa-sha256": {
    signature: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    digest: "http://www.w3.org/2001/04/xmlenc#sha256"
  },
  "rsa-sha1": {
    signature: "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
    digest: "http://www.w3.org/2000/09/xmldsig#sha1"
  }
} as const satisfies Record<Algorithm, object>

const base64 = (pem: string): string => pem.replaceAll(/-----[^-]+-----|\s/g, "")

/** Signs the element of that name (`infDPS`, `infPedReg`) with the taxpayer's key. */
export const sign = (xml: string, name: string, certificate: Certificate, algorithm: Algorithm): string => {
  const { digest, signature } = algorithms[algorithm]
  const xpath = `//*[local-name(.)='${name}']`
  const signed = new SignedXml({
    privateKey: certificate.key,
    signatureAlgorithm: signature,
    canonicalizationAlgorithm: c14n,
    getKeyInfoContent: () => `<X509Data><X509Certificate>${base64(certificate.chain[0])}</X509Certificate></X509Data>`
  })
  signed.addReference({ xpath, transforms: [enveloped, c14n], digestAlgorithm: digest })
  signed.computeSignature(xml, { location: { reference: xpath, action: "after" } })
  return signed.getSignedXml()
}
