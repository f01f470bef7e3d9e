import { assert, describe, it } from "@effect/vitest"
import { type Execution, Ids, PayoutCancellation } from "@salesos/core"
import { FakePayouts, PayoutSamples } from "@salesos/core/testing"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  cancel,
  checkBooks,
  create,
  events,
  Given,
  inGateway,
  keyed,
  statuses,
  thePayout,
  work
} from "../support/payoutGateway.ts"

const abroad = { providers: [{ capabilities: [FakePayouts.abroad, FakePayouts.pix] }] }

const Body = Schema.fromJsonString(Schema.Struct({ status: Schema.String, canceled_at: Schema.NullOr(Schema.String) }))
const read = (answer: Execution.Answer) => Schema.decodeUnknownSync(Body)(answer.response.body)

/** A payout to Portugal that waits for its funds. */
const waiting = Effect.gen(function* () {
  const { provider } = yield* Given
  yield* provider.next({ _tag: "Accept", status: { _tag: "waiting_funds" } })
  yield* create("k1", PayoutSamples.abroad())
  assert.deepStrictEqual(yield* statuses, ["incoming_payment_waiting", "accepted"])
  return provider
})

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

describe("canceling a payout", () => {
  it.effect("that waits for its funds cancels it at the provider, once, and again answers the same", () =>
    inGateway(abroad)(
      Effect.gen(function* () {
        const provider = yield* waiting
        const answer = yield* cancel("c1")
        assert.deepInclude(read(answer), { status: "canceled", canceled_at: "2026-11-21T12:00:00.000Z" })
        assert.strictEqual(answer.response.status, 200)
        assert.deepStrictEqual(yield* cancel("c1"), { response: answer.response, replayed: true })
        assert.strictEqual(read(yield* cancel("c2")).status, "canceled")
        assert.deepStrictEqual(yield* statuses, ["canceled", "canceled"])
        assert.deepStrictEqual(yield* events, ["payout.canceled"])
        assert.deepStrictEqual((yield* provider.books).calls, ["createPayout", "cancelPayout"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("by PIX is refused: it is sent at once", () =>
    inGateway(abroad)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        assert.strictEqual(yield* tagOf(cancel("c1")), "PayoutNotCancelable")
        assert.deepStrictEqual((yield* provider.books).calls, ["createPayout"])
        yield* provider.deliver("sellxpay-po-1")
        yield* TestClock.adjust("1 minute")
        yield* work
        assert.strictEqual(yield* tagOf(cancel("c1")), "PayoutNotCancelable")
      })
    )
  )

  it.effect("that is funded by now, or has ended otherwise, is refused", () =>
    inGateway(abroad)(
      Effect.gen(function* () {
        const provider = yield* waiting
        yield* provider.setStatus("sellxpay-po-1", { _tag: "pending" })
        // The provider is asked, and says that it is on its way.
        assert.strictEqual(yield* tagOf(cancel("c1")), "InvalidState")
        assert.deepStrictEqual(yield* statuses, ["processing", "accepted"])
        assert.strictEqual(yield* tagOf(cancel("c1")), "PayoutNotCancelable")
        yield* provider.deliver("sellxpay-po-1")
        yield* TestClock.adjust("1 minute")
        yield* work
        assert.strictEqual(yield* tagOf(cancel("c1")), "InvalidState")
        assert.deepStrictEqual(yield* events, ["payout.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that the provider refuses to take back, or can't, is refused", () =>
    Effect.gen(function* () {
      yield* inGateway(abroad)(
        Effect.gen(function* () {
          const provider = yield* waiting
          yield* provider.nextCancels("reject")
          assert.strictEqual(yield* tagOf(cancel("c1")), "PayoutNotCancelable")
          assert.strictEqual(read(yield* cancel("c1")).status, "canceled")
        })
      )
      yield* inGateway({ providers: [{ capabilities: [{ ...FakePayouts.abroad, features: [] }] }] })(
        Effect.gen(function* () {
          const provider = yield* waiting
          assert.strictEqual(yield* tagOf(cancel("c1")), "PayoutNotCancelable")
          assert.deepStrictEqual((yield* provider.books).calls, ["createPayout"])
        })
      )
    })
  )

  it.effect("whose answer is lost is a provider error, and the same key finds out", () =>
    inGateway(abroad)(
      Effect.gen(function* () {
        const provider = yield* waiting
        yield* provider.nextCancels("lose_request", "unavailable", "lose_answer")
        assert.deepInclude(yield* Effect.flip(cancel("c1")), { _tag: "ProviderError", inDoubt: true })
        assert.deepInclude(yield* Effect.flip(cancel("c1")), { _tag: "ProviderError", inDoubt: false })
        assert.deepInclude(yield* Effect.flip(cancel("c1")), { _tag: "ProviderError", inDoubt: true })
        assert.deepStrictEqual(yield* statuses, ["incoming_payment_waiting", "accepted"])
        assert.strictEqual(read(yield* cancel("c1")).status, "canceled")
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that is in doubt finds out first, and is refused while nobody can tell", () =>
    inGateway(abroad)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer", status: { _tag: "waiting_funds" } })
        yield* create("k1", PayoutSamples.abroad())
        yield* provider.nextLookups("unknown")
        assert.strictEqual(yield* tagOf(cancel("c1")), "OperationInProgress")
        assert.strictEqual(read(yield* cancel("c1")).status, "canceled")
        assert.deepStrictEqual((yield* provider.books).calls, [
          "createPayout",
          "findPayout",
          "findPayout",
          "cancelPayout"
        ])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that nobody has, or another owner has, is not found", () =>
    inGateway(abroad)(
      Effect.gen(function* () {
        const { otherOwner, owner } = yield* Given
        yield* waiting
        const unknown = yield* Ids.generate("po")
        const { id } = yield* thePayout
        assert.strictEqual(yield* tagOf(PayoutCancellation.cancel(owner, keyed("c1"), unknown)), "NotFound")
        assert.strictEqual(yield* tagOf(PayoutCancellation.cancel(otherOwner, keyed("c1"), id)), "NotFound")
        assert.deepStrictEqual(yield* statuses, ["incoming_payment_waiting", "accepted"])
      })
    )
  )
})
