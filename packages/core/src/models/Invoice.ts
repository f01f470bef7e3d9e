/**
 * An invoice: a request for payment (not a fiscal document), collected by one or more charge attempts. Everything here
 * is data in, data out: what it is and what may happen to it (`State`), what we do about it (`Steps`, its tax document in
 * `Documents`), and what a provider's word does to it (`Observe`, its money in `Money`).
 */
export * from "./invoice/State.ts"
export * from "./invoice/Steps.ts"
export * from "./invoice/Documents.ts"
export * from "./invoice/Doubts.ts"
export { observe, type Observed } from "./invoice/Observe.ts"
export type { Alert, LatePayments } from "./invoice/Money.ts"
