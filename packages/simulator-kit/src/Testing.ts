/**
 * A simulator on a port of its own and a receiver for its notifications, for tests over real HTTP.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Clock, Context, Effect, Layer, Option, Queue, Schema } from "effect"
import {
  FetchHttpClient,
  HttpClient,
  HttpClientRequest,
  HttpRouter,
  HttpServer,
  type HttpServerRequest,
  HttpServerResponse
} from "effect/http"
import { NetAddress } from "effect/net"

const parse = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** Serves routes on a free port of this machine until the scope closes. */
const listen = <E, R>(routes: Layer.Layer<never, E, HttpRouter.HttpRouter | R>) =>
  Effect.map(
    Layer.build(
      HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
        Layer.provideMerge(Layer.fresh(NodeHttpServer.layerTest))
      )
    ),
    (context) => {
      const { address } = Context.get(context, HttpServer.HttpServer)
      return {
        client: Context.get(context, HttpClient.HttpClient),
        url: NetAddress.isUnixPathAddress(address) ? "" : `http://127.0.0.1:${address.port}`
      }
    }
  )

/** An answer as a test looks at it; `json` is undefined where the body is none. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  readonly json: unknown
}

const Undelivered = Schema.Struct({
  notifications: Schema.Array(Schema.Struct({ attempts: Schema.Int, dueAt: Schema.String }))
})
const decodeUndelivered = Schema.decodeUnknownEffect(Undelivered)

/** Serves a simulator's layer until the scope closes, and gives its address and what calls it. */
export const serve = Effect.fnUntraced(function* <E, R>(
  simulator: Layer.Layer<never, E, HttpRouter.HttpRouter | HttpClient.HttpClient | R>
) {
  const { client, url } = yield* listen(Layer.provide(simulator, FetchHttpClient.layer))

  /** Any call; a body that is a string is sent as it is, anything else as JSON. */
  const call = Effect.fnUntraced(function* (
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {}
  ) {
    const bare = HttpClientRequest.make(method)(path, { headers })
    const response = yield* client.execute(
      body === undefined
        ? bare
        : typeof body === "string"
          ? HttpClientRequest.bodyText(bare, body, headers["content-type"] ?? "application/json")
          : HttpClientRequest.bodyJsonUnsafe(bare, body)
    )
    const text = yield* response.text
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: Option.getOrUndefined(parse(text))
    } satisfies Answer
  })

  return {
    url,
    call,
    /** Notifications that no receiver has accepted yet. */
    undelivered: call("GET", "/control/notifications").pipe(
      Effect.flatMap(({ json }) => decodeUndelivered(json)),
      Effect.map(({ notifications }) => notifications)
    )
  }
})

/** What `serve` gives. */
export type Served = Effect.Success<ReturnType<typeof serve>>

/**
 * Milliseconds since 1970 at which the only undelivered notification is tried again, once `attempts` tries have failed.
 * A test that moved the clock before would run into the timeout of a try whose answer is still on its way.
 */
export const nextTry = ({ undelivered }: Pick<Served, "undelivered">, attempts: number) =>
  undelivered.pipe(
    Effect.repeat({ until: ([first]) => first?.attempts === attempts }),
    Effect.map(([first]) => Date.parse(first?.dueAt ?? ""))
  )

/** Waits until every notification has been accepted. */
export const allDelivered = ({ undelivered }: Pick<Served, "undelivered">) =>
  Effect.repeat(undelivered, { until: (left) => left.length === 0 })

/** A server that takes notifications at `url` and answers them with `statuses`, the last one for all that follow. */
export const receiver = Effect.fnUntraced(function* (...statuses: ReadonlyArray<number>) {
  const received = yield* Queue.unbounded<{
    /** Milliseconds since 1970. */
    readonly at: number
    readonly headers: Readonly<Record<string, string | undefined>>
    readonly text: string
    readonly json: unknown
  }>()
  let count = 0
  const answer = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const text = yield* request.text
    const status = statuses[Math.min(count++, statuses.length - 1)] ?? 200
    const at = yield* Clock.currentTimeMillis
    yield* Queue.offer(received, { at, headers: request.headers, text, json: Option.getOrUndefined(parse(text)) })
    return HttpServerResponse.empty({ status })
  }, Effect.orDie)
  const { url } = yield* listen(HttpRouter.add("POST", "/hook", answer))
  return {
    url: `${url}/hook`,
    /** The next notification; the clock has to be moved for one that is not due. */
    take: Queue.take(received),
    waiting: Queue.size(received)
  }
})
