/**
 * Invoices: requests for payment, and what a payer pays them with.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { control, Currency, Day, FixedText, Id, LiveMode, Metadata, minorUnits, PathId, Text, Time } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import { NotFound, problem, ProviderError, ProviderNotConfigured } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

/** How a payer may pay. */
export const Method = Schema.Literals(["pix", "boleto", "bolepix", "card", "bank_transfer", "ach_debit", "sepa_debit"])

export const Status = Schema.Literals(["open", "paid", "canceled", "failed"]).annotate({
  description: "A canceled or failed invoice becomes paid when money arrives for it all the same"
})

/** Why an invoice failed. */
export const FailureCode = Schema.Literals(["not_created", "expired", "refused", "provider_failed"])

const Address = Schema.Struct({
  street: Text(255),
  number: Text(60),
  complement: Schema.optionalKey(Text(156)),
  district: Text(60),
  city_ibge: FixedText(7, { description: "The municipality by its IBGE code, 7 digits", examples: ["3550308"] }),
  state: FixedText(2, { description: "Two capitals", examples: ["SP"] }),
  zip_code: FixedText(8, { description: "8 digits", examples: ["01001000"] })
}).annotate({
  identifier: "Address",
  description: "Needed when a fiscal document is issued to a company"
})

const Customer = Schema.Struct({
  country: FixedText(2, { description: "ISO 3166-1 alpha-2, in capitals", examples: ["BR"] }),
  document: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "A CPF (11 digits) or CNPJ (14 characters) without punctuation. Needed in Brazil for boletos and fiscal documents",
      examples: ["52998224725"]
    }).check(Schema.isMinCodePoints(11), Schema.isMaxCodePoints(14))
  ),
  name: Text(255),
  email: Schema.String.annotate({ format: "email" }).check(Schema.isMaxCodePoints(254)),
  phone: Schema.optionalKey(
    Schema.String.annotate({ description: "E.164", examples: ["+5511999000111"] }).check(Schema.isMaxCodePoints(16))
  ),
  address: Schema.optionalKey(Address)
}).annotate({ identifier: "CreateInvoiceCustomer", description: "Who is asked to pay" })

const CreatePaymentMethod = Schema.Struct({
  type: Method,
  expires_in: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 60, maximum: 31_536_000 })).annotate({
      description: "Seconds until it can't be paid any more. For PIX, boleto and bolepix"
    })
  ),
  due_date: Schema.optionalKey(Day.annotate({ description: "In place of `expires_in`. For boleto and bolepix" })),
  return_url: Schema.optionalKey(
    Schema.String.annotate({ format: "uri", description: "Where the payer is led after paying. For cards" }).check(
      Schema.isMaxCodePoints(2000)
    )
  ),
  card_token: Schema.optionalKey(
    Text(255, { description: "A card by the provider's token. Card numbers are never accepted" })
  ),
  installments: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 12 })).annotate({ description: "For cards" })
  )
}).annotate({ identifier: "CreateInvoicePaymentMethod", description: "How it is to be paid" })

const CreateTaxDocument = Schema.Struct({
  auto_issue: Schema.optionalKey(Schema.Boolean.annotate({ description: "Issue it when the invoice is paid" })),
  type: Schema.Literals(["nfse", "nfe", "peppol"]),
  service_code: Schema.optionalKey(Text(10)),
  iss_withheld: Schema.optionalKey(Schema.Boolean)
}).annotate({ identifier: "CreateInvoiceTaxDocument", description: "The fiscal document to go with it. BRL only" })

/**
 * What is asked for when an invoice is created. The shape only: the rules on it, such as check digits, are the
 * domain's, and every failing field is answered in one 422.
 */
export const CreateInvoice = Schema.Struct({
  customer: Customer,
  amount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })).annotate({
    description: minorUnits
  }),
  currency: Currency,
  description: Text(1000, { description: "What the payer reads" }),
  payment_method: CreatePaymentMethod,
  ...control,
  tax_document: Schema.optionalKey(CreateTaxDocument)
}).annotate({
  identifier: "CreateInvoice",
  examples: [
    {
      customer: { country: "BR", document: "52998224725", name: "Maria da Silva", email: "maria@example.com" },
      amount: 12310,
      currency: "BRL",
      description: "Consulting - April/2026",
      payment_method: { type: "pix", expires_in: 3600 },
      cost_center: "CC-MKT"
    },
    {
      customer: {
        country: "BR",
        document: "52998224725",
        name: "Maria da Silva",
        email: "maria@example.com",
        phone: "+5511999000111",
        address: {
          street: "Rua das Flores",
          number: "10",
          complement: "ap 2",
          district: "Centro",
          city_ibge: "3550308",
          state: "SP",
          zip_code: "01001000"
        }
      },
      amount: 12310,
      currency: "BRL",
      description: "Consulting - April/2026",
      payment_method: { type: "pix", expires_in: 3600 },
      tax_document: { auto_issue: true, type: "nfse", service_code: "01.05", iss_withheld: false },
      cost_center: "CC-MKT",
      contractor_reference: "CT-2026-9",
      metadata: { order: "77" }
    }
  ]
})
export type CreateInvoice = typeof CreateInvoice.Type

const Pix = Schema.Struct({
  copy_paste: Schema.String.annotate({ description: "The PIX copy-paste string (BR Code)" }),
  qr_code_url: Schema.String.annotate({ format: "uri", description: "The same as a QR code, SVG" }),
  end_to_end_id: Schema.NullOr(Schema.String).annotate({ description: "The payment's own id, once it is known" })
}).annotate({ identifier: "Pix" })

const Boleto = Schema.Struct({
  barcode: Schema.String.annotate({ description: "44 digits" }),
  digitable_line: Schema.String.annotate({ description: "47 digits" }),
  due_date: Schema.String.annotate({ format: "date", examples: ["2026-11-24"] }),
  pdf_url: Schema.NullOr(Schema.String)
}).annotate({ identifier: "BoletoArtifact", description: "What the payer pays a boleto with" })

const Card = Schema.Struct({
  checkout_url: Schema.NullOr(Schema.String).annotate({
    description: "The page on which the payer enters a card; null when it was charged by token"
  })
}).annotate({ identifier: "CardArtifact" })

const BankTransfer = Schema.Struct({
  bank_name: Schema.String,
  bank_code: Schema.String,
  agency: Schema.String,
  account: Schema.String,
  account_type: Schema.Literals(["current", "savings"]),
  beneficiary: Schema.String,
  document: Schema.String
}).annotate({ identifier: "BankTransferArtifact", description: "The account the payer transfers to" })

const PaymentMethod = Schema.Struct({
  type: Method,
  expires_at: Schema.NullOr(Time).annotate({ description: "Until when it can be paid, by the provider" }),
  pix: Schema.optionalKey(Pix),
  boleto: Schema.optionalKey(Boleto),
  card: Schema.optionalKey(Card),
  bank_transfer: Schema.optionalKey(BankTransfer)
}).annotate({
  identifier: "InvoicePaymentMethod",
  description: "What the payer pays with: a bolepix has `boleto` and `pix`"
})

const Exchange = Schema.Struct({
  rate: Schema.String.annotate({ description: "A decimal number", examples: ["5.4321"] }),
  payer_amount: Schema.Int,
  payer_currency: Currency,
  payer_fee: Schema.Int
}).annotate({ identifier: "Exchange", description: "What the payer pays in a currency of their own" })

const TaxDocument = Schema.Struct({
  id: Id("td"),
  type: Schema.Literals(["nfse", "nfe", "peppol"]),
  status: Schema.Literals(["pending", "issued", "failed", "canceled"]),
  auto_issue: Schema.Boolean,
  service_code: Schema.NullOr(Schema.String)
}).annotate({ identifier: "InvoiceTaxDocument" })

/** An invoice. Every key is always there, null where it does not apply; only the artifacts depend on the method. */
export const Invoice = Schema.Struct({
  id: Id("inv"),
  object: Schema.Literal("invoice"),
  livemode: LiveMode,
  our_number: Schema.String.annotate({
    description: "The gapless number of the invoice within its year",
    examples: ["INV-2026-000001"]
  }),
  status: Status,
  confirmed: Schema.Boolean.annotate({ description: "Whether a provider has confirmed the charge" }),
  amount: Schema.Int.annotate({ description: minorUnits }),
  currency: Currency,
  description: Schema.String,
  customer: Schema.Struct({
    country: Schema.String,
    document: Schema.NullOr(Schema.String),
    name: Schema.String,
    email: Schema.String
  }).annotate({ identifier: "InvoiceCustomer" }),
  payment_method: PaymentMethod,
  checkout_url: Schema.NullOr(Schema.String).annotate({ description: "A page on which the payer can pay" }),
  provider: Schema.NullOr(Schema.String).annotate({ description: "The provider account that collects it" }),
  exchange: Schema.NullOr(Exchange),
  tax_document: Schema.NullOr(TaxDocument),
  amount_paid: Schema.NullOr(Schema.Int).annotate({ description: "What has arrived, which may differ from `amount`" }),
  amount_reversed: Schema.Int.annotate({ description: "What has gone back to the payer" }),
  late_payment: Schema.Boolean.annotate({ description: "Whether it was paid after it was canceled or had expired" }),
  payer: Schema.NullOr(
    Schema.Struct({
      name: Schema.NullOr(Schema.String),
      document: Schema.NullOr(Schema.String).annotate({ description: "Masked", examples: ["***982247**"] })
    }).annotate({ identifier: "Payer" })
  ).annotate({ description: "Who paid, once it is known" }),
  failure: Schema.NullOr(
    Schema.Struct({
      code: FailureCode,
      message: Schema.String
    }).annotate({ identifier: "InvoiceFailure" })
  ).annotate({ description: "Why it failed. After `not_created` the same idempotency key tries again" }),
  paid_at: Schema.NullOr(Time),
  canceled_at: Schema.NullOr(Time),
  cost_center: Schema.String,
  contractor_reference: Schema.NullOr(Schema.String),
  metadata: Metadata,
  created_at: Time,
  updated_at: Time.annotate({ description: "Strictly grows with every change" })
}).annotate({
  identifier: "Invoice",
  description: "The invoice",
  examples: [
    {
      id: "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
      object: "invoice",
      livemode: false,
      our_number: "INV-2026-000001",
      status: "open",
      confirmed: true,
      amount: 12310,
      currency: "BRL",
      description: "Consulting - April/2026",
      customer: { country: "BR", document: "52998224725", name: "Maria da Silva", email: "maria@example.com" },
      payment_method: {
        type: "pix",
        expires_at: "2026-11-21T21:00:00.000Z",
        pix: {
          copy_paste:
            "00020101021226730014br.gov.bcb.pix2551pix.example.com/qr/8b3da2f39a4140d1a91abd" +
            "93113bd4415204000053039865802BR5913Fulano de Tal6008Brasilia62070503***6304C522",
          qr_code_url: "https://payments.example/qr/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P.svg",
          end_to_end_id: null
        }
      },
      checkout_url: null,
      provider: "infrapsp",
      exchange: null,
      tax_document: null,
      amount_paid: null,
      amount_reversed: 0,
      late_payment: false,
      payer: null,
      failure: null,
      paid_at: null,
      canceled_at: null,
      cost_center: "CC-MKT",
      contractor_reference: "CT-2026-9",
      metadata: { order: "77" },
      created_at: "2026-11-21T20:00:00.000Z",
      updated_at: "2026-11-21T20:00:00.000Z"
    }
  ]
})
export type Invoice = typeof Invoice.Type

export const InvoiceList = Query.Page(Invoice).annotate({ identifier: "InvoiceList", description: "The invoices" })
export type InvoiceList = typeof InvoiceList.Type

/** The query of `GET /invoices`. */
export const InvoiceQuery = Query.list("inv", {
  status: Schema.optionalKey(Status),
  "payment_method.type": Schema.optionalKey(Method.annotate({ description: "How the payer was to pay" })),
  provider: Query.filter("The provider account that collects it", "infrapsp"),
  cost_center: Query.filter("The cost center", "CC-MKT"),
  our_number: Query.filter("The invoice's number", "INV-2026-000001"),
  contractor_reference: Query.filter("Your own reference", "CT-2026-9"),
  ...Query.created
})
export type InvoiceQuery = typeof InvoiceQuery.Type

export class Group extends HttpApiGroup.make("invoices")
  .add(
    HttpApiEndpoint.post("create", "/invoices", {
      headers: Idempotency.headers,
      query: Query.none,
      payload: CreateInvoice,
      success: Idempotency.created(Invoice),
      error: [...Idempotency.problems, problem(ProviderNotConfigured), problem(ProviderError)]
    })
      .annotate(RequiredScope, "payments:write")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Create an invoice",
          description:
            "Creates an invoice and its charge at a provider, and answers with what the payer pays with. A 502 is safe " +
            "to repeat with the same `Idempotency-Key`, which never charges twice. Scope `payments:write`."
        })
      ),
    HttpApiEndpoint.get("get", "/invoices/:id", {
      params: { id: PathId("inv") },
      query: Query.none,
      success: Invoice,
      error: problem(NotFound)
    })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Get an invoice",
          description:
            "The invoice as it stands. While it is not known what became of its charge, the provider is asked first. " +
            "Scope `payments:read`."
        })
      ),
    HttpApiEndpoint.post("cancel", "/invoices/:id/cancel", {
      params: { id: PathId("inv") },
      headers: Idempotency.headers,
      query: Query.none,
      success: Idempotency.done(Invoice),
      error: Idempotency.actionProblems
    })
      .annotate(RequiredScope, "payments:write")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Cancel an invoice",
          description:
            "Nobody should pay it any more: its charges are canceled where their providers can, and money that comes all " +
            "the same is a late payment. An invoice that is canceled already is answered again; one that is paid, also in " +
            "that moment, or failed is refused. No body is needed. Scope `payments:write`."
        })
      ),
    HttpApiEndpoint.get("list", "/invoices", { query: InvoiceQuery, success: InvoiceList })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "List invoices",
          description:
            "Newest first, in pages that stay stable while invoices are being added. All filters must match. " +
            "Scope `payments:read`."
        })
      )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotateMerge(
    OpenApi.annotations({
      title: "Invoices",
      description: "Requests for payment. An invoice is not a fiscal document; it may have one."
    })
  ) {}
