import { assert, describe, it } from "@effect/vitest"
import { InvoiceRequest } from "@salesos/core"
import { Effect } from "effect"

const address = {
  street: "Rua das Flores",
  number: "10",
  complement: "ap 2",
  district: "Centro",
  city_ibge: "3550308",
  state: "SP",
  zip_code: "01001000"
}
const customer = {
  country: "BR",
  document: "52998224725",
  name: "Maria da Silva",
  email: "maria@example.com",
  phone: "+5511999000111",
  address
}
const full = {
  customer,
  amount: 12310,
  currency: "BRL",
  description: "Consulting - April/2026",
  payment_method: { type: "pix", expires_in: 3600 },
  tax_document: { auto_issue: true, type: "nfse", service_code: "01.05", iss_withheld: false },
  cost_center: "CC-MKT",
  contractor_reference: "CT-2026-9",
  metadata: { order: "77" }
}
const minimal = {
  customer: { country: "US", name: "Maria", email: "maria@example.com" },
  amount: 1,
  currency: "USD",
  description: "x",
  payment_method: { type: "card" },
  cost_center: "x"
}

const errors = (input: unknown) =>
  InvoiceRequest.decode(input).pipe(
    Effect.match({
      onFailure: (error) => error.errors.map(({ code, field }) => `${field}: ${code}`).toSorted(),
      onSuccess: (): ReadonlyArray<string> => []
    })
  )

const many = (count: number, of = "x") => of.repeat(count)
const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "v"]))

describe("a request for an invoice", () => {
  it.effect("is accepted as the API shows it, and with no more than is required", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual<unknown>(yield* InvoiceRequest.decode(full), full)
      assert.deepStrictEqual<unknown>(yield* InvoiceRequest.decode(minimal), minimal)
    })
  )

  const with_ = (changes: object) => ({ ...full, ...changes })
  const withCustomer = (changes: object) => with_({ customer: { ...customer, ...changes } })
  const withMethod = (payment_method: object) => with_({ payment_method })

  it.effect.each([
    [with_({ amount: 0 }), ["amount: invalid_amount"]],
    [with_({ amount: -1 }), ["amount: invalid_amount"]],
    [with_({ amount: 123.1 }), ["amount: invalid_amount"]],
    [with_({ amount: 2 ** 53 }), ["amount: invalid_amount"]],
    [with_({ amount: "12310" }), ["amount: invalid_type"]],
    [with_({ amount: null }), ["amount: invalid_type"]],
    [with_({ currency: "brl" }), ["currency: unknown_currency"]],
    [with_({ currency: "XXX" }), ["currency: unknown_currency"]],
    [with_({ currency: "USD" }), ["tax_document: invalid_currency"]],
    [with_({ description: "" }), ["description: invalid_length"]],
    [with_({ description: many(1001) }), ["description: invalid_length"]],
    [with_({ description: "a\u0000b" }), ["description: invalid_text"]],
    [with_({ description: "a\ud800b" }), ["description: invalid_text"]],
    [with_({ cost_center: many(65) }), ["cost_center: invalid_length"]],
    [with_({ contractor_reference: many(65) }), ["contractor_reference: invalid_length"]],
    [with_({ metadata: keys(51) }), ["metadata: invalid_metadata"]],
    [with_({ metadata: { "": "x" } }), ["metadata: invalid_metadata"]],
    [with_({ metadata: { [many(65)]: "x" } }), ["metadata: invalid_metadata"]],
    [with_({ metadata: { order: many(501) } }), ["metadata.order: invalid_length"]],
    [with_({ metadata: { order: 77 } }), ["metadata.order: invalid_type"]],
    [with_({ metadata: { order: "\u0000" } }), ["metadata.order: invalid_text"]],
    [with_({ provider: "" }), ["provider: invalid_length"]],
    [with_({ amuont: 1 }), ["amuont: unknown_field"]],
    [with_({ tax_document: { type: "nfse", auto_issue: "yes" } }), ["tax_document.auto_issue: invalid_type"]],
    [with_({ tax_document: { type: "nfse", other: 1 } }), ["tax_document.other: unknown_field"]],
    [withCustomer({ country: "br" }), ["customer.country: invalid_country"]],
    [withCustomer({ document: "11111111111" }), ["customer.document: invalid_cpf"]],
    [withCustomer({ document: "12ABC34501DE34" }), ["customer.document: invalid_cnpj"]],
    [withCustomer({ name: "" }), ["customer.name: invalid_length"]],
    [withCustomer({ name: many(256) }), ["customer.name: invalid_length"]],
    [withCustomer({ email: "maria" }), ["customer.email: invalid_email"]],
    [withCustomer({ email: "maria@example" }), ["customer.email: invalid_email"]],
    [withCustomer({ email: "maria@@example.com" }), ["customer.email: invalid_email"]],
    [withCustomer({ email: "maria @example.com" }), ["customer.email: invalid_email"]],
    [withCustomer({ email: `m@${many(250)}.com` }), ["customer.email: invalid_length"]],
    [withCustomer({ phone: "11999000111" }), ["customer.phone: invalid_phone"]],
    [withCustomer({ address: { ...address, city_ibge: "355030" } }), ["customer.address.city_ibge: invalid_city"]],
    [withCustomer({ address: { ...address, state: "sp" } }), ["customer.address.state: invalid_state"]],
    [withCustomer({ address: { ...address, zip_code: "01001-000" } }), ["customer.address.zip_code: invalid_zip_code"]],
    [withCustomer({ address: { ...address, planet: "x" } }), ["customer.address.planet: unknown_field"]],
    [withMethod({ type: "pix", expires_in: 59 }), ["payment_method.expires_in: invalid_expires_in"]],
    [withMethod({ type: "pix", expires_in: 31_536_001 }), ["payment_method.expires_in: invalid_expires_in"]],
    [withMethod({ type: "pix", expires_in: 60.5 }), ["payment_method.expires_in: invalid_expires_in"]],
    [withMethod({ type: "pix", due_date: "2026-12-01" }), ["payment_method.due_date: unknown_field"]],
    [withMethod({ type: "boleto", due_date: "2026-02-30" }), ["payment_method.due_date: invalid_date"]],
    [withMethod({ type: "boleto", due_date: "2026-2-3" }), ["payment_method.due_date: invalid_date"]],
    [withMethod({ type: "card", return_url: "ftp://x.example" }), ["payment_method.return_url: invalid_url"]],
    [withMethod({ type: "card", installments: 13 }), ["payment_method.installments: invalid_installments"]],
    [withMethod({ type: "card", card_number: "4111111111111111" }), ["payment_method.card_number: unknown_field"]],
    [
      withMethod({ type: "pix", card_token: "t", installments: 2, return_url: "https://x.example" }),
      [
        "payment_method.card_token: unknown_field",
        "payment_method.installments: unknown_field",
        "payment_method.return_url: unknown_field"
      ]
    ],
    [{ ...full, customer: { ...customer, document: undefined } }, ["customer.document: invalid_type"]],
    [{ ...full, customer: { country: "BR", name: "M", email: "m@x.example" } }, ["customer.document: required"]]
  ] as const)("names the field that fails and why: %#", ([input, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* errors(input), expected)
    })
  )

  it.effect.each([
    { payment_method: {} },
    { payment_method: { type: "cash" } },
    { tax_document: { type: "nfx" } },
    { tax_document: {} }
  ])("names a missing or unknown type once: %#", (changes) =>
    Effect.gen(function* () {
      const found = yield* errors(with_(changes))
      assert.strictEqual(found.length, 1, found.join())
      assert.match(found[0] ?? "", /^(payment_method|tax_document)\.type: (required|invalid_value|invalid_type)$/)
    })
  )

  it.effect("is accepted at every limit", () =>
    Effect.gen(function* () {
      for (const input of [
        with_({ amount: Number.MAX_SAFE_INTEGER }),
        with_({ description: many(1000, "😀") }),
        with_({ metadata: keys(50) }),
        with_({ metadata: { [many(64)]: many(500), empty: "" } }),
        with_({ cost_center: many(64), contractor_reference: many(64) }),
        withCustomer({ document: "12ABC34501DE35", name: many(255) }),
        withMethod({ type: "pix", expires_in: 60 }),
        withMethod({ type: "pix", expires_in: 31_536_000 }),
        withMethod({ type: "boleto", due_date: "2028-02-29" }),
        withMethod({ type: "card", return_url: "http://localhost:3000/x?y=1", card_token: "t", installments: 12 })
      ]) {
        assert.deepStrictEqual(yield* errors(input), [])
      }
    })
  )

  it.effect("lists every failing field at once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* errors({}), [
        "amount: required",
        "cost_center: required",
        "currency: required",
        "customer: required",
        "description: required",
        "payment_method: required"
      ])
      const broken = {
        ...full,
        amount: 0,
        currency: "x",
        customer: { ...customer, document: "1", email: "x" },
        extra: 1
      }
      assert.deepStrictEqual(yield* errors(broken), [
        "amount: invalid_amount",
        "currency: unknown_currency",
        "customer.document: invalid_cpf",
        "customer.email: invalid_email",
        "extra: unknown_field"
      ])
    })
  )

  it.effect("is an object", () =>
    Effect.gen(function* () {
      for (const input of [null, [], "x", 1, undefined]) {
        assert.deepStrictEqual(yield* errors(input), [": invalid_type"])
      }
    })
  )
})
