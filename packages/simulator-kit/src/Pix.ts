/**
 * What PIX itself gives a charge, whoever collects it: the text behind its QR Code, and the id of its payment.
 */
import { generatePixPayload } from "@brazilian-utils/brazilian-utils/generate-pix-payload"
import type { Ids } from "./Ids.ts"

/** A random key (EVP) no bank knows: nobody can pay a simulated charge by accident. */
const merchant = {
  key: "00000000-5a1e-4505-8000-000000000001",
  merchantName: "SalesOS Simulador",
  merchantCity: "Sao Paulo"
}

/**
 * The static BR Code of a charge of `amount` cents with a `txid` of 1 to 25 letters and digits: it carries both itself.
 * Throws where a BR Code cannot hold the amount (9,999,999,999.99 at most): requests are checked before.
 */
export const brCode = (amount: number, txid: string): string => {
  const payload = generatePixPayload({ ...merchant, amount: amount / 100, txid })
  if (payload === null) throw new Error(`No BR Code holds ${amount} cents with txid "${txid}"`)
  return payload
}

/** 13 characters hold the amount of a BR Code, in cents. */
export const maxAmount = 999_999_999_999

/**
 * An end-to-end id: E (or D for a return), the bank's ISPB of 8 digits, the minute of `now` (milliseconds) in UTC and
 * 11 letters and digits.
 */
export const endToEndId = (now: number, ispb: string, ids: Ids, prefix: "E" | "D" = "E"): string =>
  `${prefix}${ispb}${new Date(now).toISOString().slice(0, 16).replaceAll(/[-:T]/g, "")}${ids.alphanumeric(11)}`
