/**
 * What only a test can do to the provider, apart from what all simulators allow: end transactions before their time, and
 * look behind the API.
 */
import { Control } from "@salesos/simulator-kit"
import { Effect, Option } from "effect"
import { type HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Provider } from "./provider.ts"

/** Adds the routes to `router`. */
export const addControl = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, provider: Provider) {
  const { charges } = provider.state.tables

  for (const [action, ending] of [
    ["pay", "paid"],
    ["expire", "expired"],
    ["fail", "failed"]
  ] as const) {
    yield* Control.onRow(router, `/control/transactions/:id/${action}`, charges, (charge) =>
      Effect.map(
        provider.end(charge, ending),
        Option.map(({ transaction }) => transaction)
      )
    )
  }

  yield* router.add(
    "GET",
    "/control/transactions",
    Effect.map(HttpServerRequest.ParsedSearchParams, ({ externalId }) => {
      const ids = typeof externalId === "string" ? charges.idsOf("externalId", externalId) : charges.ids
      return HttpServerResponse.jsonUnsafe({
        count: ids.length,
        transactions: ids.slice(-Control.maxListed).map((id) => charges.get(id)?.transaction)
      })
    })
  )
})
