/** Payout requests and provider's answers about payouts that are right in every part, to be changed where a test needs it. */
import { DateTime } from "effect"
import type { PayoutDelivery, PayoutObservation, PayoutReturn } from "../models/PayoutObservation.ts"
import type { PayoutRequest } from "../models/PayoutRequest.ts"
import { Cpf } from "../values/Documents.ts"
import { Amount } from "../values/Money.ts"
import { Phone } from "../values/Phone.ts"
import { brl } from "./Samples.ts"

/** R$ 500.00 to a person's CPF key. */
export const request = (changes: Partial<PayoutRequest> = {}): PayoutRequest => ({
  beneficiary: {
    name: "João Souza",
    document: Cpf.make("11144477735"),
    phone: Phone.make("+5511999000111"),
    email: "joao@example.com"
  },
  destination: { type: "pix", key_type: "cpf", key: "11144477735" },
  amount: Amount.make(50000),
  currency: brl,
  purpose: "prize",
  cost_center: "CC-PRZ",
  ...changes
})

/** The same to an account in Portugal. */
export const abroad = (changes: Partial<PayoutRequest> = {}): PayoutRequest =>
  request({ destination: { type: "bank_transfer", country: "PT", iban: "PT50000201231234567890154" }, ...changes })

/** A transfer of R$ 500.00 that the provider has, and that nothing has become of yet. */
export const observation = (providerId: string, changes: Partial<PayoutObservation> = {}): PayoutObservation => ({
  providerId,
  status: { _tag: "pending" },
  money: { amount: 50000, currency: brl },
  deliveries: [],
  returns: [],
  endToEndId: null,
  raw: { id: providerId },
  ...changes
})

/** R$ 500.00 delivered, of which R$ 1.50 are the provider's. */
export const delivery = (changes: Partial<PayoutDelivery> = {}): PayoutDelivery => ({
  kind: "delivery",
  ordinal: "1",
  money: { amount: 50000, currency: brl },
  fee: 150,
  occurredAt: DateTime.makeUnsafe("2026-11-21T12:00:05.000Z"),
  ...changes
})

/** R$ 500.00 that came back. */
export const returned = (changes: Partial<PayoutReturn> = {}): PayoutReturn => ({
  kind: "return",
  ordinal: "1",
  money: { amount: 50000, currency: brl },
  occurredAt: DateTime.makeUnsafe("2026-11-22T12:00:00.000Z"),
  ...changes
})

/** The same transfer, settled by deliveries. */
export const settled = (providerId: string, ...deliveries: ReadonlyArray<PayoutDelivery>): PayoutObservation =>
  observation(providerId, { status: { _tag: "settled" }, deliveries })
