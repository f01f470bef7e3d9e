/**
 * Reading notifications: they are hints by strangers. A driver names what they are about, asks nobody, and lets nothing make it
 * fail. What is genuine is what the simulator sends, taken from the proxy on its way.
 */
import { Arbitrary, Effect, Option, Predicate, Schema } from "effect"
import { declared, holds, type Law, law, LawBroken, present, same } from "../Law.ts"
import type { ChargeOperation } from "../Operation.ts"
import type { Proxy } from "../proxy/index.ts"
import type { Notified } from "../Subject.ts"

const utf8 = new TextEncoder()

/** What the simulator notifies about something, the first time it names it. */
export const notified = (proxy: Proxy, providerId: string) =>
  proxy
    .until({ direction: "callback" }, ({ body }) => body.includes(providerId))
    .pipe(
      Effect.timeoutOrElse({
        duration: "20 seconds",
        orElse: () => new LawBroken({ message: "The simulator notified nobody within twenty seconds" })
      })
    )

/** A charge that was paid, and the notification of it. */
const genuine = Effect.fnUntraced(function* (operation: ChargeOperation, number = 1) {
  const { providerId } = yield* operation.create({ number })
  yield* operation.counter.pay(providerId)
  const { body, headers } = yield* notified(operation.bench.proxy, providerId)
  return { providerId, body, headers }
})

const read = ({ bench: { account, driver } }: ChargeOperation, { body, headers }: Notified) =>
  driver.readNotification(account, headers, utf8.encode(body))

/** Reads what a stranger may have sent: whatever it is, the answer is a few names, or none. */
const survives = Effect.fnUntraced(function* (
  operation: ChargeOperation,
  headers: Notified["headers"],
  body: Uint8Array
) {
  const { account, driver } = operation.bench
  const told = Option.getOrNull(yield* driver.readNotification(account, headers, body))
  if (told === null) return true
  const named = [...told.charges, ...told.payouts]
  yield* holds(named.length > 0, "a notification that names nothing is none")
  for (const id of [told.dedupeKey, ...named]) {
    yield* holds(id.length > 0 && id.length <= 1000, `an id or key of ${id.length} characters`)
  }
  return true
})

const property = <A>(values: Arbitrary.Arbitrary<A>, so: (value: A) => Effect.Effect<boolean, LawBroken>) =>
  Effect.gen(function* () {
    const broken = Arbitrary.formatCheckFailure(yield* Arbitrary.checkEffect(values, so, { runs: 200 }))
    if (broken !== undefined) yield* new LawBroken({ message: broken })
  })

/** Every way to put something odd into a place of a JSON value. */
const mutations = (value: unknown): ReadonlyArray<unknown> => {
  const odd = [null, 0, -1, "", "x".repeat(5000), true, [], {}, "\u0000", "\ud800"]
  if (Array.isArray(value)) {
    return [...odd, ...value.flatMap((each, place) => mutations(each).map((other) => value.with(place, other)))]
  }
  if (!Predicate.isObject(value)) return odd
  return [
    ...odd,
    ...Object.entries(value).flatMap(([name, each]) => mutations(each).map((other) => ({ ...value, [name]: other })))
  ]
}

const megabyte = 1_000_000

export const notifications: ReadonlyArray<Law<ChargeOperation>> = [
  law("names the charge it is about, and asks nobody", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const sent = yield* genuine(operation)
      const { request } = yield* operation.bench.proxy.counts
      const told = yield* present("the notification", yield* read(operation, sent))
      yield* same("charges", told.charges, [sent.providerId])
      yield* same("payouts", told.payouts, [])
      yield* same("requests made to read it", (yield* operation.bench.proxy.counts).request - request, 0)
    })
  ),

  law("that comes again has the same key, and another one another", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const one = yield* genuine(operation, 1)
      const other = yield* genuine(operation, 2)
      const key = (sent: Notified) =>
        Effect.map(
          read(operation, sent),
          Option.map(({ dedupeKey }) => dedupeKey)
        )
      const first = yield* present("the notification", yield* key(one))
      yield* same("the key, again", yield* present("the notification, again", yield* key(one)), first)
      yield* holds(first !== (yield* present("the other", yield* key(other))), "both have the same key")
    })
  ),

  law("of a later event of the same charge has another key", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const chargeBack = yield* declared(operation.counter.chargeBack, "the simulator charges none back")
      const { providerId } = yield* genuine(operation)
      const { proxy } = operation.bench
      const before = yield* proxy.exchanges({ direction: "callback" })
      yield* chargeBack(providerId)
      const later = yield* proxy
        .until({ direction: "callback" }, (each) => !before.some(({ number }) => number === each.number))
        .pipe(
          Effect.timeoutOrElse({
            duration: "20 seconds",
            orElse: () => new LawBroken({ message: "No notification of it" })
          })
        )
      const key = (sent: Notified) =>
        Effect.map(
          read(operation, sent),
          Option.map(({ dedupeKey }) => dedupeKey)
        )
      const keys = yield* Effect.forEach([...before, later], key)
      yield* same("different keys", new Set(keys.map(Option.getOrNull)).size, keys.length)
    })
  ),

  law(
    "that was forged is none where they are signed, and a hint and no more where they are not",
    (operation: ChargeOperation) =>
      Effect.gen(function* () {
        const sent = yield* genuine(operation)
        const forged = sent.body.replaceAll(sent.providerId, [...sent.providerId].toReversed().join(""))
        const told = yield* read(operation, { headers: sent.headers, body: forged })
        if (!operation.bench.subject.notifications.signed) {
          return yield* same(
            "of the true charge",
            Option.exists(told, ({ charges }) => charges.includes(sent.providerId)),
            false
          )
        }
        yield* same("taken for genuine", Option.isSome(told), false)
        yield* same(
          "taken for genuine without a signature",
          Option.isSome(yield* read(operation, { ...sent, headers: {} })),
          false
        )
        const space = yield* read(operation, { ...sent, body: `${sent.body} ` })
        yield* same("taken for genuine with a space more", Option.isSome(space), false)
      })
  ),

  law("of several events names all of them", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const batch = yield* declared(operation.bench.subject.notifications.batch ?? undefined, "each comes alone")
      const sent = [yield* genuine(operation, 1), yield* genuine(operation, 2)]
      const { body, headers } = yield* batch(sent.map((each) => ({ body: each.body, headers: each.headers })))
      const told = yield* present("the batch", yield* read(operation, { body, headers }))
      yield* same("charges", told.charges.toSorted(), sent.map(({ providerId }) => providerId).toSorted())
      const alone = yield* present("one of them", yield* read(operation, sent[0] ?? { body, headers }))
      yield* holds(alone.dedupeKey !== told.dedupeKey, "a batch has the same key as one of its parts")
    })
  ),

  law("that is rubbish is none, and never a failure", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { body, headers } = yield* genuine(operation)
      yield* property(Arbitrary.schema(Schema.Uint8Array), (bytes) => survives(operation, headers, bytes))
      yield* property(Arbitrary.schema(Schema.Json), (json) =>
        survives(operation, headers, utf8.encode(JSON.stringify(json)))
      )
      for (let end = 0; end < body.length; end += Math.ceil(body.length / 50)) {
        const cut = yield* read(operation, { headers, body: body.slice(0, end) })
        yield* same(`cut off after ${end} characters`, Option.isSome(cut), false)
      }
      const parsed: unknown = JSON.parse(body)
      yield* Effect.forEach(mutations(parsed), (odd) => survives(operation, headers, utf8.encode(JSON.stringify(odd))))
      for (const empty of [undefined, ""]) {
        const bare = Object.fromEntries(Object.keys(headers).map((name) => [name, empty]))
        yield* operation.bench.driver.readNotification(operation.bench.account, bare, utf8.encode(body))
      }
    })
  ),

  law("of a megabyte is read, or none, and never a failure", (operation: ChargeOperation) =>
    Effect.gen(function* () {
      const { body, headers, providerId } = yield* genuine(operation)
      const padded = yield* read(operation, { headers, body: body + " ".repeat(megabyte) })
      if (!operation.bench.subject.notifications.signed) {
        const { charges } = yield* present("the notification, followed by a megabyte of blanks", padded)
        yield* same("charges", charges, [providerId])
      }
      for (const part of ["[", `{"a":`, `"`, "9", `{"id":"x","data":[`, "\u0000", "é"]) {
        const rubbish = part.repeat(megabyte / part.length)
        yield* same(`a megabyte of ${part}`, Option.isSome(yield* read(operation, { headers, body: rubbish })), false)
      }
    })
  )
]
