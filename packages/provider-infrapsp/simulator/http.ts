/**
 * The routes of the InfraPSP document under `/v1`.
 */
import { Creations, type Faults, Parse } from "@salesos/simulator-kit"
import { Clock, Effect } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { badRequest, failure } from "./answers.ts"
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

const decodeCreate = Parse.decoder(CreateTransaction)

/** A lookup's answer: the transaction as it is, or without its QR Code where that is lost. */
const shown = (transaction: Transaction, faults: Faults.Faults): Transaction => {
  if (faults.current().loseArtifacts !== true) return transaction
  const { qrCode: _, ...methodData } = transaction.methodData
  return { ...transaction, methodData }
}

/** "create a transaction". */
const create = (provider: Provider) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = yield* Effect.mapError(request.json, () => badRequest({ message: "the body is not JSON", paths: [] }))
    const decoded = decodeCreate(body)
    if ("invalid" in decoded) return yield* Effect.fail(badRequest(decoded.invalid))
    if (decoded.value.amount !== total(decoded.value)) {
      const message = "amount: Expected the sum of items and shipping"
      return yield* Effect.fail(badRequest({ message, paths: ["amount"] }))
    }
    return Effect.map(provider.create(decoded.value), ({ transaction }) => ({ status: 201, body: transaction }))
  })

/** Adds the routes to `router`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  provider: Provider,
  faults: Faults.Faults,
  credentials: Credentials
) {
  const { state } = provider
  const { charges, operations, payables } = state.tables
  const creation = yield* Creations.make(faults, {
    failure,
    rejection: ({ code, message }) => badRequest({ message, paths: [] }, code)
  })
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
          ? badRequest({
              message: found.invalid.message,
              // Of `status=paid,lost` the parameter is at fault, not its second value.
              paths: found.invalid.paths.map((path) => path.replace(/\..*/, ""))
            })
          : HttpServerResponse.jsonUnsafe(found.map(show))
      })
    )

  yield* router.add(
    "POST",
    "/v1/transactions",
    guarded(() => creation(create(provider)))
  )
  yield* router.add(
    "GET",
    "/v1/transactions",
    list(Query.transactions, (transaction) => shown(transaction, faults))
  )
  yield* router.add(
    "GET",
    "/v1/transactions/:id",
    find((id) => {
      const charge = charges.get(id)
      return charge && shown(charge.transaction, faults)
    })
  )
  yield* router.add("GET", "/v1/payables", list(Query.payables))
  yield* router.add("GET", "/v1/payables/:id", find(payables.get))
  yield* router.add("GET", "/v1/operations", list(Query.operations))
  yield* router.add("GET", "/v1/operations/:id", find(operations.get))
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
