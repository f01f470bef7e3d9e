/**
 * The routes of the InfraPSP document under `/v1`.
 */
import { Creations, type Faults, Parse } from "@salesos/simulator-kit"
import { Clock, Effect, Option, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { badRequest, failure } from "./answers.ts"
import * as Id from "./ids.ts"
import * as Links from "./links.ts"
import * as Lists from "./lists.ts"
import type { Provider, Taken } from "./provider.ts"
import { iso, type Webhook } from "./rows.ts"
import * as Transactions from "./transactions.ts"
import * as Transfers from "./transfers.ts"
import { HttpUrl } from "./wire/common.ts"
import { CreateTransfer } from "./wire/money.ts"
import { CreatePreTransaction } from "./wire/preTransactions.ts"
import { CreateTransaction, type Transaction } from "./wire/transactions.ts"

/** The pair that a request has to show as `Authorization: Bearer {apiKey}.{apiSecret}`. */
export interface Credentials {
  readonly apiKey: string
  readonly apiSecret: string
}

type Answer<R = never> = Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>

/** A lookup's answer: the transaction as it is, or without its QR Code where that is lost. */
const shown = (transaction: Transaction, faults: Faults.Faults): Transaction => {
  if (faults.current().loseArtifacts !== true) return transaction
  const { qrCode: _, ...methodData } = transaction.methodData
  return { ...transaction, methodData }
}

/** What is wrong with the parts of an amount, or undefined. */
const wrongSum = (request: { readonly amount: number } & Parameters<typeof Transactions.total>[0]) =>
  request.amount === Transactions.total(request)
    ? undefined
    : { message: "amount: Expected the sum of items and shipping", paths: ["amount"] }

const refused = (message: string) => badRequest({ message, paths: [] })

/** The request's body by a schema, or the answer to one that does not fit it. */
const bodyOf = <A, I>(schema: Schema.Codec<A, I>) => {
  const decode = Parse.decoder(schema)
  return Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const decoded = decode(yield* Effect.mapError(request.json, () => refused("the body is not JSON")))
    return "invalid" in decoded ? yield* Effect.fail(badRequest(decoded.invalid)) : decoded.value
  })
}

/** Adds the routes to `router`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  provider: Provider,
  faults: Faults.Faults,
  credentials: Credentials
) {
  const { state, take } = provider
  const { chargebacks, charges, feeRules, invoices, links, operations, payables, payouts, webhooks } = state.tables
  const creation = yield* Creations.make(faults, {
    failure,
    rejection: ({ code, message }) => badRequest({ message, paths: [] }, code)
  })
  const bearer = `Bearer ${credentials.apiKey}.${credentials.apiSecret}`

  /** What every route under `/v1` does first. */
  const guarded = <R>(answer: Answer<R>) =>
    Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
      if (faults.current().down === true) return failure(503)
      if (request.headers["authorization"] !== bearer) return failure(401)
      return yield* answer
    })

  const get = <R>(path: `/${string}`, answer: Answer<R>) => router.add("GET", `/v1${path}`, guarded(answer))
  const post = <R>(path: `/${string}`, answer: Answer<R>) => router.add("POST", `/v1${path}`, guarded(answer))

  const find = <Row>(read: (id: string, params: Readonly<Record<string, string | undefined>>) => Row | undefined) =>
    Effect.map(HttpRouter.params, (params) => {
      const row = read(params["id"] ?? "", params)
      return row === undefined ? failure(404) : HttpServerResponse.jsonUnsafe(row)
    })

  const listed = Effect.fnUntraced(function* <Row>(rows: Lists.List<Row>, show: (row: Row) => Row = (row) => row) {
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

  /** Commits a step that is always allowed and answers 201 with its result. */
  const created = <A>(decide: (...at: Parameters<Parameters<typeof take<A>>[0]>) => Taken<A>) =>
    Effect.map(take(decide), (result) => ({ status: 201, body: Option.getOrUndefined(result) }))

  yield* post(
    "/transactions",
    creation(
      Effect.gen(function* () {
        const request = yield* bodyOf(CreateTransaction)
        const wrong = wrongSum(request)
        if (wrong !== undefined) return yield* Effect.fail(badRequest(wrong))
        const { externalId = null, externalSaleChannel = null, metadata, notifyUrl = null, splits } = request
        return created((now, ids) => {
          const transaction = Transactions.created(
            { ...request, externalId, externalSaleChannel, metadata: metadata ?? {}, splits: splits ?? [] },
            now,
            ids
          )
          const charge = Transactions.open(request, transaction, notifyUrl, now, ids)
          return { step: { charges: [charge] }, result: charge.transaction }
        })
      })
    )
  )
  yield* get(
    "/transactions",
    listed(Lists.transactions, (transaction) => shown(transaction, faults))
  )
  yield* get("/transactions/chargebacks", listed(Lists.chargebacks()))
  yield* get(
    "/transactions/:id",
    find((id) => {
      const charge = charges.get(id)
      return charge && shown(charge.transaction, faults)
    })
  )
  yield* post(
    "/transactions/:id/refunds",
    creation(
      Effect.gen(function* () {
        const { id } = yield* HttpRouter.params
        const charge = charges.get(id ?? "")
        if (charge === undefined) return yield* Effect.fail(failure(404))
        const { amount, status } = charge.transaction
        if (status !== "paid") return yield* Effect.fail(refused(`a transaction that is ${status} can't be refunded`))
        if (amount > state.balance().available) return yield* Effect.fail(refused("insufficient balance"))
        return created((now, ids) => {
          const { refund, step } = Transactions.refund(charge, now, ids)
          return { step, result: refund }
        })
      })
    )
  )
  yield* get(
    "/transactions/:id/chargebacks",
    Effect.flatMap(HttpRouter.params, ({ id }) => listed(Lists.chargebacks(id ?? "")))
  )
  yield* get(
    "/transactions/:id/chargebacks/:chargebackId",
    find((id, { chargebackId }) => {
      const chargeback = chargebacks.get(chargebackId ?? "")
      return chargeback?.transactionId === id ? chargeback : undefined
    })
  )

  yield* post(
    "/pre-transactions",
    creation(
      Effect.gen(function* () {
        const request = yield* bodyOf(CreatePreTransaction)
        const wrong = wrongSum({ ...request, shipping: request.shipping ?? null })
        if (wrong !== undefined) return yield* Effect.fail(badRequest(wrong))
        return created((now, ids) => {
          const link = Links.open(request, now, ids)
          return { step: { links: [link] }, result: link.preTransaction }
        })
      })
    )
  )
  yield* get("/pre-transactions", listed(Lists.preTransactions))
  yield* get(
    "/pre-transactions/:id",
    find((id) => links.get(id)?.preTransaction)
  )
  yield* post(
    "/pre-transactions/:id/cancel",
    Effect.gen(function* () {
      const { id } = yield* HttpRouter.params
      const link = links.get(id ?? "")
      if (link === undefined) return failure(404)
      if (!Links.mayCancel(link)) return refused(`a link that is ${link.preTransaction.status} can't be canceled`)
      const canceled = yield* take((now) => {
        const step = Links.cancel(link, now)
        return { step, result: step.links?.[0]?.preTransaction }
      })
      return HttpServerResponse.jsonUnsafe(Option.getOrNull(canceled))
    })
  )

  yield* get("/payables", listed(Lists.payables))
  yield* get("/payables/:id", find(payables.get))
  yield* get("/operations", listed(Lists.operations))
  yield* get("/operations/:id", find(operations.get))

  yield* post(
    "/transfers",
    creation(
      Effect.gen(function* () {
        const request = yield* bodyOf(CreateTransfer)
        const { available, underWay } = state.balance()
        if (Transfers.cost(request.amount) > available - underWay) {
          return yield* Effect.fail(refused("insufficient balance"))
        }
        return created((now, ids) => {
          const payout = Transfers.open(request, false, now, ids)
          return { step: { payouts: [payout] }, result: payout.transfer }
        })
      })
    )
  )
  yield* get("/transfers", listed(Lists.transfers))
  yield* get(
    "/transfers/:id",
    find((id) => payouts.get(id)?.transfer)
  )

  yield* get("/invoices", listed(Lists.invoices))
  yield* get("/invoices/:id", find(invoices.get))
  yield* get(
    "/fee-rules",
    Effect.sync(() => HttpServerResponse.jsonUnsafe([...feeRules.rows()]))
  )
  // The document only mentions a balance; the fields are those of the provider's published client types.
  yield* get(
    "/balance",
    Effect.sync(() => {
      const { available, underWay, waitingFunds } = state.balance()
      return HttpServerResponse.jsonUnsafe({
        amountAvailable: available,
        amountWaitingFunds: waitingFunds,
        amountAvailableToTransfer: available - underWay
      })
    })
  )

  yield* post(
    "/webhooks",
    Effect.gen(function* () {
      const { url } = yield* bodyOf(Schema.Struct({ url: HttpUrl }))
      const made = yield* take((now, ids) => {
        const webhook: Webhook = { id: Id.entity(ids), url, createdAt: iso(now) }
        return { step: { webhooks: [webhook] }, result: webhook }
      })
      return HttpServerResponse.jsonUnsafe(Option.getOrNull(made), { status: 201 })
    }).pipe(Effect.catch((refusal) => Effect.succeed(refusal)))
  )
  yield* get(
    "/webhooks",
    Effect.sync(() => HttpServerResponse.jsonUnsafe([...webhooks.rows()]))
  )

  yield* router.add("*", "/v1/*", guarded(Effect.succeed(failure(404))))
})
