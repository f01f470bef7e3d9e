/** Requests and provider's answers that are right in every part, to be changed where a test needs it. */
import { generatePixPayload } from "@brazilian-utils/brazilian-utils"
import { DateTime } from "effect"
import type { InvoiceRequest } from "../models/InvoiceRequest.ts"
import type { Artifact, ChargeObservation, Payment } from "../models/Observation.ts"
import { Currency } from "../values/Currency.ts"
import { Cpf } from "../values/Documents.ts"
import { Amount } from "../values/Money.ts"
import { BrCode } from "../values/Pix.ts"

export const brl = Currency.make("BRL")
export const usd = Currency.make("USD")

/** R$ 123.10 by PIX, from a person in Brazil. */
export const request = (changes: Partial<InvoiceRequest> = {}): InvoiceRequest => ({
  customer: {
    country: "BR",
    document: Cpf.make("52998224725"),
    name: "Maria da Silva",
    email: "maria@example.com"
  },
  amount: Amount.make(12310),
  currency: brl,
  description: "Consulting - April/2026",
  payment_method: { type: "pix", expires_in: 3600 },
  cost_center: "CC-MKT",
  ...changes
})

/** The text of a BR Code that leads to a charge: its CRC is right. */
export const copyPaste = (providerId: string): string => {
  const url = `pix.example.com/qr/${providerId}`
  const text = generatePixPayload({ url, merchantName: "Fulano de Tal", merchantCity: "Brasilia" })
  if (text === null) throw new Error(`No BR Code can hold ${url}`)
  return text
}

/** What a payer pays a charge with. */
export const artifact = (providerId: string): Artifact => ({
  type: "pix",
  copyPaste: BrCode.make(copyPaste(providerId))
})

/** An open PIX charge of R$ 123.10 with its artifact. */
export const observation = (providerId: string, changes: Partial<ChargeObservation> = {}): ChargeObservation => ({
  providerId,
  status: { _tag: "open" },
  money: { amount: 12310, currency: brl },
  artifact: artifact(providerId),
  expiresAt: DateTime.makeUnsafe("2100-01-01T00:00:00.000Z"),
  payments: [],
  raw: { id: providerId },
  ...changes
})

/** A payment of R$ 123.10 of which R$ 1.23 are the provider's. */
export const payment = (changes: Partial<Payment> = {}): Payment => ({
  kind: "payment",
  ordinal: "1",
  money: { amount: 12310, currency: brl },
  fee: 123,
  occurredAt: DateTime.makeUnsafe("2026-11-21T20:05:00.000Z"),
  availableOn: "2026-11-22",
  endToEndId: "E9040088820261121200500123873170",
  payer: { name: "Maria da Silva", document: "52998224725" },
  ...changes
})

/** The same charge, settled by payments. */
export const settled = (providerId: string, ...payments: ReadonlyArray<Payment>): ChargeObservation =>
  observation(providerId, { status: { _tag: "settled" }, artifact: null, payments })
