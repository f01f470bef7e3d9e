import { assert, it } from "@effect/vitest"
import { PayoutLookups, Store } from "@salesos/core"
import { DateTime, Duration, Effect } from "effect"
import { pass } from "../support/gateway.ts"
import { create, Given, inGateway, thePayout } from "../support/payoutGateway.ts"

it.effect("a payout that can't be looked up is put off by the store's clock, whatever time it is for the process", () =>
  inGateway()(
    Effect.gen(function* () {
      const { provider } = yield* Given
      yield* create("k1")
      yield* pass("1 hour")
      const store = yield* Store.PayoutStore
      const due = yield* store.takeDue(1, Duration.minutes(1))
      assert.lengthOf(due, 1)
      // This process is ten minutes ahead.
      const now = DateTime.subtract(yield* DateTime.now, { minutes: 10 })
      const change: typeof store.change = (owner, id, lease, decide) =>
        store.change(owner, id, lease, (held) => decide({ ...held, now }))
      yield* provider.nextLookups("unavailable")
      yield* PayoutLookups.lookUpAll(due).pipe(Effect.provideService(Store.PayoutStore, { ...store, change }))
      const [attempt] = (yield* thePayout).attempts
      // A quarter of its age later: 50 minutes, by the store.
      assert.deepStrictEqual(attempt?.dueAt, DateTime.add(now, { seconds: 12.5 * 60 }))
    })
  )
)
