/**
 * JSON in one canonical form, so that two bodies with the same meaning compare equal.
 */
import { Predicate } from "effect"

/** JSON text with keys in code-unit order and no white space. Order of keys and spacing of the input don't matter. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    Predicate.isObject(inner) && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner
  )
