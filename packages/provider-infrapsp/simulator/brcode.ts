/**
 * The text behind a PIX QR Code and "PIX copia e cola": a static BR Code, which carries the amount and the txid itself.
 */
import { generatePixPayload } from "@brazilian-utils/brazilian-utils/generate-pix-payload"

/** A random key (EVP) no bank knows: nobody can pay a simulated charge by accident. */
const merchant = {
  key: "00000000-5a1e-4505-8000-000000000001",
  merchantName: "SalesOS Simulador",
  merchantCity: "Sao Paulo"
}

/**
 * The BR Code of a charge of `amount` cents with a `txid` of 1 to 25 letters and digits.
 * Throws where a BR Code cannot hold the amount: requests are checked before.
 */
export const qrCode = (amount: number, txid: string): string => {
  const payload = generatePixPayload({ ...merchant, amount: amount / 100, txid })
  if (payload === null) throw new Error(`No BR Code holds ${amount} cents with txid "${txid}"`)
  return payload
}
