/** What must not be told: neither in logs nor traces, in what clients read, nor in what is stored. */
import { Effect, Inspectable, Logger, Option, Predicate, References, Result, Tracer } from "effect"
import { Base64 } from "effect/encoding"
import { holds, type Law, law } from "../Law.ts"
import type { Operation } from "../Operation.ts"
import { Fault } from "../proxy/index.ts"
import { changed } from "./troubles.ts"

/** Everything that was logged or traced while an effect ran, as text. */
export const overheard = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const heard: Array<string> = []
    const logger = Logger.make(({ cause, fiber, message }) => {
      heard.push(Inspectable.toStringUnknown(message), String(cause))
      heard.push(Inspectable.toStringUnknown(fiber.getRef(References.CurrentLogAnnotations)))
    })
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    const result = yield* effect.pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.provideService(References.MinimumLogLevel, "All"),
      Effect.withTracer(tracer)
    )
    for (const { attributes, events, name } of spans) {
      heard.push(
        name,
        JSON.stringify([...attributes]),
        JSON.stringify(events, (_, each) => (typeof each === "bigint" ? `${each}` : each))
      )
    }
    return { result, heard }
  })

const basic = /^Basic (.+)$/i

/**
 * What the proxy saw of secrets besides those of the account: what went over the wire as `Authorization`, and the access
 * tokens among it.
 */
const sentAlong = ({ bench: { proxy } }: Operation) =>
  Effect.map(proxy.exchanges({ direction: "request" }), (all) =>
    all.flatMap(({ headers }) => {
      const [, value = ""] = (headers["authorization"] ?? "").split(" ")
      return value === "" ? [] : [value, ...(basic.test(headers["authorization"] ?? "") ? decoded(value) : [])]
    })
  )

const decoded = (base64: string): ReadonlyArray<string> =>
  Result.match(Base64.decodeString(base64), { onFailure: () => [], onSuccess: (text) => text.split(":") })

/** None of the secrets is in a text. Short ones would be found by chance. */
const tellsNone = Effect.fnUntraced(function* (operation: Operation, what: string, told: string) {
  const secrets = [...operation.bench.secrets, ...(yield* sentAlong(operation))].filter(({ length }) => length >= 6)
  for (const secret of secrets) {
    yield* holds(!told.includes(secret), `${what} tells the secret ${secret.slice(0, 3)}…: ${told.slice(0, 500)}`)
  }
})

/** A failure as text, all of it. */
export const outcomeText = (outcome: Result.Result<unknown, unknown>): string =>
  Result.isFailure(outcome) ? `${String(outcome.failure)} ${JSON.stringify(outcome.failure)}` : ""

/** An answer that quotes what it was asked with, as a careless server's may. */
const quoting = (secrets: ReadonlyArray<string>) => (body: unknown) =>
  Predicate.isObject(body) && !Array.isArray(body)
    ? {
        ...body,
        debug: { request: `Authorization: Bearer ${secrets.join(" ")}` },
        authorization: secrets,
        card: { number: pan, cvv: "737" }
      }
    : body

const pan = "4242424242424242"

export const secrets: ReadonlyArray<Law<Operation>> = [
  law("tells no secret in logs and traces, whatever becomes of it", (operation: Operation) =>
    Effect.gen(function* () {
      const { bench, create, find, get, wire } = operation
      const all = Effect.gen(function* () {
        const { providerId } = yield* create()
        yield* get(providerId)
        yield* find()
        for (const fault of [
          Fault.dropAnswer,
          Fault.tooManyRequests(1),
          Fault.malform,
          Fault.instead(401, { message: "no" })
        ]) {
          yield* bench.proxy.on(wire.creates, fault)
          yield* Effect.ignore(create({ number: 2 }))
        }
        yield* bench.proxy.refusing(Effect.ignore(create({ number: 3 })))
      })
      const { heard } = yield* overheard(all)
      yield* tellsNone(operation, "a log or a trace", heard.join("\n"))
    })
  ),

  law("tells no secret in its failures, not even one that the provider quotes", (operation: Operation) =>
    Effect.gen(function* () {
      const { bench, create, wire } = operation
      const quoted = bench.secrets.join(" ")
      const refusals = [
        wire.refusal,
        ...[400, 401, 403, 422, 429, 500].map((status) => ({
          status,
          body: { message: `${quoted} refused`, error: quoted }
        }))
      ]
      for (const { body, status } of refusals) {
        const told = JSON.stringify(body).replaceAll(
          /"(message|error|description|detail)":"[^"]*"/g,
          `"$1":"${quoted}"`
        )
        yield* bench.proxy.on(wire.creates, Fault.instead(status, told), 2)
        yield* tellsNone(operation, `the failure of a ${status}`, outcomeText(yield* Effect.result(create())))
        yield* bench.proxy.calm
      }
      for (const fault of [Fault.dropAnswer, Fault.malform, Fault.truncate()]) {
        yield* bench.proxy.on(wire.creates, fault)
        yield* tellsNone(
          operation,
          `the failure of ${fault._tag}`,
          outcomeText(yield* Effect.result(create({ number: 2 })))
        )
      }
    })
  ),

  law("keeps no secret and no card of what the provider answers", (operation: Operation) =>
    Effect.gen(function* () {
      const { bench, create, find, get, wire } = operation
      const careless = changed(quoting(bench.secrets))
      for (const match of [wire.creates, wire.gets, wire.finds]) yield* bench.proxy.on(match, careless, Infinity)
      const created = yield* create()
      const read = yield* get(created.providerId)
      const found = Option.getOrNull(yield* Effect.orElseSucceed(find(), Option.none))
      for (const [how, seen] of Object.entries({ created, read, found })) {
        const kept = JSON.stringify(seen?.raw ?? null)
        yield* tellsNone(operation, `what is kept of one ${how}`, kept)
        yield* holds(!kept.includes(pan), `what is kept of one ${how} has a card's number`)
      }
    })
  )
]
