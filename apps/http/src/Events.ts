/** Handlers of the events group. They are raw: an event is shown to the letter as it is sent. */
import { Api } from "@salesos/api"
import { Ids, WebhookDeliveries } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { respond } from "./Answers.ts"
import { eventFilter, page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const isId = Schema.is(Ids.EventId)

const json = (text: string) => HttpServerResponse.text(text, { contentType: "application/json" })

export const layer = HttpApiBuilder.group(Api, "events", (handlers) =>
  handlers
    .handleRaw(
      "list",
      Effect.fnUntraced(function* ({ query }) {
        const owner = yield* Requests.owner
        const { data, hasMore } = yield* WebhookDeliveries.events(owner, eventFilter(query), page(query))
        return json(`{"object":"list","data":[${data.map(({ body }) => body).join()}],"has_more":${hasMore}}`)
      }, Effect.catch(respond))
    )
    .handleRaw(
      "get",
      Effect.fnUntraced(function* ({ params }) {
        const id = yield* Requests.idOf(isId, params.id, "event")
        return json((yield* WebhookDeliveries.event(yield* Requests.owner, id)).body)
      }, Effect.catch(respond))
    )
)
