/** Whose key a request carries, whether it may be used from there and now, and whether it may do this. */
import { Problems, Security } from "@salesos/api"
import { type ApiKeyStore, ApiKeys, type Errors, type Operations, type RateLimits } from "@salesos/core"
import { Effect, Layer } from "effect"
import { RequestFacts } from "./RequestFacts.ts"

const problemOf = (
  error: Errors.IpNotAllowed | Errors.RateLimited | Errors.Unauthorized | Operations.StoreUnavailable
) => {
  switch (error._tag) {
    case "Unauthorized":
      return new Problems.Unauthorized({ detail: "Send a valid API key as Authorization: Bearer sk_…" })
    case "IpNotAllowed":
      return new Problems.IpNotAllowed({ detail: "This API key may not be used from this address" })
    case "RateLimited":
      return new Problems.RateLimited({ detail: `The ${error.limit} requests of this hour are used up` })
    case "StoreUnavailable":
      return new Problems.Unavailable({ detail: "The database can't be reached" })
  }
}

export const layer = Layer.effect(
  Security.Authorization,
  Effect.gen(function* () {
    const services = yield* Effect.context<ApiKeyStore.ApiKeyStore | RateLimits.RateLimits>()

    return {
      bearer: (effect, { credential, endpoint, group }) =>
        Effect.gen(function* () {
          const facts = yield* RequestFacts
          const { key, owner } = yield* Effect.gen(function* () {
            const found = yield* ApiKeys.identify(credential)
            facts.owner = found.owner
            facts.key = found.key.id
            facts.usage = yield* Effect.tapErrorTag(ApiKeys.admit(found, facts.address), "RateLimited", (limited) =>
              Effect.sync(() => (facts.usage = limited))
            )
            return found
          }).pipe(Effect.mapError(problemOf), Effect.provideContext(services))
          const needed = Security.requiredScope({ group, endpoint })
          if (needed !== null && !key.scopes.includes(needed)) {
            return yield* new Problems.InsufficientScope({ detail: `This call needs the scope ${needed}` })
          }
          facts.managing = needed === "payments:admin" && endpoint.method !== "GET"
          return yield* effect.pipe(
            Effect.provideService(Security.Caller, { ...owner, keyId: key.id, scopes: key.scopes }),
            Effect.annotateLogs({ tenant: owner.tenant, environment: owner.environment, key: key.id })
          )
        })
    }
  })
)
