/** Changing what an answer tells: JSON in, JSON out. */
import { Predicate } from "effect"

/** Makes an answer's body tell a value. */
export type Tell<A> = (body: unknown, value: A) => unknown

/** Every field of a name, at any depth. `write` gives the provider's form of the value; the value itself unless given. */
export const key =
  <A>(name: string, write: (value: A) => unknown = (value) => value): Tell<A> =>
  (body, value) =>
    everywhere(body, name, () => write(value))

/** The field at a path, and in each element of a list on the way. `at("data", "transaction", "id")`. */
export const at =
  (...path: readonly [string, ...ReadonlyArray<string>]) =>
  <A>(body: unknown, value: A): unknown =>
    along(body, path, value)

const everywhere = (body: unknown, name: string, write: () => unknown): unknown => {
  if (Array.isArray(body)) return body.map((each) => everywhere(each, name, write))
  if (!Predicate.isObject(body)) return body
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => [field, field === name ? write() : everywhere(value, name, write)])
  )
}

const along = (body: unknown, [first, ...rest]: ReadonlyArray<string>, value: unknown): unknown => {
  if (first === undefined) return value
  if (Array.isArray(body)) return body.map((each) => along(each, [first, ...rest], value))
  if (!Predicate.isObject(body) || !(first in body)) return body
  return Object.fromEntries(
    Object.entries(body).map(([field, each]) => [field, field === first ? along(each, rest, value) : each])
  )
}
