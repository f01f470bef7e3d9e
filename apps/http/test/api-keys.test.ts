import { assert, layer } from "@effect/vitest"
import { ApiKeys } from "@salesos/api"
import { Effect, Schema } from "effect"
import { Gateway, newKey, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectFields, expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

const exactly = { onExcessProperty: "error" } as const
const asCreated = Schema.decodeUnknownSync(ApiKeys.CreatedApiKey, exactly)
const asKey = Schema.decodeUnknownSync(ApiKeys.ApiKey, exactly)
const asList = Schema.decodeUnknownSync(ApiKeys.ApiKeyList, exactly)

const reader = { name: "erp", scopes: ["payments:read"] } satisfies ApiKeys.CreateApiKey

shared("a new API key", (it) => {
  it.effect("is shown once, works at once, and does what it may", () =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      const answer = yield* call("POST", "/api-keys", { body: reader })
      assert.strictEqual(answer.status, 201)
      const { key = "", ...shown } = asCreated(Http.json(answer))
      assert.match(key, /^sk_test_[\w-]{32}$/)
      assert.deepInclude(shown, {
        livemode: false,
        rate_limit_per_hour: 1000,
        ip_allowlist: null,
        expires_at: null,
        revoked_at: null,
        ...reader
      })
      assert.strictEqual((yield* call("GET", "/invoices", { key })).status, 200)
      yield* expectProblem(yield* call("POST", "/invoices", { key, body: Samples.invoice() }), "insufficient_scope")
      const list = yield* call("GET", "/api-keys")
      assert.deepEqual(asList(Http.json(list)).data[0], shown)
      assert.notInclude(list.text, key.slice(8))
    })
  )

  it.effect("is not in the answer that is replayed, nor anywhere in the database", () =>
    Effect.gen(function* () {
      const { call, gateway } = yield* tenant()
      const idempotencyKey = newKey()
      const first = yield* call("POST", "/api-keys", { body: reader, idempotencyKey })
      const again = yield* call("POST", "/api-keys", { body: reader, idempotencyKey })
      const { key = "", ...shown } = asCreated(Http.json(first))
      assert.deepEqual(Http.json(again), shown)
      assert.strictEqual(again.headers["idempotent-replay"], "true")
      const [found] = yield* gateway.sql<{ readonly dump: string }>`
        select (select string_agg(k::text, ',') from api_key k) || (select string_agg(k::text, ',') from idempotency_key k) as dump`
      assert.include(found?.dump, shown.id)
      assert.notInclude(found?.dump, key.slice(8))
      const other = yield* call("POST", "/api-keys", { body: { ...reader, name: "other" }, idempotencyKey })
      yield* expectProblem(other, "idempotency_key_reused")
      assert.lengthOf(asList(yield* Effect.map(call("GET", "/api-keys"), Http.json)).data, 2)
    })
  )

  it.effect("is of the world of the key that makes it", () =>
    Effect.gen(function* () {
      const live = yield* tenant("live")
      const sandbox = yield* tenant("sandbox", live.owner.tenant)
      const { key = "", livemode } = asCreated(Http.json(yield* live.call("POST", "/api-keys", { body: reader })))
      assert.match(key, /^sk_live_/)
      assert.isTrue(livemode)
      yield* live.created(Samples.invoice())
      const seen = yield* sandbox.call("GET", "/invoices", { key })
      assert.include(seen.text, "INV-")
      assert.lengthOf(asList(yield* sandbox.read("/api-keys")).data, 1)
    })
  )

  it.effect("can't do more than the key that makes it", () =>
    Effect.gen(function* () {
      const { call, gateway, keyWith } = yield* tenant()
      const manager = yield* keyWith(["payments:admin", "payments:read"])
      const before = yield* gateway.rows
      const body = { name: "wide", scopes: ["payments:read", "payments:write"] }
      const { detail } = yield* expectProblem(
        yield* call("POST", "/api-keys", { key: manager.key, body }),
        "insufficient_scope"
      )
      assert.include(detail, "payments:write")
      assert.deepEqual(yield* gateway.rows, before)
      const narrow = yield* call("POST", "/api-keys", { key: manager.key, body: reader })
      assert.strictEqual(narrow.status, 201)
    })
  )

  it.effect("is asked for with every rule that is broken named", () =>
    Effect.gen(function* () {
      const { call, gateway } = yield* tenant()
      const before = yield* gateway.rows
      const answer = yield* call("POST", "/api-keys", {
        body: {
          name: "",
          scopes: ["payments:read", "payments:all"],
          rate_limit_per_hour: 0,
          ip_allowlist: ["203.0.113.0/24", "203.0.113.5/24", "localhost", "300.1.1.1"],
          expires_at: "tomorrow",
          owner: "x"
        }
      })
      assert.deepEqual(yield* expectFields(answer), [
        "expires_at: invalid_time",
        "ip_allowlist.1: invalid_ip_range",
        "ip_allowlist.2: invalid_ip_range",
        "ip_allowlist.3: invalid_ip_range",
        "name: invalid_length",
        "owner: unknown_field",
        "rate_limit_per_hour: invalid_rate_limit",
        "scopes.1: invalid_value"
      ])
      const past = yield* call("POST", "/api-keys", { body: { ...reader, expires_at: "2020-01-01T00:00:00Z" } })
      assert.deepEqual(yield* expectFields(past), ["expires_at: invalid_time"])
      assert.deepEqual(yield* gateway.rows, before)
    })
  )
})

shared("a revoked API key", (it) => {
  it.effect("is refused from the next request on, and its record stays", () =>
    Effect.gen(function* () {
      const { call, limitedKey } = yield* tenant()
      const { id, key } = yield* limitedKey({})
      assert.strictEqual((yield* call("GET", "/invoices", { key })).status, 200)
      const answer = yield* call("DELETE", `/api-keys/${id}`)
      assert.strictEqual(answer.status, 200)
      const revoked = asKey(Http.json(answer))
      assert.isNotNull(revoked.revoked_at)
      yield* expectProblem(yield* call("GET", "/invoices", { key }), "unauthorized")
      assert.deepEqual(Http.json(yield* call("DELETE", `/api-keys/${id}`)), revoked)
      assert.deepEqual(asList(yield* Effect.map(call("GET", "/api-keys"), Http.json)).data[0], revoked)
    })
  )

  it.effect("may be the one that revokes it, and not another tenant's", () =>
    Effect.gen(function* () {
      const { call, limitedKey } = yield* tenant()
      const another = yield* tenant()
      const { id, key } = yield* limitedKey({})
      yield* expectProblem(yield* another.call("DELETE", `/api-keys/${id}`), "not_found")
      yield* expectProblem(yield* call("DELETE", "/api-keys/me"), "not_found")
      assert.strictEqual((yield* call("DELETE", `/api-keys/${id}`, { key })).status, 200)
      yield* expectProblem(yield* call("DELETE", `/api-keys/${id}`, { key }), "unauthorized")
    })
  )
})
