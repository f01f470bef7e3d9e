/** Access tokens and the pace of calls in one process. */
import { Clock, DateTime, Duration, Effect, Layer, Redacted, Ref, Semaphore } from "effect"
import { type AccessToken, AccessTokens, type Called, nextPlace, Pacing } from "../ports/ProviderCalls.ts"
import { type ProviderAccount, Unavailable } from "../ports/Provider.ts"

const nameOf = ({ environment, name, tenant }: ProviderAccount): string => JSON.stringify([tenant, environment, name])

/** A token is renewed while it still works, so that no call has to find out that it doesn't. */
const margin = Duration.minutes(1)

/** Access tokens, each renewed by one caller while the others wait. */
export const accessTokens: Layer.Layer<AccessTokens> = Layer.effect(
  AccessTokens,
  Effect.gen(function* () {
    const tokens = yield* Ref.make<ReadonlyMap<string, AccessToken>>(new Map())
    const one = yield* Semaphore.make(1)
    return AccessTokens.of({
      get: (account, renew) =>
        Effect.gen(function* () {
          const now = yield* DateTime.now
          const known = (yield* Ref.get(tokens)).get(nameOf(account))
          if (known !== undefined && DateTime.isGreaterThan(known.expiresAt, DateTime.addDuration(now, margin)))
            return known.value
          const renewed = yield* renew
          yield* Ref.update(tokens, (all) => new Map([...all, [nameOf(account), renewed]]))
          return renewed.value
        }).pipe(one.withPermits(1)),
      forget: (account, refused) =>
        Ref.update(tokens, (all) => {
          const known = all.get(nameOf(account))
          return known === undefined || Redacted.value(known.value) !== Redacted.value(refused)
            ? all
            : new Map([...all].filter(([name]) => name !== nameOf(account)))
        })
    })
  })
)

/** The pace of calls, by a sliding window. */
export const pacing: Layer.Layer<Pacing> = Layer.effect(
  Pacing,
  Effect.gen(function* () {
    const accounts = yield* Ref.make<ReadonlyMap<string, Called>>(new Map())
    const calledOf = (all: ReadonlyMap<string, Called>, account: ProviderAccount): Called =>
      all.get(nameOf(account)) ?? { at: [], pausedUntil: 0 }
    return Pacing.of({
      place: (account, pace) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const place = yield* Ref.modify(accounts, (all): readonly [number | null, ReadonlyMap<string, Called>] => {
            const next = nextPlace(calledOf(all, account), pace, now)
            return next === null ? [null, all] : [next.at, new Map([...all, [nameOf(account), next.called]])]
          })
          if (place === null) return yield* new Unavailable({ message: "The provider's call limit is reached" })
          yield* Effect.sleep(Duration.millis(place - now))
        }),
      pause: (account, duration) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) =>
          Ref.update(accounts, (all) => {
            const called = calledOf(all, account)
            const pausedUntil = Math.max(called.pausedUntil, now + Duration.toMillis(duration))
            return new Map([...all, [nameOf(account), { ...called, pausedUntil }]])
          })
        )
    })
  })
)

/** Both. */
export const layer: Layer.Layer<AccessTokens | Pacing> = Layer.merge(accessTokens, pacing)
