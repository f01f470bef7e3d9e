/** Sending webhooks: whatever is due is tried once, and what comes back is recorded. */
import { Webhook, Webhooks } from "@salesos/core"
import { Clock, Duration, Effect, Schedule, Stream } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import type { WorkerConfig } from "./Config.ts"
import { sign } from "./Signature.ts"

const excerptLength = 500

/** The beginning of an answer; the rest is never read. */
const excerptOf = (response: HttpClientResponse.HttpClientResponse) =>
  response.stream.pipe(
    Stream.decodeText(),
    Stream.take(1),
    Stream.mkString,
    Effect.map((text) => text.slice(0, excerptLength).replaceAll("\u0000", "")),
    Effect.orElseSucceed(() => "")
  )

/** Tries a delivery once. Redirects are not followed: the endpoint is the address that was registered. */
export const send = Effect.fn("Deliveries.send")(function* ({ body, id, secrets, type, url }: Webhook.Delivery) {
  const client = yield* HttpClient.HttpClient
  const begun = yield* Clock.currentTimeNanos
  const unixSeconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const request = HttpClientRequest.post(url).pipe(
    HttpClientRequest.setHeaders({
      "user-agent": "SalesOS-Payments/1",
      "x-pay-event": type,
      "x-pay-delivery": id,
      "x-pay-signature": sign(secrets, unixSeconds, body)
    }),
    HttpClientRequest.bodyText(body, "application/json")
  )
  const answer = yield* client.execute(request).pipe(
    Effect.flatMap((response) => Effect.map(excerptOf(response), (excerpt) => ({ status: response.status, excerpt }))),
    Effect.scoped,
    Effect.timeoutOrElse({
      duration: Duration.seconds(Webhook.timeoutSeconds),
      orElse: () => Effect.succeed({ status: null, excerpt: `No answer within ${Webhook.timeoutSeconds} seconds` })
    }),
    Effect.catch((error) => Effect.succeed({ status: null, excerpt: error.message.slice(0, excerptLength) })),
    // Our trace ids are nobody else's business.
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )
  const duration = Duration.nanos((yield* Clock.currentTimeNanos) - begun)
  yield* Effect.logInfo(`Delivery ${answer.status ?? "failed"}`).pipe(
    Effect.annotateLogs({ delivery: id, type, ...answer })
  )
  return { ...answer, duration } satisfies Webhook.Attempt
})

/** Delivers for ever, several at once. */
export const run = ({ concurrency }: WorkerConfig) =>
  Effect.gen(function* () {
    const webhooks = yield* Webhooks.Webhooks
    const one = webhooks.deliverNext(send).pipe(
      Effect.catchCause((cause) =>
        Effect.logError("A delivery could not be handled", cause).pipe(Effect.andThen(Effect.sleep("1 second")))
      ),
      Effect.repeat(Schedule.forever)
    )
    yield* Effect.all(
      Array.from({ length: concurrency }, () => one),
      { concurrency: "unbounded", discard: true }
    )
  })
