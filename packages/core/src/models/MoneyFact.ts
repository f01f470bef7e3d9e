/**
 * A money fact: the part of an observation that moves money. Its key is the same whether it came by notification, poll
 * or statement, and unique per owner in the store, so that one movement is booked once.
 */
import type { DateTime } from "effect"
import { Schema } from "effect"
import type { Money } from "../values/Money.ts"
import type { Settlement } from "./Observation.ts"

export const MoneyFactKey = Schema.String.pipe(Schema.brand("MoneyFactKey"))
export type MoneyFactKey = typeof MoneyFactKey.Type

export const Kind = Schema.Literals(["payment", "refund", "chargeback", "chargeback_won", "delivery", "return"])
export type Kind = typeof Kind.Type

export interface MoneyFact {
  readonly key: MoneyFactKey
  readonly kind: Kind
  /** The number of the attempt it belongs to. */
  readonly attempt: number
  /** A positive amount; the kind says which way it went. */
  readonly money: Money
  /**
   * What the provider took for a payment or a delivery, null until it has told it: then it is booked as a row of its own. Of
   * a refund or chargeback, what it gave back.
   */
  readonly fee: number | null
  /** By the provider's clock. */
  readonly occurredAt: DateTime.Utc
  /** How it was booked: the first recorded payment is the charge, later ones are adjustments, never reclassified. */
  readonly bookedAs: "charge" | "payout" | "adjustment"
  /**
   * Whether the provider never told of it, and it follows from another fact: what was refunded had been paid. When the
   * provider tells of it after all it is corrected, and the difference booked.
   */
  readonly inferred?: boolean
  /** The days on which a payment settles, where the provider pays in several parts. */
  readonly settlements?: ReadonlyArray<Settlement>
}

/** Provider account, the provider's own id of the charge or payout, kind, ordinal. */
export const key = (account: string, providerId: string, kind: Kind, ordinal: string): MoneyFactKey =>
  MoneyFactKey.make(JSON.stringify([account, providerId, kind, ordinal]))
