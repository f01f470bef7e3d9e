import { assert, layer } from "@effect/vitest"
import { basePath } from "@salesos/api"
import { Effect, Schema } from "effect"
import { asInvoice, type Call, Gateway, newKey, tenant } from "./support/Gateway.ts"
import type { Answer } from "./support/Http.ts"
import { expectFields, expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const megabyte = 1_048_576

/** Checks that nothing at all was written meanwhile. */
const writesNothing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const { rows } = yield* Gateway
    const before = yield* rows
    assert.include(Object.keys(before), "invoice")
    const answer = yield* effect
    assert.deepEqual(yield* rows, before)
    return answer
  })

const json = { "content-type": "application/json" }
const { customer, invoice } = Samples
const lone = "a\ud800b"
const nul = "a\u0000b"
const overlong = (length: number) => "x".repeat(length + 1)

/** Without one of its fields. */
const without = (body: Readonly<Record<string, unknown>>, field: string) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== field))

/** What is wrong, the body, and every failing field in order of their names. */
const invalid: ReadonlyArray<readonly [string, unknown, ReadonlyArray<string>]> = [
  ["an amount with a decimal point", invoice({ amount: 123.45 }), ["amount: invalid_amount"]],
  ["an amount below zero", invoice({ amount: -1 }), ["amount: invalid_amount"]],
  ["an amount of zero", invoice({ amount: 0 }), ["amount: invalid_amount"]],
  ["an amount beyond the safe integers", invoice({ amount: 2 ** 53 }), ["amount: invalid_amount"]],
  ["an amount as text", invoice({ amount: "12398" }), ["amount: invalid_type"]],
  ["an amount above what any provider takes", invoice({ amount: 10_000_002 }), ["amount: amount_out_of_limits"]],
  [
    "a CPF with wrong check digits",
    invoice({ customer: customer({ document: "52998224726" }) }),
    ["customer.document: invalid_cpf"]
  ],
  [
    "a CPF with punctuation",
    invoice({ customer: customer({ document: "529.982.247-25" }) }),
    ["customer.document: invalid_cnpj"]
  ],
  [
    "a CPF of equal digits",
    invoice({ customer: customer({ document: "11111111111" }) }),
    ["customer.document: invalid_cpf"]
  ],
  [
    "a CNPJ with wrong check digits",
    invoice({ customer: customer({ document: "11222333000182" }) }),
    ["customer.document: invalid_cnpj"]
  ],
  [
    "a CNPJ in lower case",
    invoice({ customer: customer({ document: "12abc34501de35" }) }),
    ["customer.document: invalid_cnpj"]
  ],
  ["a currency that does not exist", invoice({ currency: "XXX" }), ["currency: unknown_currency"]],
  ["a currency in lower case", invoice({ currency: "brl" }), ["currency: unknown_currency"]],
  ["an unknown field", invoice({ ammount: 1 }), ["ammount: unknown_field"]],
  [
    "an unknown field inside another",
    invoice({ customer: customer({ adress: {} }) }),
    ["customer.adress: unknown_field"]
  ],
  [
    "an unknown field deep inside",
    invoice({ customer: customer({ address: Samples.address({ zip: "1" }) }) }),
    ["customer.address.zip: unknown_field"]
  ],
  [
    "fields named like what every object has",
    invoice({ constructor: 1, toString: 2 }),
    ["constructor: unknown_field", "toString: unknown_field"]
  ],
  [
    "a name that is too long",
    invoice({ customer: customer({ name: overlong(255) }) }),
    ["customer.name: invalid_length"]
  ],
  ["a name that is empty", invoice({ customer: customer({ name: "" }) }), ["customer.name: invalid_length"]],
  ["a description that is too long", invoice({ description: overlong(1000) }), ["description: invalid_length"]],
  ["a cost center that is too long", invoice({ cost_center: overlong(64) }), ["cost_center: invalid_length"]],
  [
    "a reference that is too long",
    invoice({ contractor_reference: overlong(64) }),
    ["contractor_reference: invalid_length"]
  ],
  ["a U+0000 in a description", invoice({ description: nul }), ["description: invalid_text"]],
  ["a lone surrogate in a description", invoice({ description: lone }), ["description: invalid_text"]],
  ["a U+0000 in a name", invoice({ customer: customer({ name: nul }) }), ["customer.name: invalid_text"]],
  ["a lone surrogate in a cost center", invoice({ cost_center: lone }), ["cost_center: invalid_text"]],
  ["a U+0000 in a reference", invoice({ contractor_reference: nul }), ["contractor_reference: invalid_text"]],
  ["a U+0000 in a metadata value", invoice({ metadata: { a: nul } }), ["metadata.a: invalid_text"]],
  ["a lone surrogate in a metadata key", invoice({ metadata: { [lone]: "a" } }), ["metadata: invalid_metadata"]],
  [
    "a metadata value that is no text",
    invoice({ metadata: { a: 1, b: null } }),
    ["metadata.a: invalid_type", "metadata.b: invalid_type"]
  ],
  ["a metadata value that is too long", invoice({ metadata: { a: overlong(500) } }), ["metadata.a: invalid_length"]],
  [
    "too much metadata",
    invoice({ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, "v"])) }),
    ["metadata: invalid_metadata"]
  ],
  ["a U+0000 in the name of a provider account", invoice({ provider: nul }), ["provider: invalid_text"]],
  ["a provider account that is not configured", invoice({ provider: "elsewhere" }), ["provider: unknown_provider"]],
  ["a wrong e-mail address", invoice({ customer: customer({ email: "maria@" }) }), ["customer.email: invalid_email"]],
  [
    "an e-mail address with a line feed",
    invoice({ customer: customer({ email: "a@b.com\nBcc: c@d.com" }) }),
    ["customer.email: invalid_email"]
  ],
  [
    "a U+0000 in an e-mail address",
    invoice({ customer: customer({ email: "a\u0000@b.com" }) }),
    ["customer.email: invalid_text"]
  ],
  [
    "a phone number without its country",
    invoice({ customer: customer({ phone: "11999000111" }) }),
    ["customer.phone: invalid_phone"]
  ],
  [
    "a country in lower case",
    invoice({ customer: customer({ country: "br" }) }),
    ["customer.country: invalid_country"]
  ],
  [
    "a city that is no IBGE code",
    invoice({ customer: customer({ address: Samples.address({ city_ibge: "355" }) }) }),
    ["customer.address.city_ibge: invalid_city"]
  ],
  [
    "a zip code with a hyphen",
    invoice({ customer: customer({ address: Samples.address({ zip_code: "01001-00" }) }) }),
    ["customer.address.zip_code: invalid_zip_code"]
  ],
  [
    "a state by its name",
    invoice({ customer: customer({ address: Samples.address({ state: "São Paulo" }) }) }),
    ["customer.address.state: invalid_state"]
  ],
  ["an unknown payment method", invoice({ payment_method: { type: "cash" } }), ["payment_method.type: invalid_value"]],
  [
    "an expiry of a moment",
    invoice({ payment_method: { type: "pix", expires_in: 1 } }),
    ["payment_method.expires_in: invalid_expires_in"]
  ],
  [
    "a due date that is no day",
    invoice({ payment_method: { type: "boleto", due_date: "2026-02-30" } }),
    ["payment_method.due_date: invalid_date"]
  ],
  [
    "an address to return to that is none",
    invoice({ payment_method: { type: "card", return_url: "javascript:1" } }),
    ["payment_method.return_url: invalid_url"]
  ],
  [
    "more installments than there are",
    invoice({ payment_method: { type: "card", installments: 13 } }),
    ["payment_method.installments: invalid_installments"]
  ],
  [
    "what belongs to another payment method",
    invoice({ payment_method: { type: "pix", due_date: "2026-12-01", installments: 2 } }),
    ["payment_method.due_date: unknown_field", "payment_method.installments: unknown_field"]
  ],
  [
    "an unknown kind of fiscal document",
    invoice({ tax_document: { type: "receipt" } }),
    ["tax_document.type: invalid_value"]
  ],
  [
    "a fiscal document for nobody",
    invoice({ tax_document: { type: "nfse" }, customer: without(customer(), "document") }),
    ["customer.document: required"]
  ],
  [
    "a fiscal document in another currency",
    invoice({ tax_document: { type: "nfse" }, currency: "USD" }),
    ["tax_document: invalid_currency"]
  ],
  ["null where something is optional", invoice({ metadata: null }), ["metadata: invalid_type"]],
  ["no customer", without(invoice(), "customer"), ["customer: required"]],
  ["no cost center", without(invoice(), "cost_center"), ["cost_center: required"]],
  [
    "nothing at all",
    {},
    [
      "amount: required",
      "cost_center: required",
      "currency: required",
      "customer: required",
      "description: required",
      "payment_method: required"
    ]
  ],
  ["a list in place of an object", [invoice()], [": invalid_type"]],
  ["null in place of an object", null, [": invalid_type"]],
  [
    "everything wrong at once",
    invoice({
      customer: customer({ document: "52998224726", email: "maria", phone: "1", name: overlong(255), nick: "m" }),
      amount: 1.5,
      currency: "BLR",
      description: nul,
      payment_method: { type: "pix", expires_in: 0 },
      cost_center: "",
      metadata: { a: 1 },
      extra: true
    }),
    [
      "amount: invalid_amount",
      "cost_center: invalid_length",
      "currency: unknown_currency",
      "customer.document: invalid_cpf",
      "customer.email: invalid_email",
      "customer.name: invalid_length",
      "customer.nick: unknown_field",
      "customer.phone: invalid_phone",
      "description: invalid_text",
      "extra: unknown_field",
      "metadata.a: invalid_type",
      "payment_method.expires_in: invalid_expires_in"
    ]
  ]
]

/** What is wrong with a query, and every failing parameter. */
const queries: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["/invoices?statsu=paid", ["statsu: unknown_field"]],
  ["/invoices?limit=0", ["limit: invalid_limit"]],
  ["/invoices?limit=101", ["limit: invalid_limit"]],
  ["/invoices?limit=1e1", ["limit: invalid_limit"]],
  ["/invoices?limit=ten&status=done", ["limit: invalid_limit", "status: invalid_value"]],
  ["/invoices?starting_after=we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", ["starting_after: invalid_id"]],
  ["/invoices?ending_before=%00", ["ending_before: invalid_id"]],
  [
    "/invoices?starting_after=inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P&ending_before=inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
    ["ending_before: invalid_cursor"]
  ],
  ["/invoices?cost_center=%00", ["cost_center: invalid_text"]],
  [
    "/invoices?created[gte]=2026-02-30&created[lte]=yesterday",
    ["created[gte]: invalid_time", "created[lte]: invalid_time"]
  ],
  ["/invoices/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P?expand=all", ["expand: unknown_field"]],
  ["/balance-transactions?status=paid", ["status: unknown_field"]],
  ["/balance-transactions?type=refund&limit=-1", ["limit: invalid_limit", "type: invalid_value"]],
  ["/balance-transactions?starting_after=1", ["starting_after: invalid_id"]],
  ["/balance-transactions/btxn_01K9X0ZB7C8W3Q2V5T6Y4N1M0P?a=b", ["a: unknown_field"]],
  ["/webhook-endpoints?url=x", ["url: unknown_field"]],
  ["/webhook-endpoints/we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P?a=b", ["a: unknown_field"]],
  [
    "/webhook-deliveries?endpoint=1&status=done&type=ping",
    ["endpoint: invalid_id", "status: invalid_value", "type: unknown_field"]
  ],
  ["/webhook-deliveries?event=whd_01K9X0ZB7C8W3Q2V5T6Y4N1M0P&limit=0", ["event: invalid_id", "limit: invalid_limit"]],
  ["/webhook-deliveries?starting_after=evt_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", ["starting_after: invalid_id"]],
  ["/webhook-deliveries/whd_01K9X0ZB7C8W3Q2V5T6Y4N1M0P?expand=event", ["expand: unknown_field"]],
  ["/events?type=invoice.sent&resource=%00", ["resource: invalid_text", "type: invalid_value"]],
  ["/events?ending_before=1&created=today", ["created: unknown_field", "ending_before: invalid_id"]],
  ["/events/evt_01K9X0ZB7C8W3Q2V5T6Y4N1M0P?a=b", ["a: unknown_field"]]
]

const asEndpoint = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ id: Schema.String })))

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

shared("an invoice with", (it) => {
  it.effect.each(invalid)("$0 is refused, every failing field named, and leaves no trace", ([, body, fields]) =>
    Effect.gen(function* () {
      const { create, simulator } = yield* tenant()
      const idempotencyKey = newKey()
      const answer = yield* writesNothing(create(body, { idempotencyKey }))
      assert.deepEqual(yield* expectFields(answer), fields.toSorted())
      assert.isEmpty(yield* simulator.charges())
      // Not even the key is taken.
      assert.strictEqual((yield* create(invoice(), { idempotencyKey })).status, 201)
    })
  )

  const nobody: ReadonlyArray<readonly [string, unknown]> = [
    [
      "an ACH debit in the US",
      invoice({
        currency: "USD",
        customer: without(customer({ country: "US" }), "document"),
        payment_method: { type: "ach_debit" }
      })
    ],
    [
      "a SEPA debit in Europe",
      invoice({
        currency: "EUR",
        customer: without(customer({ country: "DE" }), "document"),
        payment_method: { type: "sepa_debit" }
      })
    ],
    ["PIX in dollars", invoice({ currency: "USD" })],
    ["a boleto", invoice({ payment_method: { type: "boleto" } })],
    ["a fiscal document", invoice({ tax_document: { type: "nfse", auto_issue: true, service_code: "01.05" } })]
  ]
  it.effect.each(nobody)("$0 is answered that no provider is configured for it, and leaves no trace", ([, body]) =>
    Effect.gen(function* () {
      const { create, simulator } = yield* tenant()
      const answer = yield* writesNothing(create(body))
      assert.notProperty(yield* expectProblem(answer, "provider_not_configured"), "errors")
      assert.isEmpty(yield* simulator.charges())
    })
  )

  it.effect(
    "a megabyte of unknown fields is refused like any other, and soon enough that others are served",
    () =>
      Effect.gen(function* () {
        const { create } = yield* tenant()
        const body = JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`f${i}`, 1])))
        yield* expectProblem(yield* writesNothing(create(undefined, { raw: body, headers: json })), "validation_error")
      }),
    10_000 // when each field is compared with all the others it is a matter of minutes
  )

  it.effect.each([
    ["a list", `${"[".repeat(400_000)}${"]".repeat(400_000)}`],
    ["an amount", `{"amount":${"[".repeat(400_000)}${"]".repeat(400_000)}}`],
    ["metadata", `{"metadata":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`]
  ] as const)("$0 nested a hundred thousand deep is refused like any other", ([, raw]) =>
    Effect.gen(function* () {
      const { create } = yield* tenant()
      yield* expectProblem(yield* writesNothing(create(undefined, { raw, headers: json })), "validation_error")
    })
  )
})

/** An answer to a POST of an invoice that is right but for how it is sent. */
const posted = (call: Call) =>
  Effect.gen(function* () {
    const { create, simulator } = yield* tenant()
    const answer = yield* writesNothing(create(invoice(), call))
    assert.isEmpty(yield* simulator.charges())
    return answer
  })

shared("a request", (it) => {
  const malformed: ReadonlyArray<readonly [string, string]> = [
    ["nothing", ""],
    ["half an object", '{"amount":'],
    ["a trailing comma", '{"amount":1,}'],
    ["a comment", '{"amount":1} // one'],
    ["two objects", "{}{}"],
    ["a number that JSON does not know", '{"amount":NaN}'],
    ["text that is not JSON", "amount=1"]
  ]
  it.effect.each(malformed)("with $0 for a body is answered 400", ([, raw]) =>
    Effect.flatMap(posted({ raw, headers: json }), (answer) => expectProblem(answer, "bad_request"))
  )

  const keys: ReadonlyArray<readonly [string, string | null]> = [
    ["no", null],
    ["an empty", ""],
    ["a white", "a b"],
    ["an accented", "chavé"],
    ["an overlong", "k".repeat(256)]
  ]
  it.effect.each(keys)("with $0 Idempotency-Key is answered 400", ([, idempotencyKey]) =>
    Effect.gen(function* () {
      const { detail } = yield* expectProblem(yield* posted({ idempotencyKey }), "bad_request")
      assert.include(detail, "Idempotency-Key")
    })
  )

  it.effect("with the longest Idempotency-Key is accepted", () =>
    Effect.gen(function* () {
      const { created } = yield* tenant()
      yield* created(invoice(), { idempotencyKey: "k~!".repeat(85) })
    })
  )

  const types: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
    ["no content type", {}],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }],
    ["plain text", { "content-type": "text/plain" }],
    ["something like JSON", { "content-type": "application/jsonp" }],
    ["two types at once", { "content-type": "application/json, text/plain" }]
  ]
  it.effect.each(types)("declared as $0 is answered 415", ([, headers]) =>
    Effect.flatMap(posted({ raw: JSON.stringify(invoice()), headers }), (answer) =>
      expectProblem(answer, "unsupported_media_type")
    )
  )

  it.effect("of exactly one megabyte is read, and one byte more is answered 413", () =>
    Effect.gen(function* () {
      const { create } = yield* tenant()
      const sized = (bytes: number) => ({ raw: JSON.stringify(invoice()).padEnd(bytes), headers: json })
      for (const chunked of [false, true]) {
        yield* asInvoice(yield* create(undefined, { ...sized(megabyte), chunked }))
        const answer = yield* writesNothing(create(undefined, { ...sized(megabyte + 1), chunked }))
        yield* expectProblem(answer, "payload_too_large")
      }
      yield* expectProblem(yield* create(undefined, { ...sized(10 * megabyte), chunked: true }), "payload_too_large")
    })
  )

  it.effect("for an address that does not exist is answered 404, with and without a key", () =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      for (const path of [
        "/invoice",
        "./functions/v1/payments",
        "./",
        "/invoices/a/b",
        "./problems",
        "/invoices/%zz"
      ]) {
        for (const key of [undefined, null]) {
          const options = key === undefined ? {} : { key }
          yield* expectProblem(yield* writesNothing(call("GET", path, options)), "not_found")
        }
      }
      const { instance } = yield* expectProblem(yield* call("GET", "/nowhere?x=1"), "not_found")
      assert.strictEqual(instance, `${basePath}/nowhere`)
    })
  )

  const wrong: ReadonlyArray<readonly [string, string, ReadonlyArray<string>]> = [
    ["DELETE", "/invoices", ["GET", "POST"]],
    ["PUT", "/invoices/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P?x=1", ["GET"]],
    ["POST", "/balance-transactions", ["GET"]],
    ["PATCH", "/webhook-endpoints", ["GET", "POST"]],
    ["POST", "/webhook-endpoints/we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", ["DELETE", "GET", "PATCH"]],
    ["GET", "/webhook-endpoints/we_01K9X0ZB7C8W3Q2V5T6Y4N1M0P/ping", ["POST"]],
    ["DELETE", "/events", ["GET"]],
    ["POST", "./healthz", ["GET"]],
    ["GET", "./notifications/infrapsp/token", ["POST"]],
    ["POST", "./problems/not_found", ["GET"]],
    ["POST", "./qr/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P.svg", ["GET"]],
    ["POST", "./openapi.json", ["GET"]],
    ["POST", "./docs", ["GET"]]
  ]
  it.effect.each(wrong)("by $0 to $1 is answered 405 with what is allowed", ([method, path, allowed]) =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      const answer = yield* writesNothing(call(method, path))
      yield* expectProblem(answer, "method_not_allowed")
      const methods = (answer.headers["allow"] ?? "").split(", ").filter((each) => each !== "HEAD")
      assert.deepEqual(methods.toSorted(), allowed)
    })
  )

  it.effect.each(queries)("for $0 is refused, every failing parameter named", ([path, fields]) =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      assert.deepEqual(yield* expectFields(yield* writesNothing(call("GET", path))), fields.toSorted())
    })
  )

  it.effect("to create with a query parameter is refused", () =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      const answer: Answer = yield* writesNothing(call("POST", "/invoices?dry_run=true", { body: invoice() }))
      assert.deepEqual(yield* expectFields(answer), ["dry_run: unknown_field"])
    })
  )

  const endpoint = { url: "http://127.0.0.1:9/hook", events: ["*"] }
  const endpoints: ReadonlyArray<readonly [string, unknown, ReadonlyArray<string>]> = [
    ["no address", { events: ["*"] }, ["url: required"]],
    ["an address that is none", { ...endpoint, url: "ftp://example.com" }, ["url: invalid_url"]],
    ["an address with a password", { ...endpoint, url: "https://user:pass@example.com/" }, ["url: invalid_url"]],
    ["a private address", { ...endpoint, url: "https://10.0.0.1/" }, ["url: forbidden_address"]],
    ["a cloud's metadata", { ...endpoint, url: "http://2852039166/latest" }, ["url: forbidden_address"]],
    [
      "an event that does not exist",
      { ...endpoint, events: ["invoice.paid", "invoice.sent"] },
      ["events.1: invalid_value"]
    ],
    ["no events", { ...endpoint, events: [] }, ["events: invalid_length"]],
    ["a short secret", { ...endpoint, secret: "short" }, ["secret: invalid_length"]],
    [
      "a field too many",
      { ...endpoint, active: true, description: nul },
      ["active: unknown_field", "description: invalid_text"]
    ]
  ]
  it.effect.each(endpoints)("to register a webhook endpoint with $0 is refused", ([, body, fields]) =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      const answer = yield* writesNothing(call("POST", "/webhook-endpoints", { body }))
      assert.deepEqual(yield* expectFields(answer), fields.toSorted())
    })
  )

  it.effect("to register a live webhook endpoint on this machine is refused, however it is written", () =>
    Effect.gen(function* () {
      const { call } = yield* tenant("live")
      for (const host of ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "[::ffff:127.0.0.1]"]) {
        const body = { url: `https://${host}/`, events: ["*"] }
        const answer = yield* writesNothing(call("POST", "/webhook-endpoints", { body }))
        assert.deepEqual(yield* expectFields(answer), ["url: forbidden_address"], host)
      }
    })
  )

  const changes: ReadonlyArray<readonly [string, string, string, unknown, ReadonlyArray<string>]> = [
    ["a status of its own", "PATCH", "", { status: "removed" }, ["status: invalid_value"]],
    ["a secret", "PATCH", "", { secret: "whsec_0123456789abcdef" }, ["secret: unknown_field"]],
    ["a private address", "PATCH", "", { url: "https://192.168.0.1/" }, ["url: forbidden_address"]],
    ["no object", "PATCH", "", [], [": invalid_type"]],
    ["a wrong overlap", "POST", "/rotate-secret", { overlap_hours: 1000 }, ["overlap_hours: invalid_hours"]],
    ["something in a ping", "POST", "/ping", { event: "invoice.paid" }, ["event: unknown_field"]]
  ]
  it.effect.each(changes)("to change a webhook endpoint by $0 is refused", ([, method, path, body, fields]) =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      const registered = yield* call("POST", "/webhook-endpoints", { body: endpoint })
      const { id } = asEndpoint(registered.text)
      const answer = yield* writesNothing(call(method, `/webhook-endpoints/${id}${path}`, { body }))
      assert.deepEqual(yield* expectFields(answer), fields)
    })
  )

  it.effect("to register a live webhook endpoint without TLS is refused", () =>
    Effect.gen(function* () {
      const { call } = yield* tenant("live")
      const answer = yield* writesNothing(call("POST", "/webhook-endpoints", { body: endpoint }))
      assert.deepEqual(yield* expectFields(answer), ["url: invalid_url"])
    })
  )
})
