/**
 * What drivers share between processes, so that they can stay stateless: the access tokens of provider accounts, and the
 * pace at which an account may be called.
 */
import { Context, type DateTime, Duration, Effect, type Redacted } from "effect"
import type { ProviderAccount, Unavailable } from "./Provider.ts"

/** A bearer token, and when it stops being accepted by the provider's own account of its life. */
export interface AccessToken {
  readonly value: Redacted.Redacted
  readonly expiresAt: DateTime.Utc
}

export class AccessTokens extends Context.Service<
  AccessTokens,
  {
    /**
     * The account's token while it has a minute of life left or more. Otherwise one caller among all processes runs `renew`,
     * and the others wait for what it brings; a failed renewal fails whoever waited.
     */
    readonly get: <E>(
      account: ProviderAccount,
      renew: Effect.Effect<AccessToken, E>
    ) => Effect.Effect<Redacted.Redacted, E | Unavailable>
    /** The provider refused this token: the next {@link get} renews. Another token that came meanwhile stays. */
    readonly forget: (account: ProviderAccount, refused: Redacted.Redacted) => Effect.Effect<void>
  }
>()("@salesos/core/ports/AccessTokens") {}

/**
 * A call with the account's token, and once more with a new one where the answer says that the token is refused (401): the
 * provider may end a token before its time. The second answer stands, whatever it says.
 */
export const withToken = Effect.fnUntraced(function* <A extends { readonly status: number }, E, F>(
  tokens: AccessTokens["Service"],
  account: ProviderAccount,
  renew: Effect.Effect<AccessToken, E>,
  call: (token: Redacted.Redacted) => Effect.Effect<A, F>
): Effect.fn.Return<A, E | F | Unavailable> {
  const token = yield* tokens.get(account, renew)
  const answer = yield* call(token)
  if (answer.status !== 401) return answer
  yield* tokens.forget(account, token)
  return yield* call(yield* tokens.get(account, renew))
})

/** How often an account may be called. */
export interface Pace {
  readonly calls: number
  readonly per: Duration.Duration
  /** `first` may use every call; `later` leaves a fifth of them to creations and payouts. */
  readonly priority: "first" | "later"
}

/** When an account was called lately, or will be, and until when it must not be. Milliseconds since 1970. */
export interface Called {
  readonly at: ReadonlyArray<number>
  readonly pausedUntil: number
}

/** The longest a call waits for its place, in milliseconds. */
const patience = 5_000

/**
 * The next place among the calls of an account, by a sliding window: at once, or when the oldest call in the way leaves it. Null
 * when that is too far away to wait for; then nothing is taken.
 */
export const nextPlace = (
  called: Called,
  { calls, per, priority }: Pace,
  now: number
): { readonly at: number; readonly called: Called } | null => {
  const allowed = priority === "first" ? calls : Math.max(1, Math.floor((calls * 4) / 5))
  const window = Duration.toMillis(per)
  const recent = called.at.filter((each) => each > now - window)
  const inTheWay = recent[recent.length - allowed]
  const at = Math.max(now, called.pausedUntil, inTheWay === undefined ? now : inTheWay + window)
  return at - now > patience ? null : { at, called: { ...called, at: [...recent, at].toSorted((a, b) => a - b) } }
}

export class Pacing extends Context.Service<
  Pacing,
  {
    /**
     * Waits for the account's next place among the calls of all processes. Fails with `Unavailable`, taking none, when that is
     * more than 5 seconds away: a request does not wait longer.
     */
    readonly place: (account: ProviderAccount, pace: Pace) => Effect.Effect<void, Unavailable>
    /** The provider said "not before": nobody calls the account for so long. */
    readonly pause: (account: ProviderAccount, duration: Duration.Duration) => Effect.Effect<void>
  }
>()("@salesos/core/ports/Pacing") {}
