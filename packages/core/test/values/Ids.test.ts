import { assert, describe, it } from "@effect/vitest"
import { Ids } from "@salesos/core"
import { DateTime, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"

const Time = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 48 - 1 }))

describe("ids", () => {
  it.effect.prop("sort by their time of creation", [Time, Time], ([a, b]) =>
    Effect.gen(function* () {
      const at = (time: number) => Effect.andThen(TestClock.setTime(time), Ids.generate("inv"))
      const [first, second] = [yield* at(a), yield* at(b)]
      if (a !== b) assert.strictEqual(first < second, a < b)
      else assert.strictEqual(first.slice(0, 14), second.slice(0, 14))
    })
  )

  it.effect("carry the time as a ULID does", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1469918176385) // the example of the ULID specification: 01ARYZ6S41
      assert.strictEqual((yield* Ids.generate("inv")).slice(0, 14), "inv_01ARYZ6S41")
    })
  )

  it.effect("are unique, also within a millisecond", () =>
    Effect.gen(function* () {
      const ids = yield* Effect.replicateEffect(Ids.generate("evt"), 5000)
      assert.strictEqual(new Set(ids).size, 5000)
    })
  )

  it.effect("have the prefix of their kind, and no other kind's", () =>
    Effect.gen(function* () {
      const kinds = {
        ten: Schema.is(Ids.TenantId),
        inv: Schema.is(Ids.InvoiceId),
        btxn: Schema.is(Ids.BalanceTransactionId),
        ent: Schema.is(Ids.EntryId),
        evt: Schema.is(Ids.EventId),
        we: Schema.is(Ids.WebhookEndpointId),
        whd: Schema.is(Ids.DeliveryId),
        key: Schema.is(Ids.ApiKeyId)
      }
      for (const prefix of ["ten", "inv", "btxn", "ent", "evt", "we", "whd", "key"] as const) {
        const id = yield* Ids.generate(prefix)
        const kinsmen = Object.entries(kinds).filter(([, isOne]) => isOne(id))
        assert.deepStrictEqual(
          kinsmen.map(([name]) => name),
          [prefix]
        )
      }
    })
  )

  it.each([
    "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0", // a character short
    "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0PP",
    "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0I", // no I, L, O, U in Crockford's alphabet
    "inv_81K9X0ZB7C8W3Q2V5T6Y4N1M0P", // more than 128 bits
    "inv_01k9x0zb7c8w3q2v5t6y4n1m0p",
    "01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
    "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P\n"
  ])("%j is none", (id) => {
    assert.isFalse(Schema.is(Ids.InvoiceId)(id))
  })
})

describe("an id of a time", () => {
  it.effect("sorts between the bounds of its millisecond, and no other's", () =>
    Effect.gen(function* () {
      const at = DateTime.makeUnsafe("2026-11-21T20:00:00.123Z")
      const [first, last] = Ids.bounds("inv", at)
      for (let count = 0; count < 100; count += 1) {
        const id = yield* Ids.generate("inv", at)
        assert.isTrue(first <= id && id <= last, id)
      }
      assert.isTrue(Ids.bounds("inv", DateTime.subtract(at, { milliseconds: 1 }))[1] < first)
      assert.isTrue(last < Ids.bounds("inv", DateTime.add(at, { milliseconds: 1 }))[0])
      assert.isTrue(Schema.is(Ids.InvoiceId)(first) && Schema.is(Ids.InvoiceId)(last))
    })
  )
})
