/**
 * The cards that work in the sandbox (InfraPSP document, "Only the cards listed below").
 */
import type { Card } from "./wire/preTransactions.ts"

export const visa = { brand: "visa", number: "4235647728025682", expiryDate: "01/35", cvv: "123" }

/** Each with its expiry date and CVV. */
export const cards: ReadonlyArray<Card & { readonly brand: string }> = [
  { brand: "mastercard", number: "5448280000000007", expiryDate: "01/35", cvv: "123" },
  visa,
  { brand: "elo", number: "4389351648020055", expiryDate: "01/35", cvv: "123" },
  { brand: "amex", number: "371341553758128", expiryDate: "01/35", cvv: "1234" },
  { brand: "elo", number: "4389358876174389", expiryDate: "01/35", cvv: "123" }
]

const digits = (text: string): string => text.replaceAll(/\s/g, "")

/** The brand of a card that works, as a payer typed it; undefined for any other. */
export const brandOf = (typed: Card): string | undefined =>
  cards.find(
    (card) =>
      card.number === digits(typed.number) &&
      card.expiryDate === digits(typed.expiryDate) &&
      card.cvv === digits(typed.cvv)
  )?.brand
