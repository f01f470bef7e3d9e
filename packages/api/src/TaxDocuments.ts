/**
 * Tax documents: the fiscal documents of invoices (NFS-e today), and their files.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { basePath } from "./BasePath.ts"
import { Id, LiveMode, Metadata, PathId, Text, Time } from "./Fields.ts"
import * as Idempotency from "./Idempotency.ts"
import {
  CancellationWindowExpired,
  InvalidState,
  NotFound,
  OperationInProgress,
  problem,
  ProviderError,
  ProviderNotConfigured
} from "./Problems.ts"
import * as Query from "./Query.ts"
import { Authorization, RequiredScope } from "./Security.ts"
import { Validation } from "./Validation.ts"

export const Type = Schema.Literals(["nfse", "nfe", "peppol"]).annotate({
  description: "NFS-e is issued; the others are answered 501"
})

export const Status = Schema.Literals(["pending", "issued", "failed", "canceled"])

/** What is asked for. The shape only: the rules on it are the domain's and the issuer's, answered in one 422. */
export const CreateTaxDocument = Schema.Struct({
  type: Type,
  service_code: Schema.optionalKey(
    Text(10, { description: "The service by LC 116 or by its national code", examples: ["01.05"] })
  ),
  iss_withheld: Schema.optionalKey(Schema.Boolean.annotate({ description: "Whether the customer withholds the ISS" })),
  metadata: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String.check(Schema.isMaxCodePoints(500)))
      .check(Schema.isMaxProperties(50))
      .annotate({ description: "Up to 50 pairs of your own, keys up to 64 and values up to 500 characters" })
  )
}).annotate({
  identifier: "CreateTaxDocument",
  description: "What is left out stays as it was asked for before, where the same document is to be issued",
  examples: [{ type: "nfse", service_code: "01.05", iss_withheld: false, metadata: {} }]
})

/** Why it is to be canceled. */
export const CancelTaxDocument = Schema.Struct({
  reason: Text(255, { description: "What the authority is told" })
}).annotate({ identifier: "CancelTaxDocument", examples: [{ reason: "The service was not delivered" }] })

const file = (description: string) => Schema.NullOr(Schema.String.annotate({ format: "uri" })).annotate({ description })

/** A tax document. Every key is always there, null where it does not apply. */
export const TaxDocument = Schema.Struct({
  id: Id("td"),
  object: Schema.Literal("tax_document"),
  livemode: LiveMode,
  invoice: Id("inv", "The invoice it belongs to"),
  our_number: Schema.String.annotate({ description: "The number of that invoice", examples: ["INV-2026-000001"] }),
  type: Schema.Literals(["nfse", "nfe", "peppol"]),
  status: Status.annotate({ description: "Pending is waiting for the payment, for a person, or being issued" }),
  auto_issue: Schema.Boolean.annotate({ description: "Whether it is issued by itself when the invoice is paid" }),
  held: Schema.NullOr(Schema.Literals(["amount_differs", "reversed", "not_paid"])).annotate({
    description: "Why it is not issued by itself after all; asked for explicitly, it is"
  }),
  service_code: Schema.NullOr(Schema.String),
  iss_withheld: Schema.Boolean,
  document_number: Schema.NullOr(Schema.String).annotate({ description: "The number the authority gave it" }),
  access_key: Schema.NullOr(Schema.String).annotate({ description: "What anyone can look it up by at the authority" }),
  xml_url: file("The document as the authority returned it, once it is issued; needs an API key"),
  pdf_url: file("The same as a PDF"),
  issued_at: Schema.NullOr(Time),
  canceled_at: Schema.NullOr(Time),
  failure: Schema.NullOr(
    Schema.Struct({
      code: Schema.String.annotate({ description: "The authority's code, where it gave one" }),
      message: Schema.String
    }).annotate({ identifier: "TaxDocumentFailure" })
  ).annotate({ description: "Why it was not issued. Asked for again it is tried again, under a new number" }),
  metadata: Metadata,
  created_at: Time,
  updated_at: Time.annotate({ description: "Strictly grows with every change" })
}).annotate({
  identifier: "TaxDocument",
  description: "The tax document",
  examples: [
    {
      id: "td_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
      object: "tax_document",
      livemode: false,
      invoice: "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
      our_number: "INV-2026-000001",
      type: "nfse",
      status: "issued",
      auto_issue: true,
      held: null,
      service_code: "01.05",
      iss_withheld: false,
      document_number: "42",
      access_key: "35503082252998224725000000000000042261199999999990",
      xml_url:
        "https://payments.example/functions/v1/payments/invoices/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P" +
        "/tax-documents/td_01K9X0ZB7C8W3Q2V5T6Y4N1M0P/xml",
      pdf_url:
        "https://payments.example/functions/v1/payments/invoices/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P" +
        "/tax-documents/td_01K9X0ZB7C8W3Q2V5T6Y4N1M0P/pdf",
      issued_at: "2026-11-21T20:06:00.000Z",
      canceled_at: null,
      failure: null,
      metadata: {},
      created_at: "2026-11-21T20:00:00.000Z",
      updated_at: "2026-11-21T20:06:00.120Z"
    }
  ]
})
export type TaxDocument = typeof TaxDocument.Type

export const TaxDocumentList = Query.Page(TaxDocument).annotate({
  identifier: "TaxDocumentList",
  description: "The tax documents"
})

/** The query of `GET /invoices/{id}/tax-documents`. */
export const TaxDocumentQuery = Query.list("td", {})

const ofInvoice = { id: PathId("inv") }
const ofDocument = { ...ofInvoice, document_id: PathId("td") }

const path = "/invoices/:id/tax-documents"

const named = {
  "content-disposition": Schema.String.annotate({
    description: "The name to save it under",
    examples: ['attachment; filename="nfse-35503082252998224725000000000000042261199999999990.xml"']
  })
}

export class Group extends HttpApiGroup.make("taxDocuments")
  .add(
    HttpApiEndpoint.post("create", path, {
      params: ofInvoice,
      headers: Idempotency.headers,
      query: Query.none,
      payload: CreateTaxDocument,
      success: Idempotency.accepted(TaxDocument),
      error: [
        ...Idempotency.problems,
        problem(NotFound),
        problem(InvalidState),
        problem(OperationInProgress),
        problem(ProviderNotConfigured)
      ]
    })
      .annotate(RequiredScope, "payments:write")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Issue a tax document",
          description:
            "Has a tax document issued for an open or paid invoice, whatever has been paid: a new one, one that waits, or " +
            "a failed one once more. It is answered at once, pending; `tax_document.issued` or `tax_document.failed` tells " +
            "what became of it. An invoice has one live document at most. Scope `payments:write`."
        })
      ),
    HttpApiEndpoint.get("list", path, {
      params: ofInvoice,
      query: TaxDocumentQuery,
      success: TaxDocumentList,
      error: problem(NotFound)
    })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "List the tax documents of an invoice",
          description: "Newest first; all but the newest are canceled. Scope `payments:read`."
        })
      ),
    HttpApiEndpoint.get("get", `${path}/:document_id`, {
      params: ofDocument,
      query: Query.none,
      success: TaxDocument,
      error: problem(NotFound)
    })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Get a tax document",
          description: "The tax document as it stands. Scope `payments:read`."
        })
      ),
    HttpApiEndpoint.post("cancel", `${path}/:document_id/cancel`, {
      params: ofDocument,
      headers: Idempotency.headers,
      query: Query.none,
      payload: CancelTaxDocument,
      success: Idempotency.done(TaxDocument),
      error: [
        ...Idempotency.problems,
        problem(NotFound),
        problem(InvalidState),
        problem(OperationInProgress),
        problem(CancellationWindowExpired),
        problem(ProviderError)
      ]
    })
      .annotate(RequiredScope, "payments:write")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Cancel a tax document",
          description:
            "Cancels it at the authority; the invoice stays as it is. Canceled already it is answered the same, and one " +
            "that the authority does not have is dropped. A 502 is safe to repeat with the same `Idempotency-Key`. " +
            "Scope `payments:write`."
        })
      ),
    HttpApiEndpoint.get("xml", `${path}/:document_id/xml`, {
      params: ofDocument,
      query: Query.none,
      success: HttpApiSchema.WithHeaders(
        Schema.String.annotate({ description: "The XML, byte by byte as the authority returned it" }).pipe(
          HttpApiSchema.asText({ contentType: "application/xml" })
        ),
        named
      ),
      error: problem(NotFound)
    })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Download the XML of a tax document",
          description: "Once it is issued, and after it is canceled, too. Scope `payments:read`."
        })
      ),
    HttpApiEndpoint.get("pdf", `${path}/:document_id/pdf`, {
      params: ofDocument,
      query: Query.none,
      success: HttpApiSchema.WithHeaders(
        Schema.Uint8Array.annotate({ description: "The document to be read by people; canceled, it says so" }).pipe(
          HttpApiSchema.asUint8Array({ contentType: "application/pdf" })
        ),
        named
      ),
      error: [problem(NotFound), problem(ProviderNotConfigured), problem(ProviderError)]
    })
      .annotate(RequiredScope, "payments:read")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Download a tax document as a PDF",
          description: "Once it is issued, and after it is canceled, too. Scope `payments:read`."
        })
      )
  )
  .middleware(Validation)
  .middleware(Authorization)
  .prefix(basePath)
  .annotateMerge(
    OpenApi.annotations({
      title: "Tax documents",
      description: "The fiscal documents of invoices: issued by request, or by themselves when an invoice is paid."
    })
  ) {}
