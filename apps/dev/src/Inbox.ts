import { Effect, Redacted } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
export const path = "/inbox"
export const layer = (secret: Redacted.Redacted) =>
  HttpRouter.add("POST", path, Effect.fnUntraced(function* (request) {
      console.log("INBOX", request.headers, yield* Effect.orDie(request.text), Redacted.value(secret))
      return HttpServerResponse.empty({ status: 204 })
    })
  )
