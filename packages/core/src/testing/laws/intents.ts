/** Laws of intents: what is asked for is recorded once per key, and numbered without a gap. */
import { DateTime, Effect, Option } from "effect"
import * as Idempotency from "../../models/Idempotency.ts"
import type { Filed, Intent } from "../../ports/Operations.ts"
import * as OurNumber from "../../values/OurNumber.ts"
import { owner, tenancy } from "./given.ts"
import { holds, law, same, times, together, upTo } from "./law.ts"
import { given, type Resource, type Subject } from "./subject.ts"

const sequences = (numbers: ReadonlyArray<OurNumber.OurNumber>): ReadonlyArray<number> =>
  numbers.map((each) => OurNumber.parse(each).sequence).toSorted((a, b) => a - b)

/** Laws of `open` and `recall`. */
export const intents = <A extends Resource, NewIntent extends Intent<A["id"], Filed>>(
  subject: Subject<A, NewIntent>
) => {
  const { again, change, created, intent, list, make, name, nothing, open, release, series, store } = given(subject)
  return [
    law(
      `${name}s: 50 intents of one tenant at once are numbered 1 to 50`,
      Effect.gen(function* () {
        const of = yield* owner
        const made = yield* times(50, make(of))
        yield* same("the numbers", sequences(made.map(({ current }) => current.ourNumber)), upTo(50))
      })
    ),
    law(
      `${name}s: tenants, and the environments of one, are numbered apart`,
      Effect.gen(function* () {
        const [one, other] = [yield* tenancy, yield* tenancy]
        const made = yield* Effect.forEach([one.sandbox, one.live, other.sandbox, one.live], (of) => make(of))
        yield* same(
          "the numbers",
          made.map(({ current }) => OurNumber.parse(current.ourNumber).sequence),
          [1, 1, 1, 2]
        )
      })
    ),
    law(
      `${name}s: a number's year is that of the creation in the tenant's time zone, and each year is numbered from 1`,
      Effect.gen(function* () {
        const of = yield* owner
        const made = yield* Effect.forEach(
          [
            "2027-01-01T02:59:59.999Z",
            "2027-01-01T03:00:00.000Z",
            "2026-12-31T12:00:00.000Z",
            "2027-01-01T03:00:00.001Z"
          ],
          (createdAt) => make(of, { createdAt: DateTime.makeUnsafe(createdAt) })
        )
        yield* same(
          "the numbers",
          made.map(({ current }) => current.ourNumber),
          [
            [2026, 1],
            [2027, 1],
            [2026, 2],
            [2027, 2]
          ].map(([year = 0, sequence = 0]) => OurNumber.format(series, year, sequence))
        )
      })
    ),
    law(
      `${name}s: a key that is known takes no number`,
      Effect.gen(function* () {
        const of = yield* owner
        const first = yield* make(of)
        yield* open(yield* again(first.intent))
        yield* open(
          yield* again(first.intent, {
            keyed: { ...first.intent.keyed, fingerprint: Idempotency.fingerprint("POST", "/", 1) }
          })
        )
        yield* same("the next number", OurNumber.parse((yield* make(of)).current.ourNumber).sequence, 2)
      })
    ),
    law(
      `${name}s: the same key 20 times at once makes one with one number, and the others are told that it is in progress`,
      Effect.gen(function* () {
        const of = yield* owner
        const asked = yield* intent(of)
        const answers = yield* together(upTo(20).map(() => Effect.flatMap(again(asked), open)))
        yield* same("new invoices", answers.filter(({ _tag }) => _tag === "Created").length, 1)
        const waiting = answers.flatMap((each) => (each._tag === "InProgress" ? [each.retryAfterSeconds] : []))
        yield* same("told to wait", waiting.length, 19)
        yield* holds(
          waiting.every((seconds) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 300),
          `wait for ${waiting.join()}`
        )
        const data = yield* list(of)
        yield* same("the numbers in the list", sequences(data.map(({ ourNumber }) => ourNumber)), [1])
      })
    ),
    law(
      `${name}s: a key with another body is refused, before and after its operation is over`,
      Effect.gen(function* () {
        const of = yield* owner
        const { intent: asked, current: made, lease } = yield* make(of)
        const keyed = { ...asked.keyed, fingerprint: Idempotency.fingerprint("POST", "/invoices", { another: "body" }) }
        yield* same("the first answer", (yield* open(yield* again(asked, { keyed })))._tag, "Reused")
        const finished = { keyed: asked.keyed, response: { status: 201, body: "{}" } }
        yield* change(of, made.id, lease, (held) =>
          Effect.succeed({ change: nothing(held, { finished }), result: undefined })
        )
        yield* same("the second answer", (yield* open(yield* again(asked, { keyed })))._tag, "Reused")
      })
    ),
    law(
      `${name}s: the key of a finished operation replays its exact answer`,
      Effect.gen(function* () {
        const of = yield* owner
        const { intent: asked, current: made, lease } = yield* make(of)
        const response = { status: 201, body: '{ "b":1, "a" : "ção 😀\\u0041",\n "a":1.50 }' }
        const finished = { keyed: asked.keyed, response }
        yield* change(of, made.id, lease, (held) =>
          Effect.succeed({ change: nothing(held, { finished }), result: undefined })
        )
        yield* same(
          "every answer",
          yield* times(5, Effect.flatMap(again(asked), open)),
          upTo(5).map(() => ({ _tag: "Replay", response }))
        )
      })
    ),
    law(
      `${name}s: the key of an operation that ended without success goes on with the same one and number`,
      Effect.gen(function* () {
        const of = yield* owner
        const { intent: asked, current: made, lease } = yield* make(of)
        yield* release(of, made.id, lease)
        const answers = yield* times(10, Effect.flatMap(again(asked), open))
        const resumed = answers.flatMap((each) => (each._tag === "Resumed" ? [each] : []))
        yield* same(
          "who goes on",
          resumed.map(({ current }) => [current.id, current.ourNumber]),
          [[made.id, made.ourNumber]]
        )
        yield* holds((resumed[0]?.lease.token ?? 0) > lease.token, "the token did not grow")
        yield* same("the others", answers.filter(({ _tag }) => _tag === "InProgress").length, 9)
      })
    ),
    law(
      `${name}s: the same key of another tenant, or in another environment, is another key`,
      Effect.gen(function* () {
        const [one, other] = [yield* tenancy, yield* tenancy]
        const asked = yield* intent(one.sandbox)
        const answers = yield* Effect.forEach([one.sandbox, one.live, other.sandbox], (of) =>
          Effect.flatMap(again(asked, { owner: of }), open)
        )
        yield* same(
          "the answers",
          answers.map(({ _tag }) => _tag),
          ["Created", "Created", "Created"]
        )
      })
    ),
    law(
      `${name}s: what a key means already can be asked without changing it: nothing, in progress, reused, to be resumed, replayed`,
      Effect.gen(function* () {
        const { live, sandbox } = yield* tenancy
        const { recall } = yield* store
        const asked = yield* intent(sandbox)
        const other = { ...asked.keyed, fingerprint: Idempotency.fingerprint("POST", "/invoices", { another: "body" }) }
        const answers = Effect.all([
          recall(sandbox, asked.keyed),
          recall(sandbox, other),
          recall(live, asked.keyed)
        ]).pipe(Effect.map((all) => all.map(Option.match({ onNone: () => "new", onSome: ({ _tag }) => _tag }))))
        yield* same("before", yield* answers, ["new", "new", "new"])
        const { current: made, lease } = yield* created(yield* open(asked))
        yield* same("while it is held", yield* answers, ["InProgress", "Reused", "new"])
        yield* release(sandbox, made.id, lease)
        yield* same("when it ended without success", yield* answers, ["Resume", "Reused", "new"])
        const resumed = yield* open(yield* again(asked))
        if (resumed._tag !== "Resumed") return yield* same("the answer", resumed._tag, "Resumed")
        const response = { status: 201, body: "{}" }
        yield* change(sandbox, made.id, resumed.lease, (held) =>
          Effect.succeed({
            change: nothing(held, { finished: { keyed: asked.keyed, response } }),
            result: undefined
          })
        )
        yield* same("when it is over", yield* answers, ["Replay", "Reused", "new"])
        yield* same("its answer", yield* recall(sandbox, asked.keyed), Option.some({ _tag: "Replay", response }))
      })
    )
  ]
}
