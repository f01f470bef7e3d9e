/**
 * API keys: what a tenant's programs come in with.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Id, LiveMode, PathId, Text, Time } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import { NotFound, problem } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope, Scope } from "./Security.ts"
import { Validation } from "./Validation.ts"

const range = "An IPv4 or IPv6 address, or a range in CIDR notation"

/** What is asked for when a key is created. The shape only: the rules on it are the domain's. */
export const CreateApiKey = Schema.Struct({
  name: Text(255, { description: "What you call it, for example after the program that uses it", examples: ["erp"] }),
  scopes: Schema.Array(Scope)
    .annotate({ description: "What it may do: no more than the key that creates it" })
    .check(Schema.isMinLength(1)),
  rate_limit_per_hour: Schema.optionalKey(
    Schema.Int.annotate({ description: "Requests in each hour (UTC), 1 to 100000; 1000 when it is left out" }).check(
      Schema.isBetween({ minimum: 1, maximum: 100_000 })
    )
  ),
  ip_allowlist: Schema.optionalKey(
    Schema.Array(Schema.String.annotate({ description: range, examples: ["203.0.113.0/24"] }))
      .annotate({ description: "Where it may be used from; anywhere when it is left out" })
      .check(Schema.isMinLength(1), Schema.isMaxLength(100))
  ),
  expires_at: Schema.optionalKey(
    Time.annotate({ description: "From when on it is refused; never when it is left out" })
  )
}).annotate({
  identifier: "CreateApiKey",
  examples: [{ name: "erp", scopes: ["payments:read"], rate_limit_per_hour: 1000, ip_allowlist: ["203.0.113.0/24"] }]
})
export type CreateApiKey = typeof CreateApiKey.Type

const fields = {
  id: Id("key"),
  object: Schema.Literal("api_key"),
  livemode: LiveMode,
  name: Schema.String,
  scopes: Schema.Array(Scope),
  rate_limit_per_hour: Schema.Int.annotate({ description: "Requests in each hour (UTC)" }),
  ip_allowlist: Schema.NullOr(Schema.Array(Schema.String.annotate({ description: range }))).annotate({
    description: "Where it may be used from; null for anywhere"
  }),
  expires_at: Schema.NullOr(Time),
  revoked_at: Schema.NullOr(Time).annotate({ description: "Since when it is refused because it was revoked" }),
  created_at: Time
}

const example = {
  id: "key_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
  object: "api_key",
  livemode: false,
  name: "erp",
  scopes: ["payments:read"],
  rate_limit_per_hour: 1000,
  ip_allowlist: ["203.0.113.0/24"],
  expires_at: null,
  revoked_at: null,
  created_at: "2026-11-21T20:00:00.000Z"
} as const

export const ApiKey = Schema.Struct(fields).annotate({
  identifier: "ApiKey",
  description: "The API key, without its secret",
  examples: [example]
})
export type ApiKey = typeof ApiKey.Type

/** The answer to the creation, with the key itself. A replay of it is without: it is shown once and not kept. */
export const CreatedApiKey = Schema.Struct({
  ...fields,
  key: Schema.optionalKey(
    Schema.String.annotate({ description: "The key itself. Shown only now, and not in a replayed answer" })
  )
}).annotate({
  identifier: "CreatedApiKey",
  description: "The API key with its secret",
  examples: [{ ...example, key: "sk_test_6b5e9cf44c0e4d0b9d538f5d2f1e7a10" }]
})
export type CreatedApiKey = typeof CreatedApiKey.Type

export const ApiKeyList = Query.Page(ApiKey).annotate({ identifier: "ApiKeyList", description: "The API keys" })
export type ApiKeyList = typeof ApiKeyList.Type

/** The query of `GET /api-keys`. */
export const ApiKeyQuery = Query.list("key", {})
export type ApiKeyQuery = typeof ApiKeyQuery.Type

export class Group extends HttpApiGroup.make("apiKeys")
  .add(
    HttpApiEndpoint.post("create", "/api-keys", {
      headers: Idempotency.headers,
      query: Query.none,
      payload: CreateApiKey,
      success: Idempotency.created(CreatedApiKey),
      error: Idempotency.problems
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Create an API key",
        description:
          "The key belongs to the world of the key that creates it, sandbox or live, and can't do more than that one. " +
          "Keep the answer's `key`: it is not shown again. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.get("list", "/api-keys", { query: ApiKeyQuery, success: ApiKeyList }).annotateMerge(
      OpenApi.annotations({
        summary: "List API keys",
        description: "Newest first, revoked ones among them. The keys themselves are not shown. Scope `payments:admin`."
      })
    ),
    HttpApiEndpoint.delete("revoke", "/api-keys/:id", {
      params: { id: PathId("key") },
      query: Query.none,
      success: ApiKey,
      error: problem(NotFound)
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Revoke an API key",
        description:
          "The key is refused from the next request on, and its record stays. Revoking it again changes nothing. " +
          "Scope `payments:admin`."
      })
    )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotate(RequiredScope, "payments:admin")
  .annotateMerge(
    OpenApi.annotations({ title: "API keys", description: "What your programs come in with, and what they may do." })
  ) {}
