import { assert, describe, it } from "@effect/vitest"
import { type Execution, Money, Notifications, Operations, Payouts, Provider, Store } from "@salesos/core"
import { FakePayouts, MemoryTenants, PayoutSamples, Samples } from "@salesos/core/testing"
import { DateTime, Duration, Effect, Exit, Fiber, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { pass, patiently } from "../support/gateway.ts"
import {
  checkBooks,
  create,
  events,
  Given,
  inGateway,
  keyed,
  lines,
  payouts,
  statuses,
  thePayout,
  transfers,
  work,
  workFor
} from "../support/payoutGateway.ts"

const Body = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    our_number: Schema.String,
    status: Schema.String,
    provider: Schema.NullOr(Schema.String),
    failure: Schema.NullOr(Schema.Struct({ code: Schema.String, message: Schema.String })),
    delivered_amount: Schema.NullOr(Schema.Number),
    fee: Schema.NullOr(Schema.Number)
  })
)
const read = (answer: Execution.Answer) => Schema.decodeUnknownSync(Body)(answer.response.body)
const references = Effect.map(transfers, (all) => all.map(({ reference }) => `${reference}`))
const notify = (id: string, provider: string, token: string, ...named: ReadonlyArray<string>) =>
  Notifications.receive(provider, token, {}, FakePayouts.notification(id, ...named))
const two = { providers: [{ name: "sellxpay" }, { name: "other" }] }

describe("creating a payout", () => {
  it.effect("answers 201 with the payout: processing, numbered, sent once", () =>
    inGateway()(
      Effect.gen(function* () {
        const answer = yield* create("k1")
        assert.strictEqual(answer.response.status, 201)
        assert.isFalse(answer.replayed)
        assert.deepInclude(read(answer), {
          our_number: "PO-2026-000001",
          status: "processing",
          provider: "sellxpay",
          delivered_amount: null
        })
        assert.deepStrictEqual(yield* references, ["PO-2026-000001"])
        assert.deepStrictEqual(yield* events, [])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("with the same key replays the same answer, and pays once", () =>
    inGateway()(
      Effect.gen(function* () {
        const first = yield* create("k1")
        const { provider } = yield* Given
        yield* provider.deliver("sellxpay-po-1")
        yield* workFor(1)
        assert.deepStrictEqual(yield* create("k1"), { response: first.response, replayed: true })
        assert.strictEqual((yield* transfers).length, 1)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("with a new key is always a new payout, also to the same beneficiary", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create("k1")
        yield* create("k2")
        assert.deepStrictEqual(yield* references, ["PO-2026-000001", "PO-2026-000002"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("with the same key and another body is refused, and stores nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create("k1")
        const error = yield* Effect.flip(create("k1", PayoutSamples.request({ amount: Money.Amount.make(50001) })))
        assert.strictEqual(error._tag, "IdempotencyKeyReused")
        assert.strictEqual((yield* payouts).length, 1)
        assert.strictEqual((yield* transfers).length, 1)
      })
    )
  )

  it.effect("100 times at once with the same key pays once; the others are told to come back", () =>
    inGateway()(
      Effect.gen(function* () {
        const answers = yield* Effect.all(
          Array.from({ length: 100 }, () => Effect.exit(create("k1"))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter(Exit.isSuccess).length, 1)
        assert.strictEqual((yield* transfers).length, 1)
        assert.isTrue((yield* create("k1")).replayed)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("100 times at once with keys of their own numbers them without a gap", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* Effect.all(
          Array.from({ length: 100 }, (_, place) => create(`k${place}`)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual((yield* transfers).length, 100)
        assert.strictEqual((yield* payouts).at(-1)?.ourNumber, "PO-2026-000100")
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that nobody is configured for, or outside everyone's limits, stores nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        const tags = yield* Effect.forEach(
          [
            PayoutSamples.abroad(),
            PayoutSamples.request({ currency: Samples.usd }),
            PayoutSamples.request({ provider: "unknown" }),
            PayoutSamples.request({ amount: Money.Amount.make(99) }),
            PayoutSamples.request({ amount: Money.Amount.make(100_000_001) })
          ],
          (request) => Effect.map(Effect.flip(create("k1", request)), ({ _tag }) => _tag)
        )
        assert.deepStrictEqual(tags, [
          "ProviderNotConfigured",
          "ProviderNotConfigured",
          "ValidationError",
          "ValidationError",
          "ValidationError"
        ])
        assert.deepStrictEqual(yield* payouts, [])
        assert.strictEqual(read(yield* create("k1")).our_number, "PO-2026-000001")
      })
    )
  )

  it.effect("keeps the answer of its key when nobody could pay it any more", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const first = yield* create("k1")
        const profile = yield* (yield* Store.Tenants).profile(owner)
        yield* MemoryTenants.configure(owner, { ...profile, accounts: [] })
        assert.deepStrictEqual(yield* create("k1"), { response: first.response, replayed: true })
        assert.strictEqual((yield* Effect.flip(create("k2")))._tag, "ProviderNotConfigured")
      })
    )
  )

  it.effect("in another environment is another payout, unseen by the first", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner, owner } = yield* Given
        yield* create("k1")
        const { id } = yield* thePayout
        const theirs = yield* Payouts.create(otherOwner, keyed("k1"), PayoutSamples.request())
        assert.isFalse(theirs.replayed)
        assert.strictEqual((yield* Effect.flip(Payouts.get(otherOwner, id)))._tag, "NotFound")
        assert.strictEqual((yield* Payouts.get(owner, id)).id, id)
      })
    )
  )
})

describe("a provider that refuses a payout", () => {
  it.effect("leaves one that failed, without an event, and the same key tries again under the same number", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Reject", code: "insufficient_balance" })
        const error = yield* Effect.flip(create("k1"))
        assert.deepInclude(error, { _tag: "ProviderError", inDoubt: false, code: "insufficient_balance" })
        assert.deepStrictEqual(yield* statuses, ["failed", "rejected"])
        assert.strictEqual((yield* thePayout).failure?.code, "not_created")
        assert.deepStrictEqual(yield* events, [])
        yield* checkBooks("settled")
        assert.deepInclude(read(yield* create("k1")), { our_number: "PO-2026-000001", status: "processing" })
        assert.deepStrictEqual(yield* statuses, ["processing", "rejected", "accepted"])
        assert.deepStrictEqual(yield* references, ["PO-2026-000001-2"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("is followed by the next one on the route", () =>
    inGateway(two)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Reject" })
        assert.deepInclude(read(yield* create("k1")), { status: "processing", provider: "other" })
        assert.deepStrictEqual(yield* references, ["PO-2026-000001-2"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("because it is unavailable is asked again for a while, then the next one is", () =>
    inGateway(two)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Unavailable" }, { _tag: "Unavailable" })
        assert.deepInclude(read(yield* patiently(create("k1"))), { provider: "sellxpay" })
        yield* provider.next({ _tag: "Unavailable" }, { _tag: "Unavailable" }, { _tag: "Unavailable" })
        assert.deepInclude(read(yield* patiently(create("k2"))), { provider: "other" })
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("when the request's time is used up is not followed by another", () =>
    inGateway({ ...two, settings: { requestBudget: Duration.zero } })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Reject" })
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Effect.flip(create("k1")))._tag, "ProviderError")
        assert.deepStrictEqual(yield* transfers, [])
      })
    )
  )
})

describe("a payout in doubt", () => {
  it.effect("is answered 201, processing, never tried elsewhere, and its key replays that", () =>
    inGateway(two)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        const answer = yield* create("k1")
        assert.deepInclude(read(answer), { status: "processing", our_number: "PO-2026-000001" })
        assert.strictEqual(answer.response.status, 201)
        assert.deepStrictEqual(yield* statuses, ["processing", "in_doubt"])
        assert.deepStrictEqual(yield* create("k1"), { response: answer.response, replayed: true })
        assert.strictEqual((yield* transfers).length, 1)
        yield* checkBooks("under way")
      })
    )
  )

  it.effect("that was made is found by the worker, and paid when the provider says so", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* create("k1")
        yield* workFor(1)
        assert.deepStrictEqual(yield* statuses, ["processing", "accepted"])
        yield* provider.deliver("sellxpay-po-1")
        yield* workFor(2)
        assert.deepStrictEqual(yield* statuses, ["paid", "delivered"])
        assert.deepStrictEqual(yield* events, ["payout.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that is not there, for good, has failed with an event, keeps its 201, and is never sent again", () =>
    inGateway(two)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseRequest" })
        const answer = yield* create("k1")
        yield* TestClock.adjust("29 seconds")
        yield* work
        assert.deepStrictEqual(yield* statuses, ["processing", "in_doubt"])
        yield* workFor(5)
        assert.deepStrictEqual(yield* statuses, ["failed", "absent"])
        assert.strictEqual((yield* thePayout).failure?.code, "not_created")
        assert.strictEqual((yield* thePayout).attempts[0]?.misses, 3)
        assert.deepStrictEqual(yield* events, ["payout.failed"])
        assert.deepStrictEqual(yield* create("k1"), { response: answer.response, replayed: true })
        yield* workFor(60)
        assert.deepStrictEqual(yield* transfers, [])
        assert.deepStrictEqual(yield* events, ["payout.failed"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that was given up and is there after all is still watched: paid, by its reference alone", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Hang", madeAfter: "10 minutes" })
        yield* patiently(create("k1"))
        yield* workFor(8)
        assert.deepStrictEqual(yield* statuses, ["failed", "absent"])
        yield* workFor(5)
        assert.deepStrictEqual(yield* statuses, ["failed", "absent"])
        yield* provider.deliver("sellxpay-po-1")
        yield* workFor(30)
        assert.deepStrictEqual(yield* statuses, ["paid", "delivered"])
        assert.isNull((yield* thePayout).failure)
        assert.deepStrictEqual(yield* events, ["payout.failed", "payout.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("while lookups fail, too, stays in doubt: it is neither failed nor sent by the passing of time", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseRequest" })
        yield* create("k1")
        yield* provider.nextLookups(...Array.from({ length: 1000 }, () => "unavailable" as const))
        yield* workFor(24 * 60)
        assert.deepStrictEqual(yield* statuses, ["processing", "in_doubt"])
        // Seconds, minutes, hours: a day of silence is a few dozen questions.
        assert.isBelow((yield* provider.books).calls.length, 60)
      })
    )
  )

  it.effect("because nobody answers within the deadline is answered then", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Hang", madeAfter: "20 seconds" })
        assert.strictEqual(read(yield* patiently(create("k1"))).status, "processing")
        yield* workFor(2)
        assert.deepStrictEqual(yield* statuses, ["processing", "accepted"])
        yield* checkBooks("settled")
      })
    )
  )
})

describe("an account that is refused as a whole", () => {
  it.effect.each(["credentials", "payouts"] as const)(
    "for its %s is not called again until a probe gets through",
    (account) =>
      inGateway()(
        Effect.gen(function* () {
          const { provider } = yield* Given
          const refused = { _tag: "Unavailable", account } as const
          const calls = Effect.map(provider.books, (books) => books.calls.length)
          yield* provider.next(refused, refused)
          assert.deepInclude(yield* Effect.flip(create("k1")), { _tag: "ProviderError", inDoubt: false })
          assert.strictEqual(yield* calls, 1)
          for (const key of ["k2", "k3", "k2"]) {
            assert.strictEqual((yield* Effect.flip(create(key)))._tag, "ProviderError")
          }
          assert.strictEqual(yield* calls, 1)
          yield* TestClock.adjust("1 minute")
          // Of many at once, one is the probe.
          const answers = yield* Effect.all(
            Array.from({ length: 10 }, (_, place) => Effect.exit(create(`p${place}`))),
            { concurrency: "unbounded" }
          )
          assert.isTrue(answers.every(Exit.isFailure))
          assert.strictEqual(yield* calls, 2)
          yield* TestClock.adjust("1 minute")
          assert.strictEqual(read(yield* create("k1")).our_number, "PO-2026-000001")
          assert.strictEqual(read(yield* create("k9")).status, "processing")
          yield* checkBooks("settled")
        })
      )
  )

  it.effect("is passed over for the next one on the route", () =>
    inGateway(two)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Unavailable", account: "payouts" })
        assert.strictEqual(read(yield* create("k1")).provider, "other")
        assert.strictEqual(read(yield* create("k2")).provider, "other")
        assert.strictEqual((yield* provider.books).calls.length, 1)
      })
    )
  )

  it.effect("is not what a balance that does not suffice is: that concerns one payout", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Reject", code: "insufficient_balance" })
        yield* Effect.flip(create("k1"))
        assert.strictEqual(read(yield* create("k2")).status, "processing")
      })
    )
  )
})

describe("what a provider says later", () => {
  const paid = (feeMode: "on_top" | "deducted", fee: number | null) =>
    inGateway({ providers: [{ feeMode }] })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        yield* provider.deliver("sellxpay-po-1", { fee })
        yield* workFor(2)
        const before = yield* lines
        yield* provider.tellFee("sellxpay-po-1", 150)
        yield* workFor(60)
        yield* checkBooks("settled")
        const answer = { response: (yield* create("k1")).response, replayed: false }
        assert.strictEqual(read(answer).status, "processing")
        return { before, after: yield* lines }
      })
    )

  it.effect("books a fee that is on top", () =>
    Effect.gen(function* () {
      const { after } = yield* paid("on_top", 150)
      assert.deepStrictEqual(after, [["payout", -50000, 150, -50150]])
    })
  )

  it.effect("books a fee that is taken out of what is delivered", () =>
    Effect.gen(function* () {
      const { after } = yield* paid("deducted", 150)
      assert.deepStrictEqual(after, [["payout", -49850, 150, -50000]])
    })
  )

  it.effect("books a fee that is learned later as a row of its own: on top", () =>
    Effect.gen(function* () {
      const { after, before } = yield* paid("on_top", null)
      assert.deepStrictEqual(before, [["payout", -50000, 0, -50000]])
      assert.deepStrictEqual(after, [
        ["payout", -50000, 0, -50000],
        ["fee", -150, 0, -150]
      ])
    })
  )

  it.effect(
    "books a fee that is learned later as a row of its own: deducted, and nothing more leaves the balance",
    () =>
      Effect.gen(function* () {
        const { after, before } = yield* paid("deducted", null)
        assert.deepStrictEqual(before, [["payout", -50000, 0, -50000]])
        assert.deepStrictEqual(after, [
          ["payout", -50000, 0, -50000],
          ["payout", 150, 150, 0]
        ])
      })
  )

  it.effect("that it failed fails the payout, and a late delivery pays it after all", () =>
    inGateway()(
      Effect.gen(function* () {
        const { notificationToken, provider } = yield* Given
        yield* create("k1")
        yield* provider.setStatus("sellxpay-po-1", { _tag: "ended", reason: "failed", message: "Account closed" })
        yield* workFor(1)
        assert.deepStrictEqual(yield* statuses, ["failed", "failed"])
        assert.deepStrictEqual((yield* thePayout).failure, { code: "provider_failed", message: "Account closed" })
        yield* provider.deliver("sellxpay-po-1")
        yield* workFor(60)
        assert.deepStrictEqual(yield* statuses, ["failed", "failed"])
        yield* notify("n1", "sellxpay", notificationToken, "sellxpay-po-1")
        yield* work
        assert.deepStrictEqual(yield* statuses, ["paid", "delivered"])
        assert.deepStrictEqual(yield* events, ["payout.failed", "payout.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that the money came back fails the payout, with the ledger reversed", () =>
    inGateway()(
      Effect.gen(function* () {
        const { notificationToken, provider } = yield* Given
        yield* create("k1")
        yield* provider.deliver("sellxpay-po-1")
        yield* workFor(1)
        assert.strictEqual((yield* thePayout).status, "paid")
        yield* provider.giveBack("sellxpay-po-1")
        yield* notify("n1", "sellxpay", notificationToken, "sellxpay-po-1", "unknown")
        assert.strictEqual(yield* work, 1)
        assert.deepStrictEqual(yield* statuses, ["failed", "returned"])
        assert.strictEqual((yield* thePayout).failure?.code, "returned")
        assert.deepStrictEqual(yield* events, ["payout.paid", "payout.failed"])
        assert.deepStrictEqual(yield* lines, [
          ["payout", -49850, 150, -50000],
          ["adjustment", 49850, 0, 49850]
        ])
        // A repeat of the same notification asks nobody.
        yield* notify("n1", "sellxpay", notificationToken, "sellxpay-po-1")
        assert.strictEqual(yield* work, 0)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("at once: accepted and failed, or delivered, is answered 201 as it is", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next(
          { _tag: "Accept", status: { _tag: "ended", reason: "failed" } },
          { _tag: "Accept", delivered: true }
        )
        assert.deepInclude(read(yield* create("k1")), { status: "failed" })
        assert.deepInclude(read(yield* create("k2")), { status: "paid", delivered_amount: 49850, fee: 150 })
        assert.deepStrictEqual(yield* events, ["payout.failed", "payout.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("in a notification that is forged changes nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        const { notificationToken } = yield* Given
        yield* create("k1")
        const before = yield* thePayout
        yield* notify("forged", "sellxpay", notificationToken, "sellxpay-po-1", "sellxpay-po-2", "")
        yield* work
        assert.strictEqual(DateTime.formatIso((yield* thePayout).updatedAt), DateTime.formatIso(before.updatedAt))
        assert.deepStrictEqual(yield* lines, [])
      })
    )
  )
})

describe("an execution that lost its lease", () => {
  it.effect("records what the provider answered, stores no response, and the key is answered by who took over", () =>
    inGateway({ settings: { lease: Duration.seconds(20), callDeadline: Duration.seconds(19) } })(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const store = yield* Store.PayoutStore
        const slow: typeof store = {
          ...store,
          change: (of, id, lease, decide) => Effect.delay(store.change(of, id, lease, decide), "25 seconds")
        }
        const first = yield* create("k1").pipe(
          Effect.provideService(Store.PayoutStore, slow),
          Effect.flip,
          Effect.forkChild
        )
        yield* pass("22 seconds")
        const taken = yield* store.begin(owner, (yield* thePayout).id, null, Duration.minutes(1))
        assert.strictEqual(taken._tag, "Begun")
        yield* pass("10 seconds")
        assert.strictEqual((yield* Fiber.join(first))._tag, "IdempotencyInProgress")
        assert.deepStrictEqual(yield* statuses, ["processing", "accepted"])
        yield* pass("1 minute")
        assert.isFalse((yield* create("k1")).replayed)
        assert.strictEqual((yield* transfers).length, 1)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("does not send when the lease would not outlast the call", () =>
    inGateway({ settings: { lease: Duration.seconds(20), callDeadline: Duration.seconds(15) } })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        const store = yield* Store.PayoutStore
        const slow: typeof store = { ...store, open: (intent) => Effect.delay(store.open(intent), "10 seconds") }
        const first = yield* create("k1").pipe(
          Effect.provideService(Store.PayoutStore, slow),
          Effect.exit,
          Effect.forkChild
        )
        yield* pass("30 seconds")
        yield* Fiber.join(first)
        assert.deepStrictEqual((yield* provider.books).calls, [])
      })
    )
  )
})

describe("a client that hangs up", () => {
  it.effect("does not break off the call to the provider: the payout is made once, and recorded", () =>
    inGateway()(
      Effect.gen(function* () {
        const drivers = (yield* Provider.Drivers).map((driver) => {
          const inner = driver.payouts ?? assert.fail("it pays")
          return {
            ...driver,
            payouts: {
              ...inner,
              create: (...given: Parameters<typeof inner.create>) => Effect.delay(inner.create(...given), "2 seconds")
            }
          }
        })
        const first = yield* Effect.forkChild(create("k1").pipe(Effect.provideService(Provider.Drivers, drivers)))
        yield* pass("1 second")
        yield* Effect.forkChild(Fiber.interrupt(first))
        yield* pass("2 seconds")
        assert.deepStrictEqual(yield* statuses, ["processing", "accepted"])
        assert.isTrue((yield* create("k1")).replayed)
        assert.strictEqual((yield* transfers).length, 1)
      })
    )
  )
})

describe("the database", () => {
  it.effect("that is down after the provider accepted leaves a payout that is found, not paid again", () =>
    inGateway()(
      Effect.gen(function* () {
        const store = yield* Store.PayoutStore
        const down = new Operations.StoreUnavailable({ cause: "shutting down" })
        const broken = { ...store, change: () => Effect.fail(down) }
        const error = yield* Effect.flip(create("k1").pipe(Effect.provide(Layer.succeed(Store.PayoutStore, broken))))
        assert.strictEqual(error._tag, "StoreUnavailable")
        yield* checkBooks("under way")
        yield* pass("3 minutes")
        assert.strictEqual(read(yield* create("k1")).status, "processing")
        assert.strictEqual((yield* transfers).length, 1)
        yield* checkBooks("settled")
      })
    )
  )
})
