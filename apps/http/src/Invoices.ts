/** Handlers of the invoices group. */
import { Api } from "@salesos/api"
import { Cancellation, Ids, InvoiceRequest, Invoices, Reading, Resources, Settings } from "@salesos/core"
import { Effect, Schema } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { answered, respond } from "./Answers.ts"
import { invoiceFilter, page } from "./Queries.ts"
import * as Requests from "./Requests.ts"

const isInvoiceId = Schema.is(Ids.InvoiceId)
const invoiceId = (id: string) => Requests.idOf(isInvoiceId, id, "invoice")

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
          Effect.flatMap(answered),
          Effect.catch(respond)
        )
      }),
      { uninterruptible: true }
    )
    .handleRaw(
      "cancel",
      (given) =>
        Requests.act(`/invoices/${given.params.id}/cancel`, given, (owner, keyed) =>
          Effect.flatMap(invoiceId(given.params.id), (id) => Cancellation.cancel(owner, keyed, id))
        ),
      { uninterruptible: true }
    )
    .handle(
      "get",
      Effect.fnUntraced(function* ({ params }) {
        const links = yield* Settings.Settings
        const { invoice } = yield* Reading.Reading
        return Resources.invoice(yield* invoice(yield* Requests.owner, yield* invoiceId(params.id)), links)
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
