import { assert, describe, it } from "@effect/vitest"
import { ChargeAttempt, Documents, OurNumber, Phone, type Provider } from "@salesos/core"
import { FakeProvider, Samples } from "@salesos/core/testing"
import { Result } from "effect"
import * as Capabilities from "../../src/ports/Capabilities.ts"

const { pix } = FakeProvider
const link: Provider.ChargeCapability = { ...pix, method: "card", card: "link" }
const token: Provider.ChargeCapability = { ...pix, method: "card", card: "token" }
const payout: Provider.PayoutCapability = {
  direction: "payout",
  country: "BR",
  currency: Samples.brl,
  method: "pix",
  limits: { minimum: 1, maximum: 500 },
  features: []
}
const all = [pix, link, token, payout]

const charge = (changes: Partial<Provider.ChargeRequest> = {}): Provider.ChargeRequest => ({
  reference: ChargeAttempt.ProviderReference.make("INV-2026-000001"),
  ourNumber: OurNumber.format("INV", 2026, 1),
  money: { amount: 100, currency: Samples.brl },
  method: "pix",
  description: "Consulting",
  customer: Samples.request().customer,
  expiresIn: 3600,
  ...changes
})

describe("a driver that is asked for a charge", () => {
  it("serves what it declares, a card by its link or by its token", () => {
    assert.deepStrictEqual(Capabilities.ofCharge(all, charge()), Result.succeed(pix))
    assert.deepStrictEqual(Capabilities.ofCharge(all, charge({ method: "card" })), Result.succeed(link))
    assert.deepStrictEqual(
      Capabilities.ofCharge(all, charge({ method: "card", cardToken: "tok" })),
      Result.succeed(token)
    )
  })

  it("refuses another method, currency or country, and an amount outside its limits", () => {
    const { maximum, minimum } = pix.limits
    for (const changes of [
      { method: "boleto" },
      { money: { amount: 100, currency: Samples.usd } },
      { customer: { ...Samples.request().customer, country: "US" } },
      { money: { amount: minimum - 1, currency: Samples.brl } },
      { money: { amount: maximum + 1, currency: Samples.brl } }
    ] as const) {
      assert.isTrue(Result.isFailure(Capabilities.ofCharge(all, charge(changes))), JSON.stringify(changes))
    }
    assert.isTrue(
      Result.isSuccess(Capabilities.ofCharge(all, charge({ money: { amount: maximum, currency: Samples.brl } })))
    )
  })
})

describe("a driver that is asked for a payout", () => {
  const order = (changes: Partial<Provider.PayoutOrder> = {}): Provider.PayoutOrder => ({
    reference: ChargeAttempt.ProviderReference.make("PO-2026-000001"),
    ourNumber: OurNumber.format("PO", 2026, 1),
    money: { amount: 500, currency: Samples.brl },
    beneficiary: {
      name: "Maria",
      document: Documents.Cpf.make("52998224725"),
      phone: Phone.Phone.make("+5511987654321")
    },
    destination: { type: "pix", key_type: "email", key: "maria@example.com" },
    purpose: "other",
    ...changes
  })

  it("serves what it declares and refuses the rest", () => {
    assert.deepStrictEqual(Capabilities.ofPayout(all, order()), Result.succeed(payout))
    assert.isTrue(
      Result.isFailure(Capabilities.ofPayout(all, order({ money: { amount: 501, currency: Samples.brl } })))
    )
    assert.isTrue(Result.isFailure(Capabilities.ofPayout([pix], order())))
    const abroad = { type: "bank_transfer", country: "US", iban: "DE1" } as const
    assert.isTrue(Result.isFailure(Capabilities.ofPayout(all, order({ destination: abroad }))))
  })
})
