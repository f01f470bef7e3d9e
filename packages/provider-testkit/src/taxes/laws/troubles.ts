/** What may go wrong on the way to the authority and back, and which of the four outcomes each is. */
import { Effect, Fiber, Option, Result } from "effect"
import { type Law, law, LawBroken, same } from "../../Law.ts"
import { troubles as all } from "../../laws/troubles.ts"
import { type Exchange, Fault } from "../../proxy/index.ts"
import type { Bench } from "../Bench.ts"
import { books, essence, finds } from "./issuing.ts"

/** Both are core's to try again; after either, the same bytes make the one document. */
const issuedOnce = Effect.fnUntraced(function* (bench: Bench, prepared: { reference: string; content: string }) {
  const { account, authority, issuer } = bench
  const before = yield* authority.booked(prepared.reference)
  const issued = yield* issuer.issue(account, prepared)
  if (before.length > 0) yield* same("the document", issued.accessKey, before[0]?.accessKey)
  yield* books(bench, prepared.reference, [issued.accessKey])
  yield* finds("found at last", bench, prepared.reference, issued)
})

const outcomes: ReadonlyArray<Law<Bench>> = [
  ...all.map((each) =>
    law(`${each.name} is ${each.outcome}`, (bench: Bench) =>
      Effect.gen(function* () {
        const { account, authority, issuer, prepare, proxy, subject } = bench
        const prepared = yield* prepare()
        yield* proxy.on(subject.wire.issues, each.fault(subject.wire))
        const outcome = yield* Effect.result(issuer.issue(account, prepared))
        yield* same("the outcome", outcome._tag === "Success" ? "issued" : outcome.failure._tag, each.outcome)
        yield* same("requests to issue it", (yield* proxy.exchanges(subject.wire.issues)).length, 1)
        const booked = yield* authority.booked(prepared.reference)
        yield* same("documents in the authority's books", booked.length, each.made ? 1 : 0)
        const found = Option.getOrNull(yield* issuer.find(account, prepared.reference))
        yield* same("found", found?.accessKey ?? null, booked[0]?.accessKey ?? null)
        if (each.outcome !== "Rejected") yield* issuedOnce(bench, prepared)
      })
    )
  ),

  law("that reaches nobody is Unavailable", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare, proxy } = bench
      const prepared = yield* prepare()
      const calls = [
        Effect.asVoid(issuer.issue(account, prepared)),
        Effect.asVoid(issuer.find(account, prepared.reference))
      ]
      for (const call of calls) {
        const failure = yield* proxy.refusing(Effect.flip(call))
        yield* same("the outcome", failure._tag, "Unavailable")
      }
      yield* issuedOnce(bench, prepared)
    })
  ),

  law(
    "for an account that the authority does not let in is Unavailable, and says that it is about the account",
    (bench: Bench) =>
      Effect.gen(function* () {
        const { account, issuer, prepare, proxy, subject } = bench
        const prepared = yield* prepare()
        for (const status of [401, 403]) {
          yield* proxy.on(subject.wire.issues, Fault.instead(status, { message: "no" }))
          const failure = yield* Effect.flip(issuer.issue(account, prepared))
          yield* same("the outcome", failure._tag === "Unavailable" && failure.account, "credentials")
        }
      })
  )
]

interface Search {
  readonly name: string
  readonly fault: Fault.Fault
  readonly outcome: "Unavailable" | "Unknown"
}

/** A search that goes wrong says nothing of whether there is such a document. */
const searches: ReadonlyArray<Search> = [
  { name: "whose answer is lost", fault: Fault.dropAnswer, outcome: "Unknown" },
  { name: "whose answer breaks off", fault: Fault.truncate(), outcome: "Unknown" },
  { name: "whose answer is not JSON", fault: Fault.malform, outcome: "Unknown" },
  { name: "answered {}", fault: Fault.answerInstead(200, {}), outcome: "Unknown" },
  {
    name: "answered 404 by somebody on the way",
    fault: Fault.instead(404, "<html>Not found</html>"),
    outcome: "Unknown"
  },
  { name: "answered 404 without a word", fault: Fault.instead(404, ""), outcome: "Unknown" },
  { name: "answered 503", fault: Fault.instead(503, "<html>Service error</html>"), outcome: "Unknown" },
  { name: "answered 429", fault: Fault.tooManyRequests(1), outcome: "Unavailable" }
]

const lookups: ReadonlyArray<Law<Bench>> = searches.map(({ fault, name, outcome }) =>
  law(`looked up, ${name}, is ${outcome} and never missing`, (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare, proxy, subject } = bench
      const prepared = yield* prepare()
      const issued = yield* issuer.issue(account, prepared)
      yield* proxy.on(subject.wire.finds, fault)
      const failure = yield* Effect.flip(issuer.find(account, prepared.reference))
      yield* same("the outcome", failure._tag, outcome)
      yield* finds("found later", bench, prepared.reference, issued)
    })
  )
)

/** Gives a call up at a moment, and waits until its connection is closed; ten seconds are for a machine that is busy. */
const givenUp = Effect.fnUntraced(function* (
  { account, issuer, proxy, subject }: Bench,
  prepared: { reference: string; content: string },
  fault: Fault.Fault,
  moment: (exchange: Exchange) => boolean
) {
  const until = (what: string, so: (exchange: Exchange) => boolean) =>
    proxy.until(subject.wire.issues, so).pipe(
      Effect.timeoutOrElse({
        duration: "10 seconds",
        orElse: () => new LawBroken({ message: `${what}: not within ten seconds` })
      })
    )
  yield* proxy.on(subject.wire.issues, fault)
  const call = yield* Effect.forkChild(issuer.issue(account, prepared))
  yield* until("the request arrives", moment)
  yield* Fiber.interrupt(call)
  yield* until("the connection is closed", ({ state }) => state === "left")
})

const interruption: ReadonlyArray<Law<Bench>> = [
  law("given up before the authority has it is not there, and leaves no connection behind", (bench: Bench) =>
    Effect.gen(function* () {
      const prepared = yield* bench.prepare()
      yield* givenUp(bench, prepared, Fault.holdRequest, () => true)
      yield* finds("found", bench, prepared.reference, null)
      yield* issuedOnce(bench, prepared)
    })
  ),

  law("given up after the authority has it is there, and leaves no connection behind", (bench: Bench) =>
    Effect.gen(function* () {
      const prepared = yield* bench.prepare()
      yield* givenUp(bench, prepared, Fault.holdAnswer, ({ answers }) => answers.length > 0)
      const found = yield* bench.issuer.find(bench.account, prepared.reference)
      yield* same("found", Result.isSuccess(Result.fromOption(found, () => "nothing")), true)
      yield* issuedOnce(bench, prepared)
    })
  )
]

/** Cancellations have the outcomes of any request that makes something. */
const cancellations: ReadonlyArray<Law<Bench>> = all.map((each) =>
  law(`canceled, ${each.name}, is ${each.outcome}`, (bench: Bench) =>
    Effect.gen(function* () {
      const { account, authority, issuer, prepare, proxy, subject } = bench
      const prepared = yield* prepare()
      const { accessKey } = yield* issuer.issue(account, prepared)
      yield* proxy.on(subject.wire.cancels, each.fault(subject.wire))
      const outcome = yield* Effect.result(issuer.cancel(account, { accessKey, reason: "Issued by mistake" }))
      yield* same(
        "the outcome",
        outcome._tag === "Success" ? outcome.success.status : outcome.failure._tag,
        each.outcome
      )
      const [booked] = yield* authority.booked(prepared.reference)
      yield* same("whether it is canceled in the authority's books", booked?.canceled, each.made)
      const found = Option.getOrNull(yield* issuer.find(account, prepared.reference))
      yield* same("found", found?.status, each.made ? "canceled" : "issued")
      const canceled = yield* issuer.cancel(account, { accessKey, reason: "Issued by mistake" })
      yield* same("canceled again", canceled.status, "canceled")
      yield* finds("found canceled", bench, prepared.reference, canceled)
      yield* same("its text", essence(canceled).content, booked?.content)
    })
  )
)

export const troubles: ReadonlyArray<Law<Bench>> = [...outcomes, ...lookups, ...interruption, ...cancellations]
