/** Reading many charges at once: the same as one by one, for fewer calls. */
import { DateTime, Effect, Option } from "effect"
import { declared, holds, type Law, law, present, same } from "../Law.ts"
import type { ChargeOperation } from "../Operation.ts"

const reader = ({ bench: { account, driver } }: ChargeOperation) =>
  Effect.map(
    declared(driver.readCharges, "reading one by one costs nothing"),
    (read) => (ids: ReadonlyArray<string>) =>
      Effect.flatMap(DateTime.now, (createdAt) =>
        read(
          account,
          ids.map((providerId) => ({ providerId, createdAt }))
        )
      )
  )

export const lists: ReadonlyArray<Law<ChargeOperation>> = [
  law("tells of each what reading it alone does, for fewer calls than charges", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const read = yield* reader(operation)
      const { bench, counter, create, get } = operation
      const ids = yield* Effect.forEach([1, 2, 3, 4, 5], (number) =>
        Effect.map(create({ number }), (each) => each.providerId)
      )
      yield* Effect.forEach(ids.slice(0, 2), counter.pay)
      const before = (yield* bench.proxy.counts).request
      const seen = yield* read(ids)
      const calls = (yield* bench.proxy.counts).request - before
      yield* holds(calls < ids.length, `${calls} calls for ${ids.length} charges`)
      yield* same("ids", seen.map(({ providerId }) => providerId).toSorted(), ids.toSorted())
      for (const id of ids) {
        const { money, payments, status } = yield* present(
          id,
          Option.fromNullishOr(seen.find((each) => each.providerId === id))
        )
        const alone = yield* get(id)
        const expected = { money: alone.money, status: alone.status, payments: alone.payments.length }
        yield* same(`${id}, of the list`, { money, status, payments: payments.length }, expected)
      }
    })
  ),

  law(
    "tells nothing of charges that the provider does not know, and asks nobody about none",
    (operation: ChargeOperation) =>
      Effect.gen(function* () {
        const read = yield* reader(operation)
        const { providerId } = yield* operation.create()
        const unknown = [...providerId].toReversed().join("")
        const seen = yield* read([unknown, providerId])
        yield* same(
          "ids",
          seen.map((each) => each.providerId),
          [providerId]
        )
        const before = (yield* operation.bench.proxy.counts).request
        yield* same("of none", yield* read([]), [])
        yield* same("calls for none", (yield* operation.bench.proxy.counts).request - before, 0)
      })
  )
]
