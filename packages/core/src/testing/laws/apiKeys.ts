/** Laws of API keys: what is kept of them, who is found by a secret, and how their requests are counted. */
import { DateTime, Effect, Option, Redacted } from "effect"
import type { ApiKey } from "../../models/ApiKey.ts"
import { fingerprint, IdempotencyKey, type Keyed } from "../../models/Idempotency.ts"
import type { Owner } from "../../models/Owner.ts"
import { ApiKeyStore } from "../../ports/ApiKeyStore.ts"
import { RateLimits } from "../../ports/RateLimits.ts"
import * as Ids from "../../values/Ids.ts"
import { owner, tenancy } from "./given.ts"
import { holds, law, refused, same, times, upTo } from "./law.ts"

const response = { status: 201, body: '{ "é": 1 }' }

const newKeyed = Effect.map(Ids.generate("key"), (key): Keyed => ({
  key: IdempotencyKey.make(key),
  fingerprint: fingerprint("POST", "/api-keys", {})
}))

const newKey = Effect.fnUntraced(function* (changes: Partial<ApiKey> = {}) {
  return {
    id: yield* Ids.generate("key"),
    name: "ção",
    scopes: ["payments:read", "payments:admin"],
    rateLimitPerHour: 7,
    ipAllowlist: ["203.0.113.0/24", "2001:db8::/32"],
    expiresAt: DateTime.makeUnsafe("2037-01-01T00:00:00.000Z"),
    createdAt: DateTime.makeUnsafe("2026-11-21T20:00:00.000Z"),
    revokedAt: null,
    ...changes
  } satisfies ApiKey
})

const newSecret = Effect.map(Ids.generate("key"), (id) => Redacted.make(`sk_test_${id}`))

/** A key of an owner, with its secret. */
const made = Effect.fnUntraced(function* (of: Owner, changes: Partial<ApiKey> = {}) {
  const [key, secret, keyed] = [yield* newKey(changes), yield* newSecret, yield* newKeyed]
  yield* (yield* ApiKeyStore).create(of, key, secret, { keyed, response })
  return { key, secret }
})

/** Counts so many requests of a new key at once, all in one hour: when it turns meanwhile, those of another key. */
const countedInAnHour = (of: Owner, requests: number, limit: number) =>
  Effect.gen(function* () {
    const { id } = (yield* made(of)).key
    return { id, counted: yield* times(requests, (yield* RateLimits).count(of, id, limit)) }
  }).pipe(
    Effect.repeat({
      until: ({ counted }) => {
        const resets = counted.map(({ resetSeconds }) => resetSeconds)
        return Math.max(...resets) - Math.min(...resets) < 1800
      }
    })
  )

/** Laws of `ApiKeyStore` and `RateLimits`. */
export const apiKeys = [
  law(
    "an API key is found by its secret, whole, and by no other",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { find } = yield* ApiKeyStore
      const one = yield* made(sandbox)
      const other = yield* made(live, { ipAllowlist: null, expiresAt: null })
      yield* same("the first", yield* find(one.secret), Option.some({ owner: sandbox, key: one.key }))
      yield* same("the first again", yield* find(one.secret), Option.some({ owner: sandbox, key: one.key }))
      yield* same("the other", yield* find(other.secret), Option.some({ owner: live, key: other.key }))
      for (const text of [`${Redacted.value(one.secret)}x`, Redacted.value(one.secret).slice(0, -1), "", "\u0000"]) {
        yield* same(JSON.stringify(text), yield* find(Redacted.make(text)), Option.none())
      }
    })
  ),
  law(
    "an API key is made once for an idempotency key, however often that is sent at once",
    Effect.gen(function* () {
      const of = yield* owner
      const { create, list } = yield* ApiKeyStore
      const keyed = yield* newKeyed
      const send = (once: Keyed) =>
        Effect.flatMap(Effect.all([newKey(), newSecret]), ([key, secret]) =>
          create(of, key, secret, { keyed: once, response })
        )
      const answers = yield* times(8, send(keyed))
      yield* same("made", answers.filter(({ _tag }) => _tag === "Done").length, 1)
      yield* same("again", yield* send(keyed), { _tag: "Replay", response })
      const another = { ...keyed, fingerprint: fingerprint("POST", "/api-keys", { another: "body" }) }
      yield* same("with another body", (yield* send(another))._tag, "Reused")
      yield* same("how many there are", (yield* list(of, { limit: 100 })).data.length, 1)
    })
  ),
  law(
    "no two API keys have one secret",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { create } = yield* ApiKeyStore
      const { secret } = yield* made(sandbox)
      const [key, keyed] = [yield* newKey(), yield* newKeyed]
      yield* refused("the same secret", create(live, key, secret, { keyed, response }))
    })
  ),
  law(
    "API keys are listed newest first, to their owner alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { list } = yield* ApiKeyStore
      const keys = [(yield* made(sandbox)).key, (yield* made(sandbox)).key].toSorted((a, b) => (a.id < b.id ? 1 : -1))
      yield* same("the list", yield* list(sandbox, { limit: 2 }), { data: keys, hasMore: false })
      const page = { limit: 1, startingAfter: keys[0]?.id ?? "" }
      yield* same("its second page", yield* list(sandbox, page), { data: keys.slice(1), hasMore: false })
      yield* same("another owner's", yield* list(live, { limit: 2 }), { data: [], hasMore: false })
    })
  ),
  law(
    "an API key is revoked at once and for good, by its owner alone, and its record stays",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { find, list, revoke } = yield* ApiKeyStore
      const { key, secret } = yield* made(sandbox)
      yield* find(secret)
      yield* same("by another owner", yield* revoke(live, key.id), Option.none())
      yield* same("still in force", yield* find(secret), Option.some({ owner: sandbox, key }))
      const revoked = yield* revoke(sandbox, key.id)
      yield* holds(
        Option.exists(revoked, ({ revokedAt }) => revokedAt !== null),
        "it is not revoked"
      )
      yield* same(
        "how it is found",
        Option.map(yield* find(secret), (found) => found.key),
        revoked
      )
      yield* same("revoked again", yield* revoke(sandbox, key.id), revoked)
      yield* same("the list", (yield* list(sandbox, { limit: 2 })).data, Option.toArray(revoked))
      yield* same("one that is not there", yield* revoke(sandbox, yield* Ids.generate("key")), Option.none())
    })
  ),
  law(
    "of requests that come together exactly as many as the limit have a number within it",
    Effect.gen(function* () {
      const of = yield* owner
      const { count } = yield* RateLimits
      const { counted, id } = yield* countedInAnHour(of, 40, 25)
      const within = counted.map(({ number }) => number).filter((number) => number <= 25)
      yield* same(
        "the numbers",
        within.toSorted((a, b) => a - b),
        upTo(25)
      )
      yield* holds(
        counted.every(({ resetSeconds }) => resetSeconds >= 1 && resetSeconds <= 3600),
        "the hour has no end"
      )
      yield* same("one more", (yield* count(of, id, 25)).number > 25, true)
      yield* same("another key's first", (yield* count(of, (yield* made(of)).key.id, 25)).number, 1)
    })
  )
]
