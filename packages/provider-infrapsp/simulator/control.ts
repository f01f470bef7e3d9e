/**
 * What only a test can do to the provider, under `/control` and without authorization: end transactions before their
 * time, look behind the API, and set faults.
 */
import { Effect, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { badRequest, decoder, failure } from "./answers.ts"
import { type Faults, FaultSettings } from "./faults.ts"
import type { Provider } from "./provider.ts"
import type { Ending } from "./transactions.ts"

const decodeFaults = decoder(FaultSettings)

/** Most rows that a list shows; the newest transactions, the oldest notifications. */
const maxListed = 1_000

/** Adds the routes to `router`. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  provider: Provider,
  faults: Faults
) {
  const { charges } = provider.state

  const end = (ending: Ending) =>
    Effect.gen(function* () {
      const { id } = yield* HttpRouter.params
      const charge = charges.get(id ?? "")
      if (charge === undefined) return failure(404)
      const ended = yield* provider.end(charge, ending)
      return Option.isNone(ended) ? failure(409) : HttpServerResponse.jsonUnsafe(ended.value.transaction)
    })

  yield* router.add("POST", "/control/transactions/:id/pay", end("paid"))
  yield* router.add("POST", "/control/transactions/:id/expire", end("expired"))
  yield* router.add("POST", "/control/transactions/:id/fail", end("failed"))

  yield* router.add(
    "GET",
    "/control/transactions",
    Effect.map(HttpServerRequest.ParsedSearchParams, ({ externalId }) => {
      const ids = typeof externalId === "string" ? charges.idsOf(externalId) : charges.ids
      return HttpServerResponse.jsonUnsafe({
        count: ids.length,
        transactions: ids.slice(-maxListed).map((id) => charges.get(id)?.transaction)
      })
    })
  )

  yield* router.add(
    "GET",
    "/control/notifications",
    Effect.sync(() => {
      const undelivered = [...provider.state.notifications.values()]
      return HttpServerResponse.jsonUnsafe({
        count: undelivered.length,
        notifications: undelivered.slice(0, maxListed).map(({ attempts, dueAt, entityId, id }) => ({
          id,
          entityId,
          attempts,
          dueAt: new Date(dueAt).toISOString()
        }))
      })
    })
  )

  yield* router.add(
    "POST",
    "/control/faults",
    Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
      const decoded = decodeFaults(yield* Effect.orElseSucceed(request.json, () => undefined))
      if ("invalid" in decoded) return badRequest(decoded.invalid.message, decoded.invalid.paths)
      faults.merge(decoded.value)
      return HttpServerResponse.jsonUnsafe(faults.current())
    })
  )
  yield* router.add("DELETE", "/control/faults", Effect.as(faults.reset, HttpServerResponse.empty()))
  yield* router.add(
    "POST",
    "/control/release",
    Effect.map(faults.release, (released) => HttpServerResponse.jsonUnsafe({ released }))
  )
})
