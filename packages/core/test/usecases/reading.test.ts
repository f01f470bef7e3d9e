import { assert, describe, it } from "@effect/vitest"
import { type Execution, type Ids, Payouts, Reading } from "@salesos/core"
import { Duration, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { create, Given, inGateway, payouts, thePayout, transfers } from "../support/payoutGateway.ts"

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ status: Schema.String })))
const statusOf = ({ response }: Execution.Answer): string => decode(response.body).status

const lookups = Effect.flatMap(Given, ({ provider }) =>
  Effect.map(provider.books, ({ calls }) => calls.filter((call) => call === "findPayout").length)
)

const read = (id: Ids.PayoutId) =>
  Effect.flatMap(Given, ({ owner }) => Effect.flatMap(Reading.Reading, ({ payout }) => payout(owner, id)))

/** A payout of which nobody knows whether the provider has it; it has. */
const doubted = Effect.gen(function* () {
  const { provider } = yield* Given
  yield* provider.next({ _tag: "LoseAnswer" })
  assert.strictEqual(statusOf(yield* create("k1")), "processing")
  return yield* thePayout
})

const inReading = <A, E>(test: Effect.Effect<A, E, Reading.Reading | Effect.Services<typeof doubted>>) =>
  inGateway()(Effect.provide(test, Reading.Reading.layer))

describe("reading a payout that is in doubt", () => {
  it.effect("asks the provider first, and shows what it says", () =>
    inReading(
      Effect.gen(function* () {
        const { provider } = yield* Given
        const { attempts, id } = yield* doubted
        assert.strictEqual(attempts[0]?.status, "in_doubt")
        yield* provider.deliver((yield* transfers)[0]!.id)
        assert.strictEqual((yield* read(id)).status, "paid")
        assert.strictEqual(yield* lookups, 1)
        // What is known is read from the store alone.
        yield* TestClock.adjust("1 minute")
        yield* read(id)
        assert.strictEqual(yield* lookups, 1)
      })
    )
  )

  it.effect("asks once for all who read at the same time, and not again for a moment", () =>
    inReading(
      Effect.gen(function* () {
        const { provider } = yield* Given
        const { id } = yield* doubted
        yield* provider.nextLookups("unavailable", "unavailable")
        yield* Effect.all(
          Array.from({ length: 50 }, () => read(id)),
          { concurrency: "unbounded" }
        )
        yield* read(id)
        assert.strictEqual(yield* lookups, 1)
        yield* TestClock.adjust(Duration.sum(Reading.pause, Duration.millis(1)))
        yield* read(id)
        assert.strictEqual(yield* lookups, 2)
      })
    )
  )

  it.effect("waits for a provider that hangs no longer than it says, and the lookup goes on for itself", () =>
    inReading(
      Effect.gen(function* () {
        const { provider } = yield* Given
        const { id } = yield* doubted
        yield* provider.nextLookups("hang")
        const reader = yield* Effect.forkChild(read(id))
        yield* TestClock.adjust(Duration.subtract(Reading.patience, Duration.millis(1)))
        assert.isUndefined(reader.pollUnsafe())
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* Fiber.join(reader)).status, "processing")
        // Given up by the call's own deadline; whoever reads then asks anew.
        yield* TestClock.adjust("20 seconds")
        yield* provider.deliver((yield* transfers)[0]!.id)
        assert.strictEqual((yield* read(id)).status, "paid")
      })
    )
  )

  it.effect("makes up no row of misses before they count, however often it is read", () =>
    inReading(
      Effect.gen(function* () {
        const { owner, provider } = yield* Given
        yield* provider.next({ _tag: "LoseRequest" })
        yield* create("k1")
        const { id } = yield* thePayout
        for (let reads = 0; reads < 20; reads += 1) {
          yield* read(id)
          yield* TestClock.adjust("100 millis")
        }
        const { attempts, status } = yield* Payouts.get(owner, id)
        assert.deepEqual([status, attempts[0]?.misses], ["processing", 0])
        assert.lengthOf(yield* payouts, 1)
        assert.isEmpty(yield* transfers)
      })
    )
  )
})
