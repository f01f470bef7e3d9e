/** Amounts: exact from the least to the most that is declared, and nothing beyond either is ever sent. */
import { Arbitrary, Effect, Schema } from "effect"
import { type Law, law, LawBroken, same } from "../Law.ts"
import type { Operation } from "../Operation.ts"
import { sent } from "./creation.ts"

export const amounts: ReadonlyArray<Law<Operation>> = [
  law("has the exact amount at both ends, whatever it is in between", (operation: Operation) =>
    Effect.gen(function* () {
      const { booked, create, currency, get, limits } = operation
      let last = 0
      const exact = (amount: number) =>
        Effect.gen(function* () {
          const number = ++last
          const created = yield* create({ number, amount })
          yield* same("created", created.money, { amount, currency })
          yield* same("read", (yield* get(created.providerId)).money, { amount, currency })
          yield* same("the provider's books", yield* booked({ number }), [{ providerId: created.providerId, amount }])
          return true
        })
      yield* exact(limits.minimum)
      yield* exact(limits.maximum)
      // What falls between two floating-point numbers, or just beside one.
      const awkward = [1, 29, 57, 58, 113, 115, 435, 1001, 1110, 4035, 8165, 81_920, 100_29, 999_999]
      const inside = awkward.filter((amount) => amount >= limits.minimum && amount <= limits.maximum)
      yield* Effect.forEach(inside, exact)
      const range = Schema.Int.check(Schema.isBetween(limits))
      const checked = yield* Arbitrary.checkEffect(Arbitrary.schema(range), exact, { runs: 50 })
      const broken = Arbitrary.formatCheckFailure(checked)
      if (broken !== undefined) yield* new LawBroken({ message: broken })
    })
  ),

  law("outside its limits is refused, and nothing is sent", (operation: Operation) =>
    Effect.gen(function* () {
      const { create, limits } = operation
      for (const amount of [limits.minimum - 1, limits.maximum + 1, 0, -operation.amount, limits.minimum + 0.5]) {
        const outcome = yield* Effect.result(create({ amount }))
        const got = outcome._tag === "Success" ? "accepted" : outcome.failure._tag
        yield* same(`the outcome for ${amount}`, got, "Rejected")
      }
      yield* same("requests to create it", (yield* sent(operation)).length, 0)
    })
  )
]
