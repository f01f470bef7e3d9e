import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { request, type Simulated, start } from "./fixtures/simulator.ts"

/** Five payments a minute apart: t-1 to t-5, of 11.98 down to 7.98, in turn for the customers a and b. */
const five = Effect.gen(function* () {
  const psp = yield* start()
  for (let number = 1; number <= 5; number++) {
    yield* psp.create(
      request(12_98 - number * 100, {
        transaction: { id: `t-${number}` },
        customer_id: number % 2 === 0 ? "b" : "a",
        payment_method: "bank_transfer"
      })
    )
    yield* TestClock.adjust("1 minute")
  }
  return psp
})

const ids = (psp: Simulated, query: string) =>
  Effect.map(psp.list(query), (listed) => listed.map(({ transaction_id }) => transaction_id))

describe("the list of payments", () => {
  it.effect("has pages, in an order", () =>
    Effect.gen(function* () {
      const psp = yield* five
      assert.deepEqual(yield* ids(psp, ""), ["t-5", "t-4", "t-3", "t-2", "t-1"])
      assert.deepEqual(yield* ids(psp, "sort=created_at,asc&limit=2"), ["t-1", "t-2"])
      assert.deepEqual(yield* ids(psp, "sort=created_at,asc&limit=2&page=3"), ["t-5"])
      assert.deepEqual(yield* ids(psp, "sort=amount,asc&limit=2"), ["t-5", "t-4"])
      assert.isEmpty(yield* ids(psp, "limit=2&page=4"))
    })
  )

  it.effect("is filtered by time, customer and any of several transaction ids", () =>
    Effect.gen(function* () {
      const psp = yield* five
      assert.deepEqual(yield* ids(psp, "start_time=1970-01-01T00:01:00Z&end_time=1970-01-01T00:02:00Z"), ["t-3", "t-2"])
      assert.deepEqual(yield* ids(psp, "start_time=1970-01-01T01:03:00%2B01:00"), ["t-5", "t-4"])
      assert.deepEqual(yield* ids(psp, "customer_id=b"), ["t-4", "t-2"])
      assert.deepEqual(yield* ids(psp, "transaction_id=t-1,t-4,none"), ["t-4", "t-1"])
      assert.isEmpty(yield* ids(psp, "transaction_id=t"))
    })
  )

  it.effect("refuses what is outside of its limits", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const faulty = [
        "limit=0",
        "limit=41",
        "limit=x",
        "page=0",
        "page=10000000",
        "sort=id",
        "sort=secret,asc",
        "start_time=yesterday",
        "end_time=2026-01-01",
        "customer_id="
      ]
      for (const query of faulty) {
        const { json, status } = yield* psp.call("GET", `/v1/payments?${query}`)
        assert.strictEqual(status, 422, query)
        assert.containsSubset(json, { error: { parameters: [query.split("=")[0]] } })
      }
    })
  )
})
