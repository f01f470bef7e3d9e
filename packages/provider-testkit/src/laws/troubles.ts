/**
 * What may go wrong on the way to the provider and back, and which of the four outcomes each is. Nothing here may lead to a
 * second request: whether to send again is for core to say.
 */
import { Effect } from "effect"
import { declared, holds, type Law, law, same, text } from "../Law.ts"
import type { Failure, Operation } from "../Operation.ts"
import { Fault } from "../proxy/index.ts"
import { finds, sent } from "./creation.ts"

interface Trouble<Said> {
  readonly name: string
  /** Made of what the provider says on the wire. */
  readonly fault: (wire: Said) => Fault.Fault
  readonly outcome: Failure["_tag"]
  /** Whether the provider made it all the same. */
  readonly made: boolean
}

/** The provider's answer, with its JSON changed. */
export const changed = (change: (body: unknown) => unknown): Fault.Fault =>
  Fault.rewrite((answer) => ({ ...answer, body: JSON.stringify(change(JSON.parse(answer.body))) }))

const trouble = <Said>(
  name: string,
  outcome: Failure["_tag"],
  made: boolean,
  fault: Trouble<Said>["fault"]
): Trouble<Said> => ({ name, outcome, made, fault })

const html = "<html><body>Service error</body></html>"

const before = (status: number, body: unknown = html) => Fault.instead(status, body)
const after = (status: number, body: unknown = html) => Fault.answerInstead(status, body)

/** Those of any request that makes something. */
export const troubles: ReadonlyArray<Trouble<Pick<Operation["wire"], "refusal">>> = [
  trouble("whose request is lost on its way", "Unknown", false, () => Fault.dropRequest),
  trouble("whose answer is lost on its way", "Unknown", true, () => Fault.dropAnswer),
  trouble("answered 429", "Unavailable", false, () => Fault.tooManyRequests(1)),
  trouble("refused for a business reason", "Rejected", false, ({ refusal }) => before(refusal.status, refusal.body)),
  trouble("refused without a reason that can be read", "Unknown", false, () => before(400)),
  trouble("answered 302", "Unknown", false, () => Fault.instead(302, "", { location: "/elsewhere" })),
  trouble("answered 408", "Unknown", false, () => before(408)),
  ...[500, 502, 503, 504].flatMap((status) => [
    trouble(`answered ${status}, and not made`, "Unknown", false, () => before(status)),
    trouble(`answered ${status}, and made`, "Unknown", true, () => after(status))
  ]),
  trouble("whose answer breaks off halfway", "Unknown", true, () => Fault.truncate()),
  trouble("whose answer breaks off at once", "Unknown", true, () => Fault.truncate(0)),
  trouble("whose answer is not JSON", "Unknown", true, () => Fault.malform),
  trouble("whose answer is empty", "Unknown", true, () => after(200, "")),
  ...["null", "[]", "{}", "42", `"text"`, "true"].map((body) =>
    trouble(`whose answer is ${body}`, "Unknown", true, () => after(201, body))
  )
]

const withoutId = [null, true, {}, []].map((id) =>
  trouble(`whose answer has ${text(id)} for an id`, "Unknown", true, ({ tell }: Operation["wire"]) =>
    changed((body) => tell.id(body, id))
  )
)

/** A provider may document more than 429 as "try later": then that is what it says. */
const expected = ({ tryLater = [] }: Operation["wire"], fault: Fault.Fault, outcome: Failure["_tag"]) =>
  fault._tag === "Instead" && tryLater.includes(fault.answer.status) ? "Unavailable" : outcome

/** After a trouble: sent once, the books say whether it was made, and looking it up says the same. */
const settled = Effect.fnUntraced(function* (operation: Operation, made: boolean) {
  yield* same("requests to create it", (yield* sent(operation)).length, 1)
  const [booked, ...more] = yield* operation.booked()
  yield* same("entries in the provider's books", [booked, ...more].filter(Boolean).length, made ? 1 : 0)
  yield* finds("found", operation, booked === undefined ? null : yield* operation.get(booked.providerId))
})

export const outcomes: ReadonlyArray<Law<Operation>> = [
  ...[...troubles, ...withoutId].map((each) =>
    law(`${each.name} is ${each.outcome}`, (operation: Operation) =>
      Effect.gen(function* () {
        const fault = each.fault(operation.wire)
        yield* operation.bench.proxy.on(operation.wire.creates, fault)
        const outcome = yield* Effect.result(operation.create())
        const got = outcome._tag === "Success" ? "accepted" : outcome.failure._tag
        yield* same("the outcome", got, expected(operation.wire, fault, each.outcome))
        yield* settled(operation, each.made)
      })
    )
  ),

  law("that reaches nobody is Unavailable", ({ bench, booked, create }: Operation) =>
    Effect.gen(function* () {
      const failure = yield* bench.proxy.refusing(Effect.flip(create()))
      yield* same("the outcome", failure._tag, "Unavailable")
      yield* same("entries in the provider's books", (yield* booked()).length, 0)
    })
  )
]

/** HTTP statuses under which an answer that carries the provider's id still says that it has it. */
const statuses = [200, 201, 202, 400, 402, 409, 422, 500, 502, 503]

export const accepted: ReadonlyArray<Law<Operation>> = [
  ...statuses.map((status) =>
    law(`answered ${status} with the provider's id is accepted`, ({ bench, booked, create, wire }: Operation) =>
      Effect.gen(function* () {
        yield* bench.proxy.on(
          wire.creates,
          Fault.rewrite((answer) => ({ ...answer, status }))
        )
        const { providerId } = yield* create()
        yield* same(
          "the id",
          [providerId],
          (yield* booked()).map((each) => each.providerId)
        )
      })
    )
  ),

  law("answered with another amount tells that amount, not the one that was asked", (operation: Operation) =>
    Effect.gen(function* () {
      const { amount, bench, create, currency, get, wire } = operation
      const other = changed((body) => wire.tell.amount(body, amount + 1))
      yield* bench.proxy.on(wire.creates, other)
      yield* bench.proxy.on(wire.gets, other)
      const created = yield* create()
      yield* same("created", created.money, { amount: amount + 1, currency })
      yield* same("read", (yield* operation.get(created.providerId)).money, { amount: amount + 1, currency })
      yield* same("read, where it is told right", (yield* get(created.providerId)).money, { amount, currency })
    })
  ),

  law(
    "read in another currency never tells the one that was asked",
    ({ bench, create, currency, get, wire }: Operation) =>
      Effect.gen(function* () {
        const tell = yield* declared(wire.tell.currency, "answers tell no currency")
        const other = currency === "EUR" ? "USD" : "EUR"
        const { providerId } = yield* create()
        yield* bench.proxy.on(
          wire.gets,
          changed((body) => tell(body, other))
        )
        const outcome = yield* Effect.result(get(providerId))
        if (outcome._tag === "Success") yield* same("the currency", outcome.success.money.currency, other)
        else yield* same("the outcome", outcome.failure._tag, "Unknown")
      })
  ),

  law("answered with an amount that is none is Unknown", ({ bench, create, wire }: Operation) =>
    Effect.gen(function* () {
      yield* bench.proxy.on(
        wire.creates,
        changed((body) => wire.tell.amount(body, Number.NaN))
      )
      const outcome = yield* Effect.result(create())
      const got = outcome._tag === "Success" ? `accepted, for ${text(outcome.success.money)}` : outcome.failure._tag
      yield* holds(got === "Unknown", `expected Unknown, got ${got}`)
    })
  )
]
