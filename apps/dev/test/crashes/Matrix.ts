/**
 * The matrix: each flow is watched once from its beginning to its end, and then begun anew for each place that it passed, where
 * its process is killed with SIGKILL. Another process takes over, the client repeats its request with the same key, and an
 * auditor looks through the database and the books of the providers.
 */
import { Auditor } from "@salesos/core/testing"
import { Effect, Exit, Fiber, Option, Schema } from "effect"
import { randomUUID } from "node:crypto"
import type { Answer } from "../support/Api.ts"
import { eventually } from "../support/Waiting.ts"
import * as Cell from "./Cell.ts"
import type { Flow, Given } from "./Flow.ts"

/** What was found of one death. */
export interface Row {
  readonly flow: string
  readonly place: string
  /** The answers to the client's request and its repetitions, in order. */
  readonly seen: string
  readonly found: string
}

const told = (answer: Option.Option<Answer>): string =>
  Option.match(answer, { onNone: () => "no answer", onSome: ({ status }) => `${status}` })

/** Answers in order, the same several times in a row as `409 × 3`. */
const inShort = (answers: ReadonlyArray<string>): string => {
  const runs: Array<{ readonly answer: string; times: number }> = []
  for (const answer of answers) {
    const last = runs.at(-1)
    if (last?.answer === answer) last.times += 1
    else runs.push({ answer, times: 1 })
  }
  return runs.map(({ answer, times }) => (times === 1 ? answer : `${answer} × ${times}`)).join(", ")
}

/** Whether a client need not come back: somebody answered, and nobody is at it or away. */
const isFinal = (answer: Option.Option<Answer>): boolean =>
  Option.exists(answer, ({ status }) => status !== 409 && status !== 502 && status < 503)

const isDone = (answer: Option.Option<Answer>): boolean =>
  Option.exists(answer, ({ status }) => status === 200 || status === 201)

/** What a client was told for good, where that is not one answer, however often it is given, which says that it was done. */
const wronglyTold = (final: ReadonlyArray<Option.Option<Answer>>): ReadonlyArray<string> => {
  const words = final.map((answer) =>
    Option.match(answer, { onNone: () => told(answer), onSome: ({ text }) => `${told(answer)} ${text}` })
  )
  return final.every(isDone) && new Set(words).size === 1 ? [] : words
}

const idOf = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ id: Schema.String })))

/** Every event came at least once, under one id and with one body, which is the event's. */
const delivered = Effect.fnUntraced(function* ({ receiver }: Cell.Cell, { events }: Auditor.Facts) {
  const received = yield* receiver.received
  const bodies = Map.groupBy(received, ({ body }) => idOf(body).id)
  return [
    ...events.flatMap(({ body, id, type }) => {
      const came = bodies.get(id) ?? []
      return [
        ...(came.length > 0 ? [] : [`${type} was not delivered`]),
        ...(came.every((each) => each.body === body) ? [] : [`${type} was delivered with another body`])
      ]
    }),
    ...[...bodies.keys()].flatMap((id) =>
      events.some((event) => event.id === id) ? [] : [`${id} was delivered, and is no event`]
    )
  ]
})

/** Nobody asked for what only the provider's own statement tells of: the auditor's books have no such lines. */
const withoutLines = (facts: Auditor.Facts): Auditor.Facts => {
  const lines = facts.statement.filter(({ source }) => source.resource === "provider_line").map(({ entry }) => entry)
  return {
    ...facts,
    statement: facts.statement.filter(({ entry }) => !lines.includes(entry)),
    postings: facts.postings.filter(({ entry }) => !lines.some((line) => line === entry))
  }
}

const alsoWrong = (cell: Cell.Cell, flow: Flow, facts: Auditor.Facts) =>
  Effect.provideContext(flow.alsoWrong?.(cell, facts) ?? Effect.succeed([]), cell.context)

/** All that is wrong now. */
const findings = Effect.fnUntraced(function* (cell: Cell.Cell, flow: Flow) {
  const facts = yield* cell.facts
  return {
    facts,
    wrong: [
      ...flow.wrong(facts),
      ...(yield* alsoWrong(cell, flow, facts)),
      ...Auditor.audit(withoutLines(facts), "settled"),
      ...(yield* delivered(cell, facts)),
      ...(yield* cell.drift)
    ]
  }
})

const summary = (facts: Auditor.Facts): string => {
  const several = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`])
  return [
    ...facts.invoices.map(({ status }) => `invoice ${status}`),
    ...facts.payouts.map(({ status }) => `payout ${status}`),
    ...several(facts.charges.length, "charge"),
    ...several(facts.charges.flatMap(({ charge }) => charge.payments).length, "payment"),
    ...several(facts.charges.flatMap(({ charge }) => charge.reversals).length, "refund"),
    ...facts.invoices.flatMap(({ attempts }) =>
      attempts.flatMap(({ refund }) => (refund?.status === "refused" ? ["refund given up"] : []))
    ),
    ...several(facts.transfers.length, "transfer"),
    ...several(facts.authorities.flatMap(({ issued }) => issued).length, "tax document"),
    ...several(facts.events.length, "event")
  ].join(", ")
}

/** For what never comes. A machine may be busy: nothing here depends on how fast it is. */
const patience = "5 minutes"

/** How often what there is is looked at, and after how many looks without an end time passes for what waits for it. */
const everyLook = "300 millis"
const looks = 8

/** Waits until nothing is wrong any more. Where `timePasses`, what waits for a time of day does not wait long. */
const settled = Effect.fnUntraced(function* (cell: Cell.Cell, flow: Flow, name: string, timePasses: boolean) {
  let looked = 0
  return yield* eventually(
    name,
    Effect.gen(function* () {
      const { facts, wrong } = yield* findings(cell, flow)
      if (wrong.length > 0) yield* Effect.sleep(everyLook)
      if (wrong.length > 0 && timePasses && ++looked % looks === 0) yield* cell.pass("20 seconds")
      return { wrong, found: summary(facts) }
    }),
    ({ wrong }) => wrong.length === 0,
    patience
  )
})

/** Waits until a process that nobody waits for an answer of is at nothing any more: all is well outside, and all has ended that it began. */
const quiet = (cell: Cell.Cell, flow: Flow) => {
  let before = ""
  const look = Effect.gen(function* () {
    yield* Effect.sleep("2 seconds")
    const wrong = yield* alsoWrong(cell, flow, yield* cell.facts)
    const passed = cell.passed(cell.placesFile)
    const open = passed.filter(
      (place) => place.startsWith("before ") && !passed.includes(place.replace("before ", "after "))
    )
    const isQuiet = wrong.length === 0 && passed.length > 0 && open.length === 0 && passed.join() === before
    before = passed.join()
    return isQuiet
  })
  return eventually("quiet", look, (isQuiet) => isQuiet, patience)
}

/** Longer than a lease, a visit, or work that was taken, is kept from others after its process has died. */
const aWhile = "1 minute"

/** Who is told to come back comes back a little later. */
const later = <A>(cell: Cell.Cell, effect: Effect.Effect<A>, isEnd: (value: A) => boolean) =>
  Effect.tap(effect, (value) =>
    isEnd(value) ? Effect.void : Effect.andThen(Effect.sleep(everyLook), cell.pass("10 seconds"))
  )

/** Starts a flow in a cell of its own, with the process that is watched. Gives what its client is told. */
const begin = Effect.fnUntraced(function* (flow: Flow, variables: Readonly<Record<string, string>>) {
  const cell = yield* Cell.make(flow.cell ?? {})
  const given: Given = yield* Effect.provideContext(flow.given(cell), cell.context)
  const child = yield* cell.start(flow.role, { PLACES: cell.placesFile, ...given.variables, ...variables })
  const key = randomUUID()
  const send =
    given.request === undefined
      ? Effect.as(given.happens ?? Effect.void, Option.none<Answer>())
      : cell.api.post(given.request.path, key, given.request.body)
  return { cell, child, given, send }
})

/** Of the places of a process, those that belong to the flow. */
const belongs = ({ steps }: Flow, place: string): boolean =>
  steps === undefined || steps.some((step) => place.startsWith(`before ${step}.`) || place.startsWith(`after ${step}.`))

/** The places of a flow, in order, from watching it once. */
export const placesOf = Effect.fnUntraced(function* (flow: Flow) {
  const { cell, child, given, send } = yield* begin(flow, {})
  const answer = yield* send
  if (given.request !== undefined && !isDone(answer))
    return yield* Effect.die(new Error(`${flow.name}: ${told(answer)}`))
  if (flow.role === "worker") yield* settled(cell, flow, flow.name, false)
  if (flow.role === "operator") yield* child.ended
  if (flow.role !== "operator" && given.request === undefined) yield* quiet(cell, flow)
  yield* child.stop("SIGKILL")
  return cell.passed(cell.placesFile).filter((place) => belongs(flow, place))
}, Effect.scoped)

/** Kills the process of a flow at a place, lets others go on, and gives what was found. Dies when anything is wrong. */
export const killedAt = Effect.fnUntraced(function* (flow: Flow, place: string) {
  const name = `${flow.name}, killed ${place}`
  const { cell, child, given, send } = yield* begin(flow, { DIE_AT: place })
  const first = yield* Effect.forkChild(send)
  const ended = yield* child.ended.pipe(Effect.timeoutOption(patience))
  if (Option.isNone(ended) || ended.value.signal !== "SIGKILL") {
    return yield* Effect.die(new Error(`${name}: it was not killed\n${child.output()}`))
  }
  const answers = [yield* Fiber.join(first)]
  yield* cell.pass(flow.freeAfter ?? aWhile)
  const next = yield* cell.start(flow.role === "http" ? "both" : "worker")
  if (given.request !== undefined) {
    const again = Effect.tap(send, (answer) => Effect.sync(() => answers.push(answer)))
    yield* eventually(`${name}: a final answer`, later(cell, again, isFinal), isFinal, patience)
    const wrong = wronglyTold([...answers.filter(isFinal), yield* send])
    if (wrong.length > 0) return yield* Effect.die(new Error(`${name}: its client was told ${wrong.join(" and ")}`))
  }
  if (given.again !== undefined) {
    const again = Effect.exit(Effect.provideContext(given.again, cell.context))
    yield* eventually(`${name}: the command again`, later(cell, again, Exit.isSuccess), Exit.isSuccess, patience)
  }
  const { found } = yield* settled(cell, flow, name, true)
  yield* next.stop("SIGKILL")
  return {
    flow: flow.name,
    place,
    seen: given.request === undefined ? "—" : inShort(answers.map(told)),
    found
  } satisfies Row
}, Effect.scoped)
