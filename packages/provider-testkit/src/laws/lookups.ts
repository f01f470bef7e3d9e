/**
 * Reading and looking up when that goes wrong. "Not there" is what core sends again by: it is only ever said when the
 * provider has said it.
 */
import { Effect, Option } from "effect"
import { declared, type Law, law, same, text } from "../Law.ts"
import type { Failure, Operation } from "../Operation.ts"
import { Fault } from "../proxy/index.ts"
import { changed } from "./troubles.ts"

const html = "<html><body>Service error</body></html>"

interface Trouble {
  readonly name: string
  readonly fault: (operation: Operation) => Fault.Fault
  readonly outcome: Failure["_tag"]
}

const troubles: ReadonlyArray<Trouble> = [
  { name: "lost", fault: () => Fault.dropAnswer, outcome: "Unknown" },
  { name: "429", fault: () => Fault.tooManyRequests(1), outcome: "Unavailable" },
  { name: "500", fault: () => Fault.instead(500, html), outcome: "Unknown" },
  { name: "503", fault: () => Fault.instead(503, html), outcome: "Unknown" },
  { name: "cut off", fault: () => Fault.truncate(), outcome: "Unknown" },
  { name: "not JSON", fault: () => Fault.malform, outcome: "Unknown" },
  { name: "empty", fault: () => Fault.instead(200, ""), outcome: "Unknown" },
  { name: "null", fault: () => Fault.instead(200, "null"), outcome: "Unknown" },
  { name: "42", fault: () => Fault.instead(200, "42"), outcome: "Unknown" },
  { name: "a page in HTML", fault: () => Fault.instead(200, html), outcome: "Unknown" },
  { name: "400 without a reason that can be read", fault: () => Fault.instead(400, html), outcome: "Unknown" }
]

const expected = ({ wire: { tryLater = [] } }: Operation, fault: Fault.Fault, outcome: Failure["_tag"]) =>
  fault._tag === "Instead" && tryLater.includes(fault.answer.status) ? "Unavailable" : outcome

const got = (outcome: { _tag: "Success"; success: unknown } | { _tag: "Failure"; failure: Failure }) =>
  outcome._tag === "Failure" ? outcome.failure._tag : text(outcome.success)

/** Of something that is there, and of something that is not: neither is told when the answer is trouble. */
const neverGuessed = Effect.fnUntraced(function* (operation: Operation, { fault, outcome }: Trouble) {
  yield* declared(operation.lookup ? true : undefined, "it cannot be looked up")
  yield* operation.create()
  for (const number of [1, 2]) {
    const trouble = fault(operation)
    yield* operation.bench.proxy.on(operation.wire.finds, trouble, Infinity)
    const found = yield* Effect.result(operation.find({ number }))
    yield* same(
      number === 1 ? "of one that is there" : "of one that is not",
      got(found),
      expected(operation, trouble, outcome)
    )
  }
})

export const lookups: ReadonlyArray<Law<Operation>> = [
  ...troubles.map((trouble) =>
    law(`looked up with an answer that is ${trouble.name} is neither there nor missing`, (operation: Operation) =>
      neverGuessed(operation, trouble)
    )
  ),

  law("whose look-up is refused is neither there nor missing", (operation: Operation) =>
    neverGuessed(operation, {
      name: "refused",
      fault: ({ wire: { refusal } }) => Fault.instead(refusal.status, refusal.body),
      outcome: "Unknown"
    })
  ),

  ...troubles.map(({ fault, name, outcome }) =>
    law(`read with an answer that is ${name} is ${outcome}`, (operation: Operation) =>
      Effect.gen(function* () {
        const { providerId } = yield* operation.create()
        const trouble = fault(operation)
        yield* operation.bench.proxy.on(operation.wire.gets, trouble, Infinity)
        const read = yield* Effect.result(operation.get(providerId))
        yield* same("the outcome", got(read), expected(operation, trouble, outcome))
      })
    )
  ),

  law("read with an answer about another one is not taken for it", ({ bench, create, get, wire }: Operation) =>
    Effect.gen(function* () {
      const { providerId } = yield* create()
      const other = [...providerId].toReversed().join("")
      yield* bench.proxy.on(
        wire.gets,
        changed((body) => wire.tell.id(body, other))
      )
      yield* same("the outcome", got(yield* Effect.result(get(providerId))), "Unknown")
    })
  ),

  law("looked up with an answer about another reference is not taken for it", (operation: Operation) =>
    Effect.gen(function* () {
      yield* declared(operation.lookup ? true : undefined, "it cannot be looked up")
      yield* operation.create()
      // A search that ignores what it is asked for: the provider lists what it has.
      const answers = yield* operation.bench.proxy.exchanges(operation.wire.finds)
      yield* operation.find()
      const [listed] = (yield* operation.bench.proxy.exchanges(operation.wire.finds)).slice(answers.length)
      if (listed?.answers[0] === undefined) return
      const { body, status } = listed.answers[0]
      yield* operation.bench.proxy.on(operation.wire.finds, Fault.instead(status, body), Infinity)
      const found = yield* Effect.result(operation.find({ number: 2 }))
      const taken = found._tag === "Success" && Option.isSome(found.success)
      yield* same("taken for it", taken, false)
    })
  )
]
