/**
 * JSON as a gateway needs it: in one canonical form, read and written without touching the digits of its numbers, and
 * cleaned of what must not be kept.
 */
import { Predicate } from "effect"
import { masked } from "./Message.ts"

/** JSON text with keys in code-unit order and no white space. Order of keys and spacing of the input don't matter. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    Predicate.isObject(inner) && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner
  )

declare global {
  interface JSON {
    /** What `stringify` writes as it is (ECMAScript's "JSON.parse source text access"). */
    rawJSON(text: string): object
  }
}

/**
 * Reads JSON with each number as the digits that it was written with: `{"amount":300.10}` gives `{ amount: "300.10" }`. A
 * decimal amount then never becomes a floating point number. Undefined for what is no JSON.
 */
export const parseExact = (text: string): unknown => {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" ? (context?.source ?? String(value)) : value
    )
  } catch {
    return undefined
  }
}

/** What `JSON.stringify` writes as a number of these very digits: `"300.10"` is written 300.10. Takes `Money.toDecimal`'s. */
export const exactNumber = (digits: string): object => JSON.rawJSON(digits)

/** Addresses of ours that carry an account's token, and what a card payment or a careless server may show. */
const secret =
  /notify_?url|notification_?url|callback|postback|card|cvv|cvc|token|secret|password|authorization|api_?key|fingerprint/i

/**
 * JSON without secrets and card data, not deeper than any answer is, and without what PostgreSQL refuses to store. What is
 * known to be secret, `secrets`, is masked wherever it is quoted.
 */
export const withoutSecrets = (value: unknown, secrets: ReadonlyArray<string> = [], depth = 0): unknown => {
  if (typeof value === "string") return masked(value, secrets).replaceAll("\u0000", "").toWellFormed()
  if (!Predicate.isObjectOrArray(value)) return value
  if (depth > 20) return null
  const inner = (each: unknown) => withoutSecrets(each, secrets, depth + 1)
  return Array.isArray(value)
    ? value.map(inner)
    : Object.fromEntries(
        Object.entries(value).flatMap(([key, each]) => (secret.test(key) ? [] : [[inner(key), inner(each)]]))
      )
}
