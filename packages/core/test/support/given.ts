/** Invoices as they are before a provider has said anything. */
import { Ids, Invoice, OurNumber, type InvoiceRequest } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime } from "effect"

export const at = (time: string): DateTime.Utc => DateTime.makeUnsafe(time)

export const noon = at("2026-11-21T12:00:00.000Z")
export const later = (seconds: number): DateTime.Utc => DateTime.add(noon, { seconds })

export const owner = { tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), environment: "sandbox" as const }

/** An invoice without an attempt. */
export const invoice = (request: InvoiceRequest.InvoiceRequest = Samples.request()): Invoice.Invoice => ({
  owner,
  id: Ids.InvoiceId.make("inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
  ourNumber: OurNumber.format("INV", 2026, 1),
  status: "open",
  confirmed: false,
  request,
  attempts: [],
  facts: [],
  amountPaid: null,
  amountReversed: 0,
  latePayment: false,
  payer: null,
  endToEndId: null,
  failure: null,
  paidAt: null,
  canceledAt: null,
  createdAt: noon,
  updatedAt: noon
})

/** The invoice with one more attempt that was sent. */
export const sent = (before: Invoice.Invoice = invoice(), account = "infrapsp"): Invoice.Invoice =>
  Invoice.send(before, account, later(165), noon)

/** The invoice with one more attempt that is in doubt, and whose misses count from noon on. */
export const inDoubt = (before: Invoice.Invoice = invoice(), account = "infrapsp"): Invoice.Invoice => {
  const after = sent(before, account)
  return Invoice.doubt(after, after.attempts.length, noon, noon)
}

/** The invoice with one more attempt that a payer can pay. */
export const open = (
  before: Invoice.Invoice = invoice(),
  providerId = "tx1",
  account = "infrapsp"
): Invoice.Invoice => {
  const after = sent(before, account)
  return Invoice.observe(after, after.attempts.length, Samples.observation(providerId), later(1)).invoice
}
