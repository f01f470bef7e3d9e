/**
 * What every POST shares: the key that makes it safe to repeat, the answers to a key, and how a body is sent.
 */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import {
  IdempotencyInProgress,
  IdempotencyKeyReused,
  InvalidState,
  NotFound,
  OperationInProgress,
  PayloadTooLarge,
  problem,
  ProviderError,
  UnsupportedMediaType
} from "./Problems.ts"

/** The headers of a POST. Required, but declared optional so that the server can answer 400 rather than 422. */
export const headers = {
  "idempotency-key": Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Required. 1 to 255 visible ASCII characters of your choice, unique for each operation. A request that is " +
        "repeated with the same key and body gets the first answer again, for 24 hours; without a key the answer is 400.",
      examples: ["6b5e9cf4-4c0e-4d0b-9d53-8f5d2f1e7a10"]
    })
  )
}

const replay = {
  "idempotent-replay": Schema.optionalKey(
    Schema.Literal("true").annotate({ description: "Present when the answer was given before to the same key" })
  )
}

/** A 201 answer, which says in a header when it was given before. */
export const created = <S extends Schema.Top>(body: S) =>
  HttpApiSchema.WithHeaders(body.pipe(HttpApiSchema.status(201)), replay)

/** The same with 200: what a POST has done to a resource that was there. */
export const done = <S extends Schema.Top>(body: S) => HttpApiSchema.WithHeaders(body, replay)

/** The same with 202: what is wanted was recorded, and is still to be done. */
export const accepted = <S extends Schema.Top>(body: S) =>
  HttpApiSchema.WithHeaders(body.pipe(HttpApiSchema.status(202)), replay)

/** The problems of a POST besides its own. */
export const problems = [
  problem(IdempotencyKeyReused),
  problem(IdempotencyInProgress),
  problem(PayloadTooLarge),
  problem(UnsupportedMediaType)
] as const

/** The problems of a POST that does something to a resource that is there, besides its own. */
export const actionProblems = [
  ...problems,
  problem(NotFound),
  problem(OperationInProgress),
  problem(InvalidState),
  problem(ProviderError)
] as const
