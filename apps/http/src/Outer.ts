/**
 * Around every request: its id, the limit of its body, what the audit log is told of it, and a problem for whatever no endpoint
 * declares.
 */
import { Api, Problems } from "@salesos/api"
import { Metrics } from "@salesos/app-wiring"
import { type ApiKeys, Settings } from "@salesos/core"
import { AuditLog } from "@salesos/store-postgres"
import { ByteSize, Cause, Clock, Context, DateTime, Duration, Effect, Result, type Types } from "effect"
import {
  FindMyWay,
  HttpIncomingMessage,
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse
} from "effect/http"
import { HttpApi } from "effect/http-api"
import { randomUUID } from "node:crypto"
import * as Audit from "./Audit.ts"
import * as ClientAddress from "./ClientAddress.ts"
import * as Notifications from "./Notifications.ts"
import * as PayerPages from "./PayerPages.ts"
import * as ProblemPages from "./ProblemPages.ts"
import * as QrCode from "./QrCode.ts"
import { type Facts, RequestFacts } from "./RequestFacts.ts"
import * as Telemetry from "./Telemetry.ts"

/** Where the API describes itself: for programs, and for people. */
export const openApiPath = "/openapi.json"
export const referencePath = "/docs"

const maximumBody = ByteSize.fromInputUnsafe(1_048_576)

/** What is at an address. */
interface Place {
  readonly path: string
  readonly methods: ReadonlySet<string>
}

/** Every address, for 405 and `Allow`, for what is counted by route, and for the audit log. */
const places = FindMyWay.make<Place>()
{
  const byPath = new Map<string, Set<string>>([
    [Notifications.path, new Set(["POST"])],
    [PayerPages.path, new Set(["GET"])],
    [PayerPages.statusPath, new Set(["GET"])],
    [QrCode.path, new Set(["GET"])],
    [ProblemPages.path, new Set(["GET"])],
    [Metrics.path, new Set(["GET"])],
    [openApiPath, new Set(["GET"])],
    [referencePath, new Set(["GET"])]
  ])
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) =>
      void byPath.set(endpoint.path, (byPath.get(endpoint.path) ?? new Set()).add(endpoint.method))
  })
  for (const [path, methods] of byPath) places.all(path as `/${string}`, { path, methods }) // paths begin with a slash
}

const placeOf = (url: string): Place | undefined => places.find("GET", url)?.handler

const allowed = (url: string): string | undefined => {
  const place = placeOf(url)
  return place === undefined ? undefined : [...place.methods].join(", ")
}

/** What a failure that no handler declared says to the client: nothing of what is inside. */
const problemOf = (cause: Cause.Cause<unknown>, url: string): Problems.Problem => {
  const error = Result.getOrUndefined(Cause.findError(cause)) ?? Result.getOrUndefined(Cause.findDefect(cause))
  if (HttpServerError.isHttpServerError(error)) {
    const { reason } = error
    if (reason._tag === "RequestParseError") {
      return reason.reason === "BodyTooLarge"
        ? new Problems.PayloadTooLarge({ detail: "The body is larger than 1 MB" })
        : new Problems.BadRequest({ detail: "The body could not be read" })
    }
    if (reason._tag === "RouteNotFound") {
      const methods = allowed(url)
      return methods === undefined
        ? new Problems.NotFound({ detail: "No such address" })
        : new Problems.MethodNotAllowed({ detail: `Use ${methods}` })
    }
  }
  if (error instanceof Problems.Problem) return error
  return Cause.hasInterruptsOnly(cause)
    ? new Problems.Unavailable({ detail: "Shutting down" })
    : new Problems.ServerError({ detail: "Something went wrong on our side" })
}

/** A path fit for logs: whoever reads them is not to notify us, nor to see what payers see. */
const withoutToken = (instance: string): string => instance.replace(/^(\/notifications\/[^/]*\/|\/pay\/).*/, "$1***")

const isProblem = (response: HttpServerResponse.HttpServerResponse): boolean =>
  response.headers["content-type"] === Problems.contentType

const decoder = new TextDecoder()

/** Adds to a problem what only the server knows; only errors pay for it. */
const complete = (
  response: HttpServerResponse.HttpServerResponse,
  {
    instance,
    publicUrl,
    requestId
  }: { readonly instance: string; readonly publicUrl: string; readonly requestId: string }
) => {
  if (response.body._tag !== "Uint8Array") return response
  const problem: { readonly type: string } = JSON.parse(decoder.decode(response.body.body))
  const body = { ...problem, type: `${publicUrl}${problem.type}`, instance, request_id: requestId }
  return HttpServerResponse.jsonUnsafe(body, {
    status: response.status,
    contentType: Problems.contentType,
    headers: response.headers
  })
}

/** What the caller's key has left of its hour, and when to come back when that is nothing. */
const withUsage = (
  response: HttpServerResponse.HttpServerResponse,
  { limit, remaining, resetSeconds }: ApiKeys.Usage
) =>
  HttpServerResponse.setHeaders(response, {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(resetSeconds),
    ...(response.status === 429 ? { "retry-after": String(resetSeconds) } : {})
  })

/** How long a request may take. What moves money does not stop half way: it has limits of its own, which are shorter. */
export const TimeLimit = Context.Reference<Duration.Duration>("@salesos/app-http/TimeLimit", {
  defaultValue: () => Duration.seconds(60)
})

const tooSlow = Effect.fail(new Problems.Unavailable({ detail: "The request took too long" }))

export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const { publicUrl } = yield* Settings.Settings
    const trusted = yield* ClientAddress.TrustedProxies
    const log = yield* AuditLog.AuditLog
    return Effect.fnUntraced(function* (
      effect: Effect.Effect<HttpServerResponse.HttpServerResponse, Types.unhandled>
    ): Effect.fn.Return<HttpServerResponse.HttpServerResponse, Types.unhandled, HttpServerRequest.HttpServerRequest> {
      const request = yield* HttpServerRequest.HttpServerRequest
      const happenedAt = yield* DateTime.now
      const begun = yield* Clock.monotonicTimeNanos
      const requestId = `req_${randomUUID().replaceAll("-", "")}`
      const instance = request.url.split("?")[0] ?? request.url
      const facts: Facts = { address: ClientAddress.of(request, trusted) }
      const limit = yield* TimeLimit
      const answer = effect.pipe(
        Effect.timeoutOrElse({ duration: limit, orElse: () => tooSlow }),
        Effect.catchCause((cause) => {
          const problem = problemOf(cause, request.url)
          const rendered = HttpServerRespondable.toResponse(problem)
          return problem instanceof Problems.ServerError
            ? Effect.andThen(Effect.logError("Request failed", cause), rendered)
            : rendered
        }),
        Effect.provideService(HttpIncomingMessage.MaxBodySize, maximumBody),
        Effect.provideService(RequestFacts, facts)
      )
      const tell = Effect.fnUntraced(function* (outcome: string, replayed: boolean) {
        const milliseconds = Duration.toMillis(Duration.nanos((yield* Clock.monotonicTimeNanos) - begun))
        const route = placeOf(request.url)?.path
        yield* Effect.provideService(
          Audit.tell(request, facts, { happenedAt, requestId, path: instance, route, milliseconds, outcome, replayed }),
          AuditLog.AuditLog,
          log
        )
        return milliseconds
      })
      const responded = Effect.gen(function* () {
        let response = yield* Effect.onInterrupt(answer, () => tell("hung_up", false))
        if (isProblem(response)) response = complete(response, { instance, publicUrl, requestId })
        if (facts.usage !== undefined) response = withUsage(response, facts.usage)
        // A client is told how to come in, and when to come back (RFC 9110).
        if (response.status === 401) response = HttpServerResponse.setHeader(response, "www-authenticate", "Bearer")
        if (response.status === 503 && response.headers["retry-after"] === undefined)
          response = HttpServerResponse.setHeader(response, "retry-after", "1")
        if (response.status === 405)
          response = HttpServerResponse.setHeader(response, "allow", allowed(request.url) ?? "")
        const milliseconds = yield* tell(String(response.status), response.headers["idempotent-replay"] === "true")
        yield* Effect.logDebug(`${request.method} ${withoutToken(instance)} ${response.status}`).pipe(
          Effect.annotateLogs({ milliseconds })
        )
        return HttpServerResponse.setHeader(response, "request-id", requestId)
      })
      return yield* Telemetry.observed(request, placeOf(request.url)?.path, requestId, responded).pipe(
        Effect.annotateLogs({ request: requestId })
      )
    })
  }),
  { global: true }
)
