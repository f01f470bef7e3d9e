/**
 * What is counted and traced of requests. By their route, never by their address, which may hold a token or somebody's reference;
 * and no header of theirs.
 */
import { Metrics } from "@salesos/core"
import { Clock, Duration, Effect, Layer, Metric, Option } from "effect"
import { HttpMiddleware, type HttpServerRequest, type HttpServerResponse, HttpTraceContext } from "effect/http"

const requests = Metric.counter("salesos_http_requests_total", {
  description: "Requests by method, route and status",
  incremental: true
})

const seconds = Metric.histogram("salesos_http_request_seconds", {
  description: "Time until a response began, in seconds",
  boundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
})

/** Counts and traces a request; `route` is the pattern of its address, or none where no route has it. */
export const observed = Effect.fnUntraced(function* <E, R>(
  { headers, method }: HttpServerRequest.HttpServerRequest,
  route: string | undefined,
  requestId: string,
  answer: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) {
  const begun = yield* Clock.monotonicTimeNanos
  const labels = { method, route: route ?? "none" }
  const response = yield* answer.pipe(
    Effect.tap(({ status }) => Effect.annotateCurrentSpan("http.response.status_code", status)),
    Effect.withSpan(`${method} ${labels.route}`, {
      kind: "server",
      parent: Option.getOrUndefined(HttpTraceContext.fromHeaders(headers)),
      attributes: { "http.request.method": method, "http.route": labels.route, "salesos.request_id": requestId }
    })
  )
  yield* Metrics.count(Metric.withAttributes(requests, labels), { status: String(response.status) })
  const taken = Duration.nanos((yield* Clock.monotonicTimeNanos) - begun)
  yield* Metric.update(Metric.withAttributes(seconds, labels), Duration.toSeconds(taken))
  return response
})

/** The server's own spans are not made: they would have the whole address in them. */
export const layer = Layer.succeed(HttpMiddleware.TracerDisabledWhen)(() => true)
