import { createHmac } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { allDelivered, nextTry, receiver } from "@salesos/simulator-kit/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { request, start } from "./fixtures/simulator.ts"

describe("ending a payment by hand", () => {
  for (const [action, status] of [
    ["pay", "paid"],
    ["deny", "denied"],
    ["expire", "expired"]
  ] as const) {
    it.effect(`${action} ends a pending one once, and its timer leaves it alone`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const { id } = yield* psp.create(request(1098))
        assert.containsSubset((yield* psp.call("POST", `/control/payments/${id}/${action}`)).json, { id, status })
        assert.strictEqual((yield* psp.call("POST", `/control/payments/${id}/deny`)).status, 409)
        yield* TestClock.adjust("40 minutes")
        assert.strictEqual((yield* psp.get(id)).status, status)
      })
    )
  }

  it.effect("pay reaches an expired one too: the money was under way", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id } = yield* psp.create(request(1098, { pix: { expire_in: 1 } }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* psp.get(id)).status, "expired")
      yield* psp.call("POST", `/control/payments/${id}/pay`)
      assert.strictEqual((yield* psp.get(id)).status, "paid")
      assert.strictEqual((yield* psp.call("POST", "/control/payments/nobody/pay")).status, 404)
    })
  )
})

describe("control", () => {
  it.effect("revokes tokens, and looks behind the API", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id } = yield* psp.create(request(1098, { transaction: { id: "t" } }))
      assert.deepEqual((yield* psp.call("POST", "/control/tokens/revoke")).json, { revoked: 1 })
      assert.strictEqual((yield* psp.call("GET", "/v1/payments")).status, 401)
      assert.containsSubset((yield* psp.call("GET", "/control/payments?transaction_id=t")).json, {
        count: 1,
        payments: [{ id }]
      })
      assert.containsSubset((yield* psp.call("GET", "/control/payments?transaction_id=u")).json, { count: 0 })
    })
  )

  it.effect("refuses a rate that would make no sense", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      for (const rate of ["0.00", "5,19", "-1", "100", 5.19]) {
        assert.strictEqual((yield* psp.call("POST", "/control/exchange", { rate })).status, 400)
      }
    })
  )

  it.effect("takes the provider down, tokens included", () =>
    Effect.gen(function* () {
      const psp = yield* start({ prefix: "/simulators/usdbrl" })
      yield* psp.call("POST", "/control/faults", { down: true })
      for (const [method, path] of [
        ["POST", "/oauth2/token"],
        ["POST", "/v1/payment"],
        ["GET", "/v1/payments"]
      ] as const) {
        assert.strictEqual((yield* psp.call(method, path)).status, 503)
      }
      yield* psp.call("DELETE", "/control/faults")
      assert.strictEqual((yield* psp.call("GET", "/v1/payments")).status, 200)
    })
  )

  it.effect("refuses creations, or commits them and cuts the answer", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      yield* psp.call("POST", "/control/faults", { rejectCreates: { code: "blocked", message: "Not today" } })
      const { json, status } = yield* psp.call("POST", "/v1/payment", request(1098))
      assert.strictEqual(status, 422)
      assert.containsSubset(json, { error: { code: "blocked", message: "Not today" } })
      assert.isEmpty(yield* psp.list(""))
      yield* psp.call("POST", "/control/faults", { rejectCreates: null, truncateCreateAnswers: true })
      assert.isUndefined((yield* psp.call("POST", "/v1/payment", request(1098))).json)
      assert.lengthOf(yield* psp.list(""), 1)
    })
  )
})

describe("a callback", () => {
  it.effect("tells how a payment ended, signed where a secret is set", () =>
    Effect.gen(function* () {
      const psp = yield* start({ signingSecret: "my-secret" })
      const hook = yield* receiver(200)
      const callback = `${hook.url}?padding=to-thirty-characters`
      yield* TestClock.setTime(1_681_235_417_000)
      const token = (yield* psp.authenticate).access_token
      const create = (cents: number) => psp.call("POST", "/v1/payment", request(cents, { callback }), `Bearer ${token}`)
      yield* create(1000)
      const paid = yield* hook.take
      const [, t = "", v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(paid.headers["smartfastpay-signature"] ?? "") ?? []
      assert.strictEqual(t, "1681235417000")
      assert.strictEqual(v1, createHmac("sha256", "my-secret").update(`${t}.${paid.text}`).digest("hex"))
      assert.containsSubset(paid.json, {
        data: [
          {
            transaction_id: "b08e3897-6505-4bb4-81a5-6e3a1d29e277",
            amount: "10.00",
            status: "paid",
            type: "payment",
            payment_status: "paid",
            exchange: "5.19"
          }
        ]
      })
      yield* create(1001)
      assert.containsSubset((yield* hook.take).json, { data: [{ status: "canceled", payment_status: "denied" }] })
    })
  )

  it.effect("is not signed without a secret, and sent five more times over three days until it is taken", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const hook = yield* receiver(500, 404, 302, 500, 500, 200)
      yield* psp.create(request(1000, { callback: `${hook.url}?padding=to-thirty-characters` }))
      const first = yield* hook.take
      assert.isUndefined(first.headers["smartfastpay-signature"])
      for (let failed = 1; failed <= 5; failed++) {
        yield* TestClock.setTime(yield* nextTry(psp, failed))
        assert.strictEqual((yield* hook.take).text, first.text)
      }
      yield* allDelivered(psp)
    })
  )
})

/** A folder for this test only. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "usdbrl-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

describe("a restart", () => {
  it.effect("keeps payments, timers, tokens, the exchange rate and callbacks", () =>
    Effect.gen(function* () {
      const stateFile = join(yield* folder, "state.jsonl")
      const hook = yield* receiver(503, 200)
      const callback = `${hook.url}?padding=to-thirty-characters`
      const before = yield* Effect.scoped(
        Effect.gen(function* () {
          const psp = yield* start({ stateFile })
          yield* psp.call("POST", "/control/exchange", { rate: "6.00" })
          const due = yield* psp.create(request(1030, { transaction: { id: "due" } }))
          const paid = yield* psp.create(request(1000, { transaction: { id: "paid" }, callback }))
          yield* hook.take
          yield* nextTry(psp, 1)
          return { paid: yield* psp.get(paid.id), due: yield* psp.get(due.id), token: psp.token }
        })
      )
      assert.strictEqual(before.paid.status, "paid")
      const psp = yield* start({ stateFile })
      const old = yield* psp.call("GET", `/v1/payment/${before.due.id}`, undefined, `Bearer ${before.token}`)
      assert.containsSubset(old.json, { data: before.due })
      assert.deepEqual(yield* psp.get(before.paid.id), before.paid)
      assert.strictEqual((yield* psp.create(request(1098))).values.exchange, "6.00")
      yield* TestClock.adjust("1 minute")
      assert.containsSubset((yield* hook.take).json, { data: [{ id: before.paid.id }] })
      assert.strictEqual((yield* psp.get(before.due.id)).status, "paid")
    })
  )
})
