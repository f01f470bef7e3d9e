/**
 * A fault-injecting HTTP proxy to put before any provider, and before whoever a provider notifies.
 *
 * ```ts
 * const proxy = yield* Proxy.make({ target: simulator })
 * yield* proxy.on({ method: "POST", path: /transactions/ }, Fault.dropAnswer)
 * ```
 */
export type { Arrival, Direction, Exchange, Match } from "./Exchange.ts"
export * as Fault from "./Fault.ts"
export type { Counts } from "./Log.ts"
export { make, type Options, type Proxy, type Tls } from "./Proxy.ts"
export { badDay, type Chaos } from "./Script.ts"
