/** A webhook endpoint that does what a user's should: verify the signature, take an event once, answer fast. It prints. */
import { Webhook } from "@salesos/client"
import { Console, Effect, Predicate, Redacted } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"

export const path = "/inbox"

/** What a person wants to see of an event: which resource it is about, and how that stands. */
const summary = ({ data: { object }, id, type }: Webhook.Event): string => {
  const field = (name: string) => (Predicate.hasProperty(object, name) ? String(object[name]) : "")
  return `webhook  ${type}  ${field("our_number")} ${field("status")}  ${field("currency")} ${field("amount")}  ${field("id")}  (${id}, signature verified)`
}

export const layer = (secret: Redacted.Redacted) =>
  HttpRouter.add(
    "POST",
    path,
    Effect.fnUntraced(
      function* (request) {
        const payload = yield* request.text
        const header = request.headers[Webhook.signatureHeader]
        const event = yield* Webhook.verifyEffect({ payload, header, secret: Redacted.value(secret) })
        yield* Console.log(summary(event))
        return HttpServerResponse.empty({ status: 204 })
      },
      Effect.catchTag("WebhookError", (error) =>
        Effect.as(Console.log(`webhook  refused: ${error.message}`), HttpServerResponse.empty({ status: 400 }))
      )
    )
  )
