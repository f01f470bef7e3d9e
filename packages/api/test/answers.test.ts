/** What core renders is documented to the last field: nothing is missing and nothing is left out. */
import {
  Api,
  ApiKeys,
  Balance,
  BalanceTransactions,
  CostCenters,
  Events as ApiEvents,
  Invoices,
  Payouts,
  Security,
  TaxDocuments,
  WebhookDeliveries,
  WebhookEndpoints
} from "@salesos/api"
import {
  ApiKey,
  BalanceTransaction,
  ChargeAttempt,
  Delivery,
  Documents,
  Events,
  Ids,
  Invoice,
  InvoiceRequest,
  Ledger,
  type Observation,
  OurNumber,
  Payout,
  PayoutRequest,
  Pix,
  Resources,
  TaxDocument,
  Webhook
} from "@salesos/core"
import { Memory, PayoutSamples, Samples } from "@salesos/core/testing"
import { describe, expect, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Schema } from "effect"
import { OpenApi } from "effect/http-api"
import * as fc from "fast-check"

const links = { publicUrl: "https://payments.example", payerTokens: Memory.payerTokens }
const start = DateTime.makeUnsafe("2026-11-21T20:00:00.000Z")
const at = (minutes: number) => DateTime.add(start, { minutes })

const exactly = { errors: "all", onExcessProperty: "error" } as const
const decodeInvoice = Schema.decodeUnknownSync(Invoices.Invoice, exactly)
const decodeTransaction = Schema.decodeUnknownSync(BalanceTransactions.BalanceTransaction, exactly)

/** As it goes over the wire. */
const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const sending: Invoice.Sending = { leg: "pix", account: "infrapsp", lapsesAt: at(60), missesCountFrom: at(2) }

const created = (changes: Partial<InvoiceRequest.InvoiceRequest> = {}): Invoice.Invoice => ({
  ...Invoice.requested({
    owner: { tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), environment: "sandbox" },
    id: Effect.runSync(Ids.generate("inv")),
    ourNumber: OurNumber.format("INV", 2026, 1),
    request: Samples.request(changes),
    document: null,
    ...sending,
    createdAt: start
  }),
  attempts: []
})

const sent = (invoice: Invoice.Invoice) => Invoice.send(invoice, sending, start)

const ended = (reason: Observation.EndReason): Observation.ChargeObservation =>
  Samples.observation("ch_1", { status: { _tag: "ended", reason }, artifact: null })

/** What may happen to an invoice, one step at a time. */
const steps = {
  accepted: (invoice) => Invoice.observe(invoice, 1, Samples.observation("ch_1"), at(1)).invoice,
  rejected: (invoice) => Invoice.notCreated(Invoice.reject(invoice, 1, at(1)), at(1)),
  doubted: (invoice) => Invoice.doubt(invoice, 1, at(5), at(1)),
  absent: (invoice) => Invoice.miss(invoice, 1, 1, at(10)),
  paid: (invoice) => Invoice.observe(invoice, 1, Samples.settled("ch_1", Samples.payment()), at(3)).invoice,
  paidByUnknown: (invoice) =>
    Invoice.observe(
      invoice,
      1,
      Samples.settled("ch_1", Samples.payment({ payer: { name: null, document: null }, fee: null, endToEndId: null })),
      at(3)
    ).invoice,
  paidTwice: (invoice) =>
    Invoice.observe(invoice, 1, Samples.settled("ch_1", Samples.payment({ ordinal: "2" })), at(4)).invoice,
  expired: (invoice) => Invoice.observe(invoice, 1, ended("expired"), at(70)).invoice,
  refused: (invoice) => Invoice.observe(invoice, 1, ended("refused"), at(2)).invoice,
  canceled: (invoice) => Invoice.observe(invoice, 1, ended("canceled"), at(2)).invoice,
  triedAgain: (invoice) => sent(invoice)
} satisfies Record<string, (invoice: Invoice.Invoice) => Invoice.Invoice>

const step = fc.constantFrom(...Object.values(steps))

const changes = fc.constantFrom<Partial<InvoiceRequest.InvoiceRequest>>(
  {},
  { contractor_reference: "CT-2026-9", metadata: { order: "77" } },
  { customer: { country: "US", name: "Jane Doe", email: "jane@example.com" }, provider: "infrapsp" },
  {
    customer: {
      country: "BR",
      document: Documents.Cnpj.make("11222333000181"),
      name: "Loja Ltda",
      email: "loja@example.com",
      phone: "+5511999000111"
    }
  }
)

describe("an invoice as core renders it", () => {
  it.each<[string, ReadonlyArray<keyof typeof steps>, string]>([
    ["not yet at a provider", [], "open"],
    ["payable", ["accepted"], "open"],
    ["in doubt", ["doubted"], "open"],
    ["paid", ["accepted", "paid"], "paid"],
    ["paid by we don't know whom", ["accepted", "paidByUnknown"], "paid"],
    ["paid twice", ["accepted", "paid", "paidTwice"], "paid"],
    ["not created", ["rejected"], "failed"],
    ["expired", ["accepted", "expired"], "failed"],
    ["refused", ["refused"], "failed"],
    ["canceled", ["accepted", "canceled"], "canceled"],
    ["paid late", ["accepted", "expired", "paid"], "paid"]
  ])("is documented when it is %s", (_, path, status) => {
    const invoice = path.reduce((sofar, each) => steps[each](sofar), sent(created()))
    const rendered = wire(Resources.invoice(invoice, links))
    expect(invoice.status).toBe(status)
    expect(decodeInvoice(rendered)).toEqual(rendered)
  })

  it("is documented whatever happened to it", () => {
    fc.assert(
      fc.property(changes, fc.array(step, { maxLength: 6 }), (request, path) => {
        const invoice = path.reduce((sofar, each) => each(sofar), sent(created(request)))
        const rendered = wire(Resources.invoice(invoice, links))
        expect(decodeInvoice(rendered)).toEqual(rendered)
      }),
      { numRuns: 500 }
    )
  })

  it("can be returned by a handler as it is", () => {
    // Checked by the compiler.
    const answer = (invoice: Invoice.Invoice): Invoices.Invoice => Resources.invoice(invoice, links)
    expect(answer(created()).object).toBe("invoice")
  })

  it("is shown in the documentation with a PIX code that a bank would read", () => {
    const [example] = [OpenApi.fromApi(Api).components.schemas["Invoice"]?.["examples"]].flat()
    expect(Schema.is(Pix.BrCode)(decodeInvoice(example).payment_method.pix?.copy_paste)).toBe(true)
  })

  it("is refused by the documented schema with a field that is not documented", () => {
    const rendered = Resources.invoice(created(), links)
    expect(() => decodeInvoice({ ...rendered, secret_field: 1 })).toThrow("secret_field")
    const { livemode: _, ...incomplete } = rendered
    expect(() => decodeInvoice(incomplete)).toThrow("livemode")
  })
})

describe("a tax document as core renders it", () => {
  const decode = Schema.decodeUnknownSync(TaxDocuments.TaxDocument, exactly)
  const request = { tax_document: { type: "nfse" as const, auto_issue: true } }
  const id = Effect.runSync(Ids.generate("td"))
  const pending = { ...TaxDocument.pending(id, { type: "nfse", service_code: "01.05" }, true, start) }
  const operation = {
    status: "done" as const,
    misses: 0,
    missesCountFrom: at(1),
    since: at(1),
    alerted: false,
    reason: "none",
    withInvoice: false
  }
  const issued = {
    status: "issued" as const,
    documentNumber: "42",
    accessKey: "key",
    issuedAt: at(1),
    sending: { reference: "DPS1", account: "nfse", since: start, misses: 0, missesCountFrom: start, alerted: false }
  }

  it.each<[string, Partial<TaxDocument.TaxDocument>]>([
    ["pending", {}],
    ["held", { held: "amount_differs" }],
    ["failed", { status: "failed", failure: { code: "E0001", message: "No" } }],
    ["issued", { ...issued, sending: { ...issued.sending, status: "answered" } }],
    [
      "canceled",
      { ...issued, sending: null, status: "canceled", canceledAt: at(2), cancel: operation, metadata: { order: "77" } }
    ]
  ])("is documented when it is %s, on its own and on its invoice", (_, changed) => {
    const document = { ...pending, ...changed }
    const invoice = { ...created(request), documents: [document] }
    const answer: TaxDocuments.TaxDocument = Resources.taxDocument(invoice, document, links)
    expect(decode(wire(answer))).toEqual(wire(answer))
    const rendered = wire(Resources.invoice(invoice, links))
    expect(decodeInvoice(rendered)).toEqual(rendered)
  })
})

describe("a balance transaction as core renders it", () => {
  const rows = (invoice: Invoice.Invoice, payments: ReadonlyArray<Observation.Payment>) =>
    Invoice.observe(invoice, 1, Samples.settled("ch_1", ...payments), at(3)).bookings.map(
      (booking) =>
        BalanceTransaction.ofInvoice(invoice, booking, {
          id: Effect.runSync(Ids.generate("btxn")),
          entry: Effect.runSync(Ids.generate("ent")),
          createdAt: at(3)
        }).transaction
    )

  it.each([
    ["a charge, and an adjustment for what was paid again", [Samples.payment(), Samples.payment({ ordinal: "2" })]],
    ["a charge that does not know its day of settlement", [Samples.payment({ availableOn: null })]]
  ])("is documented: %s", (_, payments) => {
    const transactions = rows(steps.accepted(sent(created({ metadata: { order: "77" } }))), payments)
    expect(transactions).toHaveLength(payments.length)
    for (const transaction of transactions) {
      const answer: BalanceTransactions.BalanceTransaction = Resources.balanceTransaction(transaction)
      expect(decodeTransaction(wire(answer))).toEqual(wire(answer))
    }
  })
})

describe("a payout as core renders it", () => {
  const decode = Schema.decodeUnknownSync(Payouts.Payout, exactly)
  const requested = (request: PayoutRequest.PayoutRequest): Payout.Payout =>
    Payout.requested({
      owner: { tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), environment: "sandbox" },
      id: Effect.runSync(Ids.generate("po")),
      ourNumber: OurNumber.format("PO", 2026, 1),
      request,
      account: "sellxpay",
      feeMode: "deducted",
      missesCountFrom: at(2),
      createdAt: start
    })
  const steps = {
    accepted: (payout) => Payout.observe(payout, 1, PayoutSamples.observation("po_1"), at(1)).payout,
    rejected: (payout) => Payout.notCreated(Payout.reject(payout, 1, at(1)), at(1)),
    doubted: (payout) => Payout.doubt(payout, 1, at(5), at(1)),
    absent: (payout) => Payout.miss(payout, 1, 1, at(10)),
    paid: (payout) => Payout.observe(payout, 1, PayoutSamples.settled("po_1", PayoutSamples.delivery()), at(3)).payout,
    paidAtAnUnknownFee: (payout) =>
      Payout.observe(payout, 1, PayoutSamples.settled("po_1", PayoutSamples.delivery({ fee: null })), at(3)).payout,
    returned: (payout) =>
      Payout.observe(
        payout,
        1,
        { ...PayoutSamples.settled("po_1", PayoutSamples.delivery()), returns: [PayoutSamples.returned()] },
        at(4)
      ).payout
  } satisfies Record<string, (payout: Payout.Payout) => Payout.Payout>

  it("is documented whatever happened to it", () => {
    const requests = [
      PayoutSamples.request(),
      PayoutSamples.abroad({ contractor_reference: "EVT-12", metadata: { order: "77" } })
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...requests),
        fc.array(fc.constantFrom(...Object.values(steps)), { maxLength: 5 }),
        (request, path) => {
          const payout = path.reduce((sofar, each) => each(sofar), requested(request))
          const answer: Payouts.Payout = Resources.payout(payout)
          expect(decode(wire(answer))).toEqual(wire(answer))
        }
      ),
      { numRuns: 300 }
    )
  })
})

describe("a balance as core renders it", () => {
  it.each([null, { available: 1, waitingFunds: null }, { available: -1, waitingFunds: 7 }])(
    "is documented: %j",
    (provider) => {
      const account = { account: "infrapsp", currency: "BRL", balance: -5n, notYetAvailable: 7n, provider }
      const owner = { tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), environment: "live" as const }
      const answer: Balance.Balance = Resources.balance(owner, [account])
      expect(Schema.decodeUnknownSync(Balance.Balance, exactly)(wire(answer))).toEqual(wire(answer))
      expect(answer.data[0]).toMatchObject({ balance: -5, not_yet_available: 7, available: -12 })
    }
  )
})

describe("a webhook endpoint as core renders it", () => {
  const endpoint = Webhook.registered(
    Effect.runSync(Ids.generate("we")),
    { url: "https://shop.example/webhooks", events: ["invoice.paid", "ping"] },
    start
  )
  const rendered = Resources.webhookEndpoint(endpoint)
  const decodeCreated = Schema.decodeUnknownSync(WebhookEndpoints.CreatedWebhookEndpoint, exactly)

  it("is documented, and shows no secret in a list", () => {
    const decode = Schema.decodeUnknownSync(WebhookEndpoints.WebhookEndpoint, exactly)
    expect(decode(wire(rendered))).toEqual(rendered)
    expect(() => decode({ ...rendered, secret: "whsec_1" })).toThrow("secret")
    const disabled = Resources.webhookEndpoint({
      ...endpoint,
      status: "disabled",
      disabledReason: "failing",
      failingSince: start
    })
    expect(decode(wire(disabled))).toEqual(disabled)
  })

  it("is documented with its secret when it was registered, and without when that answer is replayed", () => {
    expect(decodeCreated({ ...rendered, secret: "whsec_1" })).toEqual({ ...rendered, secret: "whsec_1" })
    expect(decodeCreated(rendered)).toEqual(rendered)
  })
})

describe("a webhook delivery as core renders it", () => {
  const delivery: Delivery.Delivery = {
    id: Effect.runSync(Ids.generate("whd")),
    event: Effect.runSync(Ids.generate("evt")),
    type: "invoice.paid",
    endpoint: Effect.runSync(Ids.generate("we")),
    status: "pending",
    tries: 2,
    nextAttemptAt: at(1),
    createdAt: start
  }

  it("is documented, waiting and over, alone and with its tries", () => {
    const decode = Schema.decodeUnknownSync(WebhookDeliveries.WebhookDelivery, exactly)
    const decodeWhole = Schema.decodeUnknownSync(WebhookDeliveries.WebhookDeliveryWithAttempts, exactly)
    const over = { ...delivery, status: "failed", nextAttemptAt: null } as const
    for (const each of [delivery, over]) {
      const rendered: WebhookDeliveries.WebhookDelivery = Resources.webhookDelivery(each)
      expect(decode(wire(rendered))).toEqual(rendered)
    }
    const whole = Resources.webhookDeliveryWithAttempts(delivery, [
      { number: 1, at: start, status: null, duration: Duration.seconds(10), excerpt: "No answer within 10 seconds" },
      { number: 2, at: at(1), status: 500, duration: Duration.micros(1_234_567n), excerpt: "" }
    ])
    expect(decodeWhole(wire(whole))).toEqual(whole)
    expect(whole.attempts.map(({ duration_ms }) => duration_ms)).toEqual([10_000, 1235])
  })
})

describe("an event as core renders it", () => {
  it("is documented", () => {
    const invoice = steps.accepted(sent(created()))
    const about = { id: Effect.runSync(Ids.generate("evt")), type: "invoice.paid", createdAt: start } as const
    const { body } = Events.render(invoice.owner, { ...about, subject: invoice.id }, Resources.invoice(invoice, links))
    const event: unknown = JSON.parse(body)
    expect(Schema.decodeUnknownSync(ApiEvents.Event, exactly)(event)).toEqual(event)
  })
})

describe("an API key as core renders it", () => {
  const owner = { tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"), environment: "live" } as const
  const rendered = Resources.apiKey(owner, {
    id: Effect.runSync(Ids.generate("key")),
    name: "erp",
    scopes: ["payments:read"],
    rateLimitPerHour: 1000,
    ipAllowlist: ["203.0.113.0/24"],
    expiresAt: start,
    createdAt: start,
    revokedAt: null
  })
  const decodeKey = Schema.decodeUnknownSync(ApiKeys.ApiKey, exactly)
  const decodeCreated = Schema.decodeUnknownSync(ApiKeys.CreatedApiKey, exactly)

  it("is documented, and shows no secret in a list", () => {
    expect(decodeKey(rendered)).toEqual(rendered)
    expect(() => decodeKey({ ...rendered, key: "sk_live_1" })).toThrow("key")
  })

  it("is documented with its secret when it was created, and without when that answer is replayed", () => {
    expect(decodeCreated({ ...rendered, key: "sk_live_1" })).toEqual({ ...rendered, key: "sk_live_1" })
    expect(decodeCreated(rendered)).toEqual(rendered)
  })
})

it("a cost center as core renders it is documented", () => {
  const rendered = Resources.costCenter({ code: "CC-MKT", name: "Marketing" })
  expect(Schema.decodeUnknownSync(CostCenters.CostCenter, exactly)(rendered)).toEqual(rendered)
})

describe("the words of the API are core's", () => {
  it.each([
    ["payment methods", Invoices.Method.literals, InvoiceRequest.Method.literals],
    ["statuses of an invoice", Invoices.Status.literals, Invoice.Status.literals],
    ["reasons of a failure", Invoices.FailureCode.literals, Invoice.FailureCode.literals],
    ["statuses of a payout", Payouts.Status.literals, Payout.Status.literals],
    ["reasons why a payout failed", Payouts.FailureCode.literals, Payout.FailureCode.literals],
    ["purposes of a payout", Payouts.Purpose.literals, PayoutRequest.Purpose.literals],
    ["types of tax documents", TaxDocuments.Type.literals, TaxDocument.Type.literals],
    ["statuses of a tax document", TaxDocuments.Status.literals, TaxDocument.Status.literals],
    ["types of balance transactions", BalanceTransactions.Type.literals, Ledger.StatementType.literals],
    ["scopes", Security.Scope.literals, ApiKey.Scope.literals],
    ["types of events", WebhookEndpoints.EventSelector.literals, ["*", ...Events.Type.literals]],
    ["statuses of an endpoint", WebhookEndpoints.Status.literals, Webhook.Status.literals],
    ["reasons to disable one", WebhookEndpoints.DisabledReason.literals, Webhook.DisabledReason.literals],
    ["statuses of a delivery", WebhookDeliveries.Status.literals, Delivery.Status.literals]
  ])("%s", (_, ours, cores) => {
    expect(ours).toEqual(cores)
  })

  it("an attempt's status is nobody's business but ours", () => {
    const rendered = JSON.stringify(Resources.invoice(steps.doubted(sent(created())), links))
    for (const status of ChargeAttempt.Status.literals.filter((each) => each !== "open" && each !== "paid"))
      expect(rendered).not.toContain(`"${status}"`)
  })
})
