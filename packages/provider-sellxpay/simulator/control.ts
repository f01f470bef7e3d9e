/**
 * What only a test can do to the provider, apart from what all simulators allow:
 *
 * | route                                                                 | what it does                               |
 * | --------------------------------------------------------------------- | ------------------------------------------ |
 * | `POST /control/transactions/{id}/{pay,expire,refuse,cancel,analyse}`    | gives an open one another status           |
 * | `POST /control/transactions/{id}/{reverse,chargeback}`                  | takes a deposit's money back               |
 * | `POST /control/transactions/{id}/return`                                | gives back a payment by PIX that was delivered |
 * | `POST /control/charges/{id}/{pay,expire,chargeback}`                   | the same by the names that every simulator has |
 * | `POST /control/payouts/{id}/return`                                   | the same by the name that every simulator has |
 * | `POST /control/internal-transfers` `{"amount": 1000}`                   | books one of so many centavos              |
 * | `POST /control/cash-out` `{"blocked": true}`                            | blocks payments by PIX, or no longer       |
 * | `POST /control/tokens/revoke`                                          | makes all access tokens useless            |
 * | `GET /control/transactions?external_id=…`                              | how many there are, and the newest         |
 */
import { Control, Parse } from "@salesos/simulator-kit"
import { Effect, Option, Schema } from "effect"
import { type HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { Provider } from "./provider.ts"
import { internalTransfer } from "./transactions.ts"
import { listed } from "./shown.ts"
import type { Status } from "./wire.ts"

const decodeTransfer = Parse.decoder(Schema.Struct({ amount: Schema.Int.check(Schema.isGreaterThan(0)) }))
const decodeCashOut = Parse.decoder(Schema.Struct({ blocked: Schema.Boolean }))

/** Adds the routes to `router`. */
export const addControl = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, provider: Provider) {
  const { switches, transactions } = provider

  const move = (path: `/${string}`, status: Status, type: "deposit" | "withdraw" | undefined) =>
    Control.onRow(router, path, transactions, (entry) =>
      type === undefined || entry.transaction.type === type
        ? Effect.map(
            provider.become(entry, status),
            Option.map(({ transaction }) => listed(transaction))
          )
        : Effect.succeedNone
    )

  for (const [action, status, type] of [
    ["pay", "paid", undefined],
    ["expire", "expired", undefined],
    ["refuse", "refused", undefined],
    ["cancel", "cancelled", undefined],
    ["analyse", "in_analysis", undefined],
    ["reverse", "reversed", "deposit"],
    ["chargeback", "chargedback", "deposit"],
    ["return", "reversed", "withdraw"]
  ] as const) {
    yield* move(`/control/transactions/:id/${action}`, status, type)
  }

  // The same by the names that every simulator has.
  yield* move("/control/charges/:id/pay", "paid", "deposit")
  yield* move("/control/charges/:id/expire", "expired", "deposit")
  yield* move("/control/charges/:id/chargeback", "chargedback", "deposit")
  yield* move("/control/payouts/:id/return", "reversed", "withdraw")

  yield* router.add(
    "GET",
    "/control/transactions",
    Effect.map(HttpServerRequest.ParsedSearchParams, ({ external_id }) => {
      const ids = typeof external_id === "string" ? transactions.idsOf("external_id", external_id) : transactions.ids
      return HttpServerResponse.jsonUnsafe({
        count: ids.length,
        transactions: ids.slice(-Control.maxListed).flatMap((id) => {
          const entry = transactions.get(id)
          return entry === undefined ? [] : [listed(entry.transaction)]
        })
      })
    })
  )

  yield* router.add(
    "POST",
    "/control/internal-transfers",
    Effect.gen(function* () {
      const decoded = decodeTransfer(yield* Control.body)
      if ("invalid" in decoded) return Control.invalid(decoded.invalid)
      const { transaction } = yield* provider.add((now) => internalTransfer(decoded.value.amount, now, provider.ids))
      return HttpServerResponse.jsonUnsafe(listed(transaction))
    })
  )

  yield* router.add(
    "POST",
    "/control/cash-out",
    Effect.gen(function* () {
      const decoded = decodeCashOut(yield* Control.body)
      if ("invalid" in decoded) return Control.invalid(decoded.invalid)
      switches.cashOutBlocked = decoded.value.blocked
      return HttpServerResponse.jsonUnsafe(decoded.value)
    })
  )

  yield* router.add(
    "POST",
    "/control/tokens/revoke",
    Effect.map(provider.tokens.revokeAll, (revoked) => HttpServerResponse.jsonUnsafe({ revoked }))
  )
})
