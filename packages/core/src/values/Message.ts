/** Text on its way to people: cut to fit, or cleaned of what is none of their business. */

/** The longest beginning of `text` within `max` UTF-16 units that ends between two characters (code points). */
const beginning = (text: string, max: number): string => {
  const cut = text.slice(0, max)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

/**
 * `text` itself where it fits into `max`, and its beginning with an ellipsis where it does not. Counted in UTF-16 units,
 * as receivers written in JavaScript do, so that it also fits where code points are counted.
 */
export const shortened = (text: string, max: number): string =>
  text.length <= max ? text : `${beginning(text, max - 1).trimEnd()}…`

const longest = 200

/** Where a stack trace begins: ` at Some.name (/srv/app.js:1:2)`, ` at com.bank.Pix(Pix.java:7)`, or Python's heading. */
const stack = / at (?:[^ ]{1,200} ){0,3}\(?[^ ]{0,200}[./][^ ]{0,200}:\d|Traceback \(most recent call last\)/

/** A CPF or CNPJ, masked or not: a provider may quote what it refuses, and a payer's is nobody else's business. */
const taxId = /(?<!\w)(?:\d{3}\.?\d{3}\.?\d{3}-?\d{2}|[\dA-Z]{2}\.?[\dA-Z]{3}\.?[\dA-Z]{3}\/?\d{4}-?\d{2})(?!\w)/g

/** `text` with `***` for each of `secrets`. */
export const masked = (text: string, secrets: ReadonlyArray<string>): string =>
  secrets.reduce((clean, secret) => (secret === "" ? clean : clean.replaceAll(secret, "***")), text)

/**
 * A foreign server's message made fit for clients: one line of at most 200 characters without markup, stack trace,
 * control characters, tax ids or any of `secrets`. May be empty.
 */
export const sanitized = (text: string, secrets: ReadonlyArray<string> = []): string => {
  const clean = masked(text, secrets)
    .slice(0, 5_000) // no message is that long: what follows is not worth looking at
    .toWellFormed()
    .replaceAll(/<(script|style|head)\b[^]*?<\/\1\s*>/gi, " ")
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/[<>\uFFFD]/g, " ")
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .replaceAll(taxId, "***")
  const frames = clean.search(stack)
  return shortened((frames === -1 ? clean : clean.slice(0, frames)).trim(), longest)
}
