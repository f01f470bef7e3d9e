/**
 * The routes of the document: a token for the client's credentials, and payments under `/v1`.
 */
import { Creations, type Faults, Parse } from "@salesos/simulator-kit"
import { Effect } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Answers from "./answers.ts"
import { created, listed, shown } from "./payments.ts"
import { type Provider, tokenLifetime } from "./provider.ts"
import * as Query from "./query.ts"
import { CreatePayment } from "./wire.ts"

/** The pair that a token is given for, shown as `Authorization: Basic …`. */
export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
}

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

const decodeCreate = Parse.decoder(CreatePayment)

/** Adds the routes to `router`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  provider: Provider,
  faults: Faults.Faults,
  credentials: Credentials
) {
  const { payments, tokens } = provider
  const answers = Answers.make(provider.ids)
  const creation = yield* Creations.make(faults, answers)
  const ok = (data: unknown): Response => HttpServerResponse.jsonUnsafe(answers.data(data))

  const basic = `Basic ${btoa(`${credentials.clientId}:${credentials.clientSecret}`)}`
  yield* router.add(
    "POST",
    "/oauth2/token",
    Effect.fnUntraced(function* (request: Request) {
      if (faults.current().down === true) return answers.failure(503)
      if (request.headers["authorization"] !== basic) return answers.failure(401)
      return ok({ access_token: yield* tokens.issue, token_type: "Bearer", expires_in: tokenLifetime })
    })
  )

  /** What every route under `/v1` does first. */
  const guarded = <R>(answer: Effect.Effect<Response, never, R>) =>
    Effect.fnUntraced(function* (request: Request) {
      if (faults.current().down === true) return answers.failure(503)
      return (yield* tokens.isGood(request.headers["authorization"])) ? yield* answer : answers.failure(401)
    })

  const create = Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const decoded = decodeCreate(yield* Effect.mapError(request.json, () => answers.failure(400)))
    if ("invalid" in decoded) return yield* Effect.fail(answers.invalid(decoded.invalid))
    return Effect.map(provider.create(decoded.value), (payment) => ({
      status: 200,
      body: answers.data(created(payment))
    }))
  })
  yield* router.add("POST", "/v1/payment", guarded(creation(create)))

  yield* router.add(
    "GET",
    "/v1/payment/:id",
    guarded(
      Effect.map(HttpRouter.params, ({ id }) => {
        const payment = payments.get(id ?? "")
        return payment === undefined ? answers.failure(404) : ok(shown(payment))
      })
    )
  )
  yield* router.add(
    "GET",
    "/v1/payments",
    guarded(
      Effect.map(HttpServerRequest.ParsedSearchParams, (query) => {
        const found = Query.list(payments, query)
        return "invalid" in found ? answers.invalid(found.invalid) : ok(found.map(listed))
      })
    )
  )
  yield* router.add("*", "/v1/*", guarded(Effect.sync(() => answers.failure(404))))
})
