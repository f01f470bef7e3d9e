import { assert, describe, it } from "@effect/vitest"
import { ApiKey, ApiKeys, Idempotency } from "@salesos/core"
import { DateTime, Effect, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Given, inGateway } from "../support/gateway.ts"

const secretOf = (environment: "live" | "test", name: string) => Redacted.make(`sk_${environment}_${name.repeat(16)}`)
const keyed = (key: string): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/api-keys", {})
})
const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const create = (
  changes: Partial<ApiKey.ApiKeyRequest> = {},
  options: { readonly granting?: ReadonlyArray<ApiKey.Scope>; readonly secret?: Redacted.Redacted } = {}
) =>
  Effect.flatMap(Given, ({ owner }) => {
    const { granting = ApiKey.Scope.literals, secret = secretOf("test", "a") } = options
    return ApiKeys.create(owner, granting, keyed("k1"), { name: "erp", scopes: ["payments:read"], ...changes }, secret)
  })

const failureOf = <E extends { readonly _tag: string }, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

describe("an API key", () => {
  it.effect("lets its owner in until it expires, to the second", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const { response } = yield* create({ expires_at: "2026-11-21T09:00:01-03:00" })
        assert.deepInclude(decode(response.body), {
          expires_at: "2026-11-21T12:00:01.000Z",
          key: `sk_test_${"a".repeat(16)}`
        })
        const found = yield* ApiKeys.identify(secretOf("test", "a"))
        assert.deepEqual(found.owner, owner)
        yield* TestClock.adjust("999 millis")
        yield* ApiKeys.identify(secretOf("test", "a"))
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* failureOf(ApiKeys.identify(secretOf("test", "a"))), "Unauthorized")
      })
    )
  )

  it.effect("whose secret is of the other world lets nobody in", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create({}, { secret: secretOf("live", "a") })
        assert.strictEqual(yield* failureOf(ApiKeys.identify(secretOf("live", "a"))), "Unauthorized")
      })
    )
  )

  it.effect("has its requests counted by the hour of the clock, and those from elsewhere not at all", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create({ rate_limit_per_hour: 2, ip_allowlist: ["192.0.2.0/24"] })
        const found = yield* ApiKeys.identify(secretOf("test", "a"))
        const admit = ApiKeys.admit(found, "192.0.2.1")
        yield* TestClock.adjust("59 minutes")
        for (const address of ["198.51.100.1", null]) {
          assert.strictEqual(yield* failureOf(ApiKeys.admit(found, address)), "IpNotAllowed")
        }
        assert.deepEqual(yield* admit, { limit: 2, remaining: 1, resetSeconds: 60 })
        assert.deepEqual(yield* admit, { limit: 2, remaining: 0, resetSeconds: 60 })
        const refused = yield* Effect.flip(admit)
        assert.deepInclude(refused, { _tag: "RateLimited", limit: 2, remaining: 0, resetSeconds: 60 })
        yield* TestClock.adjust("1 minute")
        assert.deepEqual(yield* admit, { limit: 2, remaining: 1, resetSeconds: 3600 })
      })
    )
  )

  it.effect("can't expire before it is made, nor do more than the key that makes it", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        assert.strictEqual(yield* failureOf(create({ expires_at: "2026-11-21T12:00:00Z" })), "ValidationError")
        assert.strictEqual(yield* failureOf(create({}, { granting: ["payments:admin"] })), "ScopeNotHeld")
        assert.deepEqual((yield* ApiKeys.list(owner, { limit: 10 })).data, [])
      })
    )
  )

  it.effect("is answered again to the same key once it has expired, and then without its secret", () =>
    inGateway()(
      Effect.gen(function* () {
        const made = yield* create({ expires_at: "2026-11-21T12:00:01Z" })
        yield* TestClock.adjust("1 minute")
        const again = yield* create({ expires_at: "2026-11-21T12:00:01Z" })
        const { key: _, ...shown } = decode(made.response.body)
        assert.isTrue(again.replayed)
        assert.deepEqual(decode(again.response.body), shown)
      })
    )
  )

  it.effect("that is revoked is not there any more, but in the list", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner, owner } = yield* Given
        yield* create()
        const { key } = yield* ApiKeys.identify(secretOf("test", "a"))
        assert.strictEqual(yield* failureOf(ApiKeys.revoke(otherOwner, key.id)), "NotFound")
        const now = yield* DateTime.now
        const revoked = yield* ApiKeys.revoke(owner, key.id)
        assert.deepEqual(revoked, { ...key, revokedAt: now })
        assert.strictEqual(yield* failureOf(ApiKeys.identify(secretOf("test", "a"))), "Unauthorized")
        assert.deepEqual((yield* ApiKeys.list(owner, { limit: 10 })).data, [revoked])
      })
    )
  )
})
