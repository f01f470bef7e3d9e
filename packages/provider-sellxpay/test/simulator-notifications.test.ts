import { assert, describe, it } from "@effect/vitest"
import { allDelivered, nextTry, receiver } from "@salesos/simulator-kit/testing"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { example } from "./fixtures/document.ts"
import { request, start } from "./fixtures/simulator.ts"

/** An event and a transaction, and nothing else. */
const Told = Schema.Struct({ event: Schema.String, transaction: Schema.Record(Schema.String, Schema.Unknown) })
const decodeTold = Schema.decodeUnknownEffect(Told, { onExcessProperty: "error" })

describe("notifications", () => {
  it.effect("tell the postback of a change in the document's words", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2025-01-01T00:00:00.000Z"))
      const hook = yield* receiver(200)
      const psp = yield* start()
      const { transaction_id: id } = yield* psp.create("pix/qrcode", {
        ...example("pix/qrcode: request"),
        postback_url: hook.url
      })
      yield* TestClock.adjust("15 minutes")
      const { json } = yield* hook.take
      const { transaction } = yield* decodeTold(example("notification"))
      assert.containsSubset(json, {
        event: "transaction.paid",
        transaction: {
          id,
          external_id: "order-123",
          type: "deposit",
          method: "pix",
          status: "paid",
          amount: 100,
          tax: 2.99,
          net_amount: 97.01,
          payer_name: "Joao Silva",
          payer_document: "12345678900",
          confirmed_at: "2025-01-01T00:00:00.000Z"
        }
      })
      const { transaction: told } = yield* decodeTold(json)
      assert.hasAllKeys(told, transaction)
      assert.match(String(told["end2end"]), /^E\d{20}[0-9A-Za-z]{11}$/)
    })
  )

  it.effect("without a postback go to every active webhook, and those of payments by PIX too", () =>
    Effect.gen(function* () {
      const hook = yield* receiver(200)
      const psp = yield* start()
      assert.strictEqual((yield* psp.call("POST", "webhooks", { url: "http://elsewhere.test/hook" })).status, 422)
      yield* psp.call("POST", "webhooks", { url: hook.url })
      yield* psp.call("POST", "webhooks", { url: hook.url, is_active: false })
      yield* psp.create("pix/payment", request.payment(20))
      yield* TestClock.adjust(0)
      assert.containsSubset((yield* hook.take).json, { event: "transaction.paid", transaction: { type: "withdraw" } })
      yield* allDelivered(psp.served)
      assert.strictEqual(yield* hook.waiting, 0)
      yield* psp.call("DELETE", "webhooks/1")
      yield* psp.create("pix/payment", request.payment(20))
      yield* TestClock.adjust(0)
      assert.lengthOf(yield* psp.served.undelivered, 0)
    })
  )

  it.effect("are tried six times, after growing waits, until one is answered 200", () =>
    Effect.gen(function* () {
      const hook = yield* receiver(204, 500, 302, 404, 503, 500)
      const psp = yield* start()
      yield* psp.create("card/charge", request.card(100, { postback_url: hook.url }))
      const waits = [0, 30, 60, 300, 900, 3_600]
      let now = 0
      for (const [tries, seconds] of waits.entries()) {
        now += seconds * 1_000
        if (tries > 0) assert.strictEqual(yield* nextTry(psp.served, tries), now)
        yield* TestClock.setTime(now)
        assert.containsSubset((yield* hook.take).json, { event: "transaction.paid" })
      }
      yield* allDelivered(psp.served)
    })
  )

  it.effect("tell every change of status, but not that a transaction is pending", () =>
    Effect.gen(function* () {
      const hook = yield* receiver(200)
      const psp = yield* start()
      const open = Effect.map(
        psp.create("pix/qrcode", request.qrCode(100.98, { postback_url: hook.url })),
        ({ transaction_id }) => transaction_id
      )
      for (const [actions, events] of [
        [
          ["analyse", "pay", "chargeback"],
          ["in_analysis", "paid", "chargedback"]
        ],
        [
          ["expire", "pay", "reverse"],
          ["expired", "paid", "reversed"]
        ],
        [["cancel"], ["cancelled"]],
        [["refuse"], ["refused"]]
      ] as const) {
        const id = yield* open
        for (const [i, action] of actions.entries()) {
          yield* psp.control(`transactions/${id}/${action}`)
          yield* TestClock.adjust(0)
          assert.containsSubset((yield* hook.take).json, { event: `transaction.${events[i]}` })
        }
      }
    })
  )
})
