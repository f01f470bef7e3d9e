/** Handlers of the webhook endpoints group. */
import { Api } from "@salesos/api"
import { Resources, Webhook, WebhookEndpoints } from "@salesos/core"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { randomBytes } from "node:crypto"
import { answered, respond } from "./Answers.ts"
import { page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const generateSecret = (): string => `whsec_${randomBytes(24).toString("base64url")}`

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
          Effect.map(answered),
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
)
