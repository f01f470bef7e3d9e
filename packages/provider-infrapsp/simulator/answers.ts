/**
 * Answers in the document's format: the body of an error, and what is wrong with a request told by its paths.
 */
import { Schema, SchemaIssue } from "effect"
import { HttpServerResponse } from "effect/http"

const codes: Record<number, readonly [code: string, message: string]> = {
  400: ["API_ERROR", "some api error"],
  401: ["UNAUTHORIZED", "unauthorized"],
  404: ["NOT_FOUND", "not found"],
  409: ["CONFLICT", "conflict"],
  429: ["TOO_MANY_REQUESTS", "too many requests"],
  500: ["INTERNAL_SERVER_ERROR", "internal server error"],
  503: ["SERVICE_UNAVAILABLE", "service unavailable"]
}

/** An error answer without details; the document shows those for 404 and 500. */
export const failure = (status: number): HttpServerResponse.HttpServerResponse => {
  const [code, message] = codes[status] ?? ["API_ERROR", "error"]
  return HttpServerResponse.jsonUnsafe({ code, message }, { status })
}

/** A 400 answer naming the parameters at fault (InfraPSP document, example for a 400 Bad Request error). */
export const badRequest = (
  message: string,
  paths: ReadonlyArray<string>,
  code = "API_ERROR"
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({ code, message, detail: { errors: paths.map((path) => ({ path })) } }, { status: 400 })

/** What does not fit a schema, as a 400 answer. */
export interface Invalid {
  readonly message: string
  readonly paths: ReadonlyArray<string>
}

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** A decoder for untrusted values that tells every path at fault. */
export const decoder = <A, I>(
  schema: Schema.Codec<A, I>
): ((value: unknown) => { readonly value: A } | { readonly invalid: Invalid }) => {
  const decode = Schema.decodeUnknownResult(schema, { errors: "all" })
  return (value) => {
    const result = decode(value)
    if (result._tag === "Success") return { value: result.success }
    const { issues } = format(result.failure.issue)
    const told = issues.map(({ message, path }) => ({
      message,
      path: (path ?? []).map((key) => String(typeof key === "object" ? key.key : key)).join(".")
    }))
    return {
      invalid: {
        message: told.map(({ message, path }) => `${path}: ${message}`).join("; "),
        paths: [...new Set(told.map(({ path }) => path))]
      }
    }
  }
}
