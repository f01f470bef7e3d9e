/** What only notifications tell of a payout counts once a reading has confirmed its delivery. */
import { assert, describe, it } from "@effect/vitest"
import { Notifications, Provider } from "@salesos/core"
import { FakePayouts } from "@salesos/core/testing"
import { Effect } from "effect"
import { create, Given, inGateway, thePayout, work, workFor } from "../support/payoutGateway.ts"

const e2e = "E9040088820261121120000123873170"

const sent = Effect.gen(function* () {
  yield* create("k1")
  const { notificationToken, owner, provider } = yield* Given
  const hear = (body: Uint8Array) => Notifications.receive("sellxpay", notificationToken, {}, body)
  return { hear, owner, provider }
})

describe("a payout's end-to-end id that only the notification tells", () => {
  it.effect("is the payout's once the provider confirms the delivery, before a poll or after it", () =>
    inGateway()(
      Effect.gen(function* () {
        const { hear, provider } = yield* sent
        yield* hear(FakePayouts.identifying("forged", "sellxpay-po-1", "E0000000020261121120000FORGEDFORG"))
        yield* work
        assert.strictEqual((yield* thePayout).endToEndId, null)
        yield* provider.deliver("sellxpay-po-1")
        yield* workFor(1)
        assert.deepInclude(yield* thePayout, { status: "paid", endToEndId: null })
        yield* hear(FakePayouts.identifying("n1", "sellxpay-po-1", e2e))
        yield* work
        assert.deepInclude(yield* thePayout, { status: "paid", endToEndId: e2e })
      })
    )
  )

  it.effect("is dropped with a notification of which nothing comes, which is a dead letter", () =>
    inGateway()(
      Effect.gen(function* () {
        const { hear, owner } = yield* sent
        yield* hear(FakePayouts.identifying("n1", "sellxpay-po-1", e2e))
        const refusing = (yield* Provider.Drivers).map((driver) => ({
          ...driver,
          payouts: { ...driver.payouts!, get: () => Effect.fail(new Provider.Rejected({ message: "No such payout" })) }
        }))
        yield* workFor(60).pipe(Effect.provideService(Provider.Drivers, refusing))
        const letters = yield* Notifications.deadLetters(owner)
        assert.deepStrictEqual(
          letters.map(({ kind, message, notification }) => ({ kind, message, notification })),
          [{ kind: "payout", message: "No such payout", notification: "n1" }]
        )
      })
    )
  )
})
