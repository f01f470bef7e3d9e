/**
 * Whose key a request carries. Keys are hashed with bcrypt, which would cap a core at some twenty requests a second: a key
 * that was verified is remembered by its digest, and only compared with the row, which is read every time. So revoking
 * takes effect at once.
 */
import { verify } from "@node-rs/bcrypt"
import { Problems, Security } from "@salesos/api"
import { ApiKeys } from "@salesos/store-postgres"
import { DateTime, Effect, Layer, Option, Redacted } from "effect"
import { createHash } from "node:crypto"

/** How many verified keys are remembered; the one verified longest ago goes first. */
const capacity = 10_000

const wellFormed = /^sk_(live|test)_[\x21-\x7e]{16,200}$/

const unauthorized = new Problems.Unauthorized({ detail: "Send a valid API key as Authorization: Bearer sk_…" })

export const layer = Layer.effect(
  Security.Authorization,
  Effect.gen(function* () {
    const keys = yield* ApiKeys.ApiKeys
    /** Digest of the key → the hash that it was verified against. */
    const verified = new Map<string, string>()

    const matches = Effect.fnUntraced(function* (key: string, hash: string) {
      const digest = createHash("sha256").update(key).digest("base64")
      if (verified.get(digest) === hash) return true
      if (!(yield* Effect.promise(() => verify(key, hash)))) return false
      const [oldest] = verified.size >= capacity ? verified.keys() : []
      if (oldest !== undefined) verified.delete(oldest)
      verified.set(digest, hash)
      return true
    })

    const authenticate = Effect.fnUntraced(function* (key: string) {
      if (!wellFormed.test(key)) return yield* unauthorized
      const found = yield* keys.find(key)
      if (Option.isNone(found)) return yield* unauthorized
      const { expiresAt, hash, revoked } = found.value
      const expired = expiresAt !== null && DateTime.isLessThanOrEqualTo(expiresAt, yield* DateTime.now)
      if (revoked || expired || !(yield* matches(key, hash))) return yield* unauthorized
      return found.value
    })

    return {
      bearer: (effect, { credential, endpoint, group }) =>
        Effect.gen(function* () {
          const { id, owner, scopes } = yield* authenticate(Redacted.value(credential)).pipe(
            Effect.catchTag(
              "StoreUnavailable",
              () => new Problems.Unavailable({ detail: "The database can't be reached" })
            )
          )
          const needed = Security.requiredScope({ group, endpoint })
          if (needed !== null && !scopes.includes(needed)) {
            return yield* new Problems.InsufficientScope({ detail: `This call needs the scope ${needed}` })
          }
          return yield* effect.pipe(
            Effect.provideService(Security.Caller, { ...owner, keyId: id, scopes }),
            Effect.annotateLogs({ tenant: owner.tenant, environment: owner.environment, key: id })
          )
        })
    }
  })
)
