import { assert, describe, it } from "@effect/vitest"
import { type InvoiceRequest, Money, type Provider, Routing } from "@salesos/core"
import { FakeProvider, MemoryTenants, Samples } from "@salesos/core/testing"
import { Effect, Result } from "effect"
import { owner } from "../support/given.ts"

const driver = (name: string, ...capabilities: ReadonlyArray<Partial<Provider.ChargeCapability>>) =>
  Effect.map(
    FakeProvider.make({ name, capabilities: capabilities.map((each) => ({ ...FakeProvider.pix, ...each })) }),
    (provider) => provider.driver
  )
const account = (provider: string, name = provider): Provider.ProviderAccount => ({
  ...MemoryTenants.account(owner, provider),
  name
})

const names = (routed: ReturnType<typeof Routing.charge>): ReadonlyArray<string> | string =>
  Result.match(routed, {
    onSuccess: (routes) =>
      routes.flatMap(({ candidates }) => candidates.map((each) => `${each.driver.name} by ${each.account.name}`)),
    onFailure: (error) =>
      error._tag === "ValidationError" ? error.errors.map(({ code, field }) => `${field}: ${code}`).join() : error._tag
  })

const request = (changes: Partial<InvoiceRequest.InvoiceRequest> = {}) => Samples.request(changes)

describe("an invoice is routed", () => {
  it.effect("to the drivers in order of preference, each with the tenant's accounts", () =>
    Effect.gen(function* () {
      const drivers = [yield* driver("infrapsp", {}), yield* driver("sellxpay", {})]
      const accounts = [account("sellxpay"), account("infrapsp", "second"), account("infrapsp")]
      assert.deepStrictEqual(names(Routing.charge(request(), drivers, accounts)), [
        "infrapsp by second",
        "infrapsp by infrapsp",
        "sellxpay by sellxpay"
      ])
      assert.deepStrictEqual(names(Routing.charge(request({ provider: "second" }), drivers, accounts)), [
        "infrapsp by second"
      ])
    })
  )

  it.effect("nowhere when nothing is configured for its country, currency and method", () =>
    Effect.gen(function* () {
      const drivers = [yield* driver("infrapsp", {}), yield* driver("sellxpay", { method: "boleto" })]
      const accounts = [account("infrapsp")]
      for (const [asked, configured] of [
        [request({ payment_method: { type: "sepa_debit" } }), accounts],
        [request({ payment_method: { type: "boleto" } }), accounts],
        [request({ currency: Samples.usd }), accounts],
        [request({ customer: { ...request().customer, country: "US" } }), accounts],
        [request(), []]
      ] as const) {
        assert.strictEqual(names(Routing.charge(asked, drivers, configured)), "ProviderNotConfigured")
      }
    })
  )

  it.effect("by a name that is configured, or not at all", () =>
    Effect.gen(function* () {
      const drivers = [yield* driver("infrapsp", {})]
      const routed = Routing.charge(request({ provider: "other" }), drivers, [account("infrapsp")])
      assert.strictEqual(names(routed), "provider: unknown_provider")
    })
  )

  it.effect("where its amount is within the limits, both inclusive", () =>
    Effect.gen(function* () {
      const drivers = [
        yield* driver("infrapsp", { limits: { minimum: 100, maximum: 200 } }),
        yield* driver("sellxpay", { limits: { minimum: 200, maximum: 300 } })
      ]
      const accounts = [account("infrapsp"), account("sellxpay")]
      const route = (amount: number) =>
        names(Routing.charge(request({ amount: Money.Amount.make(amount) }), drivers, accounts))
      assert.deepStrictEqual(route(100), ["infrapsp by infrapsp"])
      assert.deepStrictEqual(route(200), ["infrapsp by infrapsp", "sellxpay by sellxpay"])
      assert.deepStrictEqual(route(300), ["sellxpay by sellxpay"])
      assert.strictEqual(route(99), "amount: amount_out_of_limits")
      assert.strictEqual(route(301), "amount: amount_out_of_limits")
    })
  )

  it.effect("past a provider that needs more than was given, and asks for it when all do", () =>
    Effect.gen(function* () {
      const needy = yield* driver("infrapsp", { needs: ["document", "phone", "address"] })
      const easy = yield* driver("sellxpay", {})
      const accounts = [account("infrapsp"), account("sellxpay")]
      assert.deepStrictEqual(names(Routing.charge(request(), [needy, easy], accounts)), ["sellxpay by sellxpay"])
      assert.strictEqual(
        names(Routing.charge(request(), [needy], accounts)),
        "customer.phone: required,customer.address: required"
      )
    })
  )
})
