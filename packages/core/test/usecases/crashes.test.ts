/** A process that is killed anywhere never charges twice, and whoever sends the same key again gets their invoice. */
import { assert, describe, it } from "@effect/vitest"
import { Provider, Store } from "@salesos/core"
import { Crashes, type FakeProvider } from "@salesos/core/testing"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import {
  charges,
  checkBooks,
  create,
  Given,
  inGateway,
  invoices,
  type Options,
  patiently,
  theInvoice,
  work
} from "../support/gateway.ts"

interface Scenario {
  readonly name: string
  readonly options: Options
  readonly answers: ReadonlyArray<FakeProvider.Answer>
  readonly lookups?: ReadonlyArray<FakeProvider.LookupAnswer>
}

const two = { providers: [{ name: "infrapsp" }, { name: "sellxpay" }] }

const scenarios: ReadonlyArray<Scenario> = [
  { name: "an accepted charge", options: {}, answers: [] },
  { name: "a charge that is refused, and then accepted elsewhere", options: two, answers: [{ _tag: "Reject" }] },
  { name: "a charge that is refused", options: {}, answers: [{ _tag: "Reject" }] },
  { name: "a provider that is unavailable at first", options: {}, answers: [{ _tag: "Unavailable" }] },
  { name: "a lost answer", options: {}, answers: [{ _tag: "LoseAnswer" }] },
  { name: "a lost request", options: {}, answers: [{ _tag: "LoseRequest" }] },
  {
    name: "a lost answer, shown late",
    options: { providers: [{ visibleAfter: "25 seconds" }] },
    answers: [{ _tag: "LoseAnswer" }]
  },
  {
    name: "a lost answer whose artifact is lost, too",
    options: { providers: [{ lookupsShowArtifact: false }] },
    answers: [{ _tag: "LoseAnswer" }]
  },
  {
    name: "a charge that is made long after the caller gave up",
    options: {},
    answers: [{ _tag: "Hang", madeAfter: "25 seconds" }]
  },
  { name: "an artifact that is of no use", options: two, answers: [{ _tag: "Accept", artifact: "corrupted" }] },
  { name: "a charge that is paid at once", options: {}, answers: [{ _tag: "Accept", paid: true, artifact: "none" }] },
  {
    name: "a charge that is refused at once",
    options: {},
    answers: [{ _tag: "Accept", status: { _tag: "ended", reason: "refused" } }]
  },
  {
    name: "lookups that fail",
    options: {},
    answers: [{ _tag: "LoseAnswer" }],
    lookups: ["unknown", "unavailable", "hang"]
  }
]

/** One execution by a process that dies at a place. Gives the places it passed. */
const dying = <A, E, R>(at: number, run: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const crashes = yield* Crashes.make(at)
    const store = crashes.store(yield* Store.InvoiceStore)
    const drivers = (yield* Provider.Drivers).map(crashes.driver)
    yield* patiently(
      Effect.exit(
        run.pipe(Effect.provideService(Store.InvoiceStore, store), Effect.provideService(Provider.Drivers, drivers))
      )
    )
    return yield* crashes.places
  })

/** Sends the same key until it is answered with success, with time between. */
const untilAnswered = Effect.gen(function* () {
  for (let tries = 1; tries <= 40; tries++) {
    const exit = yield* patiently(Effect.exit(create("k1")))
    if (Exit.isSuccess(exit)) return tries
    yield* TestClock.adjust("30 seconds")
  }
  return assert.fail("the same key is never let in")
})

/** What must hold in the end: one invoice with its number, and every book right. */
const checkEnd = Effect.gen(function* () {
  yield* checkBooks("under way")
  yield* patientWork(10)
  yield* checkBooks("settled")
  assert.deepStrictEqual(
    (yield* invoices).map(({ ourNumber }) => `${ourNumber}`),
    ["INV-2026-000001"]
  )
  assert.isTrue((yield* create("k1")).replayed)
})

/** The worker's rounds, during which a provider may hang. */
const patientWork = (minutes: number) =>
  Effect.forEach(Array.from({ length: minutes }), () => Effect.andThen(TestClock.adjust("1 minute"), patiently(work)), {
    discard: true
  })

const script = ({ answers, lookups }: Scenario) =>
  Effect.gen(function* () {
    const { provider } = yield* Given
    yield* provider.next(...answers)
    yield* provider.nextLookups(...(lookups ?? []))
  })

const placesOf = (scenario: Scenario) =>
  inGateway(scenario.options)(Effect.andThen(script(scenario), dying(0, create("k1"))))

describe("a process that dies while it creates an invoice", () => {
  for (const scenario of scenarios) {
    it.effect(
      `charges once, and the same key goes on: ${scenario.name}`,
      () =>
        Effect.gen(function* () {
          const places = yield* placesOf(scenario)
          assert.isAtLeast(places.length, 6)
          for (let at = 1; at <= places.length; at++) {
            yield* inGateway(scenario.options)(
              Effect.gen(function* () {
                yield* script(scenario)
                const passed = yield* dying(at, create("k1"))
                assert.deepStrictEqual(passed.slice(0, at), places.slice(0, at))
                yield* checkBooks("under way")
                yield* untilAnswered
                yield* checkEnd
              })
            )
          }
        }),
      20_000
    )

    it.effect(
      `is cleared up by the worker, and the same key is still good: ${scenario.name}`,
      () =>
        Effect.gen(function* () {
          const places = yield* placesOf(scenario)
          for (let at = 1; at <= places.length; at++) {
            yield* inGateway(scenario.options)(
              Effect.gen(function* () {
                yield* script(scenario)
                yield* dying(at, create("k1"))
                yield* patientWork(15)
                yield* checkBooks("settled")
                yield* untilAnswered
                yield* checkEnd
              })
            )
          }
        }),
      20_000
    )

    it.effect(
      `dies again while it goes on, anywhere, and still charges once: ${scenario.name}`,
      () =>
        Effect.gen(function* () {
          const places = yield* placesOf(scenario)
          for (let at = 1; at <= places.length; at++) {
            for (let again = 1 + (at % 2); again <= 12; again += 2) {
              yield* inGateway(scenario.options)(
                Effect.gen(function* () {
                  yield* script(scenario)
                  yield* dying(at, create("k1"))
                  yield* TestClock.adjust("3 minutes")
                  yield* dying(again, create("k1"))
                  yield* TestClock.adjust("3 minutes")
                  yield* untilAnswered
                  yield* checkEnd
                })
              )
            }
          }
        }),
      60_000
    )
  }
})

describe("a process that dies while its request is still on its way", () => {
  it.effect("is not taken for one that never sent: misses count only when nobody can be sending any more", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Hang", madeAfter: "140 seconds" })
        const drivers = (yield* Provider.Drivers).map((driver) => ({
          ...driver,
          createCharge: (...given: Parameters<typeof driver.createCharge>) =>
            Effect.raceFirst(
              driver.createCharge(...given),
              Effect.delay(Effect.die(new Crashes.Crash("createCharge")), "1 second")
            )
        }))
        yield* patiently(Effect.exit(create("k1").pipe(Effect.provideService(Provider.Drivers, drivers))))
        yield* TestClock.adjust("120 seconds")
        for (let tries = 0; tries < 6; tries++) {
          assert.deepInclude(yield* Effect.flip(create("k1")), { _tag: "ProviderError", inDoubt: true })
        }
        yield* TestClock.adjust("20 seconds")
        yield* create("k1")
        assert.strictEqual((yield* charges).length, 1)
        yield* checkEnd
      })
    )
  )
})

describe("a worker that dies while it looks up", () => {
  it.effect("a payment books it once, and another worker goes on", () =>
    Effect.gen(function* () {
      const scene = (at: number) =>
        inGateway()(
          Effect.gen(function* () {
            const { provider } = yield* Given
            yield* create("k1")
            yield* provider.pay("infrapsp-1")
            yield* TestClock.adjust("1 minute")
            const places = yield* dying(at, work)
            yield* checkBooks("under way")
            yield* TestClock.adjust("1 minute")
            yield* patientWork(3)
            assert.strictEqual((yield* theInvoice).status, "paid")
            yield* checkBooks("settled")
            return places
          })
        )
      const places = yield* scene(0)
      assert.isAtLeast(places.length, 6)
      for (let at = 1; at <= places.length; at++) yield* scene(at)
    })
  )

  it.effect("a charge in doubt never makes another one", () =>
    Effect.gen(function* () {
      const scene = (at: number) =>
        inGateway()(
          Effect.gen(function* () {
            const { provider } = yield* Given
            yield* provider.next({ _tag: "LoseAnswer" })
            yield* Effect.flip(create("k1"))
            yield* TestClock.adjust("1 minute")
            const places = yield* dying(at, work)
            yield* checkBooks("under way")
            yield* patientWork(10)
            yield* checkBooks("settled")
            assert.strictEqual((yield* charges).length, 1)
            return places
          })
        )
      const places = yield* scene(0)
      assert.isAtLeast(places.length, 10)
      for (let at = 1; at <= places.length; at++) yield* scene(at)
    })
  )
})
