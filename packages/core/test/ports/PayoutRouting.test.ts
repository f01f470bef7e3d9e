import { assert, describe, it } from "@effect/vitest"
import { Money, PayoutRouting, type PayoutRequest, type Provider } from "@salesos/core"
import { FakePayouts, FakeProvider, MemoryTenants, PayoutSamples, Samples } from "@salesos/core/testing"
import { Effect, Result } from "effect"
import { owner } from "../support/given.ts"

const route = (request: PayoutRequest.PayoutRequest, drivers: ReadonlyArray<Provider.Driver>) =>
  PayoutRouting.payout(
    request,
    drivers,
    drivers.map(({ name }) => MemoryTenants.account(owner, name))
  )

const names = (routed: ReturnType<typeof route>) =>
  Result.match(routed, {
    onFailure: (failure) =>
      failure._tag === "ValidationError" ? failure.errors.map(({ code, field }) => `${field} ${code}`) : failure._tag,
    onSuccess: (candidates) => candidates.map(({ account, feeMode }) => `${account.name} ${feeMode}`)
  })

const drivers = Effect.gen(function* () {
  const small = { ...FakePayouts.pix, limits: { minimum: 100, maximum: 1000 } }
  const charges = yield* FakeProvider.make({ name: "infrapsp" })
  const first = yield* FakePayouts.make({ name: "sellxpay", capabilities: [small] })
  const second = yield* FakePayouts.make({ name: "other", feeMode: "on_top" })
  return [charges.driver, first.driver, second.driver]
})

const amount = (minor: number) => PayoutSamples.request({ amount: Money.Amount.make(minor) })

describe("a payout's route", () => {
  it.effect("has those who pay by its method, in the order of preference, within their limits", () =>
    Effect.gen(function* () {
      const all = yield* drivers
      assert.deepStrictEqual(names(route(amount(1000), all)), ["sellxpay deducted", "other on_top"])
      assert.deepStrictEqual(names(route(amount(1001), all)), ["other on_top"])
      assert.deepStrictEqual(names(route(amount(99), all)), ["amount amount_out_of_limits"])
    })
  )

  it.effect("is the account asked for, if it pays", () =>
    Effect.gen(function* () {
      const all = yield* drivers
      const pinned = (provider: string) => names(route({ ...amount(1000), provider }, all))
      assert.deepStrictEqual(pinned("other"), ["other on_top"])
      assert.deepStrictEqual(pinned("infrapsp"), "ProviderNotConfigured")
      assert.deepStrictEqual(pinned("nobody"), ["provider unknown_provider"])
    })
  )

  it.effect("is nobody's for another country, currency or method, or without an account", () =>
    Effect.gen(function* () {
      const all = yield* drivers
      for (const request of [PayoutSamples.abroad(), PayoutSamples.request({ currency: Samples.usd })]) {
        assert.deepStrictEqual(names(route(request, all)), "ProviderNotConfigured")
      }
      assert.deepStrictEqual(names(PayoutRouting.payout(amount(1000), all, [])), "ProviderNotConfigured")
    })
  )

  it.effect("never has a driver that does not declare whose its fee is: its payouts could not be booked", () =>
    Effect.gen(function* () {
      const all = (yield* drivers).map((driver) => {
        const { payoutFee: _, ...facts } = driver.facts
        return { ...driver, facts }
      })
      assert.deepStrictEqual(names(route(amount(1000), all)), "ProviderNotConfigured")
    })
  )
})
