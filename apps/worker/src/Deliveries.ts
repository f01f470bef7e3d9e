/** Sending webhooks: whatever is due is tried once, and what comes back is recorded. */
import { Webhook, Webhooks } from "@salesos/core"
import { Clock, Duration, Effect, Stream } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
import type { WorkerConfig } from "./Config.ts"
import { forEver } from "./Loop.ts"
import { sign } from "./Signature.ts"

const excerptLength = 500

/** How long the beginning of an answer is waited for once its status is known. */
const excerptPatience = Duration.seconds(1)

/** The beginning of an answer, as far as it comes soon; the rest is never read. The status alone decides. */
const excerptOf = Effect.fnUntraced(function* (response: HttpClientResponse.HttpClientResponse) {
  let text = ""
  yield* response.stream.pipe(
    Stream.decodeText(),
    Stream.runForEachWhile((more) => Effect.sync(() => (text += more).length < excerptLength)),
    Effect.timeoutOption(excerptPatience),
    Effect.ignore
  )
  return text.slice(0, excerptLength).replaceAll("\u0000", "").toWellFormed()
})

/** Tries a delivery once. Redirects are not followed: the endpoint is the address that was registered. */
export const send = Effect.fn("Deliveries.send")(function* ({ body, id, secrets, type, url }: Webhook.Delivery) {
  const client = yield* HttpClient.HttpClient
  const begun = yield* Clock.monotonicTimeNanos
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
  const duration = Duration.nanos((yield* Clock.monotonicTimeNanos) - begun)
  // What an endpoint answers may repeat what it was sent, payers' data included: it is recorded, not logged.
  yield* Effect.logInfo(`Delivery ${answer.status ?? `failed: ${answer.excerpt}`}`).pipe(
    Effect.annotateLogs({ delivery: id, type })
  )
  return { ...answer, duration } satisfies Webhook.Attempt
})

/** Delivers for ever, several at once. */
export const run = ({ concurrency }: WorkerConfig) =>
  Effect.gen(function* () {
    const webhooks = yield* Webhooks.Webhooks
    const one = forEver(webhooks.deliverNext(send), "A delivery could not be handled")
    yield* Effect.all(
      Array.from({ length: concurrency }, () => one),
      { concurrency: "unbounded", discard: true }
    )
  })
