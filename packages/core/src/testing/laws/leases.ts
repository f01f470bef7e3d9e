/** Laws of leases: one execution at a time, told apart by a token that grows. */
import { Duration, Effect, Option } from "effect"
import * as Idempotency from "../../models/Idempotency.ts"
import type { Filed, Intent } from "../../ports/Operations.ts"
import { owner, tenancy } from "./given.ts"
import { eventually, holds, law, same, times } from "./law.ts"
import { given, type Resource, type Subject } from "./subject.ts"

const long = Duration.minutes(5)
const short = Duration.millis(300)

/** Laws of `begin`, and of what `open` and `change` do with leases. */
export const leases = <A extends Resource, NewIntent extends Intent<A["id"], Filed>>(
  subject: Subject<A, NewIntent>
) => {
  const { again, change, holdsLease, learned, make, name, newId, nothing, open, release, take } = given(subject)
  return [
    law(
      `${name}s: a lease keeps others out while it is held, and is free once it was given back`,
      Effect.gen(function* () {
        const of = yield* owner
        const { intent, current: made, lease } = yield* make(of)
        yield* same("while it is held", yield* take(of, made.id, long), Option.none())
        yield* same("the same key", (yield* open(yield* again(intent)))._tag, "InProgress")
        yield* same("whether it is held", yield* holdsLease(of, made.id, lease), true)
        yield* release(of, made.id, lease)
        yield* same("whether it is held afterwards", yield* holdsLease(of, made.id, lease), false)
        const taken = yield* take(of, made.id, long)
        yield* same(
          "the invoice it is taken of",
          Option.map(taken, ({ current }) => current),
          Option.some(made)
        )
      })
    ),
    law(
      `${name}s: of many who want a free lease one gets it`,
      Effect.gen(function* () {
        const of = yield* owner
        const { current: made, lease } = yield* make(of)
        yield* release(of, made.id, lease)
        const taken = yield* times(20, take(of, made.id, long))
        yield* same("how many got it", taken.filter(Option.isSome).length, 1)
      })
    ),
    law(
      `${name}s: a dead holder's lease runs out, and the same key takes it over`,
      Effect.gen(function* () {
        const of = yield* owner
        const { intent, current: made, lease } = yield* make(of, { lease: short })
        const taken = yield* eventually(
          "the lease is taken over",
          Effect.flatMap(again(intent, { lease: long }), open),
          ({ _tag }) => _tag !== "InProgress"
        )
        if (taken._tag !== "Resumed") return yield* same("the answer", taken._tag, "Resumed")
        yield* same("the invoice", taken.current.id, made.id)
        yield* holds(taken.lease.token > lease.token, "the token did not grow")
        yield* same("whether the old one is held", yield* holdsLease(of, made.id, lease), false)
        yield* same("whether the new one is held", yield* holdsLease(of, made.id, taken.lease), true)
      })
    ),
    law(
      `${name}s: a lease that has run out is nobody's, also before someone takes it, and then anyone's`,
      Effect.gen(function* () {
        const of = yield* owner
        const { current: made, lease } = yield* make(of, { lease: short })
        yield* eventually("it runs out", holdsLease(of, made.id, lease), (held) => !held)
        const taken = yield* take(of, made.id, long)
        yield* holds(Option.isSome(taken), "it could not be taken")
      })
    ),
    law(
      `${name}s: tokens grow with every acquisition, and only the last one holds`,
      Effect.gen(function* () {
        const of = yield* owner
        const { current: made, lease } = yield* make(of)
        const tokens = [lease.token]
        let last = lease
        for (let round = 0; round < 5; round++) {
          yield* release(of, made.id, last)
          last = Option.getOrThrow(yield* take(of, made.id, long)).lease
          tokens.push(last.token)
        }
        yield* holds(
          tokens.every((token, place) => place === 0 || token > (tokens[place - 1] ?? token)),
          `tokens ${tokens.join()}`
        )
        const held = yield* Effect.forEach(tokens, (token) => holdsLease(of, made.id, { token }))
        yield* same("which ones hold", held, [false, false, false, false, false, true])
        yield* same("whether no lease holds", yield* holdsLease(of, made.id, null), false)
      })
    ),
    law(
      `${name}s: a stale holder can neither give back another's lease nor store an answer, but what it learned is kept`,
      Effect.gen(function* () {
        const of = yield* owner
        const { intent, current: made, lease: stale } = yield* make(of)
        yield* release(of, made.id, stale)
        const { lease: current } = Option.getOrThrow(yield* take(of, made.id, long))
        const finished = { keyed: intent.keyed, response: { status: 201, body: "stale" } }
        yield* change(of, made.id, stale, (held) =>
          Effect.succeed({
            change: nothing(held, { finished, released: true, next: learned(held.current) }),
            result: undefined
          })
        )
        yield* same("whether the current one is held", yield* holdsLease(of, made.id, current), true)
        yield* same("the same key", (yield* open(yield* again(intent)))._tag, "InProgress")
        yield* same("what it learned", yield* (yield* subject.store).get(of, made.id), Option.some(learned(made)))
      })
    ),
    law(
      `${name}s: nobody can take the lease of one that is not there, or is another owner's`,
      Effect.gen(function* () {
        const { live, sandbox } = yield* tenancy
        const { current: made, lease } = yield* make(sandbox)
        yield* release(sandbox, made.id, lease)
        yield* same("another environment's", yield* take(live, made.id, long), Option.none())
        yield* same("another tenant's", yield* take(yield* owner, made.id, long), Option.none())
        yield* same("an unknown one's", yield* take(sandbox, yield* newId, long), Option.none())
      })
    ),
    law(
      `${name}s: an operation under a key begins once: while it runs the same key is in progress and another one busy`,
      Effect.gen(function* () {
        const of = yield* owner
        const { begin } = yield* subject.store
        const { intent, current: made, lease } = yield* make(of)
        yield* release(of, made.id, lease)
        const { keyed } = yield* again(intent, {
          keyed: { ...intent.keyed, key: Idempotency.IdempotencyKey.make("cancel") }
        })
        const other = { ...keyed, key: Idempotency.IdempotencyKey.make("another") }
        const answers = yield* times(10, begin(of, made.id, keyed, long))
        const begun = answers.flatMap((each) => (each._tag === "Begun" ? [each] : []))
        yield* same(
          "what begins",
          begun.map(({ current }) => current),
          [made]
        )
        yield* same("the others", answers.filter(({ _tag }) => _tag === "InProgress").length, 9)
        const busy = yield* begin(of, made.id, other, long)
        yield* same("another key", busy._tag, "Busy")
        yield* same("without a key", (yield* begin(of, made.id, null, long))._tag, "Busy")
        yield* holds(busy._tag !== "Busy" || (busy.retryAfterSeconds >= 1 && busy.retryAfterSeconds <= 300), "wait")
        const [mine] = begun
        if (mine === undefined) return
        const response = { status: 200, body: "{}" }
        yield* change(of, made.id, mine.lease, (held) =>
          Effect.succeed({ change: nothing(held, { finished: { keyed, response } }), result: undefined })
        )
        yield* same("the same key when it is over", yield* begin(of, made.id, keyed, long), {
          _tag: "Replay",
          response
        })
        yield* same("the key that was refused", (yield* begin(of, made.id, other, long))._tag, "Begun")
      })
    ),
    law(
      `${name}s: the key of an operation that ended without success begins it again, and with another body is refused`,
      Effect.gen(function* () {
        const of = yield* owner
        const { begin } = yield* subject.store
        const { intent, current: made, lease } = yield* make(of)
        yield* release(of, made.id, lease)
        const keyed = { ...intent.keyed, key: Idempotency.IdempotencyKey.make("cancel") }
        const first = yield* begin(of, made.id, keyed, long)
        if (first._tag !== "Begun") return yield* same("the first", first._tag, "Begun")
        yield* release(of, made.id, first.lease)
        const fingerprint = Idempotency.fingerprint("POST", "/invoices", { another: "body" })
        yield* same("another body", (yield* begin(of, made.id, { ...keyed, fingerprint }, long))._tag, "Reused")
        yield* same("the same again", (yield* begin(of, made.id, keyed, long))._tag, "Begun")
      })
    ),
    law(
      `${name}s: an operation on one that is not there takes no key`,
      Effect.gen(function* () {
        const { live, sandbox } = yield* tenancy
        const { begin, recall } = yield* subject.store
        const { intent, current: made, lease } = yield* make(sandbox)
        yield* release(sandbox, made.id, lease)
        const keyed = { ...intent.keyed, key: Idempotency.IdempotencyKey.make("cancel") }
        yield* same("another environment's", (yield* begin(live, made.id, keyed, long))._tag, "Missing")
        yield* same("an unknown one", (yield* begin(sandbox, yield* newId, keyed, long))._tag, "Missing")
        yield* same(
          "the key",
          [yield* recall(live, keyed), yield* recall(sandbox, keyed)],
          [Option.none(), Option.none()]
        )
      })
    )
  ]
}
