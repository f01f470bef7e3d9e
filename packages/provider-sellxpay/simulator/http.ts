/**
 * The routes of the SellxPay document under `/api/v1`: tokens, what can be read, and webhooks.
 */
import { type Faults, Parse } from "@salesos/simulator-kit"
import { Clock, Effect } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { failure, invalid, read } from "./answers.ts"
import { addCreations } from "./creations.ts"
import * as Limit from "./limit.ts"
import { type Provider, tokenLifetime } from "./provider.ts"
import * as Query from "./query.ts"
import { single } from "./shown.ts"
import { NewWebhook, reais } from "./wire.ts"

/** The pair that a token is given for. */
export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
}

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

const json = (body: unknown, status = 200): Response => HttpServerResponse.jsonUnsafe(body, { status })

/** Adds the routes to `router`, which begins at `prefix`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  prefix: string,
  provider: Provider,
  faults: Faults.Faults,
  credentials: Credentials,
  callsPerMinute = Limit.documented
) {
  const count = Limit.make(callsPerMinute)
  const basic = `Basic ${btoa(`${credentials.clientId}:${credentials.clientSecret}`)}`

  /** What every route but the one for tokens does first. */
  const guarded = <R>(answer: (request: Request) => Effect.Effect<Response, never, R>) =>
    Effect.fnUntraced(function* (request: Request) {
      if (faults.current().down === true) return failure(500)
      const { authorization = "" } = request.headers
      if (!(yield* provider.tokens.isGood(authorization))) return failure(401)
      const wait = count(authorization, yield* Clock.currentTimeMillis)
      if (wait !== undefined) return failure(429, { "retry-after": `${wait}` })
      return yield* answer(request)
    })

  yield* router.add(
    "POST",
    "/api/v1/oauth/token",
    Effect.fnUntraced(function* (request: Request) {
      if (faults.current().down === true) return failure(500)
      if (request.headers["authorization"] !== basic) return failure(401)
      const access_token = yield* provider.tokens.issue
      return json({ access_token, token_type: "Bearer", expires_in: tokenLifetime })
    })
  )

  yield* addCreations(router, prefix, provider, faults, guarded)

  yield* router.add(
    "GET",
    "/api/v1/balance",
    guarded(() =>
      Effect.sync(() => {
        const { balance, blocked } = provider.balance()
        return json({
          balance: reais(balance),
          balance_blocked: reais(blocked),
          available_balance: reais(balance - blocked)
        })
      })
    )
  )

  yield* router.add(
    "GET",
    "/api/v1/transactions",
    guarded(() =>
      Effect.map(HttpServerRequest.ParsedSearchParams, (query) => {
        const found = Query.list(provider.transactions, query)
        return "invalid" in found ? invalid(found.invalid) : json(found)
      })
    )
  )

  yield* router.add(
    "GET",
    "/api/v1/transaction/:id",
    guarded(() =>
      Effect.map(HttpRouter.params, ({ id }) => {
        const entry = provider.transactions.get(id ?? "")
        return entry === undefined ? failure(404) : json(single(entry.transaction))
      })
    )
  )

  const decodeWebhook = Parse.decoder(NewWebhook)
  yield* router.add(
    "POST",
    "/api/v1/webhooks",
    guarded(() =>
      read(decodeWebhook).pipe(
        Effect.flatMap(({ is_active = true, url }) => provider.webhooks.add({ url, is_active })),
        Effect.map(({ id, is_active, url }) =>
          json({ id, url, is_active, message: "Webhook configurado com sucesso" }, 201)
        ),
        Effect.catch((response) => Effect.succeed(response))
      )
    )
  )
  yield* router.add(
    "GET",
    "/api/v1/webhooks",
    guarded(() => Effect.sync(() => json({ data: provider.webhooks.all() })))
  )
  yield* router.add(
    "DELETE",
    "/api/v1/webhooks/:id",
    guarded(() =>
      HttpRouter.params.pipe(
        Effect.flatMap(({ id }) => provider.webhooks.remove(id ?? "")),
        Effect.map((removed) => (removed ? json({ message: "Webhook removido com sucesso" }) : failure(404)))
      )
    )
  )
  yield* router.add(
    "*",
    "/api/v1/*",
    guarded(() => Effect.succeed(failure(404)))
  )
})
