/**
 * How a provider that may be made to misbehave creates something: refused, late, held, or answered by half.
 */
import { Effect, Fiber, Scope } from "effect"
import { HttpServerResponse } from "effect/http"
import type { Faults } from "./Faults.ts"

/** The provider's own answers to a creation that is refused. */
export interface Refusals {
  /** An error without details. */
  readonly failure: (status: number) => HttpServerResponse.HttpServerResponse
  /** A business rule, by its code. */
  readonly rejection: (reason: {
    readonly code: string
    readonly message: string
  }) => HttpServerResponse.HttpServerResponse
}

/** What a creation answers once it is committed. */
export interface Created {
  readonly status: number
  /** Any JSON. */
  readonly body: unknown
}

/**
 * A creation under the faults in force. `read` gives what commits the request and then tells the answer, or fails with
 * the answer to a request that is no good.
 */
export type Creation = <R>(
  read: Effect.Effect<Effect.Effect<Created>, HttpServerResponse.HttpServerResponse, R>
) => Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>

/** Creations that go on within the scope of this effect. */
export const make = (faults: Faults, refusals: Refusals): Effect.Effect<Creation, never, Scope.Scope> =>
  Effect.map(
    Scope.Scope,
    (background): Creation =>
      (read) =>
        Effect.gen(function* () {
          const { createStatus, rejectCreates } = faults.current()
          if (createStatus !== undefined && createStatus !== null) return refusals.failure(createStatus)
          if (rejectCreates !== undefined && rejectCreates !== null) return refusals.rejection(rejectCreates)

          const commit = yield* read
          const { createDelayMs } = faults.current()
          // In the background: a provider that has read a request goes on with it when the caller has gone.
          const { body, status } =
            createDelayMs === undefined || createDelayMs === 0
              ? yield* commit
              : yield* Effect.sleep(createDelayMs).pipe(
                  Effect.andThen(commit),
                  Effect.forkIn(background),
                  Effect.flatMap(Fiber.join)
                )
          if (faults.current().holdCreateAnswers === true) yield* faults.held

          const answer = JSON.stringify(body)
          return HttpServerResponse.text(
            faults.current().truncateCreateAnswers === true ? answer.slice(0, answer.length / 2) : answer,
            { status, contentType: "application/json" }
          )
        }).pipe(Effect.catch((refusal) => Effect.succeed(refusal)))
  )
