/**
 * The routes of the InfraPSP document under `/v1`.
 */
import { Clock, Effect, Fiber, Scope } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { badRequest, decoder, failure } from "./answers.ts"
import type { Faults } from "./faults.ts"
import type { Provider } from "./provider.ts"
import * as Query from "./query.ts"
import { total } from "./transactions.ts"
import { CreateTransaction, type Transaction } from "./wire.ts"

/** The pair that a request has to show as `Authorization: Bearer {apiKey}.{apiSecret}`. */
export interface Credentials {
  readonly apiKey: string
  readonly apiSecret: string
}

type Answer<R = never> = Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>

const decodeCreate = decoder(CreateTransaction)

/** A lookup's answer: the transaction as it is, or without its QR Code where that is lost. */
const shown = (transaction: Transaction, faults: Faults): Transaction => {
  if (faults.current().loseArtifacts !== true) return transaction
  const { qrCode: _, ...methodData } = transaction.methodData
  return { ...transaction, methodData }
}

/** "create a transaction". */
const create = (provider: Provider, faults: Faults, background: Scope.Scope) =>
  Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { createStatus, rejectCreates } = faults.current()
    if (createStatus !== undefined && createStatus !== null) return failure(createStatus)
    if (rejectCreates !== undefined && rejectCreates !== null) {
      return badRequest(rejectCreates.message, [], rejectCreates.code)
    }

    const body = yield* Effect.option(request.json)
    if (body._tag === "None") return badRequest("the body is not JSON", [])
    const decoded = decodeCreate(body.value)
    if ("invalid" in decoded) return badRequest(decoded.invalid.message, decoded.invalid.paths)
    if (decoded.value.amount !== total(decoded.value)) {
      return badRequest("amount: Expected the sum of items and shipping", ["amount"])
    }

    const commit = provider.create(decoded.value)
    const { createDelayMs } = faults.current()
    // In the background: a provider that has read a request goes on with it when the caller has gone.
    const charge =
      createDelayMs === undefined || createDelayMs === 0
        ? yield* commit
        : yield* Effect.sleep(createDelayMs).pipe(
            Effect.andThen(commit),
            Effect.forkIn(background),
            Effect.flatMap(Fiber.join)
          )
    if (faults.current().holdCreateAnswers === true) yield* faults.held

    const answer = JSON.stringify(charge.transaction)
    return HttpServerResponse.text(
      faults.current().truncateCreateAnswers === true ? answer.slice(0, answer.length / 2) : answer,
      { status: 201, contentType: "application/json" }
    )
  })

/** Adds the routes to `router`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  provider: Provider,
  faults: Faults,
  credentials: Credentials
) {
  const background = yield* Scope.Scope
  const { state } = provider
  const bearer = `Bearer ${credentials.apiKey}.${credentials.apiSecret}`

  /** What every route under `/v1` does first. */
  const guarded = <R>(answer: (request: HttpServerRequest.HttpServerRequest) => Answer<R>) =>
    Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
      if (faults.current().down === true) return failure(503)
      if (request.headers["authorization"] !== bearer) return failure(401)
      return yield* answer(request)
    })

  const find = <Row>(get: (id: string) => Row | undefined) =>
    guarded(() =>
      Effect.map(HttpRouter.params, ({ id }) => {
        const row = get(id ?? "")
        return row === undefined ? failure(404) : HttpServerResponse.jsonUnsafe(row)
      })
    )

  const list = <Row>(rows: Query.List<Row>, show: (row: Row) => Row = (row) => row) =>
    guarded(
      Effect.fnUntraced(function* () {
        const query = yield* HttpServerRequest.ParsedSearchParams
        const found = rows(state, query, yield* Clock.currentTimeMillis)
        return "invalid" in found
          ? badRequest(
              found.invalid.message,
              // Of `status=paid,lost` the parameter is at fault, not its second value.
              found.invalid.paths.map((path) => path.replace(/\..*/, ""))
            )
          : HttpServerResponse.jsonUnsafe(found.map(show))
      })
    )

  yield* router.add("POST", "/v1/transactions", guarded(create(provider, faults, background)))
  yield* router.add(
    "GET",
    "/v1/transactions",
    list(Query.transactions, (transaction) => shown(transaction, faults))
  )
  yield* router.add(
    "GET",
    "/v1/transactions/:id",
    find((id) => {
      const charge = state.charges.get(id)
      return charge && shown(charge.transaction, faults)
    })
  )
  yield* router.add("GET", "/v1/payables", list(Query.payables))
  yield* router.add("GET", "/v1/payables/:id", find(state.payables.get))
  yield* router.add("GET", "/v1/operations", list(Query.operations))
  yield* router.add("GET", "/v1/operations/:id", find(state.operations.get))
  // The document only mentions a balance; the fields are those of the provider's published client types.
  yield* router.add(
    "GET",
    "/v1/balance",
    guarded(() =>
      Effect.sync(() =>
        HttpServerResponse.jsonUnsafe({
          amountAvailable: state.balance(),
          amountWaitingFunds: 0,
          amountAvailableToTransfer: state.balance()
        })
      )
    )
  )
  yield* router.add(
    "*",
    "/v1/*",
    guarded(() => Effect.succeed(failure(404)))
  )
})
