/** A process that is killed anywhere never pays twice, and whoever sends the same key again gets their payout. */
import { assert, describe, it } from "@effect/vitest"
import { AccountRefusals, Provider, Store } from "@salesos/core"
import { Crashes, type FakePayouts, type FakeProvider } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { crashing } from "../support/crashing.ts"
import { patiently } from "../support/gateway.ts"
import {
  checkBooks,
  create,
  Given,
  inGateway,
  type Options,
  payouts,
  type Services,
  statuses,
  transfers,
  work
} from "../support/payoutGateway.ts"

interface Scenario {
  readonly name: string
  readonly options: Options
  readonly answers: ReadonlyArray<FakePayouts.Answer>
  readonly lookups?: ReadonlyArray<FakeProvider.LookupAnswer>
}

const two = { providers: [{ name: "sellxpay" }, { name: "other" }] }

const scenarios: ReadonlyArray<Scenario> = [
  { name: "an accepted payout", options: {}, answers: [] },
  { name: "a payout that is refused, and then accepted elsewhere", options: two, answers: [{ _tag: "Reject" }] },
  { name: "a payout that is refused", options: {}, answers: [{ _tag: "Reject" }] },
  { name: "a provider that is unavailable at first", options: {}, answers: [{ _tag: "Unavailable" }] },
  { name: "an account that is refused", options: two, answers: [{ _tag: "Unavailable", account: "payouts" }] },
  { name: "a lost answer", options: two, answers: [{ _tag: "LoseAnswer" }] },
  { name: "a lost request", options: two, answers: [{ _tag: "LoseRequest" }] },
  {
    name: "a lost answer, shown late",
    options: { providers: [{ visibleAfter: "25 seconds" }] },
    answers: [{ _tag: "LoseAnswer" }]
  },
  {
    name: "a payout that is made long after the caller gave up",
    options: {},
    answers: [{ _tag: "Hang", madeAfter: "25 seconds" }]
  },
  { name: "a payout that is delivered at once", options: {}, answers: [{ _tag: "Accept", delivered: true }] },
  {
    name: "a payout that fails at once",
    options: {},
    answers: [{ _tag: "Accept", status: { _tag: "ended", reason: "failed" } }]
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
      const store = crashes.payoutStore(yield* Store.PayoutStore)
      const refusals = crashes.refusals(yield* AccountRefusals.AccountRefusals)
      const drivers = (yield* Provider.Drivers).map(crashes.driver)
      return yield* run.pipe(
        Effect.provideService(Store.PayoutStore, store),
        Effect.provideService(AccountRefusals.AccountRefusals, refusals),
        Effect.provideService(Provider.Drivers, drivers)
      )
    }),
  work,
  checkBooks,
  checkEnd: Effect.gen(function* () {
    assert.deepStrictEqual(
      (yield* payouts).map(({ ourNumber }) => `${ourNumber}`),
      ["PO-2026-000001"]
    )
    assert.isAtMost((yield* transfers).length, 1)
  }),
  minutes: 30
})

describeAll("a payout", "pays once at most", scenarios)

describe("a process that dies while its request is still on its way", () => {
  it.effect("is not taken for one that never sent: misses count only when nobody can be sending any more", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Hang", madeAfter: "140 seconds" })
        const drivers = (yield* Provider.Drivers).map((driver) => {
          const inner = driver.payouts ?? assert.fail("it pays")
          const slow = (...given: Parameters<typeof inner.create>) =>
            Effect.raceFirst(inner.create(...given), Effect.delay(Effect.die(new Crashes.Crash("create")), "1 second"))
          return { ...driver, payouts: { ...inner, create: slow } }
        })
        yield* patiently(Effect.exit(create("k1").pipe(Effect.provideService(Provider.Drivers, drivers))))
        yield* TestClock.adjust("120 seconds")
        // The lease has run out: the same key is answered, and asking often proves nothing.
        yield* create("k1")
        for (let tries = 0; tries < 6; tries++) yield* work
        assert.deepStrictEqual(yield* statuses, ["processing", "in_doubt"])
        yield* checkEnd
        assert.deepStrictEqual(yield* statuses, ["processing", "accepted"])
      })
    )
  )
})

describe("a worker that dies while it looks up", () => {
  it.effect.each([
    { name: "a delivery", delivered: true },
    { name: "a payout in doubt", delivered: false }
  ])("$name books it once, never pays, and another worker goes on", ({ delivered }) =>
    Effect.gen(function* () {
      const scene = (at: number) =>
        inGateway()(
          Effect.gen(function* () {
            const { provider } = yield* Given
            if (!delivered) yield* provider.next({ _tag: "LoseAnswer", delivered: true })
            yield* create("k1")
            if (delivered) yield* provider.deliver("sellxpay-po-1")
            yield* TestClock.adjust("1 minute")
            const places = yield* dying(at, work)
            yield* checkBooks("under way")
            yield* patientWork(10)
            assert.deepStrictEqual(yield* statuses, ["paid", "delivered"])
            assert.strictEqual((yield* transfers).length, 1)
            yield* checkBooks("settled")
            return places
          })
        )
      const places = yield* scene(0)
      assert.isAtLeast(places.length, 6)
      for (let at = 1; at <= places.length; at++) yield* scene(at)
    })
  )
})
