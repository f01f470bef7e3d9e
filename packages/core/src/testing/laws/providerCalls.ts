/** Laws of what drivers share: one token for all who call, and no more calls than a provider takes. */
import { DateTime, Duration, Effect, Exit, Redacted, Ref } from "effect"
import type { ProviderAccount } from "../../ports/Provider.ts"
import { Unavailable } from "../../ports/Provider.ts"
import { type AccessToken, AccessTokens, Pacing } from "../../ports/ProviderCalls.ts"
import { Tenants } from "../../ports/Store.ts"
import { owner } from "./given.ts"
import { holds, law, same, times } from "./law.ts"

const account = Effect.gen(function* () {
  const { accounts } = yield* (yield* Tenants).profile(yield* owner)
  return accounts[0] as ProviderAccount // a fresh tenant has one
})

/** Tokens that are told apart, and how many were made. */
const issuer = (life: Duration.Input) =>
  Effect.map(Ref.make(0), (made) => ({
    made: Ref.get(made),
    renew: Effect.gen(function* () {
      const number = yield* Ref.updateAndGet(made, (count) => count + 1)
      yield* Effect.sleep("50 millis")
      return {
        value: Redacted.make(`token ${number}`),
        expiresAt: DateTime.addDuration(yield* DateTime.now, life)
      } satisfies AccessToken
    })
  }))

/** Laws of `AccessTokens` and `Pacing`. */
export const providerCalls = [
  law(
    "a token is fetched once for all who call at once, and kept while it has life left",
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const mine = yield* account
      const { made, renew } = yield* issuer("30 minutes")
      const got = yield* times(20, tokens.get(mine, renew))
      yield* same("the tokens", new Set(got.map(Redacted.value)).size, 1)
      yield* same("later", Redacted.value(yield* tokens.get(mine, renew)), "token 1")
      yield* same("how many were made", yield* made, 1)
    })
  ),
  law(
    "a token that is about to end is renewed, and another account has its own",
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const [mine, other] = [yield* account, yield* account]
      const { made, renew } = yield* issuer("30 seconds")
      yield* tokens.get(mine, renew)
      yield* tokens.get(mine, renew)
      yield* tokens.get(other, renew)
      yield* same("how many were made", yield* made, 3)
    })
  ),
  law(
    "a refused token is forgotten once: one that came meanwhile stays",
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const mine = yield* account
      const { made, renew } = yield* issuer("30 minutes")
      const first = yield* tokens.get(mine, renew)
      yield* times(5, tokens.forget(mine, first))
      const second = yield* tokens.get(mine, renew)
      yield* tokens.forget(mine, first)
      yield* same("the third", Redacted.value(yield* tokens.get(mine, renew)), Redacted.value(second))
      yield* same("how many were made", yield* made, 2)
    })
  ),
  law(
    "a renewal that fails fails its caller, and the next one renews",
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      const mine = yield* account
      const { renew } = yield* issuer("30 minutes")
      const failed = yield* Effect.exit(tokens.get(mine, Effect.fail(new Unavailable({ message: "down" }))))
      yield* holds(Exit.isFailure(failed), "a failed renewal gave a token")
      yield* same("the next", Redacted.value(yield* tokens.get(mine, renew)), "token 1")
    })
  ),
  law(
    "no more places are given than a provider takes, and creations go before lookups",
    Effect.gen(function* () {
      const pacing = yield* Pacing
      const mine = yield* account
      const pace = { calls: 10, per: Duration.minutes(10) }
      const places = (count: number, priority: "first" | "later") =>
        Effect.map(
          times(count, Effect.exit(pacing.place(mine, { ...pace, priority }))),
          (exits) => exits.filter(Exit.isSuccess).length
        )
      yield* same("lookups", yield* places(15, "later"), 8)
      yield* same("creations", yield* places(15, "first"), 2)
      yield* same(
        "of another account",
        (yield* Effect.exit(pacing.place(yield* account, { ...pace, priority: "later" })))._tag,
        "Success"
      )
    })
  ),
  law(
    "a provider that said not before is not called before",
    Effect.gen(function* () {
      const pacing = yield* Pacing
      const mine = yield* account
      yield* pacing.pause(mine, Duration.minutes(1))
      yield* pacing.pause(mine, Duration.seconds(1)) // does not shorten the first
      const exit = yield* Effect.exit(pacing.place(mine, { calls: 10, per: Duration.minutes(1), priority: "first" }))
      yield* holds(Exit.isFailure(exit), "a place was given")
    })
  )
]
