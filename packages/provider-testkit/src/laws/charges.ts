/** What is particular to charges: their artifact, and the money that comes of them. */
import { Effect } from "effect"
import { holds, type Law, law, present, same } from "../Law.ts"
import type { ChargeOperation } from "../Operation.ts"

export const charge: ReadonlyArray<Law<ChargeOperation>> = [
  law("has an artifact to pay with, kept by lookups or lost as declared", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { capability, create, find, get } = operation
      const created = yield* create()
      yield* same("the artifact's type", created.artifact?.type, capability.method)
      const kept = capability.features.includes("artifact_in_lookup") ? created.artifact : null
      yield* same("the artifact, read", (yield* get(created.providerId)).artifact, kept)
      yield* same("the artifact, found", (yield* present("found", yield* find())).artifact, kept)
    })
  ),

  law("that is paid is settled by one payment of its amount, the same on every reading", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { amount, counter, create, currency, find, get } = operation
      const { payments, providerId } = yield* create()
      yield* same("payments before", payments, [])
      yield* counter.pay(providerId)
      const seen = yield* get(providerId)
      yield* same("the status", seen.status, { _tag: "settled" })
      yield* same(
        "payments",
        seen.payments.map(({ kind, money }) => ({ kind, money })),
        [{ kind: "payment", money: { amount, currency } }]
      )
      for (const { fee } of seen.payments) {
        yield* holds(fee === null || (Number.isSafeInteger(fee) && fee >= 0 && fee <= amount), `a fee of ${fee}`)
      }
      yield* same("payments, read again", (yield* get(providerId)).payments, seen.payments)
      yield* same("payments, found", (yield* present("found", yield* find())).payments, seen.payments)
    })
  )
]
