import { isValidBoleto, isValidPixPayload } from "@brazilian-utils/brazilian-utils"
import { assert, describe, it } from "@effect/vitest"
import { Boleto, BusinessCalendar, Pix } from "@salesos/core"
import { DateTime, Effect, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as SimulatedBoleto from "../simulator/boleto.ts"
import { example } from "./fixtures/document.ts"
import { basic, credentials, request, start } from "./fixtures/simulator.ts"

const PixAnswer = Schema.Struct({ qr_code: Schema.String, copy_paste: Schema.String, expires_at: Schema.String })
const BoletoAnswer = Schema.Struct({
  boleto_url: Schema.String,
  boleto_barcode: Schema.String,
  digitable_line: Schema.String,
  expires_at: Schema.String
})
const decodePix = Schema.decodeUnknownEffect(PixAnswer)
const decodeBoleto = Schema.decodeUnknownEffect(BoletoAnswer)

/** Of every field that both have the type is the same, and neither has a field that the other lacks. */
const assertSameShape = (ours: unknown, theirs: unknown, path: string): void => {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    assert.isNotEmpty(ours, path)
    ours.forEach((each) => assertSameShape(each, theirs[0], `${path}[]`))
  } else if (typeof ours === "object" && ours !== null && typeof theirs === "object" && theirs !== null) {
    assert.sameMembers(Object.keys(ours), Object.keys(theirs), path)
    for (const key of Object.keys(ours)) {
      assertSameShape(Reflect.get(ours, key), Reflect.get(theirs, key), `${path}.${key}`)
    }
  } else if (ours !== null && theirs !== null) {
    assert.strictEqual(typeof ours, typeof theirs, path)
  }
}

const at = (time: string) => TestClock.setTime(Date.parse(time))

describe("the document's examples", () => {
  for (const [path, name] of [
    ["pix/qrcode", "request"],
    ["pix/qrcode", "request with a description"],
    ["pix/payment", "request"],
    ["boleto/create", "request"],
    ["card/charge", "request"]
  ] as const) {
    it.effect(`${path}: the ${name} is accepted, and answered like the example`, () =>
      Effect.gen(function* () {
        yield* at("2025-01-01T00:00:00.000Z")
        const psp = yield* start()
        const body = example(`${path}: ${name}`)
        const { json } = yield* psp.create(path, body)
        assertSameShape(json, example(`${path}: answer`), path)
        assert.containsSubset(json, { amount: body["amount"], external_id: body["external_id"] })
      })
    )
  }

  it.effect("every form of key is accepted", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      for (const [pix_key_type, pix_key] of Object.entries(example("pix keys"))) {
        yield* psp.create("pix/payment", { amount: 20, pix_key, pix_key_type })
      }
    })
  )

  it.effect("tokens, lists, single transactions, the balance, refunds and webhooks answer like theirs", () =>
    Effect.gen(function* () {
      yield* at("2025-01-01T00:00:00.000Z")
      const psp = yield* start()
      const { transaction_id: id } = yield* psp.create("pix/qrcode", example("pix/qrcode: request"))
      yield* psp.control(`transactions/${id}/pay`)
      const like = (call: Effect.Effect<{ readonly json: unknown }, unknown>, name: string) =>
        Effect.map(call, ({ json }) => assertSameShape(json, example(name), name))
      yield* like(psp.call("POST", "oauth/token", "", basic), "oauth/token: answer")
      yield* like(psp.call("GET", "transactions"), "transactions: answer")
      yield* like(psp.call("GET", `transaction/${id}`), "transaction: answer")
      yield* like(psp.call("GET", "balance"), "balance: answer")
      yield* like(psp.call("POST", `transaction/${id}/refund`, {}), "refund: answer")
      yield* like(psp.call("POST", "webhooks", { url: "https://seusite.com/webhook" }), "webhooks: created")
      yield* like(psp.call("GET", "webhooks"), "webhooks: listed")
      yield* like(psp.call("DELETE", "webhooks/1"), "webhooks: removed")
      const { json } = yield* psp.call("POST", "pix/payment", {})
      assert.containsSubset(json, { error: "validation_error", message: "Os dados fornecidos sao invalidos." })
      assert.hasAllKeys(json, example("error"))
    })
  )
})

describe("access tokens", () => {
  it.effect("are given for the account's own credentials only", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const wrong = Buffer.from(`${credentials.clientId}:wrong`).toString("base64")
      for (const authorization of ["", `Basic ${wrong}`, basic.authorization.slice(6)]) {
        const { json, status } = yield* psp.call("POST", "oauth/token", {}, { authorization })
        assert.strictEqual(status, 401)
        assert.containsSubset(json, { error: "unauthorized" })
      }
    })
  )

  it.effect("expire after half an hour, and can be revoked before", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const status = Effect.map(psp.call("GET", "balance"), (answer) => answer.status)
      yield* TestClock.adjust("1799 seconds")
      assert.strictEqual(yield* status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* status, 401)
      yield* psp.renew
      assert.strictEqual(yield* status, 200)
      assert.deepStrictEqual((yield* psp.control("tokens/revoke")).json, { revoked: 1 })
      assert.strictEqual(yield* status, 401)
    })
  )

  it.effect("allow 60 requests a minute each, and say when to come back", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      for (let i = 0; i < 60; i++) assert.strictEqual((yield* psp.call("GET", "balance")).status, 200)
      yield* TestClock.adjust("18 seconds")
      const { headers, json, status } = yield* psp.call("GET", "balance")
      assert.containsSubset({ json, status }, { json: { error: "too_many_requests" }, status: 429 })
      assert.strictEqual(headers["retry-after"], "42")
      yield* psp.renew
      assert.strictEqual((yield* psp.call("GET", "balance")).status, 200)
      yield* TestClock.adjust("42 seconds")
      assert.strictEqual((yield* psp.call("GET", "balance")).status, 200)
    })
  )
})

describe("requests", () => {
  const { boleto, card, payment, qrCode } = request
  for (const [name, path, body, field] of [
    ["PIX of 9.99", "pix/qrcode", qrCode(9.99), "amount"],
    ["PIX of 50,000.01", "pix/qrcode", qrCode(50_000.01), "amount"],
    ["an amount with three decimals", "pix/qrcode", qrCode(10.001), "amount"],
    ["an amount in a string", "pix/qrcode", { amount: "10.00" }, "amount"],
    ["PIX without an amount", "pix/qrcode", {}, "amount"],
    ["a postback that is no URL", "pix/qrcode", qrCode(10, { postback_url: "nowhere" }), "postback_url"],
    ["a payment without a key", "pix/payment", payment(20, { pix_key: undefined }), "pix_key"],
    ["a key of another type", "pix/payment", payment(20, { pix_key_type: "cnpj" }), "pix_key"],
    ["a key type of other words", "pix/payment", payment(20, { pix_key_type: "evp" }), "pix_key_type"],
    ["a boleto without a name", "boleto/create", boleto(20, { payer_name: undefined }), "payer_name"],
    ["a boleto without a document", "boleto/create", boleto(20, { payer_document: undefined }), "payer_document"],
    [
      "a document with punctuation",
      "boleto/create",
      boleto(20, { payer_document: "529.982.247-25" }),
      "payer_document"
    ],
    ["a boleto that is overdue", "boleto/create", boleto(20, { due_date: "1969-12-31" }), "due_date"],
    ["a date that is none", "boleto/create", boleto(20, { due_date: "2026-02-31" }), "due_date"],
    ["a card without a token", "card/charge", card(20, { card_token: undefined }), "card_token"],
    ["13 installments", "card/charge", card(20, { installments: 13 }), "installments"]
  ] as const) {
    it.effect(`with ${name} are refused, naming the field`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const { json, status } = yield* psp.call("POST", path, body)
        assert.strictEqual(status, 422)
        assert.containsSubset(json, { error: "validation_error", errors: { [field]: [] } })
        assert.strictEqual((yield* psp.list("")).meta.total, 0)
      })
    )
  }

  it.effect("that are no JSON, or for nothing, are answered by the document's table", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      assert.containsSubset(yield* psp.call("POST", "pix/qrcode", "{"), { status: 400, json: { error: "bad_request" } })
      for (const path of ["transaction/none", "nothing", "webhooks/1"]) {
        const answer = yield* psp.call(path === "webhooks/1" ? "DELETE" : "GET", path)
        assert.containsSubset(answer, { status: 404, json: { error: "not_found" } })
      }
    })
  )
})

describe("what an amount decides", () => {
  it.effect("an even one is paid after its last two digits in seconds, an odd one is refused at once", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { transaction_id: even } = yield* psp.create("pix/qrcode", request.qrCode(100.42))
      const { transaction_id: odd } = yield* psp.create("boleto/create", request.boleto(100.41))
      yield* TestClock.adjust("41999 millis")
      assert.strictEqual((yield* psp.get(even)).status, "pending")
      assert.strictEqual((yield* psp.get(odd)).status, "refused")
      yield* TestClock.adjust(1)
      const paid = yield* psp.get(even)
      assert.containsSubset(paid, { status: "paid", confirmed_at: "1970-01-01T00:00:42.000Z" })
      assert.containsSubset(paid, { amount: 100.42, tax: 2.99, net_amount: 97.43 })
    })
  )

  it.effect("a card is charged in the answer, refused in it, or analysed first", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const charge = (amount: number, more: object = {}) => psp.create("card/charge", request.card(amount, more))
      assert.strictEqual((yield* charge(100)).status, "paid")
      assert.strictEqual((yield* charge(100.01)).status, "refused")
      const { status, transaction_id } = yield* charge(100.3)
      assert.strictEqual(status, "in_analysis")
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* psp.get(transaction_id)).status, "paid")
      assert.strictEqual((yield* charge(100, { capture: false })).status, "pending")
    })
  )

  it.effect("a QR code is good for 30 minutes, a boleto to the end of its due date", () =>
    Effect.gen(function* () {
      yield* at("2026-03-02T12:00:00.000Z")
      const psp = yield* start()
      const pix = yield* psp.create("pix/qrcode", request.qrCode(100.98))
      assert.strictEqual((yield* decodePix(pix.json)).expires_at, "2026-03-02T12:30:00.000Z")
      const boleto = yield* psp.create("boleto/create", request.boleto(100.98))
      assert.strictEqual((yield* decodeBoleto(boleto.json)).expires_at, "2026-03-05T23:59:59.000Z")
      yield* at("2026-03-02T23:59:30.000Z")
      yield* psp.renew
      const last = yield* psp.create("boleto/create", request.boleto(100.98, { due_date: "2026-03-02" }))
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* psp.get(last.transaction_id)).status, "expired")
      yield* psp.control(`transactions/${last.transaction_id}/pay`)
      assert.strictEqual((yield* psp.get(last.transaction_id)).status, "paid")
    })
  )
})

describe("what a payer gets", () => {
  it.effect("a BR Code of the amount, with a right CRC", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { json } = yield* psp.create("pix/qrcode", request.qrCode(49_999.98))
      const { copy_paste, qr_code } = yield* decodePix(json)
      assert.strictEqual(qr_code, copy_paste)
      assert.isTrue(isValidPixPayload(qr_code))
      assert.strictEqual(Result.getOrThrow(Pix.parse(qr_code)).amount?.amount, 4_999_998)
    })
  )

  it.effect("a boleto of the amount and due date, the same in both fields, and a page with its line", () =>
    Effect.gen(function* () {
      yield* at("2026-03-02T12:00:00.000Z")
      const psp = yield* start({ prefix: "/simulators/sellxpay" })
      const { json } = yield* psp.create("boleto/create", request.boleto(1234.56, { due_date: "2026-04-01" }))
      const answer = yield* decodeBoleto(json)
      const boleto = Result.getOrThrow(
        Boleto.fromFields({ barcode: answer.boleto_barcode, digitableLine: answer.digitable_line })
      )
      assert.isTrue(
        Boleto.matches(boleto, { amount: 123_456, dueDate: BusinessCalendar.CalendarDate.make("2026-04-01") })
      )
      const { text } = yield* psp.served.call("GET", new URL(answer.boleto_url).pathname)
      assert.include(text, answer.digitable_line)
    })
  )

  it("boletos of any amount and due date are right", () => {
    const day = (days: number) => DateTime.formatIsoDateUtc(DateTime.makeUnsafe(days * 86_400_000))
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999_999_999 }),
        fc.integer({ min: 11_141, max: 40_000 }),
        fc.stringMatching(/^\d{25}$/),
        (amount, days, ours) => {
          const { barcode, line } = SimulatedBoleto.make(amount, day(days), ours)
          const boleto = Result.getOrThrow(Boleto.fromFields({ barcode, digitableLine: line }))
          assert.isTrue(Boleto.matches(boleto, { amount, dueDate: BusinessCalendar.CalendarDate.make(day(days)) }))
          assert.strictEqual(boleto.freeField, ours)
          assert.isTrue(isValidBoleto(line))
        }
      )
    )
  })
})
