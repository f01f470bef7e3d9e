/** Invoices as they are before a provider has said anything. */
import { Ids, Invoice, OurNumber, type InvoiceRequest } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime } from "effect"

export const at = (time: string): DateTime.Utc => DateTime.makeUnsafe(time)

export const noon = at("2026-11-21T12:00:00.000Z")
export const later = (seconds: number): DateTime.Utc => DateTime.add(noon, { seconds })

export const owner = { tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), environment: "sandbox" as const }

const sending: Invoice.Sending = {
  leg: "pix",
  account: "infrapsp",
  lapsesAt: later(3600),
  missesCountFrom: later(165)
}

/** An invoice with its first attempt recorded, and perhaps sent. */
export const first = (request: InvoiceRequest.InvoiceRequest = Samples.request()): Invoice.Invoice =>
  Invoice.requested({
    owner,
    id: Ids.InvoiceId.make("inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
    ourNumber: OurNumber.format("INV", 2026, 1),
    request,
    document: request.tax_document === undefined ? null : Ids.TaxDocumentId.make("td_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
    ...sending,
    createdAt: noon
  })

/** The invoice with one more attempt that was sent; a new one with its first. */
export const sent = (before?: Invoice.Invoice): Invoice.Invoice =>
  before === undefined ? first() : Invoice.send(before, sending, noon)

/** The invoice with one more attempt that is in doubt, and whose misses count from noon on. */
export const inDoubt = (before?: Invoice.Invoice): Invoice.Invoice => {
  const after = sent(before)
  return Invoice.doubt(after, after.attempts.length, noon, noon)
}

/** The invoice with one more attempt that its provider did not find. */
export const givenUp = (before?: Invoice.Invoice): Invoice.Invoice => {
  const after = inDoubt(before)
  return Invoice.miss(after, after.attempts.length, 1, noon)
}

/** The invoice with one more attempt that a payer can pay. */
export const open = (before?: Invoice.Invoice, providerId = "tx1"): Invoice.Invoice => {
  const after = sent(before)
  return Invoice.observe(after, after.attempts.length, Samples.observation(providerId), later(1)).invoice
}
