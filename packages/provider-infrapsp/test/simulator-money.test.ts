import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import document from "./fixtures/document.json" with { type: "json" }
import { books, request, type Simulated, start } from "./fixtures/simulator.ts"

const opening = 100_000_000

const WithId = Schema.Struct({ id: Schema.String })
const idOf = (json: unknown) => Effect.map(Schema.decodeUnknownEffect(WithId)(json), ({ id }) => id)

/** A PIX transaction of R$ 100.00 that was paid, and brought R$ 98.71. */
const paid = Effect.fnUntraced(function* (psp: Simulated) {
  const { id } = yield* psp.create(request(10_000))
  yield* TestClock.adjust(0)
  return id
})
const brought = 9_871

describe("a refund", () => {
  it.effect("gives the whole transaction back, once, and takes it from the balance", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const id = yield* paid(psp)
      const { json, status } = yield* psp.call("POST", `/v1/transactions/${id}/refunds`)
      assert.strictEqual(status, 201)
      assert.sameMembers(Object.keys(Object(json)), Object.keys(document["create a transaction refund: answer"]))
      assert.containsSubset(json, { amount: 10_000, status: "refunded" })
      const transaction = yield* psp.get(id)
      assert.containsSubset(transaction, { status: "refunded", amountRefunded: 10_000 })
      assert.deepStrictEqual<unknown>(transaction.refunds, [json])
      const { balance, operations, payables } = yield* books(psp, "entity=transactionRefund")
      assert.containsSubset(payables, [
        { type: "debit", amount: 10_000, transactionId: id, transactionRefundId: yield* idOf(json) }
      ])
      assert.containsSubset(operations, [{ amount: brought }, { amount: -10_000 }])
      assert.strictEqual(balance.amountAvailable, opening + brought - 10_000)
      assert.strictEqual((yield* psp.call("POST", `/v1/transactions/${id}/refunds`)).status, 400)
    })
  )

  it.effect("needs a transaction that was paid", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id } = yield* psp.create(request(1098))
      assert.strictEqual((yield* psp.call("POST", `/v1/transactions/${id}/refunds`)).status, 400)
      assert.strictEqual((yield* psp.call("POST", "/v1/transactions/nobody/refunds")).status, 404)
    })
  )
})

describe("a chargeback", () => {
  const opened = Effect.fnUntraced(function* (psp: Simulated, body: unknown = {}) {
    const transaction = yield* paid(psp)
    const { json } = yield* psp.call("POST", `/control/transactions/${transaction}/charge-back`, body)
    const id = yield* idOf(json)
    return {
      transaction,
      id,
      act: (name: string, body: unknown = {}) => psp.call("POST", `/control/chargebacks/${id}/${name}`, body),
      available: Effect.map(books(psp), ({ balance }) => balance.amountAvailable - opening)
    }
  })

  it.effect("is listed and read with its transaction, and moves nothing while it is pending", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { available, id, transaction } = yield* opened(psp)
      const path = `/v1/transactions/${transaction}/chargebacks`
      const { json } = yield* psp.call("GET", `${path}/${id}`)
      const example = document["find a transaction chargeback: answer"]
      assert.sameMembers(Object.keys(Object(json)), Object.keys(example))
      assert.containsSubset(json, { status: "pending", amount: 10_000, wonAmount: null })
      assert.deepStrictEqual((yield* psp.call("GET", path)).json, [json])
      assert.deepStrictEqual((yield* psp.call("GET", "/v1/transactions/chargebacks?status=pending")).json, [json])
      assert.deepStrictEqual((yield* psp.call("GET", "/v1/transactions/chargebacks?status=won,lost")).json, [])
      assert.strictEqual((yield* psp.call("GET", `/v1/transactions/other/chargebacks/${id}`)).status, 404)
      assert.strictEqual(yield* available, brought)
      assert.strictEqual((yield* psp.get(transaction)).status, "paid")
    })
  )

  for (const [story, acts, left, status] of [
    ["disputed, it takes the amount", [["dispute"]], brought - 10_000, "chargedback"],
    ["won, it brings it back", [["dispute"], ["win"]], brought, "paid"],
    ["won in part, it brings that part back", [["dispute"], ["win", { wonAmount: 8000 }]], brought - 2000, "paid"],
    ["canceled, it brings it back", [["dispute"], ["cancel"]], brought, "paid"],
    ["lost, it takes the amount once", [["dispute"], ["lose"]], brought - 10_000, "chargedback"],
    ["lost without a dispute, it takes the amount", [["lose"]], brought - 10_000, "chargedback"],
    ["won without a dispute, it moves nothing", [["win"]], brought, "paid"]
  ] as const) {
    it.effect(story, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const { act, available, transaction } = yield* opened(psp)
        for (const [name, body] of acts) assert.strictEqual((yield* act(name, body)).status, 200)
        assert.strictEqual(yield* available, left)
        assert.strictEqual((yield* psp.get(transaction)).status, status)
      })
    )
  }

  it.effect("that the guarantee covers takes nothing", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { act, available } = yield* opened(psp, { isGuaranteePaid: true })
      yield* act("dispute")
      assert.containsSubset((yield* act("lose")).json, { isGuaranteePaid: true, status: "lost" })
      assert.strictEqual(yield* available, brought)
    })
  )

  it.effect("ends once, is of a paid transaction only, and not of more than it", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { act, transaction } = yield* opened(psp)
      yield* act("lose")
      assert.strictEqual((yield* act("win")).status, 409)
      assert.strictEqual((yield* psp.call("POST", `/control/transactions/${transaction}/charge-back`)).status, 409)
      const other = yield* paid(psp)
      const tooMuch = yield* psp.call("POST", `/control/transactions/${other}/charge-back`, { amount: 10_001 })
      assert.strictEqual(tooMuch.status, 409)
    })
  )
})

describe("a transfer", () => {
  const create = (psp: Simulated, body: unknown) => psp.call("POST", "/v1/transfers", body)

  it.effect("is accepted as the document's example, and completes after its last two digits in seconds", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json, status } = yield* create(psp, { ...document["create a transfer: request"], amount: 1010 })
      assert.strictEqual(status, 201)
      assert.sameMembers(Object.keys(Object(json)), Object.keys(document["create a transfer: answer"]))
      assert.containsSubset(json, { status: "processing", isAutoTransfer: false })
      assert.deepInclude((yield* books(psp)).balance, {
        amountAvailable: opening,
        amountAvailableToTransfer: opening - 1010
      })
      yield* TestClock.adjust("10 seconds")
      const id = yield* idOf(json)
      assert.containsSubset((yield* psp.call("GET", `/v1/transfers/${id}`)).json, { status: "completed" })
      const { balance, operations, payables } = yield* books(psp)
      assert.containsSubset(payables, [{ type: "debit", transferId: id, transactionId: null, amount: 1010, fee: 100 }])
      assert.containsSubset(operations, [{ entity: "transfer", amount: -1110 }])
      assert.strictEqual(balance.amountAvailable, opening - 1110)
    })
  )

  it.effect("of an odd amount fails and takes nothing", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const id = yield* Effect.flatMap(create(psp, { amount: 1501, method: "pix" }), ({ json }) => idOf(json))
      yield* TestClock.adjust(0)
      assert.containsSubset((yield* psp.call("GET", "/v1/transfers?status=failed")).json, [{ id }])
      assert.deepStrictEqual((yield* books(psp)).balance, {
        amountAvailable: opening,
        amountWaitingFunds: 0,
        amountAvailableToTransfer: opening
      })
    })
  )

  it.effect("can't take more than there is, those under way counted", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      assert.strictEqual((yield* create(psp, { amount: opening, method: "pix" })).status, 400)
      assert.strictEqual((yield* create(psp, { amount: 60_000_098, method: "pix" })).status, 201)
      assert.strictEqual((yield* create(psp, { amount: 60_000_098, method: "pix" })).status, 400)
    })
  )

  it.effect("is also made by InfraPSP itself", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json } = yield* psp.call("POST", "/control/transfers", { amount: 5000 })
      assert.containsSubset(json, { isAutoTransfer: true, status: "completed" })
      assert.containsSubset((yield* psp.call("GET", "/v1/transfers?isAutoTransfer=true")).json, [json])
      assert.deepStrictEqual((yield* psp.call("GET", "/v1/transfers?isAutoTransfer=false")).json, [])
    })
  )
})

describe("what InfraPSP charges for itself", () => {
  it.effect("is an invoice of the month, and a debit that belongs to nothing", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json } = yield* psp.call("POST", "/control/invoices", { amount: 4990, description: "Monthly fee" })
      assert.sameMembers(Object.keys(Object(json)), Object.keys(document["find an invoice by id: answer"]))
      assert.containsSubset(json, { status: "issued", totalAmount: 4990, period: "197001" })
      assert.deepStrictEqual((yield* psp.call("GET", "/v1/invoices?period=197001&status=issued")).json, [json])
      assert.deepStrictEqual((yield* psp.call("GET", `/v1/invoices/${yield* idOf(json)}`)).json, json)
      const { operations, payables } = yield* books(psp)
      assert.containsSubset(payables, [{ type: "debit", amount: 4990, transactionId: null, transferId: null }])
      assert.containsSubset(operations, [{ amount: -4990 }])
    })
  )

  it.effect("follows fee rules of the document's shape, whose PIX rule is the document's", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json } = yield* psp.call("GET", "/v1/fee-rules")
      const example = document["find many fee rule: answer"]
      const { amountValue, fundSchedule, method, percentValue, triggerEntity } = example
      assert.containsSubset(json, [{ amountValue, fundSchedule, method, percentValue, triggerEntity }])
      const rules = yield* Schema.decodeUnknownEffect(Schema.Array(Schema.Record(Schema.String, Schema.Json)))(json)
      for (const rule of rules) assert.sameMembers(Object.keys(rule), Object.keys(example))
    })
  )
})

describe("the balance", () => {
  const Moves = Schema.Array(Schema.Literals(["pay", "refund", "dispute", "win", "transfer", "invoice"]))

  it.effect.prop(
    "is always what it opened with and the sum of all operations",
    [Moves],
    ([moves]) =>
      Effect.gen(function* () {
        const psp = yield* start()
        for (const move of moves.slice(0, 8)) {
          if (move === "invoice") yield* psp.call("POST", "/control/invoices", { amount: 77 })
          else if (move === "transfer") yield* psp.call("POST", "/v1/transfers", { amount: 500, method: "pix" })
          else {
            const id = yield* paid(psp)
            if (move === "refund") yield* psp.call("POST", `/v1/transactions/${id}/refunds`)
            if (move === "dispute" || move === "win") {
              const { json } = yield* psp.call("POST", `/control/transactions/${id}/charge-back`)
              yield* psp.call("POST", `/control/chargebacks/${yield* idOf(json)}/dispute`)
              if (move === "win") yield* psp.call("POST", `/control/chargebacks/${yield* idOf(json)}/win`)
            }
          }
        }
        yield* TestClock.adjust(0)
        const { balance, operations } = yield* books(psp)
        const sum = (status: string) =>
          operations.reduce((total, each) => total + (each.status === status ? each.amount : 0), 0)
        assert.strictEqual(balance.amountAvailable, opening + sum("available"))
        assert.strictEqual(balance.amountWaitingFunds, sum("waiting_funds"))
      }),
    { timeout: 60_000, arbitrary: { runs: 25 } }
  )
})

describe("webhooks", () => {
  it.effect("are told of everything that happens, notifyUrl or not", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const hook = yield* psp.hook
      assert.strictEqual((yield* psp.call("POST", "/v1/webhooks", { url: hook.url })).status, 201)
      assert.strictEqual((yield* psp.call("POST", "/v1/webhooks", { url: "no" })).status, 400)
      assert.containsSubset((yield* psp.call("GET", "/v1/webhooks")).json, [{ url: hook.url }])
      const id = yield* paid(psp)
      assert.containsSubset((yield* hook.take).json, { event: "transaction", entityId: id, data: { status: "paid" } })
      yield* psp.call("POST", "/control/transfers", { amount: 5000 })
      assert.containsSubset((yield* hook.take).json, { event: "transfer", data: { status: "completed" } })
    })
  )
})
