/**
 * What a provider said about a charge at a time: its status, its artifact, and the facts in it that move money.
 * A driver makes observations out of answers; core applies them. They may come in any order and any number of times.
 */
import type { DateTime } from "effect"
import type { Barcode, DigitableLine } from "../values/Boleto.ts"
import type { CalendarDate } from "../values/BusinessCalendar.ts"
import type { Money } from "../values/Money.ts"
import type { BrCode } from "../values/Pix.ts"

/** What the payer uses to pay, as the provider gave it, its own check digits verified. */
export type Artifact =
  | { readonly type: "pix"; readonly copyPaste: BrCode }
  | {
      readonly type: "boleto"
      readonly barcode: Barcode
      readonly digitableLine: DigitableLine
      readonly dueDate: CalendarDate
      readonly pdfUrl: string | null
    }
  /** A hosted payment link; null for a charge by token, which needs nothing more of the payer. */
  | { readonly type: "card"; readonly checkoutUrl: string | null }
  | {
      readonly type: "bank_transfer"
      readonly bankName: string
      readonly bankCode: string
      readonly agency: string
      readonly account: string
      readonly accountType: "current" | "savings"
      readonly beneficiary: string
      /** The beneficiary's CPF or CNPJ, as the provider gave it. */
      readonly document: string
    }

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

/** A part of a payment's net that settles on a day: one for each installment of a card charge. */
export interface Settlement {
  readonly on: CalendarDate
  /** Minor units, the provider's fee taken off. */
  readonly net: number
}

/** A payment the provider says it received. */
export interface Payment {
  readonly kind: "payment"
  /** Tells several payments of one charge apart: `1` for the first, the same in every reading. */
  readonly ordinal: string
  /** What the provider says it moved, before its fee; not what was expected. */
  readonly money: Money
  /** The provider's fee in minor units, or null while the provider has not told it. */
  readonly fee: number | null
  /** When the payer paid, by the provider. */
  readonly occurredAt: DateTime.Utc
  /** The day the funds settle, the last one where there are several, `YYYY-MM-DD`; null while unknown. */
  readonly availableOn: string | null
  /** The days and parts, where the provider pays in several; empty where {@link availableOn} says it all. */
  readonly settlements?: ReadonlyArray<Settlement>
  readonly endToEndId: string | null
  readonly payer: { readonly name: string | null; readonly document: string | null } | null
}

/** Money of a charge that went back to the payer, or came back from a dispute. */
export interface Reversal {
  readonly kind: "refund" | "chargeback" | "chargeback_won"
  /** The provider's own id of the refund or chargeback where every read shows it, else `1`. */
  readonly ordinal: string
  /** What the provider's balance moved by, a positive amount: debited, or credited for `chargeback_won`. */
  readonly money: Money
  /** The part of its fee that the provider gave back with it, in minor units. */
  readonly feeGivenBack: number
  /** When the money moved, by the provider. */
  readonly occurredAt: DateTime.Utc
}

/** What the payer pays in another currency than the invoice's, as the provider converted it. */
export interface Exchange {
  /** Units of the payer's currency for one of the invoice's, as a decimal string. */
  readonly rate: string
  /** What the payer pays, fee included. */
  readonly payer: Money
  /** The provider's fee on the payer's side, in minor units of the payer's currency. */
  readonly payerFee: number
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
  readonly exchange?: Exchange
  readonly payments: ReadonlyArray<Payment>
  readonly reversals?: ReadonlyArray<Reversal>
  /** The provider's answer with secrets and card data removed, kept for support and audit. */
  readonly raw: unknown
}
