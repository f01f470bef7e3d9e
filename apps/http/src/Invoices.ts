/** Handlers of the invoices group. */
import { Api, basePath } from "@salesos/api"
import { Errors, Idempotency, Ids, InvoiceRequest, Invoices, Resources, Settings } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { created, respond } from "./Answers.ts"
import { invoiceFilter, page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const isInvoiceId = Schema.is(Ids.InvoiceId)

export const layer = HttpApiBuilder.group(Api, "invoices", (handlers) =>
  handlers
    // Raw: core's own schema reads the body, so that every failing field is named at once; and the stored answer of a
    // key is sent byte by byte. Uninterruptible: a client that hangs up must not stop a charge half way.
    .handleRaw(
      "create",
      Effect.fnUntraced(function* ({ headers, request }) {
        const owner = yield* Requests.owner
        const key = yield* Requests.idempotencyKey(headers)
        const body = yield* Requests.json(request)
        return yield* Effect.gen(function* () {
          const wanted = yield* InvoiceRequest.decode(body)
          const keyed = { key, fingerprint: Idempotency.fingerprint("POST", `${basePath}/invoices`, body) }
          return created(yield* Invoices.create(owner, keyed, wanted))
        }).pipe(Effect.catch(respond))
      }),
      { uninterruptible: true }
    )
    .handle(
      "get",
      Effect.fnUntraced(function* ({ params }) {
        const links = yield* Settings.Settings
        if (!isInvoiceId(params.id)) return yield* new Errors.NotFound({ message: "No such invoice" })
        return Resources.invoice(yield* Invoices.get(yield* Requests.owner, params.id), links)
      }, Effect.catch(respond))
    )
    .handle(
      "list",
      Effect.fnUntraced(function* ({ query }) {
        const links = yield* Settings.Settings
        const { data, hasMore } = yield* Invoices.list(yield* Requests.owner, invoiceFilter(query), page(query))
        return {
          object: "list" as const,
          data: data.map((invoice) => Resources.invoice(invoice, links)),
          has_more: hasMore
        }
      }, Effect.catch(respond))
    )
)
