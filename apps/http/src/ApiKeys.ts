/** Handlers of the API keys group. */
import { Api, Security } from "@salesos/api"
import { ApiKey, ApiKeys, Errors, Ids, Resources } from "@salesos/core"
import { ApiKeys as Secrets } from "@salesos/store-postgres"
import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answered, respond } from "./Answers.ts"
import { page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const isId = Schema.is(Ids.ApiKeyId)

export const layer = HttpApiBuilder.group(Api, "apiKeys", (handlers) =>
  handlers
    .handleRaw(
      "create",
      Effect.fnUntraced(function* (given) {
        const { body, keyed, owner } = yield* Requests.posted("/api-keys", given)
        const { scopes } = yield* Security.Caller
        const secret = Secrets.generateSecret(ApiKey.secretPrefix(owner.environment))
        return yield* ApiKey.decode(body).pipe(
          Effect.flatMap((wanted) => ApiKeys.create(owner, scopes, keyed(), wanted, secret)),
          Effect.flatMap(answered),
          Effect.catch(respond)
        )
      }),
      { uninterruptible: true }
    )
    .handle(
      "list",
      Effect.fnUntraced(function* ({ query }) {
        const owner = yield* Requests.owner
        const { data, hasMore } = yield* ApiKeys.list(owner, page(query))
        return { object: "list" as const, data: data.map((key) => Resources.apiKey(owner, key)), has_more: hasMore }
      }, Effect.catch(respond))
    )
    .handle(
      "revoke",
      Effect.fnUntraced(function* ({ params }) {
        if (!isId(params.id)) return yield* new Errors.NotFound({ message: "No such API key" })
        const owner = yield* Requests.owner
        return Resources.apiKey(owner, yield* ApiKeys.revoke(owner, params.id))
      }, Effect.catch(respond)),
      { uninterruptible: true }
    )
)
