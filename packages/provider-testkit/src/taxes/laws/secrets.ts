/** What must not be told: neither in logs nor traces, nor in what clients read. */
import { Effect } from "effect"
import { holds, type Law, law } from "../../Law.ts"
import { outcomeText, overheard } from "../../laws/secrets.ts"
import { Fault } from "../../proxy/index.ts"
import type { Bench } from "../Bench.ts"

/** None of the secrets and tax ids is in a text, nor a key that was made of them. Short ones would be found by chance. */
const tellsNone = Effect.fnUntraced(function* ({ secrets, subject }: Bench, what: string, told: string) {
  for (const secret of [...secrets, ...subject.taxIds, "PRIVATE KEY"].filter(({ length }) => length >= 6)) {
    yield* holds(!told.includes(secret), `${what} tells the secret ${secret.slice(0, 3)}…: ${told.slice(0, 500)}`)
  }
})

const faults = [
  Fault.dropAnswer,
  Fault.malform,
  Fault.truncate(),
  Fault.tooManyRequests(1),
  Fault.instead(401, { message: "no" })
]

export const secrets: ReadonlyArray<Law<Bench>> = [
  law("tells no secret and no tax id in logs and traces, whatever becomes of it", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare, proxy, subject } = bench
      const all = Effect.gen(function* () {
        const prepared = yield* prepare()
        const { accessKey } = yield* issuer.issue(account, prepared)
        yield* issuer.find(account, prepared.reference)
        yield* issuer.cancel(account, { accessKey, reason: "Mistake" })
        for (const fault of faults) {
          yield* proxy.on(subject.wire.issues, fault)
          yield* Effect.ignore(issuer.issue(account, yield* prepare(2)))
        }
        yield* proxy.refusing(Effect.ignore(issuer.issue(account, yield* prepare(3))))
      })
      const { heard } = yield* overheard(all)
      yield* tellsNone(bench, "a log or a trace", heard.join("\n"))
    })
  ),

  law("tells no secret and no tax id in its failures, not even one that the authority quotes", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare, proxy, secrets, subject } = bench
      const prepared = yield* prepare()
      const quoted = [...secrets.toReversed(), ...subject.taxIds].join(" ")
      const { refusal } = subject.wire
      // Each text of the refusal, and all of the answer, quotes what it was asked with.
      const told = JSON.stringify(refusal.body).replaceAll(/"[^"]{12,}"/g, () => JSON.stringify(quoted))
      for (const status of [refusal.status, 401, 403, 422, 429, 500]) {
        yield* proxy.on(subject.wire.issues, Fault.instead(status, told))
        const outcome = yield* Effect.result(issuer.issue(account, prepared))
        yield* tellsNone(bench, `the failure of a ${status}`, outcomeText(outcome))
      }
      for (const fault of faults) {
        yield* proxy.on(subject.wire.issues, fault)
        const outcome = yield* Effect.result(issuer.issue(account, prepared))
        yield* tellsNone(bench, `the failure of ${fault._tag}`, outcomeText(outcome))
      }
    })
  )
]
