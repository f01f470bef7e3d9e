import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { cards } from "../simulator/cards.ts"
import document from "./fixtures/document.json" with { type: "json" }
import { books, cardTry, linkRequest, openLink, receiver, start } from "./fixtures/simulator.ts"

describe("a payment link", () => {
  it.effect("is opened by the document's example, once its parts are its amount", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const example = document["create a pre-transaction: request"]
      assert.strictEqual((yield* psp.call("POST", "/v1/pre-transactions", example)).status, 400)
      const { json, status } = yield* psp.call("POST", "/v1/pre-transactions", { ...example, amount: 2000 })
      assert.strictEqual(status, 201)
      assert.sameMembers(Object.keys(Object(json)), Object.keys(document["create a pre-transaction: answer"]))
      assert.containsSubset(json, {
        status: "active",
        amount: 2000,
        externalId: "123",
        maxAttempts: 3,
        transactions: []
      })
      assert.containsSubset((yield* psp.call("GET", "/v1/pre-transactions?externalId=123")).json, [json])
      assert.deepStrictEqual((yield* psp.call("GET", "/v1/pre-transactions?status=expired,canceled")).json, [])
    })
  )

  it.effect("lives for 30 days unless told otherwise, and then expires", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { link } = yield* openLink(psp, linkRequest(1000))
      const short = yield* openLink(psp, linkRequest(1000, { expirationDate: "1970-01-01T00:01:00Z" }))
      assert.strictEqual((yield* link).expirationDate, "1970-01-31T00:00:00.000Z")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* short.link).status, "expired")
      assert.strictEqual((yield* short.attempt(cardTry("95643732041"))).status, 400)
      yield* TestClock.adjust("30 days")
      assert.strictEqual((yield* link).status, "expired")
    })
  )

  it.effect("is canceled once, and not while or after somebody pays", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const unpaid = yield* openLink(psp, linkRequest(1000))
      assert.containsSubset((yield* unpaid.cancel).json, { status: "canceled" })
      assert.strictEqual((yield* unpaid.cancel).status, 400)
      assert.strictEqual((yield* unpaid.attempt(cardTry("95643732041"))).status, 400)
      const paying = yield* openLink(psp, linkRequest(1010))
      yield* paying.paying("95643732041")
      assert.strictEqual((yield* paying.cancel).status, 400)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* paying.link).status, "completed")
      assert.strictEqual((yield* paying.cancel).status, 400)
    })
  )

  for (const [digit, status] of [
    ["1", "authorized"],
    ["3", "authorized"],
    ["2", "failed"],
    ["4", "failed"],
    ["5", "under_review"],
    ["0", "under_review"]
  ] as const) {
    it.effect(`a document that ends in ${digit} is ${status}`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const { link, paying } = yield* openLink(psp, linkRequest(1010))
        const transaction = yield* paying(`9564373204${digit}`)
        assert.strictEqual(transaction.status, status)
        assert.containsSubset((yield* link).transactions, [{ id: transaction.id, method: "credit_card", status }])
      })
    )
  }

  for (const card of cards) {
    it.effect(`the document's ${card.brand} ${card.number} works, with its date and CVV only`, () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const statuses = yield* Effect.forEach(
          [card, { ...card, cvv: "999" }, { ...card, expiryDate: "02/35" }, { ...card, number: "4111111111111111" }],
          (each) =>
            Effect.flatMap(openLink(psp, linkRequest(1010)), ({ paying }) => paying("95643732041", { card: each }))
        )
        assert.deepStrictEqual(
          statuses.map(({ status }) => status),
          ["authorized", "failed", "failed", "failed"]
        )
      })
    )
  }

  it.effect("survives a failed try, and is used up by the last one allowed", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { attempt, link, paying } = yield* openLink(psp, linkRequest(1000, { maxAttempts: 2 }))
      yield* paying("95643732042")
      assert.strictEqual((yield* link).status, "active")
      yield* paying("95643732042")
      const refused = yield* attempt(cardTry("95643732041"))
      assert.strictEqual(refused.status, 400)
      assert.lengthOf((yield* link).transactions, 2)
    })
  )

  it.effect(
    "what is authorized is paid by its amount, even after seconds or never, and notified with the link's id",
    () =>
      Effect.gen(function* () {
        const psp = yield* start()
        const hook = yield* receiver(200)
        const even = yield* openLink(psp, linkRequest(10_010, { notifyUrl: hook.url, externalId: "INV-1" }))
        const { externalId, id } = yield* even.paying("95643732041")
        assert.strictEqual(externalId, "INV-1")
        assert.strictEqual((yield* hook.take).body.data.status, "authorized")
        yield* TestClock.adjust("9999 millis")
        assert.strictEqual((yield* psp.get(id)).status, "authorized")
        yield* TestClock.adjust(1)
        assert.containsSubset((yield* hook.take).body, {
          entityId: id,
          data: { status: "paid", preTransactionId: even.id }
        })
        assert.strictEqual((yield* even.link).status, "completed")
        assert.containsSubset(yield* psp.list(`preTransactionId=${even.id}`), [{ id, status: "paid" }])

        const odd = yield* openLink(psp, linkRequest(10_011))
        const failed = yield* odd.paying("95643732041")
        yield* TestClock.adjust(0)
        assert.strictEqual((yield* psp.get(failed.id)).status, "failed")
        assert.strictEqual((yield* odd.link).status, "active")
      })
  )

  it.effect("what is under review waits for a decision", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { attempt, link, paying } = yield* openLink(psp, linkRequest(1000))
      const { id } = yield* paying("95643732045")
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* attempt(cardTry("95643732041"))).status, 400)
      assert.strictEqual((yield* psp.call("POST", `/control/transactions/${id}/pay`)).status, 200)
      assert.strictEqual((yield* link).status, "completed")
    })
  )

  it.effect("takes PIX too, as the document's checkout shows", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { attempt, link } = yield* openLink(psp, linkRequest(1010))
      const { method, methodSettings, customer } = document["create a transaction checkout: request"]
      const { json, status } = yield* attempt({ method, methodSettings, customer })
      assert.strictEqual(status, 201)
      const answer = document["create a transaction checkout: answer"]
      assert.sameMembers(Object.keys(Object(json)), Object.keys(answer))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* link).status, "completed")
    })
  )
})

describe("installments", () => {
  it.effect("make a payable each, a cent apart at most, that settle month by month", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { paying } = yield* openLink(psp, linkRequest(10_000))
      const { id } = yield* paying("95643732041", { installments: 3 })
      yield* TestClock.adjust(0)
      const { balance, operations, payables } = yield* books(psp, `transactionId=${id}`)
      assert.deepStrictEqual(
        payables.map(({ amount, installment, paymentDate, status }) => ({ amount, installment, paymentDate, status })),
        [
          { amount: 3334, installment: 1, paymentDate: "1970-01-31T00:00:00.000Z", status: "waiting_funds" },
          { amount: 3333, installment: 2, paymentDate: "1970-03-02T00:00:00.000Z", status: "waiting_funds" },
          { amount: 3333, installment: 3, paymentDate: "1970-04-01T00:00:00.000Z", status: "waiting_funds" }
        ]
      )
      const net = 10_000 - 30 - 459 // 30 cents and 4.59 %
      assert.strictEqual(
        operations.reduce((sum, { amount }) => sum + amount, 0),
        net
      )
      assert.containsSubset(balance, { amountAvailable: 100_000_000, amountWaitingFunds: net })

      yield* TestClock.adjust("30 days")
      const month = yield* books(psp, `transactionId=${id}`)
      assert.strictEqual(month.payables[0]?.status, "paid")
      assert.strictEqual(month.balance.amountAvailable, 100_000_000 + (operations[0]?.amount ?? 0))
      yield* psp.call("POST", "/control/payables/settle")
      const settled = yield* books(psp, `transactionId=${id}`)
      assert.containsSubset(settled.balance, { amountAvailable: 100_000_000 + net, amountWaitingFunds: 0 })
      assert.isTrue(settled.operations.every(({ status }) => status === "available"))
    })
  )
})

describe("the page at the link", () => {
  const form = (body: string) => [body, { "content-type": "application/x-www-form-urlencoded" }] as const

  it.effect("shows what is to pay, takes a card, and says what came of it", () =>
    Effect.gen(function* () {
      const psp = yield* start()
      const { id, link } = yield* openLink(psp, linkRequest(123_400, { description: "Plan <b>&</b>" }))
      const page = yield* psp.call("GET", `/checkout/${id}`)
      assert.include(page.text, "Plan &lt;b&gt;&amp;&lt;/b&gt;")
      assert.include(page.text.replaceAll("\u00a0", " "), "R$ 1.234,00")
      assert.include(page.text, "<form")
      const pay = (document: string) =>
        psp.served.call(
          "POST",
          `/checkout/${id}`,
          ...form(`number=4235+6477+2802+5682&expiry=01%2F35&cvv=123&document=${document}&installments=2`)
        )
      assert.include((yield* pay("95643732042")).text, "Recusado")
      assert.include((yield* pay("95643732041")).text, "Autorizado")
      assert.strictEqual((yield* pay("95643732041")).status, 400)
      yield* TestClock.adjust(0)
      const paid = (yield* psp.call("GET", `/checkout/${id}`)).text
      assert.include(paid, "Pago")
      assert.notInclude(paid, "<form")
      assert.strictEqual((yield* link).status, "completed")
      assert.strictEqual((yield* psp.call("GET", "/checkout/nobody")).status, 404)
    })
  )
})
