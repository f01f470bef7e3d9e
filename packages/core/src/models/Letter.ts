/**
 * Letters (e-mails): what each is about and tells, and when it is tried again. Of tax ids a letter has masked ones only; keys and
 * cards are in none.
 */
import { type DateTime, Duration } from "effect"
import { mask } from "../values/Documents.ts"
import type { InvoiceId, PayoutId, TaxDocumentId } from "../values/Ids.ts"
import type { Language } from "../values/Language.ts"
import type { Money } from "../values/Money.ts"
import { spread } from "./Backoff.ts"
import type { Invoice } from "./Invoice.ts"
import * as PayerSide from "./PayerSide.ts"
import * as Payout from "./Payout.ts"
import type { TaxDocument } from "./TaxDocument.ts"

/** A letter by what it is about. */
export type Letter =
  | { readonly kind: "receipt"; readonly invoice: InvoiceId }
  | { readonly kind: "tax_document"; readonly invoice: InvoiceId; readonly document: TaxDocumentId }
  | { readonly kind: "payout_receipt"; readonly payout: PayoutId }

export type Kind = Letter["kind"]

/** Who gets a letter. */
export interface Addressee {
  readonly name: string
  /** Null when none was given. */
  readonly address: string | null
  readonly language: Language
}

/** What a letter tells. */
export type Content =
  | {
      readonly kind: "receipt"
      readonly invoice: PayerSide.PayerSide
      /** The payer's page. */
      readonly link: string
    }
  | {
      readonly kind: "tax_document"
      readonly invoice: PayerSide.PayerSide
      readonly link: string
      /** The number that the authority gave it. */
      readonly number: string | null
      readonly issuedAt: DateTime.Utc | null
    }
  | {
      readonly kind: "payout_receipt"
      readonly ourNumber: string
      /** What was delivered; null while a fee that is taken out of it is not known. */
      readonly amount: Money | null
      readonly paidAt: DateTime.Utc | null
      readonly endToEndId: string | null
      readonly beneficiary: PayerSide.Person
    }

/** The receipt of an invoice at a time. */
export const receipt = (invoice: Invoice, link: string, now: DateTime.Utc): Content => ({
  kind: "receipt",
  invoice: PayerSide.of(invoice, now),
  link
})

/** The letter that goes with a tax document; null when that is not in force any more. */
export const taxDocument = (invoice: Invoice, document: TaxDocument, link: string, now: DateTime.Utc): Content | null =>
  document.status === "issued"
    ? {
        kind: "tax_document",
        invoice: PayerSide.of(invoice, now),
        link,
        number: document.documentNumber,
        issuedAt: document.issuedAt
      }
    : null

/** The receipt of a payout; null when it is not paid any more, because the money came back. */
export const payoutReceipt = (payout: Payout.Payout): Content | null => {
  const { beneficiary, currency } = payout.request
  const delivered = Payout.deliveredAmount(payout)
  return payout.status === "paid"
    ? {
        kind: "payout_receipt",
        ourNumber: payout.ourNumber,
        amount: delivered === null ? null : { amount: delivered, currency },
        paidAt: payout.paidAt,
        endToEndId: payout.endToEndId,
        beneficiary: { name: beneficiary.name, document: mask(beneficiary.document) }
      }
    : null
}

/**
 * How old a letter may be when it is sent. By then a payer has asked for a missing receipt, or has the page and does not need it:
 * one that comes later puzzles people.
 */
export const usefulFor = Duration.days(7)

/** How long preparing and sending a letter may take. */
export const deadline = Duration.seconds(60)

/**
 * Why a letter will not be sent: nobody gave an address, the tenant sends none, what it tells is not so any more, or it has
 * waited for longer than {@link usefulFor}.
 */
export type DropReason = "no_address" | "switched_off" | "outdated" | "too_old"

/** What becomes of a letter. */
export type Outcome =
  | { readonly _tag: "Sent" }
  | { readonly _tag: "Again"; readonly after: Duration.Duration; readonly reason: string }
  | { readonly _tag: "GivenUp"; readonly reason: string }
  | { readonly _tag: "Dropped"; readonly reason: DropReason }

const delays: ReadonlyArray<Duration.Input> = [
  "1 minute",
  "5 minutes",
  "15 minutes",
  "1 hour",
  "3 hours",
  "6 hours",
  "12 hours",
  "24 hours",
  "24 hours"
]

/** How often a letter is tried before it is given up: in about three days. */
export const maximumTries = delays.length + 1

const reasonLength = 500

/** What becomes of a letter that try number `number` did not send. `random`, from 0 up to 1, spreads the next ones. */
export const afterFailure = (
  failure: { readonly permanent: boolean; readonly message: string },
  number: number,
  random: number
): Outcome => {
  const delay = delays[number - 1]
  const reason = failure.message.slice(0, reasonLength).replaceAll("\u0000", "").toWellFormed()
  return failure.permanent || delay === undefined
    ? { _tag: "GivenUp", reason }
    : { _tag: "Again", after: spread(delay, random), reason }
}
