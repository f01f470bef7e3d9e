/**
 * Payouts: money to a beneficiary.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { control, Currency, FixedText, Id, LiveMode, Metadata, minorUnits, PathId, Text, Time } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import { NotFound, PayoutNotCancelable, problem, ProviderError, ProviderNotConfigured } from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

export const Status = Schema.Literals([
  "created",
  "incoming_payment_waiting",
  "processing",
  "paid",
  "failed",
  "canceled"
]).annotate({ description: "A failed or canceled payout becomes paid when it was delivered all the same" })

/** Why a payout failed. */
export const FailureCode = Schema.Literals(["not_created", "provider_failed", "returned"])

export const Purpose = Schema.Literals(["prize", "commission", "vendor_payment", "other"]).annotate({
  description: "What the payment is for"
})

const PixDestination = Schema.Struct({
  type: Schema.Literal("pix"),
  key_type: Schema.Literals(["cpf", "cnpj", "email", "phone", "evp"]),
  key: Schema.String.annotate({
    description: "The key as its type has it: documents without punctuation, a phone's number as +5511987654321",
    examples: ["11144477735"]
  })
}).annotate({ identifier: "PixDestination", description: "A PIX key, of a type that is said and never guessed" })

const accountNumber = (description: string) =>
  Schema.optionalKey(
    Schema.String.annotate({ description }).check(Schema.isMinCodePoints(1), Schema.isMaxCodePoints(34))
  )

const BankDestination = Schema.Struct({
  type: Schema.Literal("bank_transfer"),
  country: FixedText(2, { description: "ISO 3166-1 alpha-2, in capitals", examples: ["PT"] }),
  iban: accountNumber("In place of `account_number` and `routing_number`"),
  account_number: accountNumber("With `routing_number`, in place of `iban`"),
  routing_number: accountNumber("The bank's")
}).annotate({ identifier: "BankDestination", description: "An account abroad" })

const Destination = Schema.Union([PixDestination, BankDestination]).annotate({
  identifier: "PayoutDestination",
  description: "Where the money goes"
})

const document = Schema.String.annotate({
  description: "A CPF (11 digits) or CNPJ (14 characters) without punctuation",
  examples: ["11144477735"]
})
const phone = Schema.String.annotate({ description: "E.164", examples: ["+5511999000111"] })

const CreateBeneficiary = Schema.Struct({
  name: Text(255),
  document: document.check(Schema.isMinCodePoints(11), Schema.isMaxCodePoints(14)),
  phone: phone.check(Schema.isMaxCodePoints(16)),
  email: Schema.optionalKey(Schema.String.annotate({ format: "email" }).check(Schema.isMaxCodePoints(254)))
}).annotate({ identifier: "CreatePayoutBeneficiary", description: "Who is paid" })

/** What is asked for when a payout is created. The shape only: the rules on it are the domain's. */
export const CreatePayout = Schema.Struct({
  beneficiary: CreateBeneficiary,
  destination: Destination,
  amount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })).annotate({
    description: minorUnits
  }),
  currency: Currency,
  purpose: Purpose,
  ...control
}).annotate({
  identifier: "CreatePayout",
  examples: [
    {
      beneficiary: {
        name: "João Souza",
        document: "11144477735",
        phone: "+5511999000111",
        email: "joao@example.com"
      },
      destination: { type: "pix", key_type: "cpf", key: "11144477735" },
      amount: 50000,
      currency: "BRL",
      purpose: "prize",
      cost_center: "CC-PRZ",
      contractor_reference: "EVT-12",
      metadata: {}
    }
  ]
})
export type CreatePayout = typeof CreatePayout.Type

/** A payout. Every key is always there, null where it does not apply or is not known yet. */
export const Payout = Schema.Struct({
  id: Id("po"),
  object: Schema.Literal("payout"),
  livemode: LiveMode,
  our_number: Schema.String.annotate({
    description: "The gapless number of the payout within its year",
    examples: ["PO-2026-000001"]
  }),
  status: Status,
  amount: Schema.Int.annotate({ description: minorUnits }),
  currency: Currency,
  purpose: Purpose,
  beneficiary: Schema.Struct({
    name: Schema.String,
    document,
    phone,
    email: Schema.NullOr(Schema.String)
  }).annotate({ identifier: "PayoutBeneficiary" }),
  destination: Destination,
  provider: Schema.NullOr(Schema.String).annotate({ description: "The provider account that pays it" }),
  end_to_end_id: Schema.NullOr(Schema.String).annotate({ description: "The transfer's own id, once it is known" }),
  delivered_amount: Schema.NullOr(Schema.Int).annotate({
    description: "What the beneficiary has of it: less than `amount` where the fee is taken out of it"
  }),
  fee: Schema.NullOr(Schema.Int).annotate({ description: "The provider's, once it is known" }),
  failure: Schema.NullOr(
    Schema.Struct({ code: FailureCode, message: Schema.String }).annotate({ identifier: "PayoutFailure" })
  ).annotate({
    description: "Why it failed. After a 502 with `not_created` the same idempotency key tries again"
  }),
  paid_at: Schema.NullOr(Time),
  canceled_at: Schema.NullOr(Time),
  cost_center: Schema.String,
  contractor_reference: Schema.NullOr(Schema.String),
  metadata: Metadata,
  created_at: Time,
  updated_at: Time.annotate({ description: "Strictly grows with every change" })
}).annotate({
  identifier: "Payout",
  description: "The payout",
  examples: [
    {
      id: "po_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
      object: "payout",
      livemode: false,
      our_number: "PO-2026-000001",
      status: "processing",
      amount: 50000,
      currency: "BRL",
      purpose: "prize",
      beneficiary: {
        name: "João Souza",
        document: "11144477735",
        phone: "+5511999000111",
        email: "joao@example.com"
      },
      destination: { type: "pix", key_type: "cpf", key: "11144477735" },
      provider: "sellxpay",
      end_to_end_id: null,
      delivered_amount: null,
      fee: null,
      failure: null,
      paid_at: null,
      canceled_at: null,
      cost_center: "CC-PRZ",
      contractor_reference: "EVT-12",
      metadata: {},
      created_at: "2026-11-21T20:00:00.000Z",
      updated_at: "2026-11-21T20:00:00.000Z"
    }
  ]
})
export type Payout = typeof Payout.Type

export const PayoutList = Query.Page(Payout).annotate({ identifier: "PayoutList", description: "The payouts" })
export type PayoutList = typeof PayoutList.Type

/** The query of `GET /payouts`. */
export const PayoutQuery = Query.list("po", {
  status: Schema.optionalKey(Status),
  provider: Query.filter("The provider account that pays it", "sellxpay"),
  cost_center: Query.filter("The cost center", "CC-PRZ"),
  our_number: Query.filter("The payout's number", "PO-2026-000001"),
  contractor_reference: Query.filter("Your own reference", "EVT-12"),
  ...Query.created
})
export type PayoutQuery = typeof PayoutQuery.Type

export class Group extends HttpApiGroup.make("payouts")
  .add(
    HttpApiEndpoint.post("create", "/payouts", {
      headers: Idempotency.headers,
      query: Query.none,
      payload: CreatePayout,
      success: Idempotency.created(Payout),
      error: [...Idempotency.problems, problem(ProviderNotConfigured), problem(ProviderError)]
    })
      .annotate(RequiredScope, "payments:write")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Create a payout",
          description:
            "Creates a payout and sends it. While it is not known whether a provider has it, the answer is a 201 with the " +
            "status `processing`, and it is never sent again. A 502 says that it was certainly not made: repeat it with " +
            "the same `Idempotency-Key`, since a new key is always a new payout. Scope `payments:write`."
        })
      ),
    HttpApiEndpoint.get("get", "/payouts/:id", {
      params: { id: PathId("po") },
      query: Query.none,
      success: Payout,
      error: problem(NotFound)
    })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Get a payout",
          description:
            "The payout as it stands. While it is not known whether a provider has it, the provider is asked first. " +
            "Scope `payments:read`."
        })
      ),
    HttpApiEndpoint.get("list", "/payouts", { query: PayoutQuery, success: PayoutList })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "List payouts",
          description:
            "Newest first, in pages that stay stable while payouts are being added. All filters must match. " +
            "Scope `payments:read`."
        })
      ),
    HttpApiEndpoint.post("cancel", "/payouts/:id/cancel", {
      params: { id: PathId("po") },
      headers: Idempotency.headers,
      query: Query.none,
      success: Idempotency.done(Payout),
      error: [...Idempotency.actionProblems, problem(PayoutNotCancelable)]
    })
      .annotate(RequiredScope, "payments:write")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Cancel a payout",
          description:
            "Takes back an international payout that still waits for its funds, where its provider can. A PIX is sent at " +
            "once: 409 `payout_not_cancelable`. No body is needed. Scope `payments:write`."
        })
      )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotateMerge(OpenApi.annotations({ title: "Payouts", description: "Money to a beneficiary." })) {}
