/**
 * Where a payer pays by link: the document's checkout as JSON, and a small page that uses it. Both are open to anybody who
 * knows the link.
 */
import { type Faults, Parse } from "@salesos/simulator-kit"
import { Effect, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { badRequest, failure } from "./answers.ts"
import * as Links from "./links.ts"
import { page } from "./page.ts"
import type { Provider } from "./provider.ts"
import type { Link } from "./rows.ts"
import { type Checkout, CreateCheckout } from "./wire/preTransactions.ts"

const decode = Parse.decoder(CreateCheckout)

/** What a form may hold: one value for each name. */
const field = (form: Readonly<Record<string, unknown>>, name: string): string => {
  const value = form[name]
  return typeof value === "string" ? value : ""
}

/** Adds the routes to `router`: `/v1/pre-transactions/:id/checkout`, and the page at `/checkout/:id`. */
export const addCheckout = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  provider: Provider,
  faults: Faults.Faults
) {
  const { charges, links } = provider.state.tables

  const shown = ({ preTransaction }: Link): Checkout => {
    const { metadata: _, ...link } = preTransaction
    return {
      ...link,
      merchant: { tradingName: "SalesOS Simulador", settings: { primaryColor: "#000000", secondaryColor: "#FFFFFF" } },
      transactions: preTransaction.transactions.flatMap(({ id }) => charges.get(id)?.transaction ?? [])
    }
  }

  const current = Effect.gen(function* () {
    if (faults.current().down === true) return yield* Effect.fail(failure(503))
    const { id } = yield* HttpRouter.params
    const link = links.get(id ?? "")
    return link === undefined ? yield* Effect.fail(failure(404)) : link
  })

  /** Tries to pay, or tells what is wrong: with the request, or because nobody may try now. */
  const attempt = Effect.fnUntraced(function* (link: Link, untrusted: unknown) {
    const decoded = decode(untrusted)
    if ("invalid" in decoded) return yield* Effect.fail(decoded.invalid)
    const reason = Links.closed(link)
    if (reason !== null) return yield* Effect.fail({ message: reason, paths: [] })
    const { customer } = decoded.value
    const payer = { ...decoded.value, customer: { ...link.preTransaction.customer, ...customer } }
    const step = yield* provider.take((now, ids) => {
      const taken = Links.attempt(link, payer, now, ids)
      return { step: taken, result: taken.links?.[0] ?? link }
    })
    return Option.getOrElse(step, () => link)
  })

  const answered = <R>(
    answer: Effect.Effect<HttpServerResponse.HttpServerResponse, HttpServerResponse.HttpServerResponse, R>
  ) => Effect.catch(answer, (refusal) => Effect.succeed(refusal))

  const html = (link: Link, message: string | null, status = 200) =>
    HttpServerResponse.text(page(link, message), { status, contentType: "text/html; charset=utf-8" })

  // "find a pre transaction checkout"
  yield* router.add(
    "GET",
    "/v1/pre-transactions/:id/checkout",
    answered(Effect.map(current, (link) => HttpServerResponse.jsonUnsafe(shown(link))))
  )
  // "create a transaction checkout"
  yield* router.add(
    "POST",
    "/v1/pre-transactions/:id/checkout",
    answered(
      Effect.gen(function* () {
        const link = yield* current
        const request = yield* HttpServerRequest.HttpServerRequest
        const body = yield* Effect.orElseSucceed(request.json, () => undefined)
        const tried = yield* Effect.mapError(attempt(link, body), (invalid) => badRequest(invalid))
        return HttpServerResponse.jsonUnsafe(shown(tried), { status: 201 })
      })
    )
  )
  yield* router.add("GET", "/checkout/:id", answered(Effect.map(current, (link) => html(link, Links.closed(link)))))
  yield* router.add(
    "POST",
    "/checkout/:id",
    answered(
      Effect.gen(function* () {
        const link = yield* current
        const request = yield* HttpServerRequest.HttpServerRequest
        const params = yield* Effect.mapError(request.urlParamsBody, () => failure(400))
        const form = Object.fromEntries(params)
        const card = { number: field(form, "number"), expiryDate: field(form, "expiry"), cvv: field(form, "cvv") }
        const tried = attempt(link, {
          method: "credit_card",
          methodSettings: { installments: Number(field(form, "installments")), card },
          customer: { documentNumber: field(form, "document") }
        })
        return yield* Effect.match(tried, {
          onFailure: ({ message }) => html(link, message, 400),
          onSuccess: (next) => html(next, null)
        })
      })
    )
  )
})
