import { assert, describe, it } from "@effect/vitest"
import { Idempotency, OurNumber, Payouts, Store } from "@salesos/core"
import { FakePayouts, Memory, PayoutSamples, TestOwners } from "@salesos/core/testing"
import { Duration, Effect, Layer, Ref, References } from "effect"
import { TestClock } from "effect/testing"
import * as Lookups from "../src/Lookups.ts"

const config = { pollInterval: Duration.millis(250), concurrency: 2, retention: Duration.days(30) }

/** Lets so much time pass in steps of a poll, so that the worker gets as far as a real clock would let it. */
const pass = (time: Duration.Input) =>
  Effect.forEach(
    Array.from({ length: Math.ceil(Duration.toMillis(time) / 250) }),
    () =>
      Effect.andThen(Effect.replicateEffect(Effect.yieldNow, 30, { discard: true }), TestClock.adjust("250 millis")),
    { discard: true }
  )

/** Creates payouts of a tenant at a provider, and gives both. */
const paying = Effect.fnUntraced(function* (count: number) {
  const { sandbox } = yield* (yield* TestOwners.TestOwners).fresh(["sellxpay"])
  for (let number = 1; number <= count; number++) {
    const request = PayoutSamples.request()
    const key = Idempotency.IdempotencyKey.make(`k${number}`)
    const fingerprint = Idempotency.fingerprint("POST", "/payouts", request)
    yield* Payouts.create(sandbox, { key, fingerprint }, request)
  }
  const statuses = Effect.map(Payouts.list(sandbox, {}, { limit: 10 }), ({ data }) =>
    data.map(({ ourNumber, status }) => `${OurNumber.parse(ourNumber).sequence} ${status}`).toSorted()
  )
  return { statuses }
})

const inWorker = <A, E, R>(
  test: (provider: FakePayouts.FakePayouts) => Effect.Effect<A, E, R>,
  of: (store: Store.PayoutStore["Service"]) => Store.PayoutStore["Service"] = (store) => store
) =>
  Effect.gen(function* () {
    const provider = yield* FakePayouts.make()
    const worker = Layer.effectDiscard(
      Effect.gen(function* () {
        const store = of(yield* Store.PayoutStore)
        yield* Effect.forkScoped(Effect.provideService(Lookups.payouts(config), Store.PayoutStore, store))
      })
    )
    const memory = Memory.layer({ drivers: [provider.driver] })
    return yield* Effect.provide(test(provider), Layer.provideMerge(worker, memory))
  }).pipe(Effect.provideService(References.MinimumLogLevel, "None"))

describe("the worker", () => {
  it.effect("asks about payouts that are due, more than it takes at once, until each has come to an end", () =>
    inWorker((provider) =>
      Effect.gen(function* () {
        const { statuses } = yield* paying(5)
        yield* provider.deliver("sellxpay-po-2")
        yield* provider.setStatus("sellxpay-po-4", { _tag: "ended", reason: "failed" })
        yield* pass("10 seconds")
        assert.deepStrictEqual(yield* statuses, ["1 processing", "2 paid", "3 processing", "4 failed", "5 processing"])
        const calls = Effect.map(provider.books, (books) => books.calls.length)
        yield* Effect.forEach([1, 3, 5], (number) => provider.deliver(`sellxpay-po-${number}`))
        yield* pass("30 seconds")
        assert.isTrue((yield* statuses).every((each) => /paid|failed/.test(each)))
        const before = yield* calls
        yield* pass("1 minute")
        assert.strictEqual(yield* calls, before)
      })
    )
  )

  it.effect("goes on when one can't be looked up, and when the database is away for a while", () =>
    Effect.gen(function* () {
      const rounds = yield* Ref.make(0)
      yield* inWorker(
        (provider) =>
          Effect.gen(function* () {
            const { statuses } = yield* paying(2)
            yield* provider.deliver("sellxpay-po-1")
            yield* provider.deliver("sellxpay-po-2")
            yield* pass("2 minutes")
            assert.isTrue((yield* statuses).every((each) => each.endsWith(" paid")))
          }),
        (store) => ({
          ...store,
          takeDue: (limit, retryIn) =>
            Effect.flatMap(
              Ref.updateAndGet(rounds, (round) => round + 1),
              (round) => (round % 3 === 1 ? Effect.die("the database is away") : store.takeDue(limit, retryIn))
            ),
          get: (owner, id) =>
            Effect.flatMap(Ref.get(rounds), (round) =>
              // The first few can't be read, whichever payouts they are about.
              round < 8 ? Effect.die("it can't be read") : store.get(owner, id)
            )
        })
      )
    })
  )
})
