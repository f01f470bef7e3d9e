/** Handlers of the webhook endpoints group. */
import { Api } from "@salesos/api"
import { Ids, Resources, Webhook, WebhookDeliveries, WebhookEndpoints } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { randomBytes } from "node:crypto"
import { answered, respond } from "./Answers.ts"
import { page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const generateSecret = (): string => `whsec_${randomBytes(24).toString("base64url")}`

const isId = Schema.is(Ids.WebhookEndpointId)

/** The id in a path. Fails with `NotFound` where there can't be one of it. */
const idOf = ({ params: { id } }: { readonly params: { readonly id: string } }) =>
  Requests.idOf(isId, id, "webhook endpoint")

export const layer = HttpApiBuilder.group(Api, "webhookEndpoints", (handlers) =>
  handlers
    .handleRaw(
      "create",
      Effect.fnUntraced(function* (given) {
        const { body, keyed, owner } = yield* Requests.posted("/webhook-endpoints", given)
        return yield* Webhook.decode(owner.environment, body).pipe(
          Effect.flatMap((wanted) =>
            WebhookEndpoints.register(owner, keyed(), wanted, wanted.secret ?? generateSecret())
          ),
          Effect.flatMap(answered),
          Effect.catch(respond)
        )
      }),
      { uninterruptible: true }
    )
    .handle(
      "list",
      Effect.fnUntraced(function* ({ query }) {
        const { data, hasMore } = yield* WebhookEndpoints.list(yield* Requests.owner, page(query))
        return { object: "list" as const, data: data.map(Resources.webhookEndpoint), has_more: hasMore }
      }, Effect.catch(respond))
    )
    .handle(
      "get",
      Effect.fnUntraced(function* (given) {
        const id = yield* idOf(given)
        return Resources.webhookEndpoint(yield* WebhookEndpoints.get(yield* Requests.owner, id))
      }, Effect.catch(respond))
    )
    .handleRaw(
      "update",
      Effect.fnUntraced(function* (given) {
        const { body, owner } = yield* Requests.patched(given)
        return yield* Effect.gen(function* () {
          const id = yield* idOf(given)
          const patch = yield* Webhook.decodePatch(owner.environment, body)
          const updated = yield* WebhookEndpoints.update(owner, id, patch)
          return HttpServerResponse.jsonUnsafe(Resources.webhookEndpoint(updated))
        }).pipe(Effect.catch(respond))
      }),
      { uninterruptible: true }
    )
    .handle(
      "remove",
      Effect.fnUntraced(function* (given) {
        yield* WebhookEndpoints.remove(yield* Requests.owner, yield* idOf(given))
      }, Effect.catch(respond)),
      { uninterruptible: true }
    )
    .handleRaw(
      "rotate",
      Effect.fnUntraced(function* (given) {
        const path = `/webhook-endpoints/${given.params.id}/rotate-secret`
        const { body, keyed, owner } = yield* Requests.posted(path, given, {})
        return yield* Effect.gen(function* () {
          const id = yield* idOf(given)
          const wanted = yield* Webhook.decodeRotation(body)
          return yield* answered(yield* WebhookEndpoints.rotate(owner, id, keyed(), wanted, generateSecret()))
        }).pipe(Effect.catch(respond))
      }),
      { uninterruptible: true }
    )
    .handleRaw(
      "ping",
      (given) =>
        Requests.act(`/webhook-endpoints/${given.params.id}/ping`, given, (owner, keyed) =>
          Effect.flatMap(idOf(given), (id) => WebhookDeliveries.ping(owner, id, keyed))
        ),
      { uninterruptible: true }
    )
)
