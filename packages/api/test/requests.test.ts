/** Whatever core accepts as a request, the documented shape accepts; what is broken in shape, both refuse. */
import { ApiKey, CostCenter, InvoiceRequest, PayoutRequest, Webhook } from "@salesos/core"
import { ApiKeys, CostCenters, Invoices, Payouts, WebhookEndpoints } from "@salesos/api"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import * as fc from "fast-check"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

const options = { errors: "all", onExcessProperty: "error" } as const
const accepts =
  (schema: Schema.ConstraintDecoder<unknown>) =>
  (input: unknown): boolean =>
    Exit.isSuccess(Schema.decodeUnknownExit(schema, options)(input))
const apiAcceptsInvoice = accepts(Invoices.CreateInvoice)
const coreAcceptsInvoice = (input: unknown): boolean => Exit.isSuccess(Effect.runSyncExit(InvoiceRequest.decode(input)))
const apiAcceptsEndpoint = accepts(WebhookEndpoints.CreateWebhookEndpoint)
const coreAcceptsEndpoint = (input: unknown): boolean =>
  Exit.isSuccess(Effect.runSyncExit(Webhook.decode("sandbox", input)))

const apiAcceptsPayout = (input: unknown): boolean =>
  Exit.isSuccess(Schema.decodeUnknownExit(Payouts.CreatePayout, options)(input))
const coreAcceptsPayout = (input: unknown): boolean => Exit.isSuccess(Effect.runSyncExit(PayoutRequest.decode(input)))

const optional = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined, freq: 2 })

/** Text up to a length and often exactly of it, in letters of every width. */
const text = (max: number) =>
  fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((each) => [...each].length <= max),
    fc.constantFrom("a", "é", "🙂").map((letter) => letter.repeat(max))
  )

const address = fc.record({
  street: text(255),
  number: text(60),
  complement: optional(text(156)),
  district: text(60),
  city_ibge: fc.stringMatching(/^\d{7}$/),
  state: fc.stringMatching(/^[A-Z]{2}$/),
  zip_code: fc.stringMatching(/^\d{8}$/)
})

const expiresIn = fc.constantFrom(60, 3600, 31_536_000)
const paymentMethod = fc.oneof(
  fc.record({ type: fc.constant("pix"), expires_in: optional(expiresIn) }),
  fc.record({
    type: fc.constantFrom("boleto", "bolepix"),
    expires_in: optional(expiresIn),
    due_date: optional(fc.constantFrom("2026-12-31", "2028-02-29"))
  }),
  fc.record({
    type: fc.constant("card"),
    return_url: optional(fc.constantFrom("https://shop.example/thanks", `https://shop.example/${"a".repeat(1900)}`)),
    card_token: optional(text(255)),
    installments: optional(fc.integer({ min: 1, max: 12 }))
  }),
  fc.record({ type: fc.constantFrom("bank_transfer", "ach_debit", "sepa_debit") })
)

const invoiceRequest = fc
  .record({
    customer: fc.record({
      country: fc.constantFrom("BR", "US"),
      document: fc.constantFrom("52998224725", "11222333000181", "12ABC34501DE35"),
      name: text(255),
      email: fc.constantFrom("maria@example.com", `m@${"a".repeat(240)}.example`),
      phone: optional(fc.constantFrom("+5511999000111", "+123456789012345")),
      address: optional(address)
    }),
    amount: fc.oneof(fc.constantFrom(1, Number.MAX_SAFE_INTEGER), fc.integer({ min: 1, max: 1_000_000 })),
    currency: fc.constant("BRL"),
    description: text(1000),
    payment_method: paymentMethod,
    cost_center: text(64),
    contractor_reference: optional(text(64)),
    metadata: optional(fc.dictionary(fc.stringMatching(/^[a-z]{1,64}$/), text(500), { maxKeys: 50 })),
    tax_document: optional(
      fc.record({
        auto_issue: optional(fc.boolean()),
        type: fc.constantFrom("nfse", "nfe", "peppol"),
        service_code: optional(text(10)),
        iss_withheld: optional(fc.boolean())
      })
    ),
    provider: optional(text(64))
  })
  // Through JSON, so that a key without a value is left out.
  .map((request): Json => JSON.parse(JSON.stringify(request)))

const endpointRequest = fc
  .record({
    url: fc.constantFrom(
      "https://shop.example/webhooks",
      "http://127.0.0.1:4000/",
      `https://a.example/${"a".repeat(1900)}`
    ),
    events: fc.oneof(
      fc.constant(["*"]),
      fc.subarray(["invoice.paid", "invoice.canceled", "invoice.failed", "ping"], { minLength: 1 })
    ),
    description: optional(text(255)),
    secret: optional(fc.constantFrom("a".repeat(16), "🙂".repeat(255)))
  })
  .map((request): Json => JSON.parse(JSON.stringify(request)))

const destination = fc.oneof(
  fc.constantFrom(
    { type: "pix", key_type: "cpf", key: "11144477735" },
    { type: "pix", key_type: "cnpj", key: "11222333000181" },
    { type: "pix", key_type: "email", key: "joao@example.com" },
    { type: "pix", key_type: "phone", key: "+5511987654321" },
    { type: "pix", key_type: "evp", key: "123e4567-e89b-42d3-a456-426614174000" },
    { type: "bank_transfer", country: "PT", iban: "PT50000201231234567890154" },
    { type: "bank_transfer", country: "US", account_number: "a".repeat(34), routing_number: "021000021" }
  )
)

const payoutRequest = fc
  .record({
    beneficiary: fc.record({
      name: text(255),
      document: fc.constantFrom("11144477735", "11222333000181", "12ABC34501DE35"),
      phone: fc.constantFrom("+5511999000111", "+123456789012345"),
      email: optional(fc.constantFrom("joao@example.com", `j@${"a".repeat(240)}.example`))
    }),
    destination,
    amount: fc.oneof(fc.constantFrom(1, Number.MAX_SAFE_INTEGER), fc.integer({ min: 1, max: 1_000_000 })),
    currency: fc.constantFrom("BRL", "EUR"),
    purpose: fc.constantFrom("prize", "commission", "vendor_payment", "other"),
    cost_center: text(64),
    contractor_reference: optional(text(64)),
    metadata: optional(fc.dictionary(fc.stringMatching(/^[a-z]{1,64}$/), text(500), { maxKeys: 50 })),
    provider: optional(text(64))
  })
  .map((request): Json => JSON.parse(JSON.stringify(request)))

const asJson = (request: unknown): Json => JSON.parse(JSON.stringify(request))

const endpointPatch = fc
  .record(
    {
      url: fc.constantFrom("https://shop.example/webhooks", `https://a.example/${"a".repeat(1900)}`),
      events: fc.subarray(["*", "invoice.paid", "ping"], { minLength: 1 }),
      description: text(255),
      status: fc.constantFrom("enabled", "disabled")
    },
    { requiredKeys: [] }
  )
  .map(asJson)

const apiKeyRequest = fc
  .record({
    name: text(255),
    scopes: fc.subarray(["payments:read", "payments:write", "payments:admin"], { minLength: 1 }),
    rate_limit_per_hour: optional(fc.constantFrom(1, 1000, 100_000)),
    ip_allowlist: optional(
      fc.subarray(["203.0.113.7", "203.0.113.0/24", "2001:db8::/32", "::ffff:192.0.2.1"], { minLength: 1 })
    ),
    expires_at: optional(fc.constantFrom("2037-01-31T23:59:59Z", "2037-01-31T20:59:59.999-03:00"))
  })
  .map((request): Json => JSON.parse(JSON.stringify(request)))

const costCenters = fc
  .uniqueArray(fc.record({ code: text(64), name: text(255) }), { selector: ({ code }) => code, maxLength: 5 })
  .map((all): Json => ({ cost_centers: all }))

interface Place {
  readonly path: ReadonlyArray<string>
  readonly value: Json
}

const isObject = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Every value in a request, the request itself included. */
const places = (value: Json, path: ReadonlyArray<string> = []): ReadonlyArray<Place> => [
  { path, value },
  ...(isObject(value) ? Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key])) : [])
]

/** The request with one value changed; `undefined` takes the key away. */
const changed = (value: Json, path: ReadonlyArray<string>, to: Json | undefined): Json => {
  const [key, ...rest] = path
  if (key === undefined || !isObject(value)) return to ?? null
  const { [key]: inner, ...others } = value
  if (inner === undefined) return to === undefined ? others : { ...others, [key]: to }
  return rest.length === 0 && to === undefined ? others : { ...others, [key]: changed(inner, rest, to) }
}

const otherType = (value: Json): Json =>
  typeof value === "string"
    ? 7
    : typeof value === "number"
      ? String(value)
      : typeof value === "boolean"
        ? "true"
        : "text"

const inMetadata = ({ path }: Place): boolean => path[0] === "metadata"

const leaf = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e300, "", " ", "\u0000", "\ud800", "BR", "brl", "2026-02-30", [], {}),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("a".repeat(65), "🙂".repeat(256), "a".repeat(2001)),
  fc.integer()
)

const requests = [
  {
    name: "an invoice",
    valid: invoiceRequest,
    api: apiAcceptsInvoice,
    core: coreAcceptsInvoice,
    required: [
      "customer",
      "customer.country",
      "customer.name",
      "customer.email",
      "amount",
      "currency",
      "description",
      "payment_method",
      "payment_method.type",
      "cost_center"
    ]
  },
  {
    name: "a payout",
    valid: payoutRequest,
    api: apiAcceptsPayout,
    core: coreAcceptsPayout,
    required: [
      "beneficiary",
      "beneficiary.name",
      "beneficiary.document",
      "beneficiary.phone",
      "destination",
      "destination.type",
      "amount",
      "currency",
      "purpose",
      "cost_center"
    ]
  },
  {
    name: "a webhook endpoint",
    valid: endpointRequest,
    api: apiAcceptsEndpoint,
    core: coreAcceptsEndpoint,
    required: ["url", "events"]
  },
  {
    name: "a change of a webhook endpoint",
    valid: endpointPatch,
    api: accepts(WebhookEndpoints.UpdateWebhookEndpoint),
    core: (input: unknown) => Exit.isSuccess(Effect.runSyncExit(Webhook.decodePatch("sandbox", input))),
    required: []
  },
  {
    name: "a rotation of a secret",
    valid: fc.record({ overlap_hours: fc.integer({ min: 0, max: 168 }) }, { requiredKeys: [] }).map(asJson),
    api: accepts(WebhookEndpoints.RotateSecret),
    core: (input: unknown) => Exit.isSuccess(Effect.runSyncExit(Webhook.decodeRotation(input))),
    required: []
  },
  {
    name: "an API key",
    valid: apiKeyRequest,
    api: accepts(ApiKeys.CreateApiKey),
    core: (input: unknown) => Exit.isSuccess(Effect.runSyncExit(ApiKey.decode(input))),
    required: ["name", "scopes"]
  },
  {
    name: "cost centers",
    valid: costCenters,
    api: accepts(CostCenters.PutCostCenters),
    core: (input: unknown) => Exit.isSuccess(Effect.runSyncExit(CostCenter.decode(input))),
    required: ["cost_centers"]
  }
] as const

describe.each(requests)("a request for $name", ({ api, core, required, valid }) => {
  it("is accepted by the documented shape when core accepts it", () => {
    fc.assert(
      fc.property(valid, (request) => {
        expect(core(request)).toBe(true)
        expect(api(request)).toBe(true)
      }),
      { numRuns: 300 }
    )
  })

  it("is accepted by the documented shape when core accepts it, whatever is changed in it", () => {
    let accepted = 0
    fc.assert(
      fc.property(valid, fc.nat(), leaf, (request, index, to) => {
        const all = places(request)
        const broken = changed(request, all[index % all.length]?.path ?? [], to)
        if (!core(broken)) return
        accepted += 1
        expect([broken, api(broken)]).toEqual([broken, true])
      }),
      { numRuns: 2000 }
    )
    expect(accepted).toBeGreaterThan(0)
  })

  it("is refused by both with a field that does not exist, at any depth", () => {
    fc.assert(
      fc.property(valid, fc.nat(), (request, index) => {
        const objects = places(request).filter((place) => isObject(place.value) && !inMetadata(place))
        const path = [...(objects[index % objects.length]?.path ?? []), "expires_at_all"]
        const broken = changed(request, path, "1")
        expect([core(broken), api(broken)]).toEqual([false, false])
      })
    )
  })

  it("is refused by both with a field of another type", () => {
    fc.assert(
      fc.property(valid, fc.nat(), (request, index) => {
        const all = places(request)
        const place = all[index % all.length]
        const broken = changed(request, place?.path ?? [], otherType(place?.value ?? null))
        expect([broken, core(broken), api(broken)]).toEqual([broken, false, false])
      })
    )
  })

  it.each<string>(required)("is refused by both without %s", (field) => {
    fc.assert(
      fc.property(valid, (request) => {
        const broken = changed(request, field.split("."), undefined)
        expect([core(broken), api(broken)]).toEqual([false, false])
      }),
      { numRuns: 20 }
    )
  })
})

it("the typed client can send whatever core's request type allows", () => {
  // Checked by the compiler: a field that only one side knows, or that differs in type, does not compile.
  const invoice = (request: typeof InvoiceRequest.InvoiceRequest.Encoded): Invoices.CreateInvoice => request
  const back = (request: Invoices.CreateInvoice): typeof InvoiceRequest.InvoiceRequest.Encoded => request
  const endpoint = (request: typeof Webhook.EndpointRequest.Encoded): WebhookEndpoints.CreateWebhookEndpoint => request
  const payout = (request: typeof PayoutRequest.PayoutRequest.Encoded): Payouts.CreatePayout => request
  const payoutBack = (request: Payouts.CreatePayout): typeof PayoutRequest.PayoutRequest.Encoded => request
  const patch = (request: typeof Webhook.EndpointPatch.Encoded): WebhookEndpoints.UpdateWebhookEndpoint => request
  const rotation = (request: Webhook.RotationRequest): WebhookEndpoints.RotateSecret => request
  const key = (request: typeof ApiKey.ApiKeyRequest.Encoded): ApiKeys.CreateApiKey => request
  const list = (request: typeof CostCenter.CostCentersRequest.Encoded): CostCenters.PutCostCenters => request
  expect([invoice, back, endpoint, payout, payoutBack, patch, rotation, key, list]).toHaveLength(9)
})
