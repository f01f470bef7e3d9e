/**
 * What a provider said about a charge at a time: its status, its artifact, and the facts in it that move money.
 * A driver makes observations out of answers; core applies them. They may come in any order and any number of times.
 */
import type { DateTime } from "effect"
import type { Money } from "../values/Money.ts"
import type { BrCode } from "../values/Pix.ts"

/** What the payer uses to pay, as the provider gave it, its own check digits verified. */
export type Artifact = { readonly type: "pix"; readonly copyPaste: BrCode }

/** Why a charge is over without a payment. */
export type EndReason = "expired" | "refused" | "canceled"

/**
 * The provider's status in our words. A status that a driver does not know is `pending`: never success, never failure.
 * Money is not a status: that a charge is paid is said by a {@link Payment} among the facts.
 */
export type ChargeStatus =
  | { readonly _tag: "pending" }
  | { readonly _tag: "open" }
  | { readonly _tag: "settled" }
  | { readonly _tag: "ended"; readonly reason: EndReason }

/** A payment the provider says it received. `ordinal` tells several payments of one charge apart. */
export interface Payment {
  readonly kind: "payment"
  readonly ordinal: string
  /** What the provider says it moved, before its fee; not what was expected. */
  readonly money: Money
  /** The provider's fee in minor units, or null while the provider has not told it. */
  readonly fee: number | null
  /** When the payer paid, by the provider. */
  readonly occurredAt: DateTime.Utc
  /** The day the funds settle, `YYYY-MM-DD`, or null while unknown. */
  readonly availableOn: string | null
  readonly endToEndId: string | null
  readonly payer: { readonly name: string | null; readonly document: string | null } | null
}

export interface ChargeObservation {
  /** The provider's own id of the charge. */
  readonly providerId: string
  readonly status: ChargeStatus
  /** The amount and currency in the answer, to be compared with what was asked for. */
  readonly money: Money
  /** Null where this answer carries none, or one that fails its own checks. */
  readonly artifact: Artifact | null
  /** When the artifact stops being payable, as the provider gave it. */
  readonly expiresAt: DateTime.Utc | null
  /** When the provider canceled it, by its own clock, where it tells: a payment after that is late. */
  readonly canceledAt?: DateTime.Utc
  readonly payments: ReadonlyArray<Payment>
  /** The provider's answer with secrets and card data removed, kept for support and audit. */
  readonly raw: unknown
}
