/** Letters to be sent. */
import { type Letter, type Mailer, Money, PayerSide } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime } from "effect"
import { Ids } from "@salesos/core"

const at = DateTime.makeUnsafe("2026-11-28T12:34:56Z")

/** A paid invoice as its payer sees it. */
export const paid = (changes: Partial<PayerSide.PayerSide> = {}): PayerSide.PayerSide => ({
  phase: "paid",
  sandbox: false,
  ourNumber: "INV-2026-000077",
  description: "Consultoria - abril/2026",
  amount: { amount: Money.MinorUnits.make(123_456), currency: Samples.brl },
  customer: { name: "Maria da Silva", document: "***982247**" },
  ways: [],
  exchange: null,
  receipt: {
    paidAt: at,
    amountPaid: 123_456,
    amountReversed: 0,
    endToEndId: "E03311443202611212234mykJohxBUAp",
    payer: { name: "Maria da Silva", document: "***982247**" }
  },
  returnUrl: null,
  createdAt: at,
  updatedAt: at,
  ...changes
})

export const link = "https://pay.example.com/pay/pV2xDKFuGrmrSUHz8OZasA"

export const receipt = (invoice: PayerSide.PayerSide = paid()): Letter.Content => ({ kind: "receipt", invoice, link })

export const taxDocument: Letter.Content = {
  kind: "tax_document",
  invoice: paid(),
  link,
  number: "1234",
  issuedAt: at
}

export const payoutReceipt: Letter.Content = {
  kind: "payout_receipt",
  ourNumber: "PO-2026-000012",
  amount: { amount: Money.MinorUnits.make(49_503), currency: Samples.brl },
  paidAt: at,
  endToEndId: "E03311443202611212234mykJohxBUAp",
  beneficiary: { name: "João Souza", document: "***444777**" }
}

/** A live letter in Portuguese. */
export const outgoing = (changes: Partial<Mailer.Outgoing> = {}): Mailer.Outgoing => ({
  id: Ids.EventId.make("evt_01M803YGKFE6B8JJ45NPA6P8HC"),
  environment: "live",
  sender: "Padaria São João",
  to: { name: "Maria da Silva", address: "maria@example.com" },
  language: "pt-BR",
  timeZone: "America/Sao_Paulo",
  content: receipt(),
  attachments: [],
  ...changes
})
