import { assert, describe, it } from "@effect/vitest"
import { ChargeAttempt, Documents, Json, Money, type Provider } from "@salesos/core"
import { DateTime, Option, Result, Schema } from "effect"
import * as fc from "fast-check"
import * as Api from "../src/Api.ts"
import * as mapping from "../src/mapping.ts"
import { brl, usd } from "../src/price.ts"
import document from "./fixtures/document.json" with { type: "json" }
import { account, brCode, request } from "./fixtures/request.ts"

const now = DateTime.makeUnsafe("2026-05-04T12:00:00.000Z")

/** As the driver reads it: what is in the envelope, numbers as their digits. */
const received = (body: unknown): unknown =>
  Schema.decodeUnknownSync(Api.Enveloped)(Json.parseExact(JSON.stringify(body))).data

const decodeCreated = Schema.decodeUnknownSync(Api.Created)
const decodePayment = Schema.decodeUnknownSync(Api.Payment)

const pixAnswer = document["create: PIX answer"].data
const bankAnswer = document["create: bank transfer answer"].data
const getAnswer = document["get: answer"].data

/** What a creation's answer says of a charge of 300.00 USD by PIX, or of what is asked. */
const created = (answer: unknown, asked: Partial<Provider.ChargeRequest> = {}) =>
  mapping.created(
    decodeCreated(received({ data: answer })),
    { request: request({ money: { amount: 300_00, currency: usd }, ...asked }), readAt: now },
    "raw"
  )

const observed = (changes: Readonly<Record<string, unknown>> = {}) =>
  mapping.observation(decodePayment(received({ data: { ...getAnswer, ...changes } })), "raw", now)

describe("the document's examples", () => {
  it("of answers all decode", () => {
    assert.strictEqual(
      Schema.decodeUnknownSync(Api.Token)(Json.parseExact(JSON.stringify(document["token: answer"]))).data.expires_in,
      "3600"
    )
    for (const example of [pixAnswer, bankAnswer]) {
      assert.strictEqual(decodeCreated(received({ data: example })).id, "4a79f3b4-8d55-428b-a560-984fedd6f78a")
    }
    decodePayment(received(document["get: answer"]))
    Schema.decodeUnknownSync(Schema.Array(Api.Payment))(received(document["list: answer"]))
  })

  it("of a PIX answer has no artifact: its BR Code is cut off", () => {
    const seen = Option.getOrThrow(created(pixAnswer))
    assert.isNull(seen.artifact)
    assert.deepEqual(seen.money, { amount: 300_00, currency: usd })
    assert.deepEqual(seen.exchange, { rate: "5.19", payer: { amount: 1557_00, currency: brl }, payerFee: 0 })
    assert.deepEqual(seen.status, { _tag: "open" })
  })

  it("of a bank transfer tells the account to pay to", () => {
    const seen = Option.getOrThrow(created(bankAnswer, { method: "bank_transfer" }))
    assert.deepEqual(seen.artifact, {
      type: "bank_transfer",
      bankName: "VIACREDI",
      bankCode: "085",
      agency: "0101-5",
      account: "12551163",
      accountType: "current",
      beneficiary: "SmartFastPay",
      document: "34.911.051/0001-97"
    })
    assert.isNull(seen.expiresAt)
  })
})

describe("the body of a creation", () => {
  const build = (changes: Partial<Provider.ChargeRequest> = {}) =>
    mapping.createPayment(account(""), request(changes), "c".repeat(64))
  const built = (changes: Partial<Provider.ChargeRequest> = {}) => Result.getOrThrow(build(changes))

  it("has the document's parameters, field by field", () => {
    assert.deepEqual(built(), {
      customer_id: "c".repeat(64),
      name: "Richard Roe",
      email: "richard@roe.com",
      document: Documents.Cpf.make("16972691419"),
      amount: "300.10",
      currency: "USD",
      payment_method: "pix",
      callback: "https://gateway.test/notifications/usdbrl/t0ken",
      transaction: { id: "INV-2026-000042" },
      pix: { expire_in: 3600 }
    })
    const transfer = built({ method: "bank_transfer", money: { amount: 200, currency: brl } })
    assert.sameMembers(Object.keys(transfer), Object.keys(document["create: request"]))
    assert.deepInclude(transfer, { amount: "2.00", currency: "BRL", payment_method: "bank_transfer" })
  })

  it("names no parameter that the document does not have, and all that it requires", () => {
    const parameters = document["create: parameters"]
    const sent = new Set(
      Object.entries(built()).flatMap(([name, value]) =>
        typeof value === "object" ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name]
      )
    )
    for (const name of sent) assert.property(parameters, name)
    for (const [name, { required }] of Object.entries(parameters)) if (required) assert.isTrue(sent.has(name), name)
    assert.isTrue(sent.has("currency"), "the provider's default would be USD")
  })

  it("writes every amount as a number of exactly its digits", () => {
    const [minimum, maximum] = [200, 9_999_999_999]
    const exact = (amount: number) => {
      const text = mapping.encode(built({ money: { amount, currency: usd } }))
      const [, digits = ""] = /"amount":(\d+\.\d\d),/.exec(text) ?? []
      assert.deepEqual(Json.parseExact(text), {
        ...built({ money: { amount, currency: usd } }),
        pix: { expire_in: "3600" }
      })
      const back = Money.fromDecimal(digits, usd)
      assert.deepEqual(Result.getOrThrow(back), { amount: Money.MinorUnits.make(amount), currency: usd })
    }
    for (const amount of [minimum, minimum + 1, maximum - 1, maximum]) exact(amount)
    fc.assert(fc.property(fc.integer({ min: minimum, max: maximum }), exact))
  })

  it("has the name cut to fit, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "é", "🎉"), minLength: 3, maxLength: 255 }), (name) => {
        const sent = built({ customer: { ...request().customer, name } }).name
        assert.isAtMost(sent.length, 150)
        assert.isTrue(sent.isWellFormed())
        if (name.length <= 150) assert.strictEqual(sent, name)
      })
    )
  })

  it("is refused for whom the provider does not serve, before anything is sent", () => {
    const { customer } = request()
    const { document: _, ...anonymous } = customer
    for (const each of [
      anonymous,
      { ...customer, document: Documents.Cnpj.make("11222333000181") },
      { ...customer, name: "Li" }
    ]) {
      assert.strictEqual(Result.getOrThrow(Result.flip(build({ customer: each })))._tag, "Rejected")
    }
    for (const amount of [200.5, Number.NaN]) {
      const refused = Result.getOrThrow(Result.flip(build({ money: { amount, currency: usd } })))
      assert.strictEqual(refused._tag, "Rejected")
    }
  })

  it("is impossible where it would not run out in a number of seconds", () => {
    for (const expiresIn of [0, 1.5, -1, 1e12, Number.NaN]) {
      assert.strictEqual(Result.getOrThrow(Result.flip(build({ expiresIn })))._tag, "Unavailable")
    }
  })

  it("is impossible for an account whose notification address the provider would refuse", () => {
    for (const [length, fits] of [
      [29, false],
      [30, true],
      [250, true],
      [251, false]
    ] as const) {
      const notificationUrl = "https://gateway.test/n/".padEnd(length, "x")
      const built = mapping.createPayment({ notificationUrl }, request(), "c")
      assert.strictEqual(Result.isSuccess(built), fits, `${length}`)
      if (Result.isFailure(built)) assert.strictEqual(built.failure._tag, "Unavailable")
    }
  })
})

describe("the answer to a creation", () => {
  const answer = (values: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) => ({
    ...pixAnswer,
    ...more,
    values: { ...pixAnswer.values, ...values }
  })

  it("by PIX has a BR Code with a right CRC, and runs out as was asked", () => {
    for (const pix of [{ reference: brCode }, { reference: "cut off", qrcode: brCode }]) {
      const seen = Option.getOrThrow(created({ ...pixAnswer, pix }))
      assert.deepEqual(seen.artifact, { type: "pix", copyPaste: brCode })
      assert.deepEqual(seen.expiresAt, DateTime.makeUnsafe("2026-05-04T13:00:00.000Z"))
    }
    assert.isNull(Option.getOrThrow(created({ ...pixAnswer, pix: { reference: `${brCode.slice(0, -1)}0` } })).artifact)
  })

  it("by bank transfer is without an artifact where a payer could not pay with it", () => {
    const transfer = (changes: Readonly<Record<string, unknown>>) =>
      Option.getOrThrow(
        created({ ...bankAnswer, bank: { ...bankAnswer.bank, ...changes } }, { method: "bank_transfer" })
      ).artifact
    for (const field of Object.keys(bankAnswer.bank)) {
      for (const missing of ["", null, [], undefined]) assert.isNull(transfer({ [field]: missing }), field)
    }
    for (const [words, accountType] of [
      ["current account", "current"],
      ["saving account", "savings"],
      ["Conta Poupança", "savings"]
    ] as const) {
      assert.deepInclude(transfer({ account_operation: words }), { accountType })
    }
    assert.isNull(transfer({ account_operation: "vault" }))
  })

  it("in BRL is not converted", () => {
    const inBrl = { money: { amount: 1557_00, currency: brl } }
    const seen = Option.getOrThrow(created(answer({ exchange: "1.00" }), inBrl))
    assert.deepEqual(seen.money, inBrl.money)
    assert.notProperty(seen, "exchange")
  })

  it("tells a fee as a number or as text, and what the totals differ by where it has parts of a centavo", () => {
    for (const [fee, told] of [
      ["15.57", 15_57],
      [15.57, 15_57],
      ["15.571300", 15_58],
      [undefined, 15_58]
    ] as const) {
      const seen = Option.getOrThrow(created(answer({ total: "1572.58", fee })))
      assert.deepEqual(seen.exchange?.payer.amount, 1572_58)
      assert.strictEqual(seen.exchange?.payerFee, told)
    }
  })

  it("is of the amount that was asked, whatever the rate and however the fee is borne", () => {
    const rate = fc
      .tuple(fc.integer({ min: 1, max: 99_999 }), fc.integer({ min: 0, max: 4 }))
      .map(([digits, places]) => {
        const text = `${digits}`.padStart(places + 1, "0")
        return { text: places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`, digits, places }
      })
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 9_999_999_999 }),
        rate,
        fc.boolean(),
        fc.boolean(),
        (amount, rate, up, within) => {
          const exact = BigInt(amount) * BigInt(rate.digits)
          const unit = 10n ** BigInt(rate.places)
          const price = Money.MinorUnits.make(Number(up ? (exact + unit - 1n) / unit : exact / unit))
          const fee = Money.MinorUnits.make(Math.min(price, 101))
          const decimal = (centavos: number) =>
            Money.toDecimal({ amount: Money.MinorUnits.make(centavos), currency: brl })
          const seen = created(
            answer({
              total: decimal(within ? price : price + fee),
              subtotal: decimal(within ? price - fee : price),
              exchange: rate.text,
              fee: decimal(fee)
            }),
            { money: { amount, currency: usd } }
          )
          assert.deepEqual(Option.getOrThrow(seen).money, { amount, currency: usd })
        }
      )
    )
  })

  it("that prices another amount tells that amount", () => {
    const seen = (asked: Provider.ChargeRequest["money"], values: Readonly<Record<string, unknown>>) =>
      Option.getOrThrow(created(answer(values), { money: asked })).money.amount
    assert.strictEqual(seen({ amount: 200_00, currency: usd }, {}), 300_00)
    // The currency was not understood: 300 reais were taken for 300 dollars.
    assert.strictEqual(seen({ amount: 300_00, currency: brl }, { exchange: "1.00" }), 1557_00)
    assert.strictEqual(seen({ amount: 300_01, currency: usd }, {}), 300_00)
  })

  it("is none without a price that can be read", () => {
    for (const values of [
      { total: "x" },
      { subtotal: "1.001" },
      { exchange: "0.00" },
      { total: "-1.00" },
      { subtotal: "0.00" }
    ]) {
      const decoded = Schema.decodeUnknownOption(Api.Created)(received({ data: answer(values) }))
      const seen = Option.flatMap(decoded, (each) => mapping.created(each, { request: request(), readAt: now }, null))
      assert.isTrue(Option.isNone(seen), JSON.stringify(values))
    }
  })

  it("may say that it is paid at once", () => {
    const seen = Option.getOrThrow(created(answer({}, { status: "paid" })))
    assert.deepInclude(seen.payments[0], { money: { amount: 300_00, currency: usd }, fee: 0, occurredAt: now })
  })
})

describe("a payment that is read", () => {
  it("has the document's statuses, and is pending in any other", () => {
    const status = (status: unknown) => Option.getOrThrow(observed({ status })).status
    assert.deepEqual(status("pending"), { _tag: "open" })
    assert.deepEqual(status("paid"), { _tag: "settled" })
    assert.deepEqual(status("denied"), { _tag: "ended", reason: "refused" })
    assert.deepEqual(status("expired"), { _tag: "ended", reason: "expired" })
    for (const other of ["canceled", "PAID", "", null, 7, "constructor"]) {
      assert.deepEqual(status(other), { _tag: "pending" })
      assert.isEmpty(Option.getOrThrow(observed({ status: other })).payments)
    }
  })

  it("that is paid is one payment of its amount without a fee, at the time of its status", () => {
    const seen = Option.getOrThrow(observed({ status: "paid", updated_at: "2026-05-04 11:59:00" }))
    assert.deepEqual(seen.payments, [
      {
        kind: "payment",
        ordinal: "1",
        money: { amount: 300_00, currency: usd },
        fee: 0,
        occurredAt: DateTime.makeUnsafe("2026-05-04T11:59:00.000Z"),
        availableOn: null,
        endToEndId: null,
        payer: null
      }
    ])
    const untimed = Option.getOrThrow(observed({ status: "paid", updated_at: "soon" }))
    assert.deepEqual(untimed.payments[0]?.occurredAt, now)
  })

  it("has its exact amount, as a number or as text, from the least to the most", () => {
    const back = (amount: number) => {
      const decimal = Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency: usd })
      for (const written of [decimal, `${decimal}000`, Json.exactNumber(decimal)]) {
        assert.deepEqual(Option.getOrThrow(observed({ amount: written })).money, { amount, currency: usd })
      }
    }
    for (const amount of [200, 9_999_999_999]) back(amount)
    fc.assert(fc.property(fc.integer({ min: 1, max: 9_999_999_999 }), back))
  })

  it("is none without an exact amount in a known currency", () => {
    for (const changes of [
      { amount: "300.001" },
      { amount: "0.00" },
      { amount: "-1.00" },
      { amount: "300,00" },
      { amount: null },
      { currency: "usd" },
      { currency: undefined },
      { id: "" }
    ]) {
      const decoded = Schema.decodeUnknownOption(Api.Payment)(received({ data: { ...getAnswer, ...changes } }))
      const seen = Option.flatMap(decoded, (each) => mapping.observation(each, null, now))
      assert.isTrue(Option.isNone(seen), JSON.stringify(changes))
    }
  })

  it("is a line of the statement once it is paid, and says how much and when", () => {
    const line = (changes: Readonly<Record<string, unknown>>) =>
      mapping.statementLine(decodePayment(received({ data: { ...getAnswer, ...changes } })))
    assert.deepEqual(Option.getOrThrow(line({ status: "paid", updated_at: "2026-05-04T11:59:00Z" })), {
      id: getAnswer.id,
      at: DateTime.makeUnsafe("2026-05-04T11:59:00.000Z"),
      currency: usd,
      net: 300_00,
      fee: 0,
      kind: "charge",
      providerId: getAnswer.id,
      reference: ChargeAttempt.ProviderReference.make(getAnswer.transaction_id)
    })
    for (const changes of [{}, { status: "expired" }, { status: "paid", updated_at: null }]) {
      assert.isTrue(Option.isNone(line(changes)))
    }
  })
})

describe("found by reference", () => {
  it("is the oldest of those with exactly that reference", () => {
    const listed = (id: string, transaction_id: string, created_at: string | null) => ({
      payment: decodePayment(received({ data: { ...getAnswer, id, transaction_id, created_at } }))
    })
    const all = [
      listed("undated", "INV-1", null),
      listed("younger", "INV-1", "2026-01-02T00:00:00Z"),
      listed("other", "INV-10", "2025-01-01T00:00:00Z"),
      listed("oldest", "INV-1", "2026-01-01T00:00:00Z")
    ]
    assert.strictEqual(mapping.found(all, "INV-1")?.payment.id, "oldest")
    assert.isUndefined(mapping.found(all, "INV-"))
  })
})

describe("an error's message", () => {
  it("is what stands under message, error or errors, in whatever shape", () => {
    for (const [body, message] of [
      [{ message: "blocked" }, "blocked"],
      [{ requestId: "r", error: "invalid_client" }, "invalid_client"],
      [{ error: { code: "E1", message: "<b>Not</b> today" } }, "E1, Not today"],
      [{ errors: { amount: ["too small", "too small"], name: ["too short"] } }, "too small, too short"],
      [{ errors: [{ field: "document", message: "16972691419 is blocked" }] }, "document, *** is blocked"],
      [{ data: null, message: "x" }, "x"],
      [{ message: "<br>" }, "The provider refused the request"]
    ] as const) {
      assert.strictEqual(mapping.refusal(body), message)
    }
  })

  it("is none for what is no error, or for what has an id", () => {
    const deep: unknown = JSON.parse(`${`{"errors":`.repeat(1000)}"x"${"}".repeat(1000)}`)
    for (const body of [
      undefined,
      null,
      "error",
      [],
      {},
      { requestId: "r" },
      { data: { id: "x" }, message: "m" },
      deep
    ]) {
      assert.isNull(mapping.refusal(body))
    }
  })
})

describe("a callback", () => {
  const payment = { ...document.callback.data[0], id: "456oc8d8-13e0-4db8-92b5-8dc54a433a97" }

  it("names its payments, and a repeat that tells nothing new has the same key", () => {
    const told = mapping.callback(document.callback)
    assert.deepEqual(Option.getOrThrow(told), { charges: [payment.id], key: `${payment.id}:paid` })
    assert.deepEqual(mapping.callback({ ...document.callback, requestId: "another" }), told)
    const both = [payment, { ...payment, id: "second", payment_status: "denied" }]
    assert.deepEqual(Option.getOrThrow(mapping.callback({ data: both })).charges, [payment.id, "second"])
    assert.deepEqual(Option.getOrThrow(mapping.callback({ data: [{ id: "bare" }] })).charges, ["bare"])
  })

  it("of a payout, or one that cannot be read, is none", () => {
    for (const body of [
      document["callback of a payout"],
      { data: [] },
      { data: {} },
      { data: [{ ...payment, id: "two words" }] },
      { data: [{ ...payment, type: "payout" }] },
      "text",
      null,
      undefined
    ]) {
      assert.isTrue(Option.isNone(mapping.callback(body)))
    }
    const many = Array.from({ length: 1000 }, (_, place) => ({ ...payment, id: `p${place}` }))
    assert.lengthOf(Option.getOrThrow(mapping.callback({ data: many })).charges, 40)
  })
})
