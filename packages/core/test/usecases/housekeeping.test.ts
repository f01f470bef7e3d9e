/** A key is good for a day after its operation left no doubt, and what is old is forgotten in small batches. */
import { assert, describe, it } from "@effect/vitest"
import { Housekeeping, IdempotencyRecords, Notifications } from "@salesos/core"
import { FakeProvider } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { create, Given, inGateway, invoices, workFor } from "../support/gateway.ts"

describe("housekeeping", () => {
  it.effect("keeps a key for a day after its operation, and then lets it be used anew", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create("k1")
        yield* TestClock.adjust("23 hours")
        assert.strictEqual((yield* Housekeeping.purge()).idempotencyRecords, 0)
        assert.isTrue((yield* create("k1")).replayed)
        yield* TestClock.adjust("61 minutes")
        assert.strictEqual((yield* Housekeeping.purge()).idempotencyRecords, 1)
        assert.isFalse((yield* create("k1")).replayed)
        assert.strictEqual((yield* invoices).length, 2)
      })
    )
  )

  it.effect("counts the day from the end of the doubt, and never forgets a key before it", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* Effect.flip(create("k1"))
        for (let day = 0; day < 9; day++) {
          yield* TestClock.adjust("1 day")
          assert.strictEqual((yield* Housekeeping.purge()).idempotencyRecords, 0)
        }
        yield* provider.nextLookups("answer")
        yield* workFor(1) // it is found
        yield* TestClock.adjust("20 hours")
        assert.strictEqual((yield* Housekeeping.purge()).idempotencyRecords, 0)
        assert.strictEqual((yield* create("k1")).response.status, 201)
        yield* TestClock.adjust("25 hours")
        assert.strictEqual((yield* Housekeeping.purge()).idempotencyRecords, 1)
        assert.strictEqual((yield* provider.books).charges.length, 1)
      })
    )
  )

  it.effect("goes on batch by batch until nothing old is left, and forgets notifications after a month", () =>
    inGateway()(
      Effect.gen(function* () {
        const { notificationToken } = yield* Given
        for (let number = 0; number < 3; number++) yield* create(`k${number}`)
        yield* Notifications.receive("infrapsp", notificationToken, {}, FakeProvider.notification("n1", "infrapsp-1"))
        yield* TestClock.adjust("2 days")
        const records = yield* IdempotencyRecords.IdempotencyRecords
        const limits: Array<number> = []
        const small = {
          ...records,
          purge: (...[age, limit]: Parameters<typeof records.purge>) =>
            Effect.map(records.purge(age, 1), (gone) => {
              limits.push(limit)
              return gone === 1 ? limit : 0
            })
        }
        yield* Housekeeping.purge().pipe(Effect.provideService(IdempotencyRecords.IdempotencyRecords, small))
        assert.strictEqual(limits.length, 4)
        assert.strictEqual((yield* Housekeeping.purge()).notifications, 0)
        yield* TestClock.adjust("29 days")
        assert.strictEqual((yield* Housekeeping.purge()).notifications, 1)
      })
    )
  )
})
