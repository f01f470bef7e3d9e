/** What can go wrong besides the API's own problems, for those who use promises. */
import { Problems } from "@salesos/api"
import { Data, Effect, Option, Schema } from "effect"
import { HttpClientError } from "effect/http"

/** What was asked for can't be sent: an argument is missing or of the wrong type. Nothing was sent. */
export class InvalidRequest extends Data.TaggedError("InvalidRequest")<{ readonly message: string }> {}

/**
 * The gateway can't be reached, or did not answer in time, not even after further tries. A POST may have been carried
 * out: sent again with the same idempotency key it is not carried out twice.
 */
export class ConnectionFailed extends Data.TaggedError("ConnectionFailed")<{
  readonly message: string
  readonly cause: unknown
}> {}

/** An answer that is not the API's: of a proxy in between, or of a version that this client does not know. */
export class UnexpectedAnswer extends Data.TaggedError("UnexpectedAnswer")<{
  readonly message: string
  readonly status: number | undefined
  readonly cause: unknown
}> {}

export type Failure = InvalidRequest | ConnectionFailed | UnexpectedAnswer

const decodeProblem = Schema.decodeUnknownOption(Problems.Problem)

/** Fails with a failure of the typed client as one of ours. Problems, also of a code that is not known yet, stay problems. */
export const fail = Effect.fnUntraced(function* (error: unknown): Effect.fn.Return<never, Problems.Problem | Failure> {
  if (error instanceof Problems.Problem) return yield* Effect.fail(error)
  if (!HttpClientError.isHttpClientError(error)) {
    return yield* new UnexpectedAnswer({
      message: `The answer is not the API's: ${String(error)}`,
      status: undefined,
      cause: error
    })
  }
  const { message, response } = error
  if (response === undefined) return yield* new ConnectionFailed({ message, cause: error })
  const body = yield* Effect.option(response.json)
  const problem = decodeProblem(Option.getOrUndefined(body))
  if (Option.isSome(problem)) return yield* Effect.fail(problem.value)
  return yield* new UnexpectedAnswer({
    message: `The answer is not the API's: ${message}`,
    status: response.status,
    cause: error
  })
})
