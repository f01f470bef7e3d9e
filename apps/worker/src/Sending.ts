/** Sending a webhook: a delivery is tried once, and what comes back is an attempt, whatever went wrong. */
import { Delivery } from "@salesos/core"
import { Clock, Duration, Effect, Stream } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
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

/** What an owner can do something about: the socket's own words, where there are any. */
const whatWentWrong = (error: HttpClientError.HttpClientError): string => {
  const { cause } = error.reason
  return (cause instanceof Error && cause.message !== "" ? cause.message : error.message)
    .slice(0, excerptLength)
    .toWellFormed()
}

/** Tries a delivery once. Redirects are not followed: the endpoint is the address that was registered. */
export const send = Effect.fn("Sending.send")(function* ({ body, id, secrets, type, url }: Delivery.Outgoing) {
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
      duration: Duration.seconds(Delivery.timeoutSeconds),
      orElse: () => Effect.succeed({ status: null, excerpt: `No answer within ${Delivery.timeoutSeconds} seconds` })
    }),
    Effect.catch((error) => Effect.succeed({ status: null, excerpt: whatWentWrong(error) })),
    // Our trace ids are nobody else's business.
    Effect.provideService(HttpClient.TracerPropagationEnabled, false)
  )
  const duration = Duration.nanos((yield* Clock.monotonicTimeNanos) - begun)
  // What an endpoint answers may repeat what it was sent, payers' data included: it is recorded, not logged.
  yield* Effect.logInfo(`Delivery ${answer.status ?? `failed: ${answer.excerpt}`}`).pipe(
    Effect.annotateLogs({ delivery: id, type })
  )
  return { ...answer, duration } satisfies Delivery.Attempt
})
