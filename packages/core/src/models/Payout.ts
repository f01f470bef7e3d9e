/**
 * A payout: money to a beneficiary, sent as one or more payout attempts. Everything here is data in, data out: what it is and
 * what may happen to it (`State`), what we do about it (`Steps`), and what a provider's word does to it (`Observe`, its money in
 * `Money`).
 */
export * from "./payout/State.ts"
export * from "./payout/Steps.ts"
export { observe, type Observed } from "./payout/Observe.ts"
export type { Alert } from "./payout/Money.ts"
