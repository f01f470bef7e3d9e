import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { allDelivered } from "@salesos/simulator-kit/testing"
import { receiver, request, type Simulated, start } from "./fixtures/simulator.ts"

const Count = Schema.Struct({ count: Schema.Int })

const count = (psp: Simulated, externalId: string) =>
  Effect.gen(function* () {
    const { json } = yield* psp.call("GET", `/control/transactions?externalId=${externalId}`)
    return (yield* Schema.decodeUnknownEffect(Count)(json)).count
  })

/** Waits for a transaction to be there: what a test sees of a creation whose answer is held back. */
const committed = (psp: Simulated, externalId: string) =>
  count(psp, externalId).pipe(Effect.repeat({ until: (count) => count > 0 }))

describe("ending a transaction by hand", () => {
  for (const [action, status] of [
    ["pay", "paid"],
    ["expire", "expired"],
    ["fail", "failed"]
  ] as const) {
    it.effect(`${action} ends an open transaction once, and its timer leaves it alone`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const hook = yield* receiver(200)
        const { id } = yield* psp.create(request(1098, { notifyUrl: hook.url }))
        const ended = yield* psp.call("POST", `/control/transactions/${id}/${action}`)
        assert.strictEqual(ended.status, 200)
        assert.containsSubset(ended.json, { id, status })
        assert.strictEqual((yield* hook.take).body.data.status, status)
        assert.strictEqual((yield* psp.call("POST", `/control/transactions/${id}/fail`)).status, 409)
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* psp.get(id)).status, status)
      })
    )
  }

  it.effect("pay reaches an expired transaction too: the money was under way", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id } = yield* psp.create(request(1098, { methodSettings: { expiresIn: 1 } }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* psp.get(id)).status, "expired")
      yield* psp.call("POST", `/control/transactions/${id}/pay`)
      assert.strictEqual((yield* psp.get(id)).status, "paid")
    })
  )

  it.effect("answers 404 for a transaction that is not there", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      assert.strictEqual((yield* psp.call("POST", "/control/transactions/nobody/pay")).status, 404)
    })
  )
})

describe("faults", () => {
  it.effect("down answers 503 to everything under /v1 until the faults are reset", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { down: true })
      assert.strictEqual((yield* psp.call("GET", "/v1/balance")).status, 503)
      assert.strictEqual((yield* psp.call("POST", "/v1/transactions", request(1010))).status, 503)
      assert.strictEqual((yield* psp.call("DELETE", "/control/faults")).status, 204)
      assert.strictEqual((yield* psp.call("GET", "/v1/balance")).status, 200)
    })
  )

  it.effect("are merged, and null takes one back", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { createStatus: 500, loseArtifacts: true })
      const { json } = yield* psp.call("POST", "/control/faults", { createStatus: null, down: true })
      assert.deepStrictEqual(json, { createStatus: null, loseArtifacts: true, down: true })
      assert.strictEqual((yield* psp.call("POST", "/control/faults", { createStatus: "no" })).status, 400)
    })
  )

  it.effect("createStatus and rejectCreates refuse before anything is committed", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const body = request(1010, { externalId: "refused" })
      yield* psp.call("POST", "/control/faults", { createStatus: 429 })
      assert.strictEqual((yield* psp.call("POST", "/v1/transactions", body)).status, 429)
      yield* psp.call("POST", "/control/faults", {
        createStatus: null,
        rejectCreates: { code: "TRX_REFUSED", message: "not today" }
      })
      const { json, status } = yield* psp.call("POST", "/v1/transactions", body)
      assert.strictEqual(status, 400)
      assert.containsSubset(json, { code: "TRX_REFUSED", message: "not today" })
      assert.strictEqual(yield* count(psp, "refused"), 0)
    })
  )

  it.effect("createDelayMs commits later, even after the caller has gone", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { createDelayMs: 5_000 })
      const gone = yield* Effect.forkChild(psp.call("POST", "/v1/transactions", request(1098, { externalId: "gone" })))
      const patient = yield* Effect.forkChild(psp.create(request(1098, { externalId: "patient" })))
      // Both have reached the simulator once their sleeps are on the test clock; a third call behind them shows that.
      for (let i = 0; i < 20; i++) yield* psp.call("GET", "/v1/balance")
      yield* Fiber.interrupt(gone)
      assert.strictEqual(yield* count(psp, "gone"), 0)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(patient)).createdAt, "1970-01-01T00:00:05.000Z")
      assert.strictEqual(yield* committed(psp, "gone"), 1)
    })
  )

  it.effect("holdCreateAnswers commits and keeps the answer until it is released", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { holdCreateAnswers: true })
      const held = yield* Effect.forkChild(psp.create(request(1098, { externalId: "held" })))
      assert.strictEqual(yield* committed(psp, "held"), 1)
      assert.isUndefined(held.pollUnsafe())
      assert.deepStrictEqual((yield* psp.call("POST", "/control/release")).json, { released: 1 })
      assert.strictEqual((yield* Fiber.join(held)).externalId, "held")
    })
  )

  it.effect("holdCreateAnswers leaves a transaction behind a caller that gave up", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { holdCreateAnswers: true })
      const held = yield* Effect.forkChild(psp.create(request(1098, { externalId: "left" })))
      yield* committed(psp, "left")
      yield* Fiber.interrupt(held)
      yield* psp.call("DELETE", "/control/faults")
      assert.strictEqual((yield* psp.list("externalId=left")).length, 1)
    })
  )

  it.effect("truncateCreateAnswers commits and answers with JSON that ends in the middle", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { truncateCreateAnswers: true })
      const { json, status } = yield* psp.call("POST", "/v1/transactions", request(1098, { externalId: "cut" }))
      assert.strictEqual(status, 201)
      assert.isUndefined(json)
      assert.strictEqual(yield* count(psp, "cut"), 1)
    })
  )

  it.effect("loseArtifacts takes the QR Code out of lookups, not out of the creation's answer", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { loseArtifacts: true })
      const { id, methodData } = yield* psp.create(request(1098))
      assert.isString(methodData.qrCode)
      for (const found of [yield* psp.get(id), ...(yield* psp.list(""))]) {
        assert.sameMembers(Object.keys(found.methodData), ["expirationDate"])
      }
    })
  )

  it.effect("dropNotifications and duplicateNotifications send none, or two of the same", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const hook = yield* receiver(200)
      const body = request(2000, { notifyUrl: hook.url })
      yield* psp.call("POST", "/control/faults", { dropNotifications: true })
      yield* psp.create(body)
      yield* TestClock.adjust(0)
      yield* allDelivered(psp)
      yield* psp.call("POST", "/control/faults", { dropNotifications: false, duplicateNotifications: true })
      const { id } = yield* psp.create(body)
      const first = yield* hook.take
      const second = yield* hook.take
      assert.strictEqual(first.body.entityId, id)
      assert.deepStrictEqual(first.body, second.body)
      yield* allDelivered(psp)
      assert.strictEqual(yield* hook.waiting, 0)
    })
  )
})
