import { assert, describe, it } from "@effect/vitest"
import { allDelivered, nextTry } from "@salesos/simulator-kit/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { fee, pixRule } from "../simulator/fees.ts"
import examples from "./fixtures/document.json" with { type: "json" }
import { receiver, request, start } from "./fixtures/simulator.ts"

const answer = examples["create a transaction: answer"]
const document = examples["create a transaction: request"]

// The document's own example does not add up: one item of 1000 and shipping of 1000 make 2000, its amount is 1000.
const example = { ...document, shipping: { ...document.shipping, amount: 0 } }

describe("creating a transaction", () => {
  it.effect("accepts the document's example and echoes it", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json, status } = yield* psp.call("POST", "/v1/transactions", example)
      assert.strictEqual(status, 201)
      assert.containsSubset(json, example)
    })
  )

  it.effect("refuses the document's example as printed, whose parts are not its amount", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json, status } = yield* psp.call("POST", "/v1/transactions", document)
      assert.strictEqual(status, 400)
      assert.containsSubset(json, { code: "API_ERROR", detail: { errors: [{ path: "amount" }] } })
    })
  )

  it.effect("answers with the keys of the document's answer, and no others", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const created = yield* psp.create(example)
      yield* TestClock.adjust(0)
      for (const transaction of [created, yield* psp.get(created.id)]) {
        assert.sameMembers(Object.keys(transaction), Object.keys(answer))
        assert.hasAllKeys(transaction.methodData, answer.methodData)
        assert.hasAllKeys(transaction.statusHistory[0] ?? {}, answer.statusHistory[0] ?? {})
        assert.hasAllKeys(transaction.customer, answer.customer)
        assert.hasAllKeys(transaction.shipping, answer.shipping)
        assert.hasAllKeys(transaction.splits[0] ?? {}, answer.splits[0] ?? {})
        assert.match(transaction.id, /^[0-9a-zA-Z_]{21}$/)
      }
    })
  )

  it.effect("gives the whole amount to the merchant when splits is null", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { merchantId, splits } = yield* psp.create(request(1010))
      assert.deepStrictEqual(splits, [{ merchantId, amount: 1010, isFeePayer: true }])
    })
  )

  it.effect("makes a second transaction for a second request with the same external id", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const first = yield* psp.create(request(1010, { externalId: "twice" }))
      const second = yield* psp.create(request(1010, { externalId: "twice" }))
      assert.notStrictEqual(first.id, second.id)
      assert.sameMembers(
        (yield* psp.list("externalId=twice")).map(({ id }) => id),
        [first.id, second.id]
      )
    })
  )

  for (const [name, body, path] of [
    ["no method", { ...request(1010), method: undefined }, "method"],
    ["no method settings", { ...request(1010), methodSettings: undefined }, "methodSettings"],
    ["no items", { ...request(1010), items: undefined }, "items"],
    ["no shipping", { ...request(1010), shipping: undefined }, "shipping"],
    ["no amount", { ...request(1010), amount: undefined }, "amount"],
    ["no customer", { ...request(1010), customer: undefined }, "customer"],
    ["no splits", { ...request(1010), splits: undefined }, "splits"],
    ["an amount of zero", { ...request(1010), amount: 0 }, "amount"],
    ["an amount that is not whole", { ...request(1010), amount: 10.5 }, "amount"],
    ["an amount unlike the sum", { ...request(1010), amount: 1011 }, "amount"],
    ["an item without an amount", { ...request(1010), items: [{ description: "x", quantity: 1 }] }, "items.0.amount"],
    [
      "a payer request of 141 characters",
      request(1010, { methodSettings: { expiresIn: 60, payerRequest: "x".repeat(141) } }),
      "methodSettings.payerRequest"
    ],
    ["an external id of 129 characters", request(1010, { externalId: "x".repeat(129) }), "externalId"],
    ["a notify URL that is none", request(1010, { notifyUrl: "nowhere" }), "notifyUrl"],
    ["a sale channel with a space", request(1010, { externalSaleChannel: "a b" }), "externalSaleChannel"]
  ] as const) {
    it.effect(`refuses ${name}, naming the parameter`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const { json, status } = yield* psp.call("POST", "/v1/transactions", body)
        assert.strictEqual(status, 400)
        assert.containsSubset(json, { code: "API_ERROR", detail: { errors: [{ path }] } })
        assert.lengthOf(yield* psp.list(""), 0)
      })
    )
  }
})

describe("the sandbox rules", () => {
  it.effect("fail_on_create fails during creation, with nothing to pay", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const created = yield* psp.create(
        request(1010, { methodSettings: { expiresIn: 60, payerRequest: "fail_on_create" } })
      )
      assert.strictEqual(created.status, "failed")
      assert.deepStrictEqual(created.methodData, {})
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* psp.get(created.id)).status, "failed")
    })
  )

  for (const [amount, seconds] of [
    [1010, 10],
    [2020, 20],
    [1098, 98]
  ] as const) {
    it.effect(`${amount} is paid after ${seconds} seconds`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const { id } = yield* psp.create(request(amount))
        yield* TestClock.adjust(seconds * 1_000 - 1)
        assert.strictEqual((yield* psp.get(id)).status, "waiting_payment")
        yield* TestClock.adjust(1)
        const paid = yield* psp.get(id)
        assert.strictEqual(paid.status, "paid")
        assert.strictEqual(paid.paidAt, new Date(seconds * 1_000).toISOString())
        assert.deepStrictEqual(
          paid.statusHistory.map(({ status }) => status),
          ["created", "waiting_payment", "paid"]
        )
        assert.match(
          paid.paidData.endToEndId ?? "",
          /^E[0-9A-Z]{8}[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9][a-zA-Z0-9]{11}$/
        )
      })
    )
  }

  it.effect("2000 is paid at once", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id, status } = yield* psp.create(request(2000))
      assert.strictEqual(status, "waiting_payment")
      yield* TestClock.adjust(0)
      assert.strictEqual((yield* psp.get(id)).status, "paid")
    })
  )

  it.effect("1001 is created, and then fails at once", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id, status } = yield* psp.create(request(1001))
      assert.strictEqual(status, "created")
      yield* TestClock.adjust(0)
      assert.strictEqual((yield* psp.get(id)).status, "failed")
    })
  )

  it.effect("a transaction that is not paid by its expiration date expires", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id, methodData } = yield* psp.create(request(1030, { methodSettings: { expiresIn: 29 } }))
      const { id: inTime } = yield* psp.create(request(1029, { methodSettings: { expiresIn: 29 } }))
      const { id: justInTime } = yield* psp.create(request(1028, { methodSettings: { expiresIn: 28 } }))
      assert.strictEqual(methodData.expirationDate, "1970-01-01T00:00:29.000Z")
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* psp.get(id)).status, "expired")
      assert.strictEqual((yield* psp.get(inTime)).status, "failed")
      assert.strictEqual((yield* psp.get(justInTime)).status, "paid")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* psp.get(id)).status, "expired")
    })
  )
})

describe("what a payment books", () => {
  it("takes the fee of the document's example rule, never more than the amount", () => {
    assert.deepStrictEqual(
      [2, 30, 1000, 1050, 10_000].map((amount) => fee(pixRule, amount)),
      [2, 30, 40, 40, 129] // 30 + 9.9, 30 + 10.395, 30 + 99
    )
  })

  it.effect("makes a payable, an operation and a larger balance", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id, merchantId } = yield* psp.create(request(10_010))
      assert.deepStrictEqual((yield* psp.call("GET", "/v1/balance")).json, {
        amountAvailable: 100_000_000,
        amountWaitingFunds: 0,
        amountAvailableToTransfer: 100_000_000
      })
      yield* TestClock.adjust("10 seconds")

      const payables = yield* psp.call("GET", `/v1/payables?transactionId=${id}`)
      const payable = {
        merchantId,
        transactionId: id,
        transferId: null,
        transactionRefundId: null,
        isTransactionOwner: true,
        status: "paid",
        amount: 10_010,
        fee: 129,
        paymentDate: "1970-01-01T00:00:10.000Z",
        method: "pix",
        type: "credit",
        installment: 1
      }
      assert.containsSubset(payables.json, [payable])
      const payableId = /"id":"([0-9a-zA-Z_]{21})"/.exec(payables.text)?.[1]
      assert.containsSubset((yield* psp.call("GET", `/v1/payables/${payableId}`)).json, payable)

      const operations = yield* psp.call("GET", `/v1/operations?payableId=${payableId}`)
      const operation = {
        merchantId,
        payableId,
        status: "available",
        amount: 9_881,
        paymentDate: "1970-01-01T00:00:10.000Z",
        entity: "transaction",
        method: "pix",
        description: "TRX 19700101"
      }
      assert.containsSubset(operations.json, [operation])
      const operationId = /"id":"([0-9a-zA-Z_]{21})"/.exec(operations.text)?.[1]
      assert.containsSubset((yield* psp.call("GET", `/v1/operations/${operationId}`)).json, operation)

      assert.containsSubset((yield* psp.call("GET", "/v1/balance")).json, { amountAvailable: 100_009_881 })
    })
  )

  it.effect("books nothing for a transaction that fails", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id } = yield* psp.create(request(10_001))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual((yield* psp.call("GET", `/v1/payables?transactionId=${id}`)).json, [])
      assert.deepStrictEqual((yield* psp.call("GET", "/v1/operations")).json, [])
    })
  )
})

describe("lists", () => {
  it.effect("show pages of ten, the newest first, and sort and size them as asked", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const ids: Array<string> = []
      for (let i = 0; i < 25; i++) {
        ids.push((yield* psp.create(request(1098))).id)
        yield* TestClock.adjust(1)
      }
      const page = (query: string) => Effect.map(psp.list(query), (rows) => rows.map(({ id }) => id))
      assert.deepStrictEqual(yield* page(""), ids.toReversed().slice(0, 10))
      assert.deepStrictEqual(yield* page("page=3"), ids.toReversed().slice(20))
      assert.deepStrictEqual(yield* page("page=4"), [])
      assert.deepStrictEqual(yield* page("sortOrder=asc&page=2&pageSize=7"), ids.slice(7, 14))
      assert.deepStrictEqual(yield* page("pageSize=1000&sortField=updatedAt"), ids.toReversed())
      assert.deepStrictEqual(
        yield* page("createdAtGte=1970-01-01T00:00:00.003Z&createdAtLte=1970-01-01T00:00:00.005Z&sortOrder=asc"),
        ids.slice(3, 6)
      )
    })
  )

  it.effect("filter by status, external id, method and text", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const paid = yield* psp.create(request(2000, { externalId: "order-1" }))
      const failed = yield* psp.create(request(2001, { externalId: "order-2" }))
      const open = yield* psp.create(request(2098, { customer: { personName: "Maria da Silva" } }))
      yield* TestClock.adjust(1)
      const page = (query: string) => Effect.map(psp.list(query), (rows) => rows.map(({ id }) => id))
      assert.deepStrictEqual(yield* page("status=paid"), [paid.id])
      assert.deepStrictEqual(yield* page("status=paid,failed"), [failed.id, paid.id])
      assert.deepStrictEqual(yield* page("status=paid&status=failed"), [failed.id, paid.id])
      assert.deepStrictEqual(yield* page("notStatus=paid,failed"), [open.id])
      assert.deepStrictEqual(yield* page("externalId=order-2"), [failed.id])
      assert.deepStrictEqual(yield* page("externalId=order-2&status=paid"), [])
      assert.deepStrictEqual(yield* page("externalId=order-3"), [])
      assert.deepStrictEqual(yield* page("method=credit_card"), [])
      assert.deepStrictEqual(yield* page("search=maria"), [open.id])
      assert.deepStrictEqual(yield* page("sortField=paidAt"), [paid.id, open.id, failed.id])
    })
  )

  for (const [query, path] of [
    ["createdAtGte=1968-12-31T23:59:59Z", "createdAtGte"],
    ["createdAtGte=1970-01-01T00:00:00Z&createdAtLte=1971-01-01T00:00:00.001Z", "createdAtLte"],
    ["createdAtGte=yesterday", "createdAtGte"],
    ["page=0", "page"],
    ["pageSize=0", "pageSize"],
    ["pageSize=1001", "pageSize"],
    ["sortOrder=up", "sortOrder"],
    ["sortField=amount", "sortField"],
    ["method=boleto", "method"],
    ["status=paid,lost", "status"]
  ] as const) {
    it.effect(`refuse ${query}`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const { json, status } = yield* psp.call("GET", `/v1/transactions?${query}`)
        assert.strictEqual(status, 400)
        assert.containsSubset(json, { code: "API_ERROR", detail: { errors: [{ path }] } })
      })
    )
  }

  it.effect("accept a range of exactly 365 days", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const query = "createdAtGte=1970-01-01T00:00:00Z&createdAtLte=1971-01-01T00:00:00Z"
      assert.strictEqual((yield* psp.call("GET", `/v1/transactions?${query}`)).status, 200)
    })
  )
})

describe("errors", () => {
  it.effect("401 without the right key", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      for (const authorization of ["", "Bearer ipsp_test.wrong", "Basic ipsp_test:secret"]) {
        const { json, status } = yield* psp.call("GET", "/v1/balance", undefined, authorization)
        assert.strictEqual(status, 401)
        assert.containsSubset(json, { code: "UNAUTHORIZED" })
      }
    })
  )

  it.effect("404 for what is not there, in the document's words", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      for (const path of ["transactions/gnQjJatJSrhxaGtXeTuDd", "payables/x", "operations/x", "nowhere"]) {
        const { json, status } = yield* psp.call("GET", `/v1/${path}`)
        assert.strictEqual(status, 404)
        assert.deepStrictEqual(json, { code: "NOT_FOUND", message: "not found" })
      }
    })
  )

  it.effect("400 for a body that is not JSON", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json, status } = yield* psp.call("POST", "/v1/transactions", "{")
      assert.strictEqual(status, 400)
      assert.containsSubset(json, { code: "API_ERROR" })
    })
  )

  it.effect("nothing but 404 outside of the prefix it is mounted under", () =>
    Effect.gen(function* () {
      const psp = yield* start({ prefix: "/simulators/infrapsp" })
      assert.strictEqual((yield* psp.call("GET", "/v1/balance")).status, 404)
      assert.strictEqual((yield* psp.call("GET", "/simulators/infrapsp/v1/balance")).status, 200)
      assert.strictEqual((yield* psp.call("GET", "/simulators/infrapsp/control/transactions")).status, 200)
    })
  )
})

describe("notifications", () => {
  it.effect("tell of each change after the creation, with the transaction as it then is", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const hook = yield* receiver(200)
      const notifyUrl = hook.url
      for (const [amount, expiresIn, status] of [
        [2000, 60, "paid"],
        [2001, 60, "failed"],
        [2098, 60, "expired"]
      ] as const) {
        const { id } = yield* psp.create(request(amount, { notifyUrl, methodSettings: { expiresIn } }))
        yield* TestClock.adjust(status === "expired" ? "1 minute" : 0)
        const { body } = yield* hook.take
        assert.match(body.id, /^[0-9a-zA-Z_]{21}$/)
        assert.strictEqual(body.entityId, id)
        assert.strictEqual(body.meta.url, notifyUrl)
        assert.strictEqual(body.data.status, status)
        assert.deepStrictEqual(body.data, yield* psp.get(id))
      }
    })
  )

  it.effect("are sent again, later and later, until they are answered with 2xx", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const hook = yield* receiver(500, 302, 404, 204)
      yield* psp.create(request(2000, { notifyUrl: hook.url }))
      const tries = [yield* hook.take]
      for (let attempts = 1; attempts < 4; attempts++) {
        yield* TestClock.setTime(yield* nextTry(psp, attempts))
        tries.push(yield* hook.take)
      }
      yield* allDelivered(psp)
      assert.lengthOf(new Set(tries.map(({ body }) => body.id)), 1)
      const waits = tries.slice(1).map(({ at }, i) => at - (tries[i]?.at ?? 0))
      assert.isAtLeast(waits[0] ?? 0, 5_000)
      assert.isAbove(waits[1] ?? 0, waits[0] ?? 0)
      assert.isAbove(waits[2] ?? 0, waits[1] ?? 0)
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* hook.waiting, 0)
    })
  )
})
