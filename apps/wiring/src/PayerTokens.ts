/**
 * The tokens of payers' pages: an invoice's id, enciphered. A ULID has 128 bits, one block of AES, so a token is 22
 * characters, leads back to its invoice without a table, and tells whoever has it nothing but where the page is. A token
 * that somebody makes up leads to some id out of 2¹²⁸, and so to no invoice.
 */
import { Ids, type Settings } from "@salesos/core"
import { Schema } from "effect"
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto"

const prefix = "inv_"
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
const ulidLength = 26
const blockBytes = 16

const bytesOf = (invoice: Ids.InvoiceId): Buffer => {
  const bits = [...invoice.slice(prefix.length)].reduce(
    (sofar, digit) => sofar * 32n + BigInt(alphabet.indexOf(digit)),
    0n
  )
  return Buffer.from(bits.toString(16).padStart(blockBytes * 2, "0"), "hex")
}

const idOf = (block: Buffer): Ids.InvoiceId => {
  let rest = BigInt(`0x${block.toString("hex")}`)
  let text = ""
  for (let at = 0; at < ulidLength; at++, rest /= 32n) text = alphabet.charAt(Number(rest % 32n)) + text
  return Ids.InvoiceId.make(`${prefix}${text}`)
}

/** A key for this alone, so that no token is of any use against what else the encryption key protects. */
const derived = (key: string): Buffer =>
  Buffer.from(hkdfSync("sha256", Buffer.from(key.trim(), "base64"), "", "salesos payer tokens", 32))

const isToken = Schema.is(Schema.String.check(Schema.isPattern(/^[\w-]{22}$/)))

/**
 * `keys`: base64 of 32 bytes each, separated by commas. The first makes tokens, all read them: a link lives as long as the
 * key that was first when it was made.
 */
export const make = (keys: string): Settings.PayerTokens => {
  const all = keys.split(",").map(derived)
  const [current = derived("")] = all
  return {
    of: (invoice) => {
      const cipher = createCipheriv("aes-256-ecb", current, null).setAutoPadding(false)
      return Buffer.concat([cipher.update(bytesOf(invoice)), cipher.final()]).toString("base64url")
    },
    read: (token) => {
      const block = Buffer.from(isToken(token) ? token : "", "base64url")
      // 22 characters hold four bits more than a block: those of a token are zeros.
      if (block.length !== blockBytes || block.toString("base64url") !== token) return []
      return all.map((key) => {
        const decipher = createDecipheriv("aes-256-ecb", key, null).setAutoPadding(false)
        return idOf(Buffer.concat([decipher.update(block), decipher.final()]))
      })
    }
  }
}
