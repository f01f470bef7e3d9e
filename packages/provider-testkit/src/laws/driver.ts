/** What a driver declares as a whole, against what its package proves. */
import { Effect } from "effect"
import type { Bench } from "../Bench.ts"
import { holds, type Law, law, same } from "../Law.ts"
import { isOf, isPayoutOf } from "../Operation.ts"

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
  )
]
