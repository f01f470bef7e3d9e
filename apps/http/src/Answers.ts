/** What a use case's errors are in the public API: one place, for every handler. */
import { Problems } from "@salesos/api"
import type { Errors, Execution, FieldError, Operations, Routing, Sandbox } from "@salesos/core"
import { Effect } from "effect"
import { HttpServerRespondable, HttpServerResponse } from "effect/http"
import { RequestFacts } from "./RequestFacts.ts"

/** What a use case may answer besides success. */
export type UseCaseError =
  | Errors.CancellationWindowExpired
  | Errors.IdempotencyInProgress
  | Errors.IdempotencyKeyReused
  | Errors.InvalidState
  | Errors.NotFound
  | Errors.OperationInProgress
  | Errors.PayoutNotCancelable
  | Errors.ProviderError
  | Errors.ScopeNotHeld
  | FieldError.ValidationError
  | Routing.ProviderNotConfigured
  | Sandbox.NotSimulated
  | Operations.StoreUnavailable

const toProblem = (error: UseCaseError) => {
  switch (error._tag) {
    case "ValidationError":
      return new Problems.ValidationError({
        detail: "The request is not valid; nothing was stored",
        errors: error.errors
      })
    case "NotFound":
      return new Problems.NotFound({ detail: error.message })
    case "ScopeNotHeld":
      return new Problems.InsufficientScope({ detail: `Your key lacks the scope ${error.scope}, so it can't grant it` })
    case "IdempotencyKeyReused":
      return new Problems.IdempotencyKeyReused({ detail: "This Idempotency-Key was used before with another request" })
    case "IdempotencyInProgress":
      return new Problems.IdempotencyInProgress({ detail: "The same request is being carried out" })
    case "OperationInProgress":
      return new Problems.OperationInProgress({ detail: "Another operation on it is under way, or in doubt" })
    case "InvalidState":
      return new Problems.InvalidState({ detail: error.message })
    case "PayoutNotCancelable":
      return new Problems.PayoutNotCancelable({ detail: error.message })
    case "CancellationWindowExpired":
      return new Problems.CancellationWindowExpired({ detail: error.message })
    case "NotSimulated":
    case "ProviderNotConfigured":
      return new Problems.ProviderNotConfigured({ detail: error.message })
    case "ProviderError":
      return new Problems.ProviderError({
        detail: error.message,
        ...(error.code === undefined ? {} : { provider_code: error.code })
      })
    case "StoreUnavailable":
      return new Problems.Unavailable({ detail: "The database can't be reached" })
  }
}

const retryAfter = (error: UseCaseError): number | undefined => {
  switch (error._tag) {
    case "IdempotencyInProgress":
    case "OperationInProgress":
      return error.retryAfterSeconds
    case "StoreUnavailable":
      return 1
    default:
      return undefined
  }
}

/** An error as a response, with the seconds to wait where they are known. */
export const respond = Effect.fnUntraced(function* (error: UseCaseError) {
  if (error._tag === "StoreUnavailable") yield* Effect.logError("The database can't be reached", error.cause)
  const response = yield* HttpServerRespondable.toResponse(toProblem(error))
  const seconds = retryAfter(error)
  return seconds === undefined ? response : HttpServerResponse.setHeader(response, "retry-after", String(seconds))
})

/** Every resource is rendered with its id first. */
const idOf = /^\{"id":"([^"]+)"/

/** The answer of a POST, byte by byte as it is stored, and marked when it was given before. */
export const answered = Effect.fnUntraced(function* ({ replayed, response: { body, status } }: Execution.Answer) {
  const facts = yield* RequestFacts
  const id = idOf.exec(body)?.[1]
  if (id !== undefined) facts.subject = id
  return HttpServerResponse.text(body, {
    status,
    contentType: "application/json",
    headers: replayed ? { "idempotent-replay": "true" } : {}
  })
})
