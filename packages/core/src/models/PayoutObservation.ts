/**
 * What a provider said about a payout at a time: its status, and the facts in it that move money.
 */
import type { DateTime } from "effect"
import type { Money } from "../values/Money.ts"

/** Why a payout is over without a delivery. */
export type PayoutEndReason = "failed" | "canceled"

/**
 * The provider's status in our words. A status that a driver does not know is `pending`: never success, never failure.
 * Money is not a status: that a payout is paid is said by a {@link PayoutDelivery} among the facts.
 */
export type PayoutStatus =
  | { readonly _tag: "pending" }
  /** An international transfer that is to be funded first. */
  | { readonly _tag: "waiting_funds" }
  | { readonly _tag: "settled" }
  | { readonly _tag: "ended"; readonly reason: PayoutEndReason; readonly message?: string }

/** The money reached the beneficiary. */
export interface PayoutDelivery {
  readonly kind: "delivery"
  /** `1` unless the provider tells several deliveries of one payout apart. */
  readonly ordinal: string
  /** What was asked to be paid. Where the fee is deducted the beneficiary gets this less the fee. */
  readonly money: Money
  /** The provider's fee in minor units, on top or deducted as the driver declares; null while it is not known. */
  readonly fee: number | null
  readonly occurredAt: DateTime.Utc
}

/** Money of a delivered payout that came back. */
export interface PayoutReturn {
  readonly kind: "return"
  readonly ordinal: string
  /** What came back to the provider's balance. */
  readonly money: Money
  readonly occurredAt: DateTime.Utc
}

export interface PayoutObservation {
  /** The provider's own id of the payout. */
  readonly providerId: string
  readonly status: PayoutStatus
  /** The amount and currency in the answer, to be compared with what was asked for. */
  readonly money: Money
  readonly deliveries: ReadonlyArray<PayoutDelivery>
  readonly returns: ReadonlyArray<PayoutReturn>
  readonly endToEndId: string | null
  /** The provider's answer with secrets removed, kept for support and audit. */
  readonly raw: unknown
}
