/** What a provider's words for a status mean: every documented one what its document says, any other one nothing yet. */
import { Arbitrary, Effect, Schema } from "effect"
import { holds, type Law, law, LawBroken, same } from "../Law.ts"
import type { Operation, Seen } from "../Operation.ts"
import { changed } from "./troubles.ts"

/** What moved money, by an observation. */
const facts = (seen: Seen) =>
  "payments" in seen ? [...seen.payments, ...(seen.reversals ?? [])] : [...seen.deliveries, ...seen.returns]

/** Reads one as if the provider told a status. */
const readAs = Effect.fnUntraced(function* ({ bench, get, wire }: Operation, providerId: string, status: string) {
  yield* bench.proxy.on(
    wire.gets,
    changed((body) => wire.tell.status(body, status))
  )
  return yield* get(providerId)
})

/** Words that no document has, and the ones that objects of JavaScript answer to. */
const strangers = ["", "PAID ", "constructor", "__proto__", "toString", "hasOwnProperty", "null"]

export const statuses: ReadonlyArray<Law<Operation>> = [
  law("is in the status that the provider's document gives its word for", (operation: Operation) =>
    Effect.gen(function* () {
      const documented = Object.entries(operation.wire.statuses)
      yield* holds(documented.length > 0, "the subject names no documented status")
      const { providerId } = yield* operation.create()
      for (const [word, meaning] of documented) {
        const { status } = yield* readAs(operation, providerId, word)
        yield* same(`the status "${word}"`, status, meaning)
      }
    })
  ),

  law("created in any documented status is accepted in it", (operation: Operation) =>
    Effect.gen(function* () {
      const { bench, create, wire } = operation
      let number = 0
      for (const [word, meaning] of Object.entries(wire.statuses)) {
        yield* bench.proxy.on(
          wire.creates,
          changed((body) => wire.tell.status(body, word))
        )
        yield* same(`created as "${word}"`, (yield* create({ number: ++number })).status, meaning)
      }
    })
  ),

  law("in a status that nobody knows is pending, and no money moved", (operation: Operation) =>
    Effect.gen(function* () {
      const { providerId } = yield* operation.create()
      const unknown = (word: string) =>
        Effect.gen(function* () {
          if (word in operation.wire.statuses && Object.hasOwn(operation.wire.statuses, word)) return true
          const seen = yield* readAs(operation, providerId, word)
          yield* same(`the status ${JSON.stringify(word)}`, seen.status._tag, "pending")
          yield* same(`money moved in the status ${JSON.stringify(word)}`, facts(seen).length, 0)
          return true
        })
      yield* Effect.forEach(strangers, unknown)
      const checked = yield* Arbitrary.checkEffect(Arbitrary.schema(Schema.String), unknown, { runs: 50 })
      const broken = Arbitrary.formatCheckFailure(checked)
      if (broken !== undefined) yield* new LawBroken({ message: broken })
    })
  )
]
