/**
 * An example for everything that an operation takes or answers: a schema without one of its own gets one that is put
 * together from the examples of its parts, such as a list of the example of its items.
 */
import { Predicate } from "effect"
import type { OpenApi } from "effect/http-api"

type Components = OpenApi.OpenAPIComponents["schemas"]

const methods = ["get", "put", "post", "patch", "delete"] as const

const prefix = "#/components/schemas/"

const nameOf = (schema: object): string | undefined =>
  Predicate.hasProperty(schema, "$ref") && Predicate.isString(schema.$ref)
    ? schema.$ref.slice(prefix.length)
    : undefined

const firstOf = (list: unknown): ReadonlyArray<unknown> => (Array.isArray(list) ? list.slice(0, 1) : [])

/** An example of a schema; none where a part of it has none. */
const examplesOf = (components: Components, schema: unknown): ReadonlyArray<unknown> => {
  if (!Predicate.isObject(schema)) return []
  const name = nameOf(schema)
  if (name !== undefined) return examplesOf(components, components[name])
  const own = [...firstOf(schema["examples"]), ...firstOf(schema["enum"])]
  if (own.length > 0) return own.slice(0, 1)
  switch (schema["type"]) {
    case "boolean":
      return [false]
    case "array":
      return [examplesOf(components, schema["items"])]
    case "object":
      return examplesOfObject(components, schema)
    default:
      return []
  }
}

/** Of what is always there only: what else an object has may depend on the case. */
const examplesOfObject = (components: Components, { properties, required }: { readonly [key: string]: unknown }) => {
  if (!Predicate.isObject(properties) || !Array.isArray(required)) return []
  const entries = required.flatMap((name: string) =>
    examplesOf(components, properties[name]).map((example) => [name, example] as const)
  )
  return entries.length === required.length ? [Object.fromEntries(entries)] : []
}

/** The names of the schemas that requests and answers are declared by, and not only parts of them. */
const declared = (paths: OpenApi.OpenAPISpecPaths): ReadonlySet<string> => {
  const names = new Set<string>()
  const add = (schema: unknown): void => {
    if (!Predicate.isObject(schema)) return
    const name = nameOf(schema)
    if (name !== undefined) names.add(name)
    for (const alternative of [schema["anyOf"], schema["oneOf"]].flat()) add(alternative)
  }
  const operations = Object.values(paths).flatMap((item) => methods.flatMap((method) => item[method] ?? []))
  for (const { requestBody, responses } of operations) {
    const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)]
    for (const content of contents) for (const media of Object.values(content ?? {})) add(media.schema)
  }
  return names
}

/** The document with an example for every declared request and answer that can have one. */
export const withExamples = (spec: { readonly [key: string]: unknown }) => {
  const { components, paths } = spec as {
    readonly components: OpenApi.OpenAPIComponents
    readonly paths: OpenApi.OpenAPISpecPaths
  }
  const names = declared(paths)
  return {
    ...spec,
    components: {
      ...components,
      schemas: Object.fromEntries(
        Object.entries(components.schemas).map(([name, schema]) => {
          const examples =
            names.has(name) && schema["examples"] === undefined ? examplesOf(components.schemas, schema) : []
          return [name, examples.length === 0 ? schema : { ...schema, examples }]
        })
      )
    }
  }
}
