/** API keys and the counting of their requests, in memory. */
import { DateTime, Effect, Layer, Option, Redacted } from "effect"
import { ApiKeyStore } from "../ports/ApiKeyStore.ts"
import type { Once, StoreUnavailable } from "../ports/Operations.ts"
import { RateLimits } from "../ports/RateLimits.ts"
import { keyOf, MemoryDatabase, put, sameOwner, type Tables } from "./MemoryDatabase.ts"
import { decideKey } from "./memoryKeys.ts"
import { pageOf } from "../ports/Paging.ts"
import { refuseIf } from "./refusal.ts"

const keys: Layer.Layer<ApiKeyStore, never, MemoryDatabase> = Layer.effect(
  ApiKeyStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return ApiKeyStore.of({
      create: (owner, key, given, { keyed, response }) =>
        database.transaction((tables, now) =>
          Effect.gen(function* (): Effect.fn.Return<
            { readonly tables: Tables; readonly result: Once },
            StoreUnavailable
          > {
            const known = decideKey(tables, owner, keyed, now)
            if (known?._tag === "Resume") return yield* Effect.die("A key that makes an API key has an answer")
            if (known !== null) return { tables, result: known }
            const secret = Redacted.value(given)
            yield* refuseIf(
              tables.apiKeys.some((row) => row.secret === secret) ? "the secret is taken already" : undefined
            )
            return {
              tables: {
                ...tables,
                keys: put(tables.keys, keyOf(owner, keyed.key), {
                  owner,
                  ...keyed,
                  resource: null,
                  response,
                  usedAt: now
                }),
                apiKeys: [...tables.apiKeys, { owner, key, secret }]
              },
              result: { _tag: "Done" }
            }
          })
        ),
      recall: (owner, keyed) =>
        database.transaction((tables, now) =>
          Effect.succeed({ tables, result: Option.fromNullishOr(decideKey(tables, owner, keyed, now)) })
        ),
      find: (secret) =>
        Effect.map(database.tables, ({ apiKeys }) =>
          Option.map(
            Option.fromUndefinedOr(apiKeys.find((row) => row.secret === Redacted.value(secret))),
            ({ key, owner }) => ({ key, owner })
          )
        ),
      list: (owner, page) =>
        Effect.map(database.tables, ({ apiKeys }) =>
          pageOf(
            apiKeys.filter((row) => sameOwner(row.owner, owner)).map(({ key }) => key),
            page
          )
        ),
      revoke: (owner, id) =>
        database.transaction((tables, now) => {
          const found = tables.apiKeys.find((row) => sameOwner(row.owner, owner) && row.key.id === id)
          if (found === undefined) return Effect.succeed({ tables, result: Option.none() })
          const key = { ...found.key, revokedAt: found.key.revokedAt ?? now }
          const apiKeys = tables.apiKeys.map((row) => (row === found ? { ...row, key } : row))
          return Effect.succeed({ tables: { ...tables, apiKeys }, result: Option.some(key) })
        })
    })
  })
)

const hourMillis = 3_600_000

const limits: Layer.Layer<RateLimits, never, MemoryDatabase> = Layer.effect(
  RateLimits,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return RateLimits.of({
      count: (owner, id) =>
        database.transaction((tables, now) => {
          const at = DateTime.toEpochMillis(now)
          const hour = Math.floor(at / hourMillis) * hourMillis
          const of = keyOf(owner, id)
          const before = tables.usage.get(of)
          const number = (before?.hour === hour ? before.count : 0) + 1
          return Effect.succeed({
            tables: { ...tables, usage: put(tables.usage, of, { hour, count: number }) },
            result: { number, resetSeconds: Math.ceil((hour + hourMillis - at) / 1000) }
          })
        })
    })
  })
)

/** API keys and their limits over {@link MemoryDatabase}. */
export const layer = Layer.merge(keys, limits)
