/**
 * What only a test can do to the provider, apart from what all simulators allow:
 *
 * | route                                             | what it does                                                |
 * | ------------------------------------------------- | ----------------------------------------------------------- |
 * | `POST /control/payments/{id}/{pay,deny,expire}`   | ends a payment before its time                              |
 * | `POST /control/exchange` `{"rate": "5.50"}`       | what new payments are converted at, and `feeBasisPoints`    |
 * | `POST /control/tokens/revoke`                     | makes all access tokens useless                             |
 * | `GET /control/payments?transaction_id=…`          | how many there are, and the newest                          |
 */
import { Control, Parse } from "@salesos/simulator-kit"
import { Effect, Option, Schema, Struct } from "effect"
import { type HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Exchange, shown } from "./payments.ts"
import type { Provider } from "./provider.ts"

const decodeExchange = Parse.decoder(Exchange.mapFields(Struct.map(Schema.optionalKey)))

/** Adds the routes to `router`. */
export const addControl = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, provider: Provider) {
  const { payments } = provider

  for (const [action, ending] of [
    ["pay", "paid"],
    ["deny", "denied"],
    ["expire", "expired"]
  ] as const) {
    // The second by the name that every simulator has.
    for (const path of [`/control/payments/:id/${action}`, `/control/charges/:id/${action}`] as const) {
      yield* Control.onRow(router, path, payments, (payment) =>
        Effect.map(provider.end(payment, ending), Option.map(shown))
      )
    }
  }

  yield* router.add(
    "POST",
    "/control/exchange",
    Effect.gen(function* () {
      const decoded = decodeExchange(yield* Control.body)
      if ("invalid" in decoded) return Control.invalid(decoded.invalid)
      return HttpServerResponse.jsonUnsafe(yield* provider.setExchange(decoded.value))
    })
  )

  yield* router.add(
    "POST",
    "/control/tokens/revoke",
    Effect.map(provider.tokens.revokeAll, (revoked) => HttpServerResponse.jsonUnsafe({ revoked }))
  )

  yield* router.add(
    "GET",
    "/control/payments",
    Effect.map(HttpServerRequest.ParsedSearchParams, ({ transaction_id }) => {
      const ids = typeof transaction_id === "string" ? payments.idsOf("transactionId", transaction_id) : payments.ids
      return HttpServerResponse.jsonUnsafe({
        count: ids.length,
        payments: ids.slice(-Control.maxListed).flatMap((id) => {
          const payment = payments.get(id)
          return payment === undefined ? [] : [shown(payment)]
        })
      })
    })
  )
})
