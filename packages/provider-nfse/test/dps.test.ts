import { assert, describe, expect, it } from "@effect/vitest"
import { Documents, InvoiceRequest, Money, type TaxIssuer } from "@salesos/core"
import { DateTime, Effect, Option, Result } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import { look } from "../simulator/holders.ts"
import { broken } from "../simulator/rules.ts"
import * as Xml from "../simulator/xml.ts"
import { issuer } from "../src/index.ts"
import { problems } from "../src/Schemas.ts"
import * as Accounts from "./fixtures/accounts.ts"
import { address, companyCustomer, order, wish } from "./fixtures/orders.ts"
import { inactive, regimes } from "./fixtures/profiles.ts"

const now = DateTime.makeUnsafe("2026-11-28T02:30:00Z")
const clock = TestClock.setTime(DateTime.toEpochMillis(now))

const accounts = Object.values(regimes).map((settings) => Accounts.account(settings))

const prepared = (account: (typeof accounts)[number], asked: TaxIssuer.TaxWish, number = 1) =>
  Effect.andThen(clock, issuer.prepare(account, order(number, asked, now)))

/** The first mostly, and one of the others now and then, so that most wishes can be granted. */
const mostly = <A>(usual: A, ...others: ReadonlyArray<A>) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })

/** Text of any characters: some of every plane, marks, markup, and what no XML can hold. */
const anyText = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength }),
    fc.string({
      unit: fc.constantFrom(...Array.from("aé ß<&>\"'’–…🚀\n\t\u0007\u0301ﬁ²½ªŁ€\u00AD\u00A0漢")),
      minLength: 1,
      maxLength
    })
  )

const anyAddress = fc.record(
  {
    street: anyText(255),
    number: anyText(60),
    complement: anyText(156),
    district: anyText(60),
    city_ibge: mostly("3550308", "3304557", "9999999"),
    state: mostly("SP", "RJ"),
    zip_code: fc.constantFrom("01310100", "20040002")
  },
  { requiredKeys: ["street", "number", "district", "city_ibge", "state", "zip_code"] }
)

const anyRequest = fc
  .record({
    customer: fc.record(
      {
        country: mostly("BR", "US"),
        document: mostly("91712343000134", "16142765010", Accounts.alphanumericCompany, Accounts.company),
        name: fc.oneof(fc.constant("Cliente"), anyText(255)),
        email: fc.constantFrom("a@b.co", `${"x".repeat(64)}@${"y".repeat(60)}.example`, "josé@exemplo.com"),
        phone: fc.constantFrom("+5511987654321", "+12025550123"),
        address: fc.oneof(mostly<typeof address | undefined>(address, undefined), anyAddress)
      },
      { requiredKeys: ["country", "name", "email", "document", "address"] }
    ),
    amount: fc.oneof(fc.constantFrom(1, 99, 100, Number.MAX_SAFE_INTEGER), fc.integer({ min: 1, max: 10_000_000 })),
    currency: fc.constant("BRL"),
    description: fc.oneof(fc.constant("Consultoria"), anyText(1000)),
    payment_method: fc.constant({ type: "pix" }),
    cost_center: fc.constant("CC")
  })
  .map(({ customer: { address, ...customer }, ...body }) => ({
    ...body,
    customer: address === undefined ? customer : { ...customer, address }
  }))
  .map((body) => Option.getOrUndefined(Effect.runSync(Effect.option(InvoiceRequest.decode(body)))))

const anyWish = fc.record({
  invoice: anyRequest,
  serviceCode: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(null, "01.05", "1.06", "010302") },
    { weight: 1, arbitrary: fc.constantFrom("01.03", "07.02", "99.99", "x") }
  ),
  issWithheld: mostly(false, true)
})

describe("what can be issued", () => {
  it.effect(
    "is what check accepts: it is always built, valid by the schema, and breaks no rule of the authority",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            anyWish,
            fc.constantFrom(...accounts),
            fc.integer({ min: 1, max: 999_999_999_999_999 }),
            async ({ invoice, ...more }, account, number) => {
              fc.pre(invoice !== undefined)
              if (invoice === undefined) return
              const asked = { invoice, ...more }
              const errors = issuer.check(account, asked)
              const outcome = await Effect.runPromise(
                Effect.result(Effect.provide(prepared(account, asked, number), TestClock.layer()))
              )
              if (errors.length > 0) {
                assert.strictEqual(outcome._tag, "Failure")
                return
              }
              const { content, reference } = Result.getOrThrow(outcome)
              assert.deepStrictEqual(problems("DPS", content), [])
              const signed = await Xml.signatureOf(content, "infDPS")
              assert.isTrue(signed?.valid)
              const rules = Xml.saying(content, (said) => {
                assert.strictEqual(said("infDPS/@Id"), reference)
                return broken({
                  said,
                  environment: 2,
                  now: DateTime.toEpochMillis(now),
                  signer: look(signed?.certificate ?? ""),
                  authority: Accounts.authority.certificate,
                  inactive
                })
              })
              assert.deepStrictEqual(rules, [])
            }
          ),
          { numRuns: 250 }
        )
      ),
    60_000
  )

  it.effect("is found often enough by that property", () =>
    Effect.sync(() => {
      const wishes = fc.sample(fc.tuple(anyWish, fc.constantFrom(...accounts)), { numRuns: 400, seed: 1 })
      const accepted = wishes.filter(
        ([{ invoice, ...more }, account]) =>
          invoice !== undefined && issuer.check(account, { invoice, ...more }).length === 0
      )
      assert.isAbove(accepted.length, 60)
    })
  )
})

const fields = (asked: TaxIssuer.TaxWish, settings = {}) =>
  issuer.check(Accounts.account(settings), asked).map(({ code, field }) => `${field} ${code}`)

const { address: _, ...withoutAddress } = companyCustomer
const personCustomer = { ...withoutAddress, document: Documents.Cpf.make("16142765010") }

describe("check", () => {
  it("wants the address of a company, and of whoever withholds", () => {
    assert.deepStrictEqual(fields(wish({ customer: withoutAddress })), ["customer.address required"])
    assert.deepStrictEqual(fields(wish({ customer: personCustomer })), [])
    assert.deepStrictEqual(
      fields(
        wish({ customer: personCustomer }, { issWithheld: true }),
        regimes["a ME that pays all within the Simples"]
      ),
      ["customer.address required"]
    )
  })

  it("wants a customer in Brazil, with a document of its own", () => {
    const { document: __, ...nobody } = companyCustomer
    assert.deepStrictEqual(fields(wish({ customer: nobody })), ["customer.document required"])
    assert.deepStrictEqual(fields(wish({ customer: { ...companyCustomer, country: "US" } })), [
      "customer.country invalid_country"
    ])
    const own = { ...companyCustomer, document: Documents.Cnpj.make(Accounts.company) }
    assert.deepStrictEqual(fields(wish({ customer: own })), ["customer.document invalid_document"])
  })

  it("wants a municipality that there is, in its state", () => {
    const at = (changes: object) => wish({ customer: { ...companyCustomer, address: { ...address, ...changes } } })
    assert.deepStrictEqual(fields(at({ city_ibge: "3550309" })), ["customer.address.city_ibge invalid_city"])
    assert.deepStrictEqual(fields(at({ state: "RJ" })), ["customer.address.state invalid_state"])
  })

  it("wants text of which something is left", () => {
    const customer = {
      ...companyCustomer,
      name: "漢字",
      address: { ...address, street: "🚀🚀", number: "\u0007", district: "​" }
    }
    assert.deepStrictEqual(fields(wish({ customer, description: "🎉 \n 🎉" })), [
      "customer.name invalid_text",
      "customer.address.street invalid_text",
      "customer.address.number invalid_text",
      "customer.address.district invalid_text",
      "description invalid_text"
    ])
  })

  it("takes an item of the service list that stands for one code, and lists the choices of one that does not", () => {
    const coded = (serviceCode: string | null, settings = {}) =>
      issuer.check(Accounts.account(settings), wish({}, { serviceCode }))
    for (const code of ["01.05", "1.05", "010501", null]) assert.deepStrictEqual(coded(code), [])
    const [ambiguous] = coded("01.03")
    assert.strictEqual(ambiguous?.field, "tax_document.service_code")
    assert.strictEqual(ambiguous?.code, "ambiguous_service_code")
    assert.match(ambiguous?.message ?? "", /010301 \(Processamento.*010302 \(Armazenamento/)
    for (const code of ["01.99", "999999", "0105", "1.5", "01.05.01", ""]) {
      assert.deepStrictEqual(
        coded(code).map((error) => error.code),
        ["invalid_service_code"]
      )
    }
    assert.deepStrictEqual(
      coded("07.04").map((error) => error.code),
      ["unsupported_service_code"]
    )
    assert.deepStrictEqual(
      coded(null, { serviceCode: undefined }).map((error) => error.code),
      ["required"]
    )
  })

  it("refuses a withholding that nobody may do, or that has no rate", () => {
    const withheld = wish({}, { issWithheld: true })
    const refusal = ["tax_document.iss_withheld invalid_value"]
    assert.deepStrictEqual(fields(withheld, regimes["a MEI"]), refusal)
    assert.deepStrictEqual(fields(withheld, { issWithholding: "never" }), refusal)
    assert.deepStrictEqual(fields(withheld, regimes["a ME that pays all within the Simples, without a rate"]), refusal)
    assert.deepStrictEqual(fields(withheld), [])
  })

  it("says what is wrong with the fiscal profile, where that is", () => {
    const [error] = issuer.check(Accounts.account({ series: "50000" }), wish())
    assert.strictEqual(error?.field, "tax_document")
    assert.strictEqual(error?.code, "fiscal_profile_invalid")
    assert.match(error?.message ?? "", /settings\.series: Expected a number from 1 to 49999/)
  })
})

const file = (name: string) => name.replaceAll(/[^a-z]+/gi, "-").toLowerCase()

const at = (xml: string, path: string) => Xml.saying(xml, (said) => said(path))

describe("a declaration", () => {
  for (const [regime, settings] of Object.entries(regimes)) {
    it.effect(`of ${regime} is what it has always been`, () =>
      Effect.gen(function* () {
        const { content, reference } = yield* prepared(Accounts.account(settings), wish(), 42)
        // Signatures differ with the key.
        const declared = content.replace(/<Signature.*<\/Signature>/s, "").replaceAll("><", ">\n<")
        yield* Effect.promise(() =>
          expect(`${reference}\n${declared}\n`).toMatchFileSnapshot(`fixtures/declarations/${file(regime)}.xml`)
        )
      })
    )
  }

  it.effect("has an id out of its parts", () =>
    Effect.gen(function* () {
      const { reference } = yield* prepared(Accounts.account({ series: "20" }), wish(), 7)
      assert.strictEqual(reference, "DPS355030821234567800019500020000000000000007")
      const person = yield* prepared(Accounts.account({ document: Accounts.person }), wish(), 7)
      assert.strictEqual(person.reference, "DPS355030810005299822472500001000000000000007")
    })
  )

  it.effect("is from the minute before, in Brasília's time", () =>
    Effect.gen(function* () {
      const { content } = yield* prepared(Accounts.account(), wish())
      assert.strictEqual(at(content, "infDPS/dhEmi"), "2026-11-27T23:29:00-03:00")
      assert.strictEqual(at(content, "infDPS/dCompet"), "2026-11-27")
    })
  )

  it.effect("has plain forms for what it can't hold, and all of what it can", () =>
    Effect.gen(function* () {
      const { content } = yield* prepared(
        Accounts.account(),
        wish({
          customer: { ...companyCustomer, name: "João “Zé” & Cia. <Ltda> 🚀 ﬁnal" },
          description: "Café às 5h — 50% de R$ 10…\r\n\t€ 1º ½ Łódź 漢字"
        })
      )
      assert.strictEqual(at(content, "toma/xNome"), `João "Zé" & Cia. <Ltda> final`)
      assert.strictEqual(at(content, "cServ/xDescServ"), "Café às 5h - 50% de R$ 10...\nEUR 1º ½ Lódz")
    })
  )

  it.effect("has the amount in reais, from the smallest to the largest", () =>
    Effect.gen(function* () {
      for (const [amount, text] of [
        [1, "0.01"],
        [10, "0.10"],
        [100, "1.00"],
        [9_007_199_254_740_991, "90071992547409.91"]
      ] as const) {
        const { content } = yield* prepared(Accounts.account(), wish({ amount: Money.Amount.make(amount) }))
        assert.strictEqual(at(content, "vServPrest/vServ"), text)
      }
    })
  )

  it.effect("of a thousand characters keeps them all", () =>
    Effect.gen(function* () {
      const description = "ação ".repeat(200).slice(0, 999) + "."
      const { content } = yield* prepared(Accounts.account(), wish({ description }))
      assert.strictEqual(at(content, "cServ/xDescServ"), description)
    })
  )

  it.effect("with a number beyond the layout's is refused with its place", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(prepared(Accounts.account(), wish(), 1_000_000_000_000_000))
      assert.strictEqual(failure.code, "schema_violation")
      assert.match(failure.message, /nDPS/)
    })
  )
})
