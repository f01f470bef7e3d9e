/**
 * Answers in the document's format: the body of an error.
 */
import type { Parse } from "@salesos/simulator-kit"
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
  { message, paths }: Parse.Invalid,
  code = "API_ERROR"
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({ code, message, detail: { errors: paths.map((path) => ({ path })) } }, { status: 400 })
