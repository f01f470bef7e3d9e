/**
 * "60 requisicoes por minuto por token de acesso": counted in windows of a minute, in memory only.
 */

/** Calls a minute for each token. */
export const documented = 60

const minute = 60_000

/** Counts a token's request at `now` (milliseconds); the seconds to wait where it is one too many. */
export type Limit = (token: string, now: number) => number | undefined

/** No requests yet. */
export const make = (limit: number): Limit => {
  const windows = new Map<string, { readonly end: number; readonly used: number }>()
  return (token, now) => {
    const { end, used } = windows.get(token) ?? { end: 0, used: 0 }
    if (now >= end) windows.set(token, { end: now + minute, used: 1 })
    else if (used < limit) windows.set(token, { end, used: used + 1 })
    else return Math.ceil((end - now) / 1_000)
    return undefined
  }
}
