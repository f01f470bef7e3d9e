/** Every law of tax issuers can fail: an issuer that breaks it is found out, and ours is not (`conformance.test.ts`). */
import { assert, describe, it } from "@effect/vitest"
import { Provider, type TaxIssuer } from "@salesos/core"
import { Taxes } from "@salesos/provider-testkit"
import { DateTime, Effect, Fiber, Option, Redacted } from "effect"
import { issuer } from "../src/index.ts"
import { subject } from "./subject.ts"

type Issuer = TaxIssuer.TaxIssuer
type Failure = Provider.Rejected | Provider.Unavailable | Provider.Unknown

const where = (change: Partial<Issuer>): Issuer => ({ ...issuer, ...change })

const unknown = new Provider.Unknown({ message: "?" })
const unavailable = new Provider.Unavailable({ message: "?" })
const rejected = new Provider.Rejected({ message: "?" })

/** What a failure is taken for. */
const takes =
  (from: Failure["_tag"], to: Failure) =>
  <A>(call: Effect.Effect<A, Failure>): Effect.Effect<A, Failure> =>
    Effect.mapError(call, (failure) => (failure._tag === from ? to : failure))

const issues = (change: (call: ReturnType<Issuer["issue"]>) => ReturnType<Issuer["issue"]>) =>
  where({ issue: (...asked) => change(issuer.issue(...asked)) })
const cancels = (change: (call: ReturnType<Issuer["cancel"]>) => ReturnType<Issuer["cancel"]>) =>
  where({ cancel: (...asked) => change(issuer.cancel(...asked)) })
const finds = (change: (call: ReturnType<Issuer["find"]>) => ReturnType<Issuer["find"]>) =>
  where({ find: (...asked) => change(issuer.find(...asked)) })

/** What could not be looked up is taken for missing. */
const missing = finds((call) => Effect.catch(call, () => Effect.succeedNone))

const anyway =
  (document: Partial<TaxIssuer.TaxObservation>) =>
  (call: ReturnType<Issuer["cancel"]>): ReturnType<Issuer["cancel"]> =>
    Effect.orElseSucceed(call, () => ({
      status: "canceled",
      documentNumber: "1",
      accessKey: "",
      issuedAt: DateTime.nowUnsafe(),
      canceledAt: null,
      content: "",
      ...document
    }))

/** Every request of an interrupted call goes on by itself. */
const detached = where({
  issue: (...asked) => Effect.flatMap(Effect.forkDetach(issuer.issue(...asked)), Fiber.join)
})

const tells = where({
  issue: (account, prepared) =>
    Effect.andThen(Effect.logInfo(Redacted.value(account.credentials)["password"]), issuer.issue(account, prepared))
})

const quotes = where({
  issue: (account, prepared) =>
    Effect.mapError(
      issuer.issue(account, prepared),
      () => new Provider.Unknown({ message: `with ${Redacted.value(account.credentials)["password"]}` })
    )
})

let keys = 0

/** Laws by their names, how an issuer breaks them, and the issuer. */
const broken: ReadonlyArray<readonly [laws: RegExp, how: string, broken: Issuer]> = [
  [
    /is issued with one request/,
    "tells other text",
    issues(Effect.map((seen) => ({ ...seen, content: ` ${seen.content}` })))
  ],
  [
    /prepared without asking/,
    "looks it up while it prepares",
    where({
      prepare: (account, order) =>
        Effect.tap(issuer.prepare(account, order), ({ reference }) => Effect.ignore(issuer.find(account, reference)))
    })
  ],
  [/refused field by field/, "refuses nothing", where({ check: () => [] })],
  [
    /is there already|another content/,
    "takes what is there already for a refusal",
    where({
      issue: (account, prepared) =>
        Effect.flatMap(Effect.orElseSucceed(issuer.find(account, prepared.reference), Option.none), (found) =>
          Option.isSome(found) ? Effect.fail(unavailable) : issuer.issue(account, prepared)
        )
    })
  ],
  [
    /at the same time/,
    "tells of a key of its own",
    issues(Effect.map((seen) => ({ ...seen, accessKey: `${keys++}` })))
  ],
  [
    /^(?!canceled|looked).* is Unknown$/,
    "takes what is unknown for unavailable",
    issues(takes("Unknown", unavailable))
  ],
  [
    /^(?!canceled|looked).* is Unavailable/,
    "takes what is unavailable for unknown",
    issues(takes("Unavailable", unknown))
  ],
  [/^(?!canceled|looked).* is Rejected/, "takes a refusal for unavailable", issues(takes("Rejected", unavailable))],
  [/never missing/, "finds nothing where it could not look", missing],
  [/leaves no connection/, "goes on with what was given up", detached],
  [/^canceled, .* is Unknown/, "takes an unknown cancellation for a refusal", cancels(takes("Unknown", rejected))],
  [
    /^canceled, .* is Unavailable/,
    "takes an unavailable cancellation for unknown",
    cancels(takes("Unavailable", unknown))
  ],
  [/^canceled, .* is Rejected/, "takes a refused cancellation for done", cancels(anyway({}))],
  [/canceled, says since when/, "says of no time", cancels(Effect.map((seen) => ({ ...seen, canceledAt: null })))],
  [
    /canceled once/,
    "tells of another time",
    cancels(Effect.map((seen) => ({ ...seen, canceledAt: DateTime.makeUnsafe(Math.floor(Math.random() * 1e12)) })))
  ],
  [
    /not issued again once/,
    "forgets that it is canceled",
    issues(Effect.map((seen) => ({ ...seen, status: "issued" })))
  ],
  [
    /time is over/,
    "has no code for it",
    cancels(Effect.mapError((failure) => (failure._tag === "Rejected" ? rejected : failure)))
  ],
  [
    /any reason/,
    "has no place for short ones",
    where({
      cancel: (account, asked) => (asked.reason.length < 15 ? Effect.fail(rejected) : issuer.cancel(account, asked))
    })
  ],
  [
    /drawn as a PDF/,
    "draws all alike",
    where({ render: (account, { content }) => issuer.render(account, { content, canceled: false }) })
  ],
  [/not drawn/, "draws anything", where({ render: () => Effect.succeed(new TextEncoder().encode("%PDF-")) })],
  [/logs and traces/, "logs the password", tells],
  [/in its failures/, "quotes the password", quotes]
]

const breaking = ({ name }: (typeof Taxes.laws)[number]) => broken.find(([laws]) => laws.test(name))

it("every law has an issuer that breaks it, and every broken issuer a law", () => {
  assert.deepStrictEqual(
    Taxes.laws.filter((each) => breaking(each) === undefined).map(({ name }) => name),
    []
  )
  const used = new Set(Taxes.laws.map(breaking))
  assert.deepStrictEqual(
    broken.filter((each) => !used.has(each)).map(([, how]) => how),
    []
  )
})

/** One law of each kind: the others differ in the fault only. */
const kinds = new Map(Taxes.laws.map((each) => [breaking(each), each]))

describe("an issuer that", () => {
  for (const [found, law] of kinds) {
    if (found === undefined) continue
    const [, how, breaks] = found
    it.live(
      `${how} is found out (${law.name})`,
      () =>
        Effect.gen(function* () {
          const verdict = yield* Effect.promise(() =>
            Effect.runPromise(Taxes.tried({ ...subject, issuer: breaks }, law))
          )
          assert.strictEqual(verdict._tag === "Failure" ? verdict.failure._tag : "nothing was found", "LawBroken")
        }),
      60_000
    )
  }
})
