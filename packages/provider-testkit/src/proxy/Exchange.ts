/** What passed through the proxy: one request, and what became of it. */
import type { Answer, Fault } from "./Fault.ts"

/** Whether the gateway asks the provider, or the provider notifies the gateway. */
export type Direction = "request" | "callback"

/** A request as it arrived. */
export interface Arrival {
  /** Counted over both directions, from 1. */
  readonly number: number
  readonly direction: Direction
  readonly method: string
  /** Below the target's own path, with the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Exchange extends Arrival {
  readonly fault: Fault
  /** What the receiver answered, in the order in which it did: none, one, or two for a duplicate. */
  readonly answers: ReadonlyArray<Answer>
  /**
   * - `underway`: the caller waits
   * - `answered`: the caller was given `given`, or as much of it as the fault let through
   * - `hungUp`: the proxy broke the connection
   * - `left`: the caller broke the connection first
   */
  readonly state: "underway" | "answered" | "hungUp" | "left"
  readonly given: Answer | null
}

/** Which exchanges a rule is about; what is not given does not matter. */
export interface Match {
  readonly direction?: Direction
  readonly method?: string
  readonly path?: RegExp
  readonly body?: RegExp
}

export const matches = (match: Match, arrival: Arrival): boolean =>
  (match.direction === undefined || match.direction === arrival.direction) &&
  (match.method === undefined || match.method === arrival.method) &&
  (match.path === undefined || match.path.test(arrival.path)) &&
  (match.body === undefined || match.body.test(arrival.body))
