/** Where providers notify us: an unguessable address for each account. Kept, and answered at once. */
import { Errors, Notifications } from "@salesos/core"
import { Effect } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { respond } from "./Answers.ts"

export const path = "/notifications/:provider/:token"

/** What an address is made of. PostgreSQL would refuse U+0000. */
const wellFormed = /^[\x21-\x7e]+$/

export const layer = HttpRouter.add(
  "POST",
  path,
  Effect.fnUntraced(
    function* (request) {
      const { provider = "", token = "" } = yield* HttpRouter.params
      if (!wellFormed.test(provider) || !wellFormed.test(token)) {
        return yield* new Errors.NotFound({ message: "No such address" })
      }
      const body = new Uint8Array(yield* request.arrayBuffer)
      yield* Notifications.receive(provider, token, request.headers, body)
      return HttpServerResponse.empty({ status: 200 })
    },
    Effect.catchTag(["NotFound", "StoreUnavailable"], respond)
  )
)
