/** Which event leads to which letter, and to whom that goes. One event leads to one letter at most. */
import * as Language from "../values/Language.ts"
import type { InvoiceEvent, Type } from "./Events.ts"
import type { Invoice } from "./Invoice.ts"
import type { Addressee, Letter } from "./Letter.ts"
import type { Payout } from "./Payout.ts"
import { countryOf } from "./PayoutRequest.ts"

/** The letter that an event of an invoice leads to, null when to none. */
export const ofInvoiceEvent = ({ id }: Invoice, { document, type }: InvoiceEvent): Letter | null => {
  if (type === "invoice.paid") return { kind: "receipt", invoice: id }
  return type === "tax_document.issued" && document !== undefined
    ? { kind: "tax_document", invoice: id, document: document.id }
    : null
}

/** The letter that an event of a payout leads to, null when to none. */
export const ofPayoutEvent = ({ id }: Payout, type: Type): Letter | null =>
  type === "payout.paid" ? { kind: "payout_receipt", payout: id } : null

/** Who gets the letters about an invoice. */
export const payer = ({ request: { customer } }: Invoice): Addressee => ({
  name: customer.name,
  address: customer.email,
  language: Language.ofCountry(customer.country)
})

/** Who gets the letters about a payout. */
export const beneficiary = ({ request: { beneficiary, destination } }: Payout): Addressee => ({
  name: beneficiary.name,
  address: beneficiary.email ?? null,
  language: Language.ofCountry(countryOf(destination))
})
