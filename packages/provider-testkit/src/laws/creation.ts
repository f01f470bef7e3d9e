/** What a driver makes of a creation that goes well, and how it finds it again. */
import { Effect, Option } from "effect"
import { holds, type Law, law, present, same } from "../Law.ts"
import type { Operation, Seen } from "../Operation.ts"

/** What every reading of one thing tells alike. Its artifact may be lost to lookups, and its raw answer differs. */
const essence = ({ money, providerId, status }: Seen) => ({ money, providerId, status })

/** The exchanges in which something was to be created. */
export const sent = ({ bench, wire }: Operation) => bench.proxy.exchanges(wire.creates)

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

  law("is read by the provider's id and found by our reference as the same one", ({ create, find, get }: Operation) =>
    Effect.gen(function* () {
      const created = yield* create()
      yield* same("read", essence(yield* get(created.providerId)), essence(created))
      const found = yield* present("found by its reference", yield* find())
      yield* same("found", essence(found), essence(created))
    })
  ),

  law("is found by its whole reference only", ({ create, find }: Operation) =>
    Effect.gen(function* () {
      yield* same("before anything was created", Option.isSome(yield* find()), false)
      const second = yield* create({ attempt: 2 })
      yield* same("the first attempt, when there is but a second", Option.isSome(yield* find()), false)
      const first = yield* create({})
      const [a, b] = [yield* find({}), yield* find({ attempt: 2 })]
      yield* same("the first", Option.map(a, essence), Option.some(essence(first)))
      yield* same("the second", Option.map(b, essence), Option.some(essence(second)))
      yield* same("of another number", Option.isSome(yield* find({ number: 10 })), false)
    })
  ),

  law("that the provider does not know is a refusal to read, and nothing to find", ({ create, find, get }: Operation) =>
    Effect.gen(function* () {
      const { providerId } = yield* create()
      const unknown = [...providerId].toReversed().join("")
      const read = yield* Effect.flip(get(unknown))
      yield* holds(read._tag === "Rejected", `reading an id that is not there: expected Rejected, got ${read._tag}`)
      yield* same("found", Option.isSome(yield* find({ number: 2 })), false)
    })
  )
]
