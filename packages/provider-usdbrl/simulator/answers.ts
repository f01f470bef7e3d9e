/**
 * Answers in the provider's envelope, `{requestId, data}`. How an error looks is not documented; this is ours: `error`
 * in place of `data`, with a code, a message and the parameters at fault.
 */
import { type Ids, type Parse } from "@salesos/simulator-kit"
import { HttpServerResponse } from "effect/http"

const errors: Record<number, readonly [code: string, message: string]> = {
  400: ["bad_request", "The request could not be read"],
  401: ["unauthorized", "Unauthorized"],
  404: ["not_found", "Not found"],
  422: ["invalid_parameters", "The request has invalid parameters"],
  429: ["too_many_requests", "Too many requests"],
  503: ["service_unavailable", "Service unavailable"]
}

/** What makes answers, each with an id of its own. */
export interface Answers {
  readonly data: (data: unknown) => { readonly requestId: string; readonly data: unknown }
  /** An error without details. */
  readonly failure: (status: number) => HttpServerResponse.HttpServerResponse
  /** A business rule, by its code. */
  readonly rejection: (reason: {
    readonly code: string
    readonly message: string
  }) => HttpServerResponse.HttpServerResponse
  /** A 422 that names the parameters at fault. */
  readonly invalid: (invalid: Parse.Invalid) => HttpServerResponse.HttpServerResponse
}

/** Answers whose ids are drawn from `ids`. */
export const make = (ids: Ids.Ids): Answers => {
  const error = (status: number, told: object) =>
    HttpServerResponse.jsonUnsafe({ requestId: ids.uuid(), error: told }, { status })
  return {
    data: (data) => ({ requestId: ids.uuid(), data }),
    failure: (status) => {
      const [code, message] = errors[status] ?? ["error", "Error"]
      return error(status, { code, message })
    },
    rejection: (reason) => error(422, reason),
    invalid: ({ message, paths }) => error(422, { code: "invalid_parameters", message, parameters: paths })
  }
}
