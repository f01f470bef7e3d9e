/**
 * API keys: making, listing and revoking them, and letting in who presents one.
 */
import { DateTime, Effect, Option, Redacted } from "effect"
import * as ApiKey from "../models/ApiKey.ts"
import type { Keyed } from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import { ApiKeyStore } from "../ports/ApiKeyStore.ts"
import type { Page } from "../ports/Operations.ts"
import { RateLimits } from "../ports/RateLimits.ts"
import { ValidationError } from "../values/FieldError.ts"
import * as Ids from "../values/Ids.ts"
import type { ApiKeyId } from "../values/Ids.ts"
import { IpNotAllowed, NotFound, RateLimited, ScopeNotHeld, Unauthorized } from "./errors.ts"
import { type Answer, decided, refuse } from "./Execution.ts"

/**
 * Makes a key of an owner's. `granting` are the scopes of whoever asks: no key may do more than the one that makes it. The
 * secret is in this answer only, not in the one that is stored and replayed.
 *
 * Fails with `ValidationError` (an expiry that is over), `ScopeNotHeld` or `IdempotencyKeyReused`.
 */
export const create = Effect.fn("ApiKeys.create")(function* (
  owner: Owner,
  granting: ReadonlyArray<ApiKey.Scope>,
  keyed: Keyed,
  request: ApiKey.ApiKeyRequest,
  secret: Redacted.Redacted
) {
  const store = yield* ApiKeyStore
  const createdAt = yield* DateTime.now
  const expiresAt = request.expires_at === undefined ? null : DateTime.toUtc(DateTime.makeUnsafe(request.expires_at))
  if (expiresAt !== null && DateTime.isLessThanOrEqualTo(expiresAt, createdAt)) {
    const message = "Expected a time that is still to come"
    const past = new ValidationError({ errors: [{ field: "expires_at", code: "invalid_time", message }] })
    return yield* refuse(store, owner, keyed, past)
  }
  const wider = request.scopes.find((scope) => !granting.includes(scope))
  if (wider !== undefined) return yield* refuse(store, owner, keyed, new ScopeNotHeld({ scope: wider }))
  const key: ApiKey.ApiKey = {
    id: yield* Ids.generate("key"),
    name: request.name,
    scopes: request.scopes,
    rateLimitPerHour: request.rate_limit_per_hour ?? ApiKey.defaultRateLimit,
    ipAllowlist: request.ip_allowlist ?? null,
    expiresAt,
    createdAt,
    revokedAt: null
  }
  const resource = Resources.apiKey(owner, key)
  const stored = { status: 201, body: JSON.stringify(resource) }
  const made = yield* store.create(owner, key, secret, { keyed, response: stored })
  if (made._tag !== "Done") return yield* decided(made)
  const response = { status: 201, body: JSON.stringify({ ...resource, key: Redacted.value(secret) }) }
  return { response, replayed: false } satisfies Answer
})

/** Keys of an owner, newest first, revoked ones among them. */
export const list = Effect.fn("ApiKeys.list")(function* (owner: Owner, page: Page) {
  return yield* (yield* ApiKeyStore).list(owner, page)
})

/** Revokes a key at once; one that is revoked stays as it is. Fails with `NotFound`, also for another owner's. */
export const revoke = Effect.fn("ApiKeys.revoke")(function* (owner: Owner, id: ApiKeyId) {
  const revoked = yield* (yield* ApiKeyStore).revoke(owner, id)
  return yield* Option.match(revoked, {
    onNone: () => Effect.fail(new NotFound({ message: "No such API key" })),
    onSome: Effect.succeed
  })
})

/** Whose key a secret is. Fails with `Unauthorized` when it is nobody's, of the other world, revoked or expired. */
export const identify = Effect.fn("ApiKeys.identify")(function* (secret: Redacted.Redacted) {
  const text = Redacted.value(secret)
  if (!ApiKey.isSecret(text)) return yield* new Unauthorized()
  const found = Option.getOrUndefined(yield* (yield* ApiKeyStore).find(secret))
  if (found === undefined || !text.startsWith(ApiKey.secretPrefix(found.owner.environment)))
    return yield* new Unauthorized()
  if (!ApiKey.isInForce(found.key, yield* DateTime.now)) return yield* new Unauthorized()
  return found
})

/** How much of its hour a key has used, a request included. */
export interface Usage {
  readonly limit: number
  readonly remaining: number
  /** Until the hour is over. */
  readonly resetSeconds: number
}

/**
 * Lets in one request with a key from an address (null when it is not known), and counts it. Fails with `IpNotAllowed`, which is
 * not counted, so that whoever has stolen a key can't use up its hour; or with the `RateLimited` of an hour that is used up.
 */
export const admit = Effect.fn("ApiKeys.admit")(function* ({ key, owner }: ApiKey.OwnedKey, address: string | null) {
  if (!ApiKey.allows(key, address)) return yield* new IpNotAllowed()
  const limit = key.rateLimitPerHour
  const { number, resetSeconds } = yield* (yield* RateLimits).count(owner, key.id, limit)
  if (number > limit) return yield* new RateLimited({ limit, remaining: 0, resetSeconds })
  return { limit, remaining: limit - number, resetSeconds } satisfies Usage
})
