import { assert, describe, it } from "@effect/vitest"
import { Money, type Observation } from "@salesos/core"
import { DateTime, Option, Schema } from "effect"
import * as Api from "../src/Api.ts"
import * as mapping from "../src/mapping.ts"
import { decodeTransaction, now, observe, read } from "./fixtures/answers.ts"
import { example } from "./fixtures/document.ts"
import * as Requests from "./fixtures/requests.ts"

const at = (time: string) => DateTime.makeUnsafe(time)

const listed = Schema.decodeUnknownSync(Api.Page)(read("transactions: answer")).data[0]

const account = Requests.account("https://sellxpay.test")

const money = (amount: number) => ({ amount, currency: Api.brl })

describe("the document's examples", () => {
  it("a QR code's answer is an open charge, but its code is cut short and no artifact", () => {
    const seen = observe("pix/qrcode: answer", {}, { method: "pix" })
    assert.strictEqual(seen.providerId, "a1b2c3d4-e5f6-7890-abcd-ef1234567890")
    assert.deepEqual(seen.status, { _tag: "open" })
    assert.deepEqual(seen.money, money(100_00))
    assert.isNull(seen.artifact)
    assert.deepEqual(seen.expiresAt, at("2025-01-01T00:30:00.000Z"))
    assert.deepEqual(seen.payments, [])
  })

  it("a boleto's answer is an open charge, but neither of its lines is right", () => {
    const seen = observe("boleto/create: answer", {}, Requests.boleto(250_00, "2025-01-10"))
    assert.deepEqual(seen.money, money(250_00))
    assert.isNull(seen.artifact)
    assert.deepEqual(seen.expiresAt, at("2025-01-04T23:59:59.000Z"))
  })

  it("a card's answer is a payment, with its fee", () => {
    const seen = observe("card/charge: answer", {}, { method: "card" })
    assert.deepEqual(seen.status, { _tag: "settled" })
    assert.deepEqual(seen.artifact, { type: "card", checkoutUrl: null })
    assert.deepEqual(
      seen.payments.map(({ fee, money }) => [money.amount, fee]),
      [[199_90, 5_99]]
    )
  })

  it("a transaction is the same whether it is read or listed", () => {
    const payment: Observation.Payment = {
      kind: "payment",
      ordinal: "1",
      money: money(100_00),
      fee: 2_99,
      occurredAt: at("2025-01-01T00:15:00.000Z"),
      availableOn: null,
      endToEndId: null,
      payer: null
    }
    const single = observe("transaction: answer")
    assert.deepEqual(single.payments, [payment])
    assert.deepEqual(mapping.chargeObservation(decodeTransaction(listed), null, null, now), single)
  })

  it("a payment by PIX is under way, and delivers what the tax leaves", () => {
    const answer = read("pix/payment: answer")
    const under = mapping.payoutObservation(decodeTransaction(answer), null, now)
    assert.deepEqual(under.status, { _tag: "pending" })
    assert.deepEqual([under.money, under.deliveries, under.returns], [money(500_00), [], []])

    const paid = { ...answer, status: "paid", confirmed_at: "2025-01-01T00:15:00.000Z" }
    const occurredAt = at("2025-01-01T00:15:00.000Z")
    const delivery = { kind: "delivery", ordinal: "1", money: money(500_00), fee: 4_99, occurredAt } as const
    assert.deepEqual(mapping.payoutObservation(decodeTransaction(paid), null, now).deliveries, [delivery])

    const back = mapping.payoutObservation(decodeTransaction({ ...paid, status: "reversed" }), null, now)
    assert.deepEqual(back.deliveries, [delivery])
    assert.deepEqual(back.returns, [{ kind: "return", ordinal: "1", money: money(495_01), occurredAt }])
  })

  it("the rest decodes too", () => {
    assert.deepEqual(Schema.decodeUnknownSync(Api.Balance)(read("balance: answer")), {
      available_balance: Money.MinorUnits.make(14_500_50),
      balance_blocked: Money.MinorUnits.make(500_00)
    })
    assert.deepEqual(Schema.decodeUnknownSync(Api.Token)(read("oauth/token: answer")), {
      access_token: "1|abc123def456...",
      expires_in: 1800
    })
    assert.strictEqual(Schema.decodeUnknownSync(Api.Page)(read("transactions: answer")).meta?.last_page, 8)
    assert.strictEqual(decodeTransaction(read("refund: answer")).status, "reversed")
    assert.deepEqual(mapping.refusal(read("error")), {
      code: "validation_error",
      message: "Os dados fornecidos sao invalidos. (amount, pix_key)"
    })
  })

  it("a notification names its charge, its repeats have one key, and another event another", () => {
    const told = (changes: object = {}) => {
      const notification = example("notification")
      const { transaction } = Schema.decodeUnknownSync(
        Schema.Struct({ transaction: Schema.Record(Schema.String, Schema.Unknown) })
      )(notification)
      return mapping.notification(
        new TextEncoder().encode(JSON.stringify({ ...notification, transaction: { ...transaction, ...changes } }))
      )
    }
    const id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    const first = Option.getOrThrow(told())
    assert.deepEqual([first.charges, first.payouts], [[id], []])
    assert.deepEqual(Option.getOrThrow(told()), first)
    assert.notStrictEqual(Option.getOrThrow(told({ status: "reversed" })).dedupeKey, first.dedupeKey)
    assert.deepInclude(Option.getOrThrow(told({ type: "withdraw" })), { charges: [], payouts: [id] })
    assert.deepInclude(Option.getOrThrow(told({ type: null })), { charges: [id], payouts: [id] })
    assert.isTrue(Option.isNone(told({ type: "internal_transfer" })))
    assert.deepEqual(first.endToEndIds, { [id]: "E12345678202501011234abc" })
    assert.isUndefined(Option.getOrThrow(told({ end2end: null })).endToEndIds)
    assert.isUndefined(Option.getOrThrow(told({ end2end: "E1 \u0000" })).endToEndIds)
    assert.isUndefined(Option.getOrThrow(told({ status: "refused" })).endToEndIds, "of money that moved alone")
    assert.isTrue(Option.isNone(told({ id: "two words" })))
  })
})

describe("what we send", () => {
  const sent = (amount: number, fields: Parameters<typeof Api.encode>[1]) =>
    Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))(
      Api.encode(Money.MinorUnits.make(amount), fields)
    )

  /** Every field of the example is sent, with a value of its type, and nothing that the document's table lacks. */
  const assertLike = (ours: Record<string, unknown>, name: string, more: ReadonlyArray<string>) => {
    const theirs = example(name)
    for (const [field, value] of Object.entries(theirs)) assert.strictEqual(typeof ours[field], typeof value, field)
    assert.sameMembers(
      Object.keys(ours),
      [...Object.keys(theirs), ...more].filter((field, place, all) => all.indexOf(field) === place)
    )
  }

  const document = "52998224725"

  it("is the document's request of a QR code, field by field", () => {
    const ours = sent(100_00, mapping.qrCode(account, Requests.charge(100_00)))
    assertLike(ours, "pix/qrcode: request with a description", ["payer_email"])
    assert.deepEqual(ours, {
      amount: 100,
      external_id: "INV-2026-000001",
      postback_url: "https://seusite.com/webhook",
      payer_name: "Joao Silva",
      payer_document: document,
      payer_email: "joao@email.com",
      description: "Pagamento do pedido #123"
    })
  })

  it("is the document's request of a boleto, with our number and an address", () => {
    const address = {
      street: "Avenida Paulista",
      number: "1000",
      complement: "10 andar",
      district: "Bela Vista",
      city_ibge: "3550308",
      state: "SP",
      zip_code: "01310100"
    }
    const { customer } = Requests.charge(1)
    const request = Requests.boleto(250_00, "2025-01-10", { customer: { ...customer, address } })
    const ours = sent(250_00, mapping.boleto(account, request, { document, dueDate: "2025-01-10" }))
    assertLike(ours, "boleto/create: request", ["description", "payer_address"])
    assert.deepInclude(ours, {
      due_date: "2025-01-10",
      description: "INV-2026-000001 - Pagamento do pedido #123",
      payer_address: { street: "Avenida Paulista", number: "1000", state: "SP", zip_code: "01310100" }
    })
    const bare = sent(
      250_00,
      mapping.boleto(account, Requests.boleto(250_00, "2025-01-10"), { document, dueDate: "2025-01-10" })
    )
    assert.notProperty(bare, "payer_address")
  })

  it("is the document's request of a card by token, in one installment unless told", () => {
    const request = Requests.card(199_90)
    const ours = sent(199_90, mapping.card(account, request, { document, cardToken: "tok_abc123def456" }))
    assertLike(ours, "card/charge: request", ["payer_email"])
    assert.deepInclude(ours, { installments: 3, card_token: "tok_abc123def456" })
    const { installments: _, ...once } = request
    assert.strictEqual(mapping.card(account, once, { document, cardToken: "tok" }).installments, 1)
  })

  it("is the document's request of a payment by PIX, for every type of key", () => {
    const keys = [
      ["cpf", "52998224725", "cpf"],
      ["cnpj", "11222333000181", "cnpj"],
      ["email", "joao@email.com", "email"],
      ["phone", "+5511999998888", "phone"],
      ["evp", "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "random"]
    ] as const
    for (const [key_type, key, theirs] of keys) {
      const payment = Option.getOrThrow(mapping.payment(Requests.payout(500_00, { type: "pix", key_type, key })))
      assertLike(sent(500_00, payment), "pix/payment: request", [])
      assert.deepEqual([payment.pix_key, payment.pix_key_type], [key, theirs])
    }
  })

  it("is never a key that SellxPay can't read: a CNPJ with letters, or no key at all", () => {
    const unpayable = [
      { type: "pix", key_type: "cnpj", key: "12ABC34501DE35" },
      { type: "bank_transfer", country: "US", account_number: "1", routing_number: "2" }
    ] as const
    for (const destination of unpayable) assert.isTrue(Option.isNone(mapping.payment(Requests.payout(1, destination))))
  })

  it("tells payers what fits", () => {
    const long = Requests.charge(1, { description: "🎉".repeat(1000) })
    const fitted = mapping.qrCode(account, long).description
    assert.isAtMost(fitted.length, 140)
    assert.isTrue(fitted.isWellFormed())
    const { document: _, ...stranger } = long.customer
    assert.notProperty(mapping.qrCode(account, { ...long, customer: stranger }), "payer_document")
  })
})

describe("refusals", () => {
  it("tell clients what was wrong, and nothing where something may exist", () => {
    assert.strictEqual(
      mapping.refusal({ error: "forbidden", message: "<b>Sem permissao</b>" })?.message,
      "Sem permissao"
    )
    assert.strictEqual(mapping.refusal({ error: "bad_request" })?.message, "bad_request")
    assert.strictEqual(mapping.refusal({ error: "x", message: "<p>" })?.message, "The provider refused the request")
    for (const body of [null, {}, [], { message: "no code" }, { error: "x", transaction_id: "y" }]) {
      assert.isNull(mapping.refusal(body))
    }
  })
})
