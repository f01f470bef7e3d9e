/** What a driver makes of a creation that goes well, and how it finds it again. */
import { Effect, Option } from "effect"
import { holds, type Law, law, same } from "../Law.ts"
import type { Operation, Seen } from "../Operation.ts"
import type { Changes } from "../Samples.ts"

/** What every reading of one thing tells alike. Its artifact may be lost to lookups, and its raw answer differs. */
const essence = ({ money, providerId, status }: Seen) => ({ money, providerId, status })

/** The exchanges in which something was to be created. */
export const sent = ({ bench, wire }: Operation) => bench.proxy.exchanges(wire.creates)

/**
 * What looking up a sample finds is this, or nothing. Where the provider cannot be asked for a reference nothing can be
 * expected of it, except that it is not another one.
 */
export const finds = Effect.fnUntraced(function* (
  what: string,
  { find, lookup }: Operation,
  expected: Seen | null,
  sample?: Changes
) {
  const found = yield* Effect.result(find(sample))
  if (found._tag === "Failure") {
    return yield* holds(!lookup, `${what}: looking it up failed with ${found.failure._tag}: ${found.failure.message}`)
  }
  const seen = Option.getOrNull(found.success)
  if (seen === null && !lookup) return
  yield* same(what, seen && essence(seen), expected && essence(expected))
})

export const creation: ReadonlyArray<Law<Operation>> = [
  law("is created with one request, for the amount that was asked", (operation: Operation) =>
    Effect.gen(function* () {
      const { amount, booked, create, currency } = operation
      const created = yield* create()
      yield* same("the amount in the answer", created.money, { amount, currency })
      yield* same("requests to create it", (yield* sent(operation)).length, 1)
      yield* same("the provider's books", yield* booked(), [{ providerId: created.providerId, amount }])
    })
  ),

  law("is read by the provider's id and found by our reference as the same one", (operation: Operation) =>
    Effect.gen(function* () {
      const created = yield* operation.create()
      yield* same("read", essence(yield* operation.get(created.providerId)), essence(created))
      yield* finds("found", operation, created)
    })
  ),

  law("is found by its whole reference only", (operation: Operation) =>
    Effect.gen(function* () {
      yield* finds("before anything was created", operation, null)
      const second = yield* operation.create({ attempt: 2 })
      yield* finds("the first attempt, when there is but a second", operation, null)
      const first = yield* operation.create()
      yield* finds("the first attempt", operation, first)
      yield* finds("the second attempt", operation, second, { attempt: 2 })
      yield* finds("the tenth invoice", operation, null, { number: 10 })
    })
  ),

  law("that the provider does not know is a refusal to read, and nothing to find", (operation: Operation) =>
    Effect.gen(function* () {
      const { providerId } = yield* operation.create()
      const read = yield* Effect.flip(operation.get([...providerId].toReversed().join("")))
      yield* holds(read._tag === "Rejected", `reading an id that is not there: expected Rejected, got ${read._tag}`)
      yield* finds("found", operation, null, { number: 2 })
    })
  )
]
