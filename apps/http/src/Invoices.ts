/** Handlers of the invoices group. */
import { Api } from "@salesos/api"
import { Errors, Ids, InvoiceRequest, Invoices, Resources, Settings } from "@salesos/core"
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
      Effect.fnUntraced(function* (given) {
        const { body, keyed, owner } = yield* Requests.posted("/invoices", given)
        return yield* InvoiceRequest.decode(body).pipe(
          Effect.flatMap((wanted) => Invoices.create(owner, keyed(), wanted)),
          Effect.map(created),
          Effect.catch(respond)
        )
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
