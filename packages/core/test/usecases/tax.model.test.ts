/** Anything that clients, payers, the authority, workers and dying processes do to an invoice with a tax document, in any order. */
import { assert, describe, it } from "@effect/vitest"
import { type Execution, Notifications, Store, TaxIssuer } from "@salesos/core"
import { Auditor, Crashes, type FakeIssuer, FakeProvider, Samples } from "@salesos/core/testing"
import { Duration, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { Given, pass, patiently, type Services, work } from "../support/gateway.ts"
import {
  cancelDocument,
  cancelInvoice,
  costs,
  inTaxGateway,
  issuer,
  notified,
  requestDocument,
  withInvoice
} from "../support/taxGateway.ts"

/** The answer that each key was given. */
type Model = Map<string, string>

interface Real {
  readonly run: <A, E>(effect: Effect.Effect<A, E, Services>) => Promise<A>
}

const audited = (moment: "under way" | "settled") =>
  Effect.gen(function* () {
    const { issuers, owner, providers } = yield* Given
    assert.deepStrictEqual(yield* Auditor.findings(owner, { charges: providers, issuers }, moment), [])
  })

/** Something that happens; whatever it is, the books are right afterwards. */
const happens = (
  name: string,
  happen: (model: Model) => Effect.Effect<unknown, unknown, Services>
): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  run: (model, { run }) => run(Effect.andThen(happen(model), audited("under way"))),
  toString: () => name
})

type Kind = "document" | "cancel" | "cancel the invoice"
const requests: Record<Kind, (key: string) => Effect.Effect<Execution.Answer, unknown, Services>> = {
  document: requestDocument,
  cancel: cancelDocument,
  "cancel the invoice": cancelInvoice
}
const kind = fc.constantFrom<Kind>("document", "cancel", "cancel the invoice")
const key = fc.constantFrom("a", "b")

/** Sends a request; a key that was answered is answered the same for ever. */
const sends = fc.tuple(kind, key).map(([what, name]) =>
  happens(`${what} by ${name}`, (model) =>
    Effect.gen(function* () {
      const id = `${what}-${name}`
      const exit = yield* Effect.exit(requests[what](id))
      const known = model.get(id)
      if (Exit.isSuccess(exit)) {
        if (known !== undefined) assert.deepStrictEqual(exit.value.response.body, known)
        model.set(id, exit.value.response.body)
      } else assert.isUndefined(known, `${id} was answered, and is not any more`)
    })
  )
)

const mortal = <A, E>(at: number, run: Effect.Effect<A, E, Services>) =>
  Effect.gen(function* () {
    const crashes = yield* Crashes.make(at)
    return yield* patiently(
      Effect.exit(run).pipe(
        Effect.provideService(Store.InvoiceStore, crashes.store(yield* Store.InvoiceStore)),
        Effect.provideService(Store.TaxStore, crashes.taxStore(yield* Store.TaxStore)),
        Effect.provideService(TaxIssuer.TaxIssuers, (yield* TaxIssuer.TaxIssuers).map(crashes.issuer))
      )
    )
  })

/** A process that dies: what it would have answered nobody hears, and its key's next answer counts. */
const dies = fc
  .tuple(kind, fc.integer({ min: 1, max: 16 }))
  .map(([what, at]) => happens(`${what}, and die at place ${at}`, () => mortal(at, requests[what](`${what}-dead`))))

const workerDies = fc
  .integer({ min: 1, max: 20 })
  .map((at) => happens(`work, and die at place ${at}`, () => mortal(at, work)))

const answers: ReadonlyArray<FakeIssuer.Answer> = [
  "issue",
  "reject",
  "unavailable",
  "lose_request",
  "lose_answer",
  "hang",
  { issuedAfter: "40 seconds" }
]
const cancelAnswers: ReadonlyArray<FakeIssuer.CancelAnswer> = [
  "cancel",
  "reject",
  "window_over",
  "unavailable",
  "lose_request",
  "lose_answer",
  "hang"
]

const scripts = [
  fc
    .constantFrom(...answers)
    .map((answer) =>
      happens(`next ${JSON.stringify(answer)}`, () => Effect.flatMap(issuer, ({ next }) => next(answer)))
    ),
  fc
    .constantFrom(...cancelAnswers)
    .map((answer) =>
      happens(`next cancellation ${answer}`, () => Effect.flatMap(issuer, ({ nextCancels }) => nextCancels(answer)))
    ),
  fc
    .constantFrom("unavailable" as const, "unknown" as const, "hang" as const)
    .map((answer) =>
      happens(`next lookup ${answer}`, () => Effect.flatMap(issuer, ({ nextLookups }) => nextLookups(answer)))
    )
]

const withProvider = (name: string, act: (provider: FakeProvider.FakeProvider) => Effect.Effect<void>) =>
  fc.constant(happens(name, () => Effect.flatMap(Given, ({ provider }) => act(provider))))

const charge = "infrapsp-1"
const commands = [
  sends,
  sends,
  sends,
  dies,
  workerDies,
  ...scripts,
  withProvider("pay", ({ pay }) => pay(charge)),
  withProvider("pay in part", ({ pay }) => pay(charge, { money: { amount: 100, currency: Samples.brl } })),
  withProvider("expire", ({ end }) => end(charge, "expired")),
  withProvider("refund", ({ books, reverse }) =>
    Effect.flatMap(books, ({ charges }) =>
      (charges[0]?.payments.length ?? 0) > 0 ? reverse(charge, "refund") : Effect.void
    )
  ),
  fc.constant(happens("notify", () => notified)),
  fc
    .constantFrom("5 seconds" as const, "1 minute" as const, "3 minutes" as const, "2 hours" as const)
    .map((time) => happens(`wait ${time}`, () => pass(Duration.fromInputUnsafe(time)))),
  fc.constant(happens("work", () => patiently(work))),
  fc.constant(happens("work", () => patiently(work)))
]

/** In the end nothing is in doubt, and all the books agree. */
const comesToRest = Effect.gen(function* () {
  const { notificationToken, provider } = yield* Given
  yield* provider.tellFee(charge, 77)
  yield* Notifications.receive("infrapsp", notificationToken, {}, FakeProvider.notification("last", charge))
  for (let hours = 0; hours < 40; hours++) {
    yield* TestClock.adjust("1 hour")
    yield* patiently(work)
  }
  yield* audited("settled")
})

describe("an invoice with a tax document", () => {
  for (const autoIssue of [true, false]) {
    it(`that is ${autoIssue ? "" : "not "}issued by itself: whatever happens, it is issued once, and all comes to rest`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 30, size: "max" }), (happening) =>
          Effect.gen(function* () {
            yield* costs("50")
            yield* withInvoice(autoIssue)
            const context = yield* Effect.context<Services>()
            yield* Effect.promise(() =>
              fc.asyncModelRun(
                () => ({ model: new Map<string, string>(), real: { run: Effect.runPromiseWith(context) } }),
                happening
              )
            )
            yield* comesToRest
          }).pipe(inTaxGateway(), Effect.provide(TestClock.layer()), Effect.runPromise)
        ),
        { numRuns: 60, endOnFailure: false }
      )
    }, 60_000)
  }
})
