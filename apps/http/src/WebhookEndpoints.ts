/** Handlers of the webhook endpoints group. */
import { Api, basePath } from "@salesos/api"
import { Idempotency, Resources, Webhook, WebhookEndpoints } from "@salesos/core"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { randomBytes } from "node:crypto"
import { created, respond } from "./Answers.ts"
import { page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const generateSecret = (): string => `whsec_${randomBytes(24).toString("base64url")}`

export const layer = HttpApiBuilder.group(Api, "webhookEndpoints", (handlers) =>
  handlers
    .handleRaw(
      "create",
      Effect.fnUntraced(function* ({ headers, request }) {
        const owner = yield* Requests.owner
        const key = yield* Requests.idempotencyKey(headers)
        const body = yield* Requests.json(request)
        return yield* Effect.gen(function* () {
          const wanted = yield* Webhook.decode(owner.environment, body)
          const keyed = { key, fingerprint: Idempotency.fingerprint("POST", `${basePath}/webhook-endpoints`, body) }
          return created(yield* WebhookEndpoints.register(owner, keyed, wanted, wanted.secret ?? generateSecret()))
        }).pipe(Effect.catch(respond))
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
