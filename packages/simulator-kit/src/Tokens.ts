/**
 * The access tokens of a provider that gives them for a client's credentials (RFC 6749, 4.4): a table of their own, so that
 * a token outlives a restart, as it does at a provider.
 */
import { Clock, Effect, Schema } from "effect"
import type { Records } from "./Records.ts"
import type { Stored } from "./Table.ts"

/** A token, and until when it is good in milliseconds since 1970; null once it is not. */
export const Token = Schema.Struct({ value: Schema.String, expiresAt: Schema.NullOr(Schema.Int) })
export type Token = typeof Token.Type

/** A table that forgets a token once it is not good any more. */
export const table = (): Stored<Token> => {
  const rows = new Map<string, Token>()
  return {
    get: (value) => rows.get(value),
    id: ({ value }) => value,
    put: (row) => {
      if (row.expiresAt === null) rows.delete(row.value)
      else rows.set(row.value, row)
    },
    rows: () => rows.values(),
    dueAt: ({ expiresAt }) => expiresAt,
    decode: Schema.decodeUnknownExit(Token)
  }
}

/** What requests and control endpoints do with the tokens. */
export interface Tokens {
  /** A new token, once the state file has it. */
  readonly issue: Effect.Effect<string>
  /** Whether an `Authorization` header shows a token that is good. */
  readonly isGood: (authorization: string | undefined) => Effect.Effect<boolean>
  /** Makes every token useless, and tells how many there were. */
  readonly revokeAll: Effect.Effect<number>
  /** What the timers do with a token that is due. */
  readonly expire: (token: Token) => Effect.Effect<void>
}

/** The tokens of a table in the records. `lifetime` is in seconds, and `draw` gives the text of a new one. */
export const make = (
  tokens: Stored<Token>,
  records: Pick<Records<{ readonly tokens: Token }>, "commit" | "written">,
  options: { readonly lifetime: number; readonly draw: () => string }
): Tokens => {
  const end = (ended: ReadonlyArray<Token>) =>
    Effect.sync(() => records.commit({ tokens: ended.map((token) => ({ ...token, expiresAt: null })) }))
  return {
    issue: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const token = { value: options.draw(), expiresAt: now + options.lifetime * 1_000 }
      records.commit({ tokens: [token] })
      yield* records.written
      return token.value
    }),
    isGood: (authorization) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const [, value = ""] = /^Bearer (.+)$/.exec(authorization ?? "") ?? []
        return (tokens.get(value)?.expiresAt ?? 0) > now
      }),
    revokeAll: Effect.suspend(() => {
      const all = [...tokens.rows()]
      return Effect.as(end(all), all.length)
    }),
    expire: (token) => end([token])
  }
}
