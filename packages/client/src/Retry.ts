/**
 * Trying again what is safe to try again: a request with an `Idempotency-Key` is carried out once, however often it is
 * sent, and every POST gets a key here, once for all of its tries.
 */
import { Problems } from "@salesos/api"
import { Clock, Duration, Effect, Option, Predicate, Random, Result } from "effect"
import { HttpClient, HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"

export interface RetryOptions {
  /** How often a request is sent again after its first try. 4 when left out; 0 never does. */
  readonly retries?: number | undefined
  /** The wait before the second try; it doubles with every further one, up to 16 times. Half a second when left out. */
  readonly base?: Duration.Input | undefined
  /** An answer that asks for a longer wait than this is the last one. 30 seconds when left out. */
  readonly longestWait?: Duration.Input | undefined
  /** How long one try may take. 65 seconds when left out: the gateway answers within 60. */
  readonly timeout?: Duration.Input | undefined
}

const keyHeader = "idempotency-key"

/** Answers that say "not now". Of the conflicts only those that pass by themselves. */
const transient: ReadonlySet<number> = new Set([429, 502, 503])
const passing: ReadonlySet<string> = new Set<Problems.Code>(["idempotency_in_progress", "operation_in_progress"])

/** 128 random bits. */
const newKey = Effect.sync(() =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")
)

const keyed = (request: HttpClientRequest.HttpClientRequest) =>
  request.method !== "POST" || request.headers[keyHeader] !== undefined
    ? Effect.succeed(request)
    : Effect.map(newKey, (key) => HttpClientRequest.setHeader(request, keyHeader, key))

const wantsAnother = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
  if (response.status === 409) {
    const body = yield* Effect.option(response.json)
    return Option.exists(body, (problem) => Predicate.hasProperty(problem, "code") && passing.has(String(problem.code)))
  }
  return transient.has(response.status)
})

/** What `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3). */
const askedFor = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<Duration.Duration> => {
  const header = response.headers["retry-after"] ?? ""
  if (/^\d{1,9}$/.test(header)) return Effect.succeed(Duration.seconds(Number(header)))
  const date = Date.parse(header)
  return Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(Number.isNaN(date) ? 0 : Math.max(0, date - now)))
}

/**
 * A client that gives every POST an `Idempotency-Key` unless it has one, and sends a request again, with the same key,
 * when the network failed, when there was no answer in time, and on 429, 502, 503 and those 409 that pass by themselves.
 * It waits as long as `Retry-After` asks for, and longer with every try. The last answer or failure is the result.
 */
export const retrying = ({
  base = "500 millis",
  longestWait = "30 seconds",
  retries = 4,
  timeout = "65 seconds"
}: RetryOptions = {}) => {
  const longest = Duration.fromInputUnsafe(longestWait)
  const first = Duration.toMillis(Duration.fromInputUnsafe(base))

  /** Between half and the whole of what doubles with every try, so that clients that failed together do not come back together. */
  const backoff = (tries: number) =>
    Effect.map(Random.next, (random) => Duration.millis(first * 2 ** Math.min(tries - 1, 4) * (0.5 + random / 2)))

  /** How long to wait before another try; none when what came is the result. */
  const waitAfter = Effect.fnUntraced(function* (
    came: Result.Result<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>,
    tries: number
  ) {
    if (tries > retries) return Option.none()
    if (Result.isFailure(came)) {
      return came.failure.reason._tag === "TransportError" ? Option.some(yield* backoff(tries)) : Option.none()
    }
    if (!(yield* wantsAnother(came.success))) return Option.none()
    const asked = yield* askedFor(came.success)
    if (Duration.isGreaterThan(asked, longest)) return Option.none()
    yield* Effect.ignore(came.success.text) // an answer that nobody reads keeps its connection
    return Option.some(Duration.max(asked, yield* backoff(tries)))
  })

  return (client: HttpClient.HttpClient): HttpClient.HttpClient =>
    client.pipe(
      HttpClient.transform((send, request) => {
        const inTime = Effect.timeoutOrElse(send, {
          duration: timeout,
          orElse: () =>
            Effect.fail(
              new HttpClientError.HttpClientError({
                reason: new HttpClientError.TransportError({ request, description: "No answer in time" })
              })
            )
        })
        const attempt = (
          tries: number
        ): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
          Effect.gen(function* () {
            const came = yield* Effect.result(inTime)
            const wait = yield* waitAfter(came, tries)
            if (Option.isNone(wait)) return yield* Effect.fromResult(came)
            yield* Effect.sleep(wait.value)
            return yield* attempt(tries + 1)
          })
        return attempt(1)
      }),
      HttpClient.mapRequestEffect(keyed)
    )
}
