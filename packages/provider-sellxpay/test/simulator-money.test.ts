import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { request, start } from "./fixtures/simulator.ts"

const million = 1_000_000

describe("the balance", () => {
  it.effect("opens with a million, and takes a deposit's net amount", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      assert.deepStrictEqual(yield* psp.balance, {
        balance: million,
        balance_blocked: 0,
        available_balance: million
      })
      yield* psp.create("boleto/create", request.boleto(100))
      yield* TestClock.adjust(0)
      assert.strictEqual((yield* psp.balance).balance, million + 100 - 3.99)
    })
  )

  it.effect("blocks a payment while it is under way, and is debited once it is delivered", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { transaction_id: id } = yield* psp.create("pix/payment", request.payment(500.1))
      assert.deepStrictEqual(yield* psp.balance, {
        balance: million,
        balance_blocked: 500.1,
        available_balance: million - 500.1
      })
      yield* TestClock.adjust("10 seconds")
      assert.containsSubset(yield* psp.get(id), { type: "withdraw", status: "paid", tax: 4.99, net_amount: 495.11 })
      assert.deepStrictEqual(yield* psp.balance, {
        balance: million - 500.1,
        balance_blocked: 0,
        available_balance: million - 500.1
      })
    })
  )

  it.effect("gets back a payment that is refused, and what was delivered of one that returns", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.create("pix/payment", request.payment(500.01))
      yield* TestClock.adjust(0)
      assert.strictEqual((yield* psp.balance).available_balance, million)
      const { transaction_id: id } = yield* psp.create("pix/payment", request.payment(500))
      yield* TestClock.adjust(0)
      assert.strictEqual((yield* psp.control(`transactions/${id}/return`)).status, 200)
      assert.strictEqual((yield* psp.get(id)).status, "reversed")
      assert.strictEqual((yield* psp.balance).balance, million - 4.99)
    })
  )

  it.effect("pays no more than it has, and nothing while cash-out is blocked", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const pay = (amount: number) => psp.call("POST", "pix/payment", request.payment(amount))
      assert.containsSubset(yield* pay(million + 0.01), { status: 422, json: { error: "insufficient_balance" } })
      yield* psp.create("pix/payment", request.payment(million - 1.02))
      assert.containsSubset(yield* pay(2), { status: 422, json: { error: "insufficient_balance" } })
      yield* psp.control("cash-out", { blocked: true })
      assert.containsSubset(yield* pay(1), { status: 403, json: { error: "forbidden" } })
      yield* psp.control("cash-out", { blocked: false })
      assert.strictEqual((yield* pay(1)).status, 201)
    })
  )
})

describe("a refund", () => {
  it.effect("takes the net amount back, once", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { transaction_id: id } = yield* psp.create("pix/qrcode", request.qrCode(100.6))
      const refund = psp.call("POST", `transaction/${id}/refund`, {})
      assert.containsSubset(yield* refund, { status: 422, json: { error: "validation_error" } })
      yield* TestClock.adjust("1 minute")
      assert.containsSubset(yield* refund, {
        status: 200,
        json: {
          transaction_id: id,
          original_transaction_id: id,
          amount: 100.6,
          status: "reversed",
          refunded_at: "1970-01-01T00:01:00.000Z"
        }
      })
      assert.strictEqual((yield* psp.balance).balance, million)
      assert.strictEqual((yield* refund).status, 422)
      assert.strictEqual((yield* psp.call("POST", "transaction/none/refund", {})).status, 404)
    })
  )

  it.effect("is of deposits only, and needs the money", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { transaction_id: deposit } = yield* psp.create("pix/qrcode", request.qrCode(100))
      const { transaction_id: payment } = yield* psp.create("pix/payment", request.payment(million))
      yield* TestClock.adjust(0)
      assert.containsSubset(yield* psp.call("POST", `transaction/${payment}/refund`), {
        status: 422,
        json: { error: "validation_error" }
      })
      yield* psp.create("pix/payment", request.payment(97))
      assert.containsSubset(yield* psp.call("POST", `transaction/${deposit}/refund`), {
        status: 422,
        json: { error: "insufficient_balance" }
      })
    })
  )
})

describe("the control endpoints", () => {
  it.effect("move a transaction as its status allows, and no other way", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const open = Effect.map(psp.create("pix/qrcode", request.qrCode(100.98)), ({ transaction_id }) => transaction_id)
      const act = (id: string, action: string) =>
        Effect.map(psp.control(`transactions/${id}/${action}`), ({ status }) => status)
      const journeys = [
        ["analyse", "pay", "chargeback"],
        ["pay", "reverse"],
        ["expire", "pay"],
        ["cancel", "pay"],
        ["analyse", "refuse"]
      ]
      const ends = ["chargedback", "reversed", "paid", "paid", "refused"]
      for (const [i, actions] of journeys.entries()) {
        const id = yield* open
        for (const action of actions) assert.strictEqual(yield* act(id, action), 200)
        assert.strictEqual((yield* psp.get(id)).status, ends[i])
        assert.strictEqual(yield* act(id, "refuse"), 409)
      }
      assert.strictEqual(yield* act(yield* open, "return"), 409)
      assert.strictEqual(yield* act("none", "pay"), 404)
    })
  )

  it.effect("tell how many transactions there are of an external id", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      for (const external_id of ["a", "b", "a"]) {
        yield* psp.create("pix/qrcode", request.qrCode(10, { external_id }))
      }
      const { json } = yield* psp.served.call("GET", "/control/transactions?external_id=a")
      assert.containsSubset(json, { count: 2, transactions: [{ external_id: "a" }, { external_id: "a" }] })
    })
  )

  it.effect("make the provider go down, and come back", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.control("faults", { down: true })
      assert.containsSubset(yield* psp.call("GET", "balance"), { status: 500, json: { error: "server_error" } })
      yield* psp.control("faults", { down: false })
      assert.strictEqual((yield* psp.call("GET", "balance")).status, 200)
    })
  )
})

describe("the list", () => {
  it.effect("filters by every field of the document, the newest first", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-03-01T23:00:00.000Z"))
      const psp = yield* start()
      const { transaction_id: old } = yield* psp.create("pix/qrcode", request.qrCode(10.98, { external_id: "old" }))
      yield* TestClock.adjust("2 hours")
      yield* psp.renew
      const { transaction_id: boleto } = yield* psp.create("boleto/create", request.boleto(10.98))
      const { transaction_id: payment } = yield* psp.create("pix/payment", request.payment(20))
      yield* TestClock.adjust(0)
      yield* psp.control("internal-transfers", { amount: 1_000 })
      const ids = (query: string) => Effect.map(psp.list(query), ({ data }) => data.map(({ id }) => id))
      const [transfer, ...rest] = yield* ids("")
      assert.deepStrictEqual(rest, [payment, boleto, old])
      assert.deepStrictEqual(yield* ids("type=internal_transfer"), [transfer])
      assert.deepStrictEqual(yield* ids("type=withdraw&status=paid"), [payment])
      assert.deepStrictEqual(yield* ids("method=boleto"), [boleto])
      assert.deepStrictEqual(yield* ids("payer_document=52998224725"), [boleto])
      assert.deepStrictEqual(yield* ids("external_id=old"), [old])
      assert.deepStrictEqual(yield* ids("end_date=2026-03-01"), [old])
      assert.deepStrictEqual(yield* ids("start_date=2026-03-02&type=deposit"), [boleto])
      assert.deepStrictEqual(yield* ids("external_id=none"), [])
    })
  )

  it.effect("comes in pages of at most 100", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      for (let i = 0; i < 25; i++) yield* psp.create("pix/qrcode", request.qrCode(10.98))
      const first = yield* psp.list("")
      assert.deepStrictEqual(first.meta, { current_page: 1, per_page: 20, total: 25, last_page: 2 })
      assert.lengthOf(first.data, 20)
      assert.lengthOf((yield* psp.list("page=2")).data, 5)
      assert.lengthOf((yield* psp.list("page=3")).data, 0)
      assert.deepStrictEqual((yield* psp.list("per_page=100")).meta.last_page, 1)
      for (const query of ["per_page=101", "page=0", "status=expired", "start_date=yesterday"]) {
        assert.containsSubset(yield* psp.call("GET", `transactions?${query}`), {
          status: 422,
          json: { error: "validation_error" }
        })
      }
    })
  )
})
