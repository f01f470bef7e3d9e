/** Values that a schema allows, and values that hardly any does. */
import * as fc from "fast-check"
import type { Document, Json, JsonSchema } from "./Document.ts"

/** A schema with its references and parts put together; of alternatives one is taken. */
const whole = ({ schemas }: Document, schema: JsonSchema): JsonSchema => {
  if (schema.$ref !== undefined) {
    const { $ref, ...more } = schema
    return { ...whole({ schemas, operations: [] }, schemas[$ref.replace("#/components/schemas/", "")] ?? {}), ...more }
  }
  return (schema.allOf ?? []).reduce<JsonSchema>((sofar, part) => ({ ...sofar, ...part }), schema)
}

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`))

const text = ({ format, maxLength = 40, minLength = 0, pattern }: JsonSchema): fc.Arbitrary<Json> => {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, "u"))
  switch (format) {
    case "date":
      return fc
        .date({ noInvalidDate: true, min: new Date("2026-01-01"), max: new Date("2099-01-01") })
        .map((date) => date.toISOString().slice(0, 10))
    case "date-time":
      return fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date("2099-01-01") })
        .map((date) => date.toISOString())
    case "email":
      return fc.emailAddress()
    case "uri":
      return fc.webUrl()
    default:
      return fc.oneof(
        fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) }),
        digits(Math.max(minLength, Math.min(maxLength, 11)))
      )
  }
}

/** Values that a schema allows, its own examples among them. */
export const allowed = (document: Document, given: JsonSchema): fc.Arbitrary<Json> => {
  const schema = whole(document, given)
  const shown = schema.examples ?? []
  const made = build(document, schema)
  return shown.length === 0
    ? made
    : fc.oneof({ arbitrary: fc.constantFrom(...shown), weight: 3 }, { arbitrary: made, weight: 1 })
}

const build = (document: Document, schema: JsonSchema): fc.Arbitrary<Json> => {
  const alternatives = schema.anyOf ?? schema.oneOf
  if (alternatives !== undefined) return fc.oneof(...alternatives.map((each) => allowed(document, each)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const { maximum = Number.MAX_SAFE_INTEGER, minimum = Number.MIN_SAFE_INTEGER, type } = schema
  switch (typeof type === "string" ? type : type?.[0]) {
    case "string":
      return text(schema)
    case "integer":
      // Small ones too: what is within the bounds of a type is seldom within those of a provider.
      return fc.oneof(
        fc.integer({ min: minimum, max: Math.min(maximum, minimum + 100_000) }),
        fc.integer({ min: minimum, max: maximum })
      )
    case "number":
      return fc.double({ min: minimum, max: maximum, noNaN: true })
    case "boolean":
      return fc.boolean()
    case "array":
      return fc.array(allowed(document, schema.items ?? {}), { maxLength: 3 })
    case "object": {
      const { properties = {}, required = [] } = schema
      if (Object.keys(properties).length === 0)
        return fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), fc.string({ maxLength: 20 }), { maxKeys: 3 })
      const fields = Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, allowed(document, each)])
      )
      return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true })
    }
    case "null":
      return fc.constant(null)
    default:
      return fc.jsonValue() as fc.Arbitrary<Json> // what it makes is JSON
  }
}

const nested = (depth: number): Json => {
  let value: Json = "deep"
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

/** Values that few schemas allow, and that have broken programs before. */
export const odd: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    2 ** 53,
    -(2 ** 63),
    1e308,
    5e-324,
    "",
    " ",
    "0",
    "null",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udfff\ud800",
    "\u202e",
    "\ufeff",
    "😀".repeat(100),
    "x".repeat(5000),
    "2026-02-30",
    "9999-99-99",
    "0000-00-00",
    "+275760-09-14T00:00:00Z",
    "javascript:alert(1)",
    "http://",
    "http://[::1",
    "http://169.254.169.254/",
    "inv_00000000000000000000000000",
    "' or 1=1 --",
    "{{7*7}}",
    "../../etc/passwd",
    [],
    {},
    [[]],
    [null],
    { a: { b: {} } }
  ),
  fc.nat({ max: 200 }).map(nested),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.jsonValue() as fc.Arbitrary<Json>
)

/** Names that objects have by themselves, and others that a schema does not know. */
export const oddNames = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "then",
    "",
    "a.b",
    "a[b]",
    "\u0000",
    "\ud800",
    "$ref",
    "_tag"
  ),
  fc.string({ maxLength: 12 })
)

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** An object with one more property, whatever it is called. */
const having = (value: { readonly [key: string]: Json }, name: string, added: Json): Json => {
  const entries = Object.entries(value).filter(([each]) => each !== name)
  const copy: Record<string, Json> = Object.fromEntries(entries)
  Object.defineProperty(copy, name, { value: added, enumerable: true, configurable: true, writable: true })
  return copy
}

/** A value with one thing in it wrong, somewhere: replaced, left out or added. */
export const broken = (value: Json): fc.Arbitrary<Json> => {
  if (Array.isArray(value)) {
    const list: ReadonlyArray<Json> = value
    const parts = list.map((each, index) => broken(each).map((other) => list.with(index, other)))
    return fc.oneof(
      odd,
      odd.map((other) => [...list, other]),
      fc.constant(Array.from({ length: 1000 }, () => list[0] ?? null)),
      ...parts
    )
  }
  if (!isObject(value)) return odd
  const names = Object.keys(value)
  const without = (name: string): Json => Object.fromEntries(Object.entries(value).filter(([each]) => each !== name))
  return fc.oneof(
    odd,
    fc.tuple(oddNames, odd).map(([name, other]) => having(value, name, other)),
    ...names.map((name) => fc.constant(without(name))),
    // More often deep inside: what is at the top is soon found out.
    ...names.map((name) => ({
      arbitrary: broken(value[name] ?? null).map((other) => having(value, name, other)),
      weight: 3
    }))
  )
}
