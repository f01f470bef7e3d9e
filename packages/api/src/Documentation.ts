/**
 * What the OpenAPI document says beyond what a definition can: facts about headers that the server adds around every
 * endpoint, and types that query parameters, being text, do not have.
 */
import { Predicate } from "effect"
import type { OpenApi } from "effect/http-api"
import { defaultLimit } from "./Query.ts"

const header = (type: "string" | "integer", description: string, required: boolean): OpenApi.OpenAPISpecHeader => ({
  description,
  required,
  schema: { type }
})

const requestId = { "Request-Id": header("string", "The id of the request, to be named to support", true) }

const rateLimit = {
  "RateLimit-Limit": header("integer", "How many requests the API key has each hour", false),
  "RateLimit-Remaining": header("integer", "How many are left of them", false),
  "RateLimit-Reset": header("integer", "In how many seconds the hour is over", false)
}

const retryAfter = { "Retry-After": header("integer", "After how many seconds to repeat the request", false) }

const statusesToRetryAfter: ReadonlyArray<string> = ["409", "429", "503"]

const canonical = (name: string): string =>
  name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("-")

const parameter = (declared: OpenApi.OpenAPISpecParameter): OpenApi.OpenAPISpecParameter => {
  const { anyOf, description, ...more }: { readonly anyOf?: unknown; readonly description?: string } = declared.schema
  // An optional parameter of one value comes as a choice of one.
  const [only, ...others]: ReadonlyArray<unknown> = Array.isArray(anyOf) ? anyOf : []
  const schema = {
    ...more,
    ...(anyOf === undefined ? {} : Predicate.isObject(only) && others.length === 0 ? only : { anyOf })
  }
  return {
    ...declared,
    ...(description === undefined ? {} : { description }),
    schema:
      declared.in === "query" && declared.name === "limit"
        ? { type: "integer", minimum: 1, maximum: 100, default: defaultLimit }
        : schema,
    // Declared optional only so that a missing key is answered 400, as a header that can't be read.
    ...(declared.name === "idempotency-key" ? { name: "Idempotency-Key", required: true } : {})
  }
}

const operation = (declared: OpenApi.OpenAPISpecOperation): OpenApi.OpenAPISpecOperation => ({
  ...declared,
  parameters: declared.parameters.map(parameter),
  responses: Object.fromEntries(
    Object.entries(declared.responses).map(([status, response]) => [
      status,
      {
        ...response,
        headers: {
          ...requestId,
          ...(declared.security.length > 0 && status !== "401" ? rateLimit : {}),
          ...(statusesToRetryAfter.includes(status) ? retryAfter : {}),
          ...Object.fromEntries(Object.entries(response.headers ?? {}).map(([name, each]) => [canonical(name), each]))
        }
      }
    ])
  )
})

/** The names of the component schemas that a part of the document refers to, directly or not. */
const reachable = (part: unknown, components: OpenApi.OpenAPIComponents["schemas"], seen: Set<string>): Set<string> => {
  if (Array.isArray(part)) part.forEach((each) => reachable(each, components, seen))
  else if (Predicate.isObject(part)) {
    for (const [key, value] of Object.entries(part)) {
      const name = key === "$ref" && typeof value === "string" ? value.slice("#/components/schemas/".length) : undefined
      if (name === undefined) reachable(value, components, seen)
      else if (!seen.has(name)) reachable(components[name], components, seen.add(name))
    }
  }
  return seen
}

const methods = ["get", "post", "put", "patch", "delete"] as const

const operations = (item: OpenApi.OpenAPISpecPathItem) =>
  Object.fromEntries(
    methods.flatMap((method) => {
      const declared = item[method]
      return declared === undefined ? [] : [[method, operation(declared)]]
    })
  )

const isNull = (schema: unknown): boolean =>
  Predicate.isObject(schema) && Object.keys(schema).length === 1 && "type" in schema && schema.type === "null"

/**
 * What may be null, as a list of types where it is one other type: so OpenAPI 3.1 has it, and so generators of clients read it;
 * many know no choice with null.
 */
const withNullableTypes = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withNullableTypes)
  if (!Predicate.isObject(part)) return part
  const { anyOf, ...rest } = part as Readonly<Record<string, unknown>>
  const [only, ...others]: ReadonlyArray<unknown> = Array.isArray(anyOf) ? anyOf.filter((each) => !isNull(each)) : []
  const isSimple =
    Array.isArray(anyOf) &&
    anyOf.some(isNull) &&
    others.length === 0 &&
    Predicate.isObject(only) &&
    "type" in only &&
    typeof only.type === "string" &&
    !("enum" in only)
  const whole = isSimple ? { ...only, ...rest, type: [only.type, "null"] } : part
  return Object.fromEntries(
    Object.entries(whole).map(([key, value]) => [key, key === "examples" ? value : withNullableTypes(value)])
  )
}

/** Completes the generated document. */
export const complete: NonNullable<Parameters<typeof OpenApi.annotations>[0]["transform"]> = (spec) => {
  const paths: OpenApi.OpenAPISpecPaths = spec["paths"]
  const components: OpenApi.OpenAPIComponents = spec["components"]
  const bodies = Object.values(paths).flatMap((item) => methods.map((method) => item[method]?.requestBody))
  const requested = reachable(bodies, components.schemas, new Set())
  return {
    ...spec,
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, { ...item, ...operations(item) }])),
    components: {
      ...components,
      // In the registry's own spelling, which is all that some generators of clients understand.
      securitySchemes: Object.fromEntries(
        Object.entries(components.securitySchemes).map(([name, scheme]) => [
          name,
          scheme.type === "http" ? { ...scheme, scheme: scheme.scheme.toLowerCase() } : scheme
        ])
      ),
      schemas: Object.fromEntries(
        Object.entries(components.schemas).map(([name, schema]) => {
          // Requests are closed; answers may gain fields, and a client made from this document must let them.
          const { additionalProperties, ...open } = schema
          return [name, withNullableTypes(requested.has(name) || additionalProperties !== false ? schema : open)]
        })
      )
    }
  }
}
