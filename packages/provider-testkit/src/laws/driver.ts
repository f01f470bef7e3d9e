/** What a driver declares as a whole, against what its package proves. */
import { BusinessCalendar, Capabilities, Currency, InvoiceRequest, type Provider } from "@salesos/core"
import { Effect, Result } from "effect"
import type { Bench } from "../Bench.ts"
import { holds, type Law, law, same, text } from "../Law.ts"
import { isOf, isPayoutOf } from "../Operation.ts"
import * as Samples from "../Samples.ts"

export const driver: ReadonlyArray<Law<Bench>> = [
  law("declares exactly what is proven below", ({ driver: { capabilities }, subject }: Bench) =>
    Effect.gen(function* () {
      for (const each of capabilities) {
        const { country, currency, direction, method } = each
        const proven = [
          ...subject.charges.filter(({ of }) => isOf(of)(each)),
          ...subject.payouts.filter(({ of }) => isPayoutOf(of)(each))
        ]
        yield* same(`subjects for ${direction} ${method} ${currency} ${country}`, proven.length, 1)
      }
      yield* same("capabilities", capabilities.length, subject.charges.length + subject.payouts.length)
    })
  ),

  law("declares limits that an amount can be within, and facts that can be waited for", ({ driver }: Bench) =>
    Effect.gen(function* () {
      for (const { limits } of driver.capabilities) {
        yield* holds(
          Number.isSafeInteger(limits.minimum) &&
            Number.isSafeInteger(limits.maximum) &&
            limits.minimum >= 1 &&
            limits.minimum <= limits.maximum,
          `limits of ${limits.minimum} to ${limits.maximum}`
        )
      }
      yield* holds(driver.facts.lookup.misses >= 1, "a first miss that counts is one miss at least")
      const pays = driver.capabilities.some(({ direction }) => direction === "payout")
      yield* same("payouts, where a capability declares some", driver.payouts !== undefined, pays)
      yield* same("whose the payout's fee is", driver.facts.payoutFee !== undefined, pays)
    })
  ),

  law("does what its capabilities say it can, and nothing else", ({ driver, subject }: Bench) =>
    Effect.gen(function* () {
      const charges = driver.capabilities.filter((each) => each.direction === "charge")
      const payouts = driver.capabilities.filter((each) => each.direction === "payout")
      const can = (feature: "cancel" | "refund") => charges.some(({ features }) => features.includes(feature))
      yield* same("cancelCharge, where a charge can be canceled", driver.cancelCharge !== undefined, can("cancel"))
      yield* same("refundCharge, where a charge can be refunded", driver.refundCharge !== undefined, can("refund"))
      const cancels = payouts.some(({ features }) => features.includes("cancel"))
      yield* same("payouts.cancel, where a payout can be canceled", driver.payouts?.cancel !== undefined, cancels)
      const reads = driver.readStatement !== undefined
      yield* same("readStatement, where the subject tells of a statement", reads, subject.statement !== null)
    })
  ),

  law("refuses what it does not declare, and sends nothing", ({ account, driver, proxy }: Bench) =>
    Effect.gen(function* () {
      const dueDate = BusinessCalendar.CalendarDate.make("2100-01-04")
      for (const { cardToken, of } of universe) {
        const token = cardToken === undefined ? {} : { cardToken }
        const request = { ...Samples.charge(of, { amount: 12_398 }, dueDate), ...token }
        if (Result.isSuccess(Capabilities.ofCharge(unlimited(driver.capabilities), request))) continue
        const outcome = yield* Effect.result(driver.createCharge(account, request))
        const got = outcome._tag === "Success" ? "accepted" : outcome.failure._tag
        yield* same(`a charge by ${text(of)}`, got, "Rejected")
      }
      yield* same("requests", (yield* proxy.counts).request, 0)
    })
  )
]

const currencies = ["BRL", "USD", "EUR"].map((code) => Currency.Currency.make(code))

/** Every charge that anyone may ask for, a card with a token and without. */
const universe = ["BR", "US"].flatMap((country) =>
  currencies.flatMap((currency) =>
    [...InvoiceRequest.Leg.literals, "card" as const].map((method, place) => ({
      of: { country, currency, method },
      cardToken: place === InvoiceRequest.Leg.literals.length ? "tok_4242" : undefined
    }))
  )
)

/** The same capabilities, for any amount. */
const unlimited = (capabilities: ReadonlyArray<Provider.Capability>) =>
  capabilities.map((each) => ({ ...each, limits: { minimum: 1, maximum: Number.MAX_SAFE_INTEGER } }))
