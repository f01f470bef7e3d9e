/** Handlers of the webhook deliveries group. */
import { Api } from "@salesos/api"
import { Ids, Resources, WebhookDeliveries } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { respond } from "./Answers.ts"
import { deliveryFilter, page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const isId = Schema.is(Ids.DeliveryId)

/** The id in a path. Fails with `NotFound` where there can't be one of it. */
const idOf = ({ params: { id } }: { readonly params: { readonly id: string } }) =>
  Requests.idOf(isId, id, "webhook delivery")

export const layer = HttpApiBuilder.group(Api, "webhookDeliveries", (handlers) =>
  handlers
    .handle(
      "list",
      Effect.fnUntraced(function* ({ query }) {
        const owner = yield* Requests.owner
        const { data, hasMore } = yield* WebhookDeliveries.list(owner, deliveryFilter(query), page(query))
        return { object: "list" as const, data: data.map(Resources.webhookDelivery), has_more: hasMore }
      }, Effect.catch(respond))
    )
    .handle(
      "get",
      Effect.fnUntraced(function* (given) {
        const { delivery, tried } = yield* WebhookDeliveries.get(yield* Requests.owner, yield* idOf(given))
        return Resources.webhookDeliveryWithAttempts(delivery, tried)
      }, Effect.catch(respond))
    )
    .handleRaw(
      "redeliver",
      (given) =>
        Requests.act(`/webhook-deliveries/${given.params.id}/redeliver`, given, (owner, keyed) =>
          Effect.flatMap(idOf(given), (id) => WebhookDeliveries.redeliver(owner, id, keyed))
        ),
      { uninterruptible: true }
    )
)
