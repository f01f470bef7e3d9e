import { assert, describe, it } from "@effect/vitest"
import {
  ChargeAttempt,
  Currency,
  Documents,
  type InvoiceRequest,
  type Observation,
  Pix,
  OurNumber,
  type Provider
} from "@salesos/core"
import { DateTime, Option, Schema } from "effect"
import * as fc from "fast-check"
import * as Api from "../src/Api.ts"
import * as mapping from "../src/mapping.ts"
import { brl } from "../src/money.ts"
import { createTransaction } from "../src/requests.ts"
import document from "./fixtures/document.json" with { type: "json" }

const now = DateTime.makeUnsafe("2026-05-04T12:00:00.000Z")

const decodeTransaction = Schema.decodeUnknownSync(Api.Transaction)
const decodePayable = Schema.decodeUnknownSync(Api.Payable)

const answer = document["create a transaction: answer"]
const payableExample = document["find a payable by id: answer"]

/** A BR Code whose CRC is right. */
const brCode = Pix.BrCode.make(
  "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)

const observe = (
  changes: Readonly<Record<string, unknown>>,
  payables: ReadonlyArray<Api.Payable> = []
): Observation.ChargeObservation => {
  const transaction = decodeTransaction({ ...answer, ...changes })
  return mapping.observation({ transaction, payables, chargebacks: [], raw: null }, now)
}

const payable = (changes: Readonly<Record<string, unknown>> = {}): Api.Payable =>
  decodePayable({ ...payableExample, transactionId: answer.id, ...changes })

const person: InvoiceRequest.Customer = {
  country: "BR",
  document: Documents.Cpf.make("16142765010"),
  name: "John Doe",
  email: "customer@email.com",
  phone: "+5511999999999",
  address: {
    street: "Avenida Brigadeiro Faria Lima",
    complement: "Edificio Faria Lima 4440, 10 andar",
    number: "4440",
    district: "Vila Olímpia",
    zip_code: "04538133",
    state: "SP",
    city_ibge: "3550308"
  }
}

const account = { notificationUrl: "https://gateway.test/notifications/infrapsp/abc" }

const charge = (changes: Partial<Provider.ChargeRequest> = {}): Provider.ChargeRequest => ({
  reference: ChargeAttempt.ProviderReference.make("INV-2026-000042"),
  ourNumber: OurNumber.format("INV", 2026, 42),
  money: { amount: 12_310, currency: Currency.Currency.make("BRL") },
  method: "pix",
  description: "Monthly plan",
  customer: person,
  expiresIn: 3600,
  ...changes
})

const created = (changes: Partial<Provider.ChargeRequest> = {}) => createTransaction(account, charge(changes))

describe("the document's examples", () => {
  const transactions: Readonly<Record<string, unknown>> = {
    "create a transaction": answer,
    "find many transactions": document["find many transactions: answer"][0],
    "find a transaction": document["find a transaction: answer"],
    "find a pre transaction checkout": document["find a pre transaction checkout: answer"].transactions[0],
    "create a transaction checkout": document["create a transaction checkout: answer"].transactions[0]
  }

  for (const [name, example] of Object.entries(transactions)) {
    it(`the transaction of "${name}" decodes`, () => {
      const decoded = decodeTransaction(example)
      assert.strictEqual(decoded.id, "gnQjJatJSrhxaGtXeTuDd")
      assert.strictEqual(decoded.externalId, "my_ext_id")
      assert.strictEqual(decoded.methodData?.qrCode, answer.methodData.qrCode)
      assert.strictEqual(
        decoded.methodData?.expirationDate && DateTime.formatIso(decoded.methodData.expirationDate),
        "2021-10-25T20:00:00.000Z"
      )
    })
  }

  it("the payables decode", () => {
    const [first] = Schema.decodeUnknownSync(Schema.Array(Api.Payable))(document["find many payables: answer"])
    assert.strictEqual(first?.fee, 100)
    assert.deepStrictEqual(first, decodePayable(payableExample))
  })

  it("the errors decode and tell what is wrong", () => {
    assert.strictEqual(mapping.refusal(document.errors["400"]), "some api error (parameterName)")
    assert.strictEqual(mapping.refusal(document.errors["404"]), "not found")
    assert.strictEqual(mapping.refusal(document.errors["500"]), "internal server error")
  })

  it("the example is paid and settled, but its QR code has a wrong CRC and is no artifact", () => {
    const seen = observe({}, [payable()])
    assert.isFalse(Schema.is(Pix.BrCode)(answer.methodData.qrCode))
    assert.isNull(seen.artifact)
    assert.strictEqual(seen.providerId, "gnQjJatJSrhxaGtXeTuDd")
    assert.deepStrictEqual(seen.status, { _tag: "settled" })
    assert.deepEqual(seen.money, { amount: 5000, currency: Currency.Currency.make("BRL") })
    assert.deepEqual(seen.payments, [
      {
        kind: "payment",
        ordinal: "1",
        money: seen.money,
        fee: 100,
        occurredAt: DateTime.makeUnsafe("2021-10-25T20:00:00.000Z"),
        availableOn: "2022-01-01",
        endToEndId: "E03311443202309061908c3oXxJfa7Zn",
        payer: null
      }
    ])
  })
})

describe("what we send", () => {
  const example = document["create a transaction: request"]

  /** Every field that both have holds a value of the same type, and ours are all in the example. */
  const assertSameShape = (ours: unknown, theirs: unknown, path: string): void => {
    if (Array.isArray(ours) && Array.isArray(theirs)) {
      ours.forEach((each) => assertSameShape(each, theirs[0], `${path}[]`))
    } else if (typeof ours === "object" && ours !== null && typeof theirs === "object" && theirs !== null) {
      for (const [key, value] of Object.entries(ours)) {
        assert.property(theirs, key, `${path}.${key} is not in the document`)
        assertSameShape(value, Reflect.get(theirs, key), `${path}.${key}`)
      }
    } else {
      assert.strictEqual(typeof ours, typeof theirs, path)
    }
  }

  it("has the field names and types of the document's request, for people and for companies", () => {
    for (const customer of [person, { ...person, document: Documents.Cnpj.make("11222333000181") }]) {
      // `notifyUrl` and a null `splits` are in the document's table, not in its example
      const { notifyUrl, splits, ...body } = created({ customer })
      assertSameShape(body, example, "body")
      assert.strictEqual(notifyUrl, account.notificationUrl)
      assert.isNull(splits)
    }
  })

  it("has every field that the document says is required", () => {
    const required = ["method", "methodSettings", "items", "shipping", "amount", "customer", "splits"]
    assert.includeMembers(Object.keys(created()), required)
    assert.includeMembers(Object.keys(created({ customer: { country: "BR", name: "A", email: "a@b.co" } })), required)
  })

  it("is encodable", () => {
    assert.deepEqual(Schema.encodeSync(Api.CreateTransaction)(created()), created())
  })

  it("is the charge: reference, expiry, description, and parts whose sum is the amount", () => {
    const body = created()
    assert.strictEqual(body.method, "pix")
    assert.strictEqual(body.externalId, "INV-2026-000042")
    assert.deepEqual(body.methodSettings, { expiresIn: 3600, additionalInfo: [], payerRequest: "Monthly plan" })
    assert.strictEqual(body.amount, 12_310)
    assert.deepEqual(body.items, [
      { description: "Monthly plan", amount: 12_310, quantity: 1, category: "invoice", code: "INV-2026-000042" }
    ])
  })

  it("the parts sum to the amount, whatever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (amount) => {
        const body = created({ money: { amount, currency: brl } })
        const sum = body.items.reduce((total, item) => total + item.amount * item.quantity, body.shipping.amount)
        assert.strictEqual(sum, amount)
        assert.strictEqual(body.amount, amount)
      })
    )
  })

  it("names a person by CPF and a company by CNPJ", () => {
    const { customer: human } = created()
    assert.deepInclude(human, { personName: "John Doe", documentType: "cpf", documentNumber: "16142765010" })
    assert.notProperty(human, "companyName")
    const { customer: company } = created({
      customer: { ...person, name: "Acme Ltda", document: Documents.Cnpj.make("11222333000181") }
    })
    assert.deepInclude(company, {
      companyName: "Acme Ltda",
      personName: "Acme Ltda",
      documentType: "cnpj",
      documentNumber: "11222333000181"
    })
  })

  it("leaves out what the customer did not tell", () => {
    const { customer, shipping } = created({ customer: { country: "BR", name: "Ana", email: "ana@example.com" } })
    assert.deepEqual(customer, { personName: "Ana", gender: "unknown", phones: [], email: "ana@example.com" })
    assert.notProperty(shipping, "address")
  })

  it("shortens a description instead of refusing it, without splitting a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "é", "🎉", "👩‍👧"), maxLength: 300 }), (description) => {
        const { payerRequest } = created({ description }).methodSettings
        assert.isAtMost([...payerRequest].length, 140)
        assert.isAtMost(payerRequest.length, 140)
        assert.isTrue(payerRequest.isWellFormed())
        if (description.length <= 140) assert.strictEqual(payerRequest, description)
      })
    )
  })
})

describe("a transaction's status", () => {
  const table: ReadonlyArray<readonly [status: string, expected: Observation.ChargeStatus]> = [
    ["created", { _tag: "open" }],
    ["waiting_payment", { _tag: "open" }],
    ["authorized", { _tag: "open" }],
    ["pre_authorized", { _tag: "open" }],
    ["under_review", { _tag: "open" }],
    ["paid", { _tag: "settled" }],
    ["failed", { _tag: "ended", reason: "refused" }],
    ["expired", { _tag: "ended", reason: "expired" }],
    ["canceled", { _tag: "ended", reason: "canceled" }],
    ["refunded", { _tag: "settled" }],
    ["chargedback", { _tag: "settled" }]
  ]

  for (const [status, expected] of table) {
    it(`${status} is ${"reason" in expected ? `${expected._tag}, ${expected.reason}` : expected._tag}`, () => {
      const seen = observe({ status })
      assert.deepStrictEqual(seen.status, expected)
      assert.lengthOf(seen.payments, expected._tag === "settled" ? 1 : 0)
    })
  }

  it("any other one is pending, and moves no money", () => {
    const known = new Set(table.map(([status]) => status))
    for (const status of ["waiting_three_ds", "constructor", "PAID", "", null, 7]) {
      assert.deepStrictEqual(observe({ status }).status, { _tag: "pending" })
    }
    fc.assert(
      fc.property(
        fc.string().filter((status) => !known.has(status)),
        (status) => {
          const seen = observe({ status })
          assert.deepStrictEqual(seen.status, { _tag: "pending" })
          assert.lengthOf(seen.payments, 0)
        }
      )
    )
  })
})

describe("an observation", () => {
  const [at] = observe({ paidAt: "2026-01-02T03:04:05.006Z" }).payments

  it("tells the provider's time of payment, and the next best where that is missing", () => {
    const statusHistory = [
      { status: "waiting_payment", createdAt: "2026-01-01T00:00:00.000Z" },
      { status: "paid", createdAt: "2026-01-02T00:00:00.000Z" },
      { status: "refunded", createdAt: "2026-01-03T00:00:00.000Z" }
    ]
    const updatedAt = "2026-01-04T00:00:00.000Z"
    const times = [
      { paidAt: "2026-01-02T03:04:05.006Z", statusHistory, updatedAt },
      { paidAt: null, statusHistory, updatedAt },
      { paidAt: "soon", statusHistory: { status: "paid" }, updatedAt },
      { paidAt: null, statusHistory: [], updatedAt: null },
      { paidAt: "+275760-09-13T00:00:00.000Z", statusHistory: [], updatedAt: "-271821-04-20T00:00:00.000Z" }
    ].map((changes) => observe(changes).payments.map(({ occurredAt }) => DateTime.formatIso(occurredAt)))
    assert.deepEqual(times, [
      ["2026-01-02T03:04:05.006Z"],
      ["2026-01-02T00:00:00.000Z"],
      ["2026-01-04T00:00:00.000Z"],
      [DateTime.formatIso(now)],
      [DateTime.formatIso(now)]
    ])
  })

  it("has no fee and no day while there is no payable", () => {
    assert.isNull(at?.fee)
    assert.isNull(at?.availableOn)
    const [other] = observe({}, [payable({ transactionId: "another" })]).payments
    assert.isNull(other?.fee)
    const [debit] = observe({}, [payable({ type: "debit" })]).payments
    assert.isNull(debit?.fee)
  })

  it("sums the fees of what is credited, but not of what was canceled, and settles on the last day", () => {
    const [payment] = observe({}, [
      payable({ fee: 30, paymentDate: "2022-02-01T23:59:59.000-03:00" }),
      payable({ fee: 12, paymentDate: "2022-01-01T00:00:00.000Z" }),
      payable({ fee: 500, status: "canceled", paymentDate: "2030-01-01T00:00:00.000Z" }),
      payable({ fee: 7, type: "debit" })
    ]).payments
    assert.strictEqual(payment?.fee, 42)
    assert.strictEqual(payment?.availableOn, "2022-02-02")
  })

  it("shows an artifact only when a bank would read it", () => {
    const artifactOf = (qrCode: unknown) => observe({ methodData: { qrCode } }).artifact
    assert.deepEqual(artifactOf(brCode), { type: "pix", copyPaste: brCode })
    assert.isNull(artifactOf(brCode.replace("Fulano", "Fulana")))
    assert.isNull(artifactOf(undefined))
    assert.isNull(artifactOf(42))
    assert.isNull(observe({ methodData: {} }).artifact)
    assert.isNull(observe({ methodData: null }).expiresAt)
  })

  it("needs an id and a positive amount in whole cents, and nothing else", () => {
    const decode = Schema.decodeUnknownOption(Api.Transaction)
    assert.isTrue(Option.isSome(decode({ id: "x", amount: 1 })))
    for (const broken of [{ amount: 1 }, { id: "", amount: 1 }, { id: "x" }, { id: "x", amount: 0 }]) {
      assert.isTrue(Option.isNone(decode(broken)))
    }
    for (const amount of [-1, 1.5, "100", 2 ** 60, null]) assert.isTrue(Option.isNone(decode({ id: "x", amount })))
  })
})

describe("found by reference", () => {
  const listed = (id: string, externalId: string, createdAt: string | null) =>
    decodeTransaction({ id, amount: 1, externalId, createdAt })

  it("is the oldest of those with exactly that reference", () => {
    const all = [
      listed("undated", "INV-1", null),
      listed("younger", "INV-1", "2026-01-02T00:00:00.000Z"),
      listed("other", "INV-10", "2025-01-01T00:00:00.000Z"),
      listed("oldest", "INV-1", "2026-01-01T00:00:00.000Z")
    ]
    assert.strictEqual(mapping.found(all, "INV-1")?.id, "oldest")
    assert.strictEqual(mapping.found(all, "INV-10")?.id, "other")
    assert.isUndefined(mapping.found(all, "INV-"))
    assert.isUndefined(mapping.found([], "INV-1"))
  })
})

describe("an error's message", () => {
  it("is none for what is no error body, or for what has an id", () => {
    for (const body of [undefined, null, "error", [], {}, { message: "m" }, { ...document.errors["400"], id: "x" }]) {
      assert.isNull(mapping.refusal(body))
    }
    assert.strictEqual(mapping.refusal({ code: "API_ERROR" }), "API_ERROR")
    assert.strictEqual(mapping.refusal({ code: "E", message: "<br>", detail: 7 }), "The provider refused the request")
  })
})

describe("a notification", () => {
  const read = (body: unknown) =>
    Option.getOrUndefined(
      mapping.notification(new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body)))
    )

  const valid = {
    id: "n1",
    event: "transaction",
    entityId: answer.id,
    data: { ...answer, preTransactionId: null },
    meta: { url: "https://gateway.test/notifications" }
  }

  it("names the transaction, and its repeats have the same key", () => {
    assert.deepEqual(read(valid), { dedupeKey: "n1", charges: [answer.id], payouts: [] })
    assert.strictEqual(read({ ...valid, meta: { url: "https://elsewhere.test" } })?.dedupeKey, "n1")
    assert.notStrictEqual(read({ ...valid, id: "n2" })?.dedupeKey, "n1")
  })

  it("without an id has a key of what it tells", () => {
    const key = `transaction:${answer.id}:paid:${answer.updatedAt}`
    assert.deepEqual(read({ ...valid, id: undefined }), { dedupeKey: key, charges: [answer.id], payouts: [] })
    assert.deepEqual(read({ ...valid, id: "n".repeat(10_000) }), { dedupeKey: key, charges: [answer.id], payouts: [] })
  })

  it("may name the transaction in its data only", () => {
    assert.deepEqual(read({ ...valid, entityId: undefined })?.charges, [answer.id])
    assert.deepEqual(read({ event: "transaction", data: { id: "x" } }), {
      dedupeKey: "transaction:x::",
      charges: ["x"],
      payouts: []
    })
  })

  it("that is forged can name a charge, and nothing more", () => {
    const forged = {
      id: "f",
      event: "transaction",
      entityId: "someone-elses",
      data: { id: "x", status: "paid", amount: 1 }
    }
    assert.deepEqual(read(forged), { dedupeKey: "f", charges: ["someone-elses"], payouts: [] })
  })

  it("of a transaction at a payment link, or of the link itself, names the link", () => {
    const data = { ...answer, preTransactionId: "eDNSaEjdyKFUYZBLGjqXH" }
    assert.deepEqual(read({ ...valid, data })?.charges, ["eDNSaEjdyKFUYZBLGjqXH"])
    assert.deepEqual(read({ ...valid, event: "pre_transaction", entityId: "link" })?.charges, ["link"])
  })

  it("of another event, or one that cannot be read, is none", () => {
    const rubbish = [
      { ...valid, event: "transfer" },
      { ...valid, event: 7 },
      { event: "transaction" },
      { event: "transaction", entityId: "a b", data: { id: "x\u0000" } },
      { event: "transaction", entityId: "x".repeat(1_000) },
      "",
      "null",
      "[]",
      '"transaction"',
      "{",
      "x".repeat(1_000_000),
      "[".repeat(1_000_000),
      `{"event":"transaction","entityId":${"[".repeat(500_000)}${"]".repeat(500_000)}}`
    ]
    for (const body of rubbish) assert.isUndefined(read(body))
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.isTrue(Option.isNone(mapping.notification(bytes)))
      })
    )
    assert.isTrue(Option.isNone(mapping.notification(new Uint8Array(1_000_000).fill(0xff))))
  })
})
