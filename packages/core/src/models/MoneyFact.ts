/**
 * A money fact: the part of an observation that moves money. Its key is the same whether it came by notification, poll
 * or statement, and unique per owner in the store, so that one movement is booked once.
 */
import type { DateTime } from "effect"
import { Schema } from "effect"
import type { Money } from "../values/Money.ts"

export const MoneyFactKey = Schema.String.pipe(Schema.brand("MoneyFactKey"))
export type MoneyFactKey = typeof MoneyFactKey.Type

export interface MoneyFact {
  readonly key: MoneyFactKey
  readonly kind: "payment"
  /** The number of the charge attempt it belongs to. */
  readonly attempt: number
  readonly money: Money
  /** Null until the provider has told it; then it is booked as a row of its own. */
  readonly fee: number | null
  readonly occurredAt: DateTime.Utc
  /** How it was booked: the first recorded payment is the charge, later ones are adjustments, never reclassified. */
  readonly bookedAs: "charge" | "adjustment"
}

/** Provider account, the provider's own id of the charge, kind, ordinal. */
export const key = (account: string, providerId: string, kind: MoneyFact["kind"], ordinal: string): MoneyFactKey =>
  MoneyFactKey.make(JSON.stringify([account, providerId, kind, ordinal]))
