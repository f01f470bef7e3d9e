/** A process that is killed anywhere never charges twice, and whoever sends the same key again gets their invoice. */
import { assert, describe, it } from "@effect/vitest"
import { Provider, Store } from "@salesos/core"
import { Crashes, type FakeProvider } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { crashing } from "../support/crashing.ts"
import {
  charges,
  checkBooks,
  create,
  Given,
  inGateway,
  invoices,
  type Options,
  patiently,
  type Services,
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

const script = ({ answers, lookups }: Scenario) =>
  Effect.gen(function* () {
    const { provider } = yield* Given
    yield* provider.next(...answers)
    yield* provider.nextLookups(...(lookups ?? []))
  })

const { checkEnd, describeAll, dying, patientWork } = crashing<Scenario, Services>({
  inWorld: (scenario, test) => inGateway(scenario.options)(Effect.andThen(script(scenario), test)),
  create: create("k1"),
  by: (crashes, run) =>
    Effect.gen(function* () {
      const store = crashes.store(yield* Store.InvoiceStore)
      const drivers = (yield* Provider.Drivers).map(crashes.driver)
      return yield* run.pipe(
        Effect.provideService(Store.InvoiceStore, store),
        Effect.provideService(Provider.Drivers, drivers)
      )
    }),
  work,
  checkBooks,
  checkEnd: Effect.gen(function* () {
    assert.deepStrictEqual(
      (yield* invoices).map(({ ourNumber }) => `${ourNumber}`),
      ["INV-2026-000001"]
    )
  }),
  minutes: 10
})

describeAll("an invoice", "charges once", scenarios)

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
