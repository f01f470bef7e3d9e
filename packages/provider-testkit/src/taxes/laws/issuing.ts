/** What goes well: what may be issued, that it is issued once, and that it is found again. */
import { type TaxIssuer } from "@salesos/core"
import { Effect, Option, Result } from "effect"
import { holds, type Law, law, same } from "../../Law.ts"
import { type Bench, orderFor } from "../Bench.ts"

/** What every reading of one document tells alike. */
export const essence = ({ accessKey, content, documentNumber, status }: TaxIssuer.TaxObservation) => ({
  accessKey,
  content,
  documentNumber,
  status
})

/** What looking a reference up finds is this, or nothing. */
export const finds = Effect.fnUntraced(function* (
  what: string,
  { account, issuer }: Bench,
  reference: string,
  expected: TaxIssuer.TaxObservation | null
) {
  const found = Option.getOrNull(yield* issuer.find(account, reference))
  yield* same(what, found && essence(found), expected && essence(expected))
})

/** The authority's books hold these documents under a reference, by their access keys. */
export const books = Effect.fnUntraced(function* (
  { authority }: Bench,
  reference: string,
  keys: ReadonlyArray<string>
) {
  const booked = yield* authority.booked(reference)
  yield* same(
    "documents in the authority's books",
    booked.map(({ accessKey }) => accessKey),
    keys
  )
})

export const issuing: ReadonlyArray<Law<Bench>> = [
  law("is issued with one request, and found as what the authority has in its books", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, authority, issuer, prepare, proxy, subject } = bench
      const prepared = yield* prepare()
      yield* finds("before it was issued", bench, prepared.reference, null)
      const issued = yield* issuer.issue(account, prepared)
      yield* same("its status", issued.status, "issued")
      yield* same("requests to issue it", (yield* proxy.exchanges(subject.wire.issues)).length, 1)
      const [booked] = yield* authority.booked(prepared.reference)
      yield* same("its text", issued.content, booked?.content)
      yield* books(bench, prepared.reference, [issued.accessKey])
      yield* finds("found", bench, prepared.reference, issued)
    })
  ),

  law("is prepared without asking anybody, under a reference that its number decides", (bench: Bench) =>
    Effect.gen(function* () {
      const { prepare, proxy } = bench
      const [first, again, other] = [yield* prepare(), yield* prepare(), yield* prepare(2)]
      yield* same("the reference, prepared again", again.reference, first.reference)
      yield* holds(other.reference !== first.reference, "two numbers have one reference")
      yield* same("requests", (yield* proxy.exchanges()).length, 0)
    })
  ),

  law("is refused field by field before it is made, and what is not refused can be prepared", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, proxy, subject } = bench
      for (const wish of subject.wishes) {
        yield* same("errors of what can be issued", issuer.check(account, wish), [])
        yield* issuer.prepare(account, yield* orderFor(wish, 1))
      }
      for (const { fields, wish } of subject.unissuable) {
        const errors = issuer.check(account, wish)
        yield* same(
          "the fields",
          errors.map(({ field }) => field),
          fields
        )
        const outcome = yield* Effect.result(issuer.prepare(account, yield* orderFor(wish, 1)))
        yield* holds(Result.isFailure(outcome), `what lacks ${fields.join(", ")} was prepared`)
      }
      yield* same("requests", (yield* proxy.exchanges()).length, 0)
    })
  ),

  law("that is there already is issued no second time", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare } = bench
      const prepared = yield* prepare()
      const first = yield* issuer.issue(account, prepared)
      const again = yield* issuer.issue(account, prepared)
      yield* same("issued again", essence(again), essence(first))
      yield* books(bench, prepared.reference, [first.accessKey])
    })
  ),

  law("that is sent twice at the same time is issued once", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare } = bench
      const prepared = yield* prepare()
      const both = yield* Effect.all([issuer.issue(account, prepared), issuer.issue(account, prepared)], {
        concurrency: "unbounded"
      })
      const [first, second] = both
      yield* same("the other answer", essence(second), essence(first))
      yield* books(bench, prepared.reference, [first.accessKey])
    })
  ),

  law("of another content under a number that was issued is refused, and what was issued stands", (bench: Bench) =>
    Effect.gen(function* () {
      const { account, issuer, prepare } = bench
      const prepared = yield* prepare(1, 0)
      const first = yield* issuer.issue(account, prepared)
      const other = yield* prepare(1, 1)
      yield* same("the reference", other.reference, prepared.reference)
      const failure = yield* Effect.flip(issuer.issue(account, other))
      yield* same("the outcome", failure._tag, "Rejected")
      yield* finds("found", bench, prepared.reference, first)
      yield* books(bench, prepared.reference, [first.accessKey])
    })
  )
]
