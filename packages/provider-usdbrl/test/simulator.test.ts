import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as decimal from "../simulator/decimal.ts"
import { request, type Simulated, start } from "./fixtures/simulator.ts"

const live = (name: string, run: (psp: Simulated) => Effect.Effect<void, unknown>) =>
  it.effect(name, () => Effect.scoped(Effect.flatMap(start(), run)))

describe("an access token", () => {
  live("is given for the client's credentials, for an hour", (psp) =>
    Effect.gen(function* () {
      const token = yield* psp.authenticate
      assert.deepInclude(token, { token_type: "Bearer", expires_in: 3600 })
      assert.notStrictEqual(token.access_token, psp.token)
      const wrong = yield* psp.call("POST", "/oauth2/token", undefined, `Basic ${btoa("usdbrl_test:wrong")}`)
      assert.strictEqual(wrong.status, 401)
    })
  )

  live("is asked for by every route under /v1, and stops being good after an hour", (psp) =>
    Effect.gen(function* () {
      for (const path of ["/v1/payments", "/v1/payment/x", "/v1/nothing"]) {
        assert.strictEqual((yield* psp.call("GET", path, undefined, "Bearer stranger")).status, 401)
      }
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* psp.call("GET", "/v1/payments")).status, 200)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* psp.call("GET", "/v1/payments")).status, 401)
      assert.strictEqual((yield* psp.call("POST", "/v1/payment", request(1010))).status, 401)
    })
  )
})

describe("a payment", () => {
  live("by PIX in USD tells what the payer pays in BRL, and how", (psp) =>
    Effect.gen(function* () {
      yield* psp.call("POST", "/control/exchange", { rate: "5.4321", feeBasisPoints: 150 })
      const { bank, pix, ...created } = yield* psp.create(request(300_10))
      assert.isUndefined(bank)
      assert.deepInclude(created, { status: "pending", payment: { method: "pix" } })
      // 300.10 × 5.4321 = 1630.17321, and 1.5 % of 1630.17 is 24.45255
      assert.deepEqual(created.values, { total: "1654.62", subtotal: "1630.17", exchange: "5.4321", fee: "24.45" })
      assert.include(pix?.reference, "54071654.62")
      assert.strictEqual(pix?.qrcode, pix?.reference)
    })
  )

  live("by bank transfer in BRL is not converted, and tells an account", (psp) =>
    Effect.gen(function* () {
      const { bank, pix, values } = yield* psp.create(
        request(200, { currency: "BRL", payment_method: "bank_transfer" })
      )
      assert.isUndefined(pix)
      assert.deepEqual(values, { total: "2.00", subtotal: "2.00", exchange: "1.00", fee: "0.00" })
      assert.sameMembers(Object.keys(bank ?? {}), [
        "name",
        "code",
        "agency",
        "account",
        "account_operation",
        "document",
        "beneficiary"
      ])
    })
  )

  live("is read by its id and listed, each with its own name for the method", (psp) =>
    Effect.gen(function* () {
      const { id } = yield* psp.create(request(1098))
      const { method, ...shown } = yield* psp.get(id)
      assert.deepEqual(shown, {
        id,
        customer_id: "58f0c005-3b7d-4c75-81f3-93b9a6fee864",
        transaction_id: "b08e3897-6505-4bb4-81a5-6e3a1d29e277",
        amount: "10.98",
        currency: "USD",
        status: "pending",
        created_at: "1970-01-01T00:00:00.000Z",
        updated_at: "1970-01-01T00:00:00.000Z"
      })
      assert.deepEqual(yield* psp.list(""), [{ ...shown, payment_method: method }])
      assert.strictEqual((yield* psp.call("GET", "/v1/payment/nobody")).status, 404)
    })
  )

  live("without a currency is one in USD, and null is the same as nothing", (psp) =>
    Effect.gen(function* () {
      const { currency: _, ...bare } = request(1098)
      for (const body of [bare, { ...bare, currency: null, branch: null, pix: null }]) {
        assert.strictEqual((yield* psp.get((yield* psp.create(body)).id)).currency, "USD")
      }
    })
  )

  live("takes its amount as a number or as text", (psp) =>
    Effect.gen(function* () {
      for (const [amount, shown] of [
        [300.1, "300.10"],
        ["300.10", "300.10"],
        [2, "2.00"],
        [99_999_999.99, "99999999.99"]
      ] as const) {
        assert.strictEqual((yield* psp.get((yield* psp.create(request(0, { amount }))).id)).amount, shown)
      }
    })
  )

  live("is refused with the parameter at fault named", (psp) =>
    Effect.gen(function* () {
      const faulty: ReadonlyArray<readonly [parameter: string, change: Record<string, unknown>]> = [
        ["customer_id", { customer_id: "" }],
        ["customer_id", { customer_id: "x".repeat(256) }],
        ["branch", { branch: "" }],
        ["name", { name: "Li" }],
        ["name", { name: "x".repeat(151) }],
        ["email", { email: "nobody" }],
        ["email", { email: `${"x".repeat(250)}@y.com` }],
        ["document", { document: "169.726.914-19" }],
        ["document", { document: "16972691418" }],
        ["document", { document: "11222333000181" }],
        ["amount", { amount: 1.99 }],
        ["amount", { amount: "300,10" }],
        ["amount", { amount: 300.101 }],
        ["amount", { amount: 100_000_000 }],
        ["currency", { currency: "EUR" }],
        ["payment_method", { payment_method: "boleto" }],
        ["callback", { callback: "http://my-url-callback/" }],
        ["callback", { callback: `http://127.0.0.1/${"x".repeat(250)}` }],
        ["callback", { callback: "x".repeat(40) }],
        ["transaction.id", { transaction: { id: "" } }],
        ["transaction", { transaction: undefined }],
        ["pix.expire_in", { pix: { expire_in: 0 } }],
        ["pix.expire_in", { pix: { expire_in: 1.5 } }]
      ]
      for (const [parameter, change] of faulty) {
        const { json, status } = yield* psp.call("POST", "/v1/payment", request(1098, change))
        assert.strictEqual(status, 422, JSON.stringify(change))
        assert.containsSubset(json, { error: { code: "invalid_parameters", parameters: [parameter] } })
      }
      assert.strictEqual((yield* psp.call("POST", "/v1/payment", "{")).status, 400)
      assert.isEmpty(yield* psp.list(""))
    })
  )
})

describe("what becomes of a payment", () => {
  live("is decided by its amount: even is paid after its last two digits in seconds, odd is denied", (psp) =>
    Effect.gen(function* () {
      const even = yield* psp.create(request(1010))
      const odd = yield* psp.create(request(1011))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* psp.get(even.id)).status, "pending")
      assert.strictEqual((yield* psp.get(odd.id)).status, "denied")
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* psp.get(even.id), { status: "paid", updated_at: "1970-01-01T00:00:10.000Z" })
    })
  )

  live("is that a PIX expires before, after 30 minutes or as asked, and a bank transfer never", (psp) =>
    Effect.gen(function* () {
      const short = yield* psp.create(request(1060, { pix: { expire_in: 50 } }))
      const transfer = yield* psp.create(request(1060, { payment_method: "bank_transfer", pix: { expire_in: 50 } }))
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual((yield* psp.get(short.id)).status, "expired")
      assert.strictEqual((yield* psp.get(transfer.id)).status, "pending")
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* psp.get(transfer.id)).status, "paid")
    })
  )
})

describe("decimals", () => {
  it("survive both ways, every hundredth from the least to the most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), (hundredths) => {
        assert.strictEqual(decimal.fromDecimal(decimal.toDecimal(hundredths)), hundredths)
      })
    )
    for (const text of ["", ".1", "1.", "1.001", "1e3", "-1", "123456789", "0x10", "NaN"]) {
      assert.isUndefined(decimal.fromDecimal(text))
    }
  })

  it("are converted at the rate and rounded half up", () => {
    assert.strictEqual(decimal.convert(300_10, "5.19"), 1557_52) // 1557.519
    assert.strictEqual(decimal.convert(1, "0.5"), 1)
    assert.strictEqual(decimal.convert(9_999_999_999, "5.190000"), 51_899_999_995)
    assert.strictEqual(decimal.share(10_050, 100), 101) // 100.5
  })
})
