/** Notifications that nobody saw: what two transactions leave that run at the same moment, and neither sees the other. */
import { assert, layer as testLayer } from "@effect/vitest"
import { Idempotency, Invoices, Notifications, Provider, Store, TaxIssuer } from "@salesos/core"
import { FakeProvider, Samples, TestOwners } from "@salesos/core/testing"
import { DateTime, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql"
import { layer } from "./support/store.ts"

const key: Idempotency.Keyed = {
  key: Idempotency.IdempotencyKey.make("key"),
  fingerprint: Idempotency.fingerprint("POST", "/", "key")
}

/** An owner's charge at the provider, and a notification that names it, received so many seconds ago. */
const notified = Effect.fnUntraced(function* (secondsAgo: number, dueAt: DateTime.Utc | null) {
  const sql = yield* SqlClient.SqlClient
  const provider = yield* FakeProvider.make()
  const { sandbox: owner } = yield* (yield* TestOwners.TestOwners).fresh([provider.driver.name])
  yield* Invoices.create(owner, key, Samples.request()).pipe(
    Effect.provideService(Provider.Drivers, [provider.driver]),
    Effect.provideService(TaxIssuer.TaxIssuers, [])
  )
  const [charge] = (yield* provider.books).charges
  const name = charge?.id ?? assert.fail("there is no charge")
  const named = { charges: [name], payouts: [], endToEndIds: {}, body: new Uint8Array() }
  yield* (yield* Store.Notifications).receive({ owner, account: provider.driver.name, dedupeKey: "n1", ...named })
  yield* sql`update notification_subject set received_at = clock_timestamp() - make_interval(secs => ${secondsAgo})
    where tenant = ${owner.tenant}`
  yield* sql`update charge_attempt set due_at = ${dueAt === null ? null : DateTime.toDate(dueAt)}::timestamptz
    where tenant = ${owner.tenant}`
  return Effect.map((yield* Store.InvoiceStore).takeDue(100, Duration.hours(1)), (due) =>
    due.some((each) => each.owner.tenant === owner.tenant)
  )
})

testLayer(layer)("a notification that came as its charge was recorded", (it) => {
  // Some seconds later, or a day when workers were away.
  it.effect.each([11, 23 * 3600])("is not overlooked, %i seconds ago", (secondsAgo) =>
    Effect.gen(function* () {
      const isDue = yield* notified(secondsAgo, null)
      assert.isFalse(yield* isDue)
      yield* Notifications.wake()
      assert.isTrue(yield* isDue)
      yield* Notifications.wake()
      assert.isFalse(yield* isDue, "it was taken a moment ago")
    })
  )

  it.effect("waits where the two may still see each other, where it is asked about anyway, and not for ever", () =>
    Effect.gen(function* () {
      const soon = yield* notified(1, null)
      const later = yield* notified(11, DateTime.makeUnsafe("2999-01-01T00:00:00Z"))
      const old = yield* notified(24 * 3600 + 1, null)
      yield* Notifications.wake()
      for (const isDue of [soon, later, old]) assert.isFalse(yield* isDue)
    })
  )
})
