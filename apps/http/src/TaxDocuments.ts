/** Handlers of the tax documents group. */
import { Api } from "@salesos/api"
import { Errors, Ids, Reading, Resources, Settings, TaxDocument, TaxDocuments, TaxFiles } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { answered, respond } from "./Answers.ts"
import { page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const isInvoiceId = Schema.is(Ids.InvoiceId)
const isDocumentId = Schema.is(Ids.TaxDocumentId)

/** The invoice that a path names; one that can't exist is not found. */
const invoiceId = (id: string) =>
  isInvoiceId(id) ? Effect.succeed(id) : Effect.fail(new Errors.NotFound({ message: "No such invoice" }))

/** The document that a path names, and its invoice. */
const documentId = Effect.fnUntraced(function* (params: { readonly id: string; readonly document_id: string }) {
  if (isDocumentId(params.document_id)) return [yield* invoiceId(params.id), params.document_id] as const
  return yield* new Errors.NotFound({ message: "No such tax document" })
})

const named = (name: string) => ({ "content-disposition": `attachment; filename="${name}"` })

export const layer = HttpApiBuilder.group(Api, "taxDocuments", (handlers) =>
  handlers
    .handleRaw(
      "create",
      Effect.fnUntraced(function* (given) {
        const { body, keyed, owner } = yield* Requests.posted(`/invoices/${given.params.id}/tax-documents`, given)
        return yield* Effect.gen(function* () {
          const wanted = yield* TaxDocument.decode(body)
          const id = yield* invoiceId(given.params.id)
          return yield* answered(yield* TaxDocuments.request(owner, keyed(), id, wanted))
        }).pipe(Effect.catch(respond))
      }),
      { uninterruptible: true }
    )
    .handle(
      "list",
      Effect.fnUntraced(function* ({ params, query }) {
        const links = yield* Settings.Settings
        const id = yield* invoiceId(params.id)
        const { data, hasMore, invoice } = yield* TaxDocuments.list(yield* Requests.owner, id, page(query))
        return {
          object: "list" as const,
          data: data.map((document) => Resources.taxDocument(invoice, document, links)),
          has_more: hasMore
        }
      }, Effect.catch(respond))
    )
    .handle(
      "get",
      Effect.fnUntraced(function* ({ params }) {
        const links = yield* Settings.Settings
        const { taxDocument } = yield* Reading.Reading
        const { document, invoice } = yield* taxDocument(yield* Requests.owner, ...(yield* documentId(params)))
        return Resources.taxDocument(invoice, document, links)
      }, Effect.catch(respond))
    )
    .handleRaw(
      "cancel",
      Effect.fnUntraced(function* (given) {
        const { params } = given
        const path = `/invoices/${params.id}/tax-documents/${params.document_id}/cancel`
        const { body, keyed, owner } = yield* Requests.posted(path, given)
        return yield* Effect.gen(function* () {
          const { reason } = yield* TaxDocument.decodeCancellation(body)
          return yield* answered(yield* TaxDocuments.cancel(owner, keyed(), ...(yield* documentId(params)), reason))
        }).pipe(Effect.catch(respond))
      }),
      { uninterruptible: true }
    )
    .handleRaw(
      "xml",
      Effect.fnUntraced(function* ({ params }) {
        const { content, name } = yield* TaxFiles.xml(yield* Requests.owner, ...(yield* documentId(params)))
        return HttpServerResponse.text(content, { contentType: "application/xml", headers: named(name) })
      }, Effect.catch(respond))
    )
    .handleRaw(
      "pdf",
      Effect.fnUntraced(function* ({ params }) {
        const { content, name } = yield* TaxFiles.pdf(yield* Requests.owner, ...(yield* documentId(params)))
        return HttpServerResponse.uint8Array(content, { contentType: "application/pdf", headers: named(name) })
      }, Effect.catch(respond))
    )
)
