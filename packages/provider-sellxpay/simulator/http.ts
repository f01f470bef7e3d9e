/**
 * The routes of the SellxPay document under `/api/v1`.
 */
import { Creations, type Faults, Parse, Pix } from "@salesos/simulator-kit"
import { Clock, Effect, Option } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { failure, invalid, refusal } from "./answers.ts"
import * as Boleto from "./boleto.ts"
import * as Limit from "./limit.ts"
import { type Provider, tokenLifetime } from "./provider.ts"
import * as Query from "./query.ts"
import { dueDate, mayRefund, openBoleto, openCard, openPayment, openQrCode } from "./transactions.ts"
import {
  BoletoCreate,
  CardCharge,
  created,
  NewWebhook,
  PixPayment,
  PixQrCode,
  reais,
  refunded,
  single,
  type Transaction
} from "./wire.ts"

/** The pair that a token is given for. */
export interface Credentials {
  readonly clientId: string
  readonly clientSecret: string
}

/** What a test may switch: whether payments by PIX are blocked, as an administrator of SellxPay may do. */
export interface Switches {
  cashOutBlocked: boolean
}

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

/** A picture of nothing, one transparent pixel: what is paid is the text beside it. */
const emptyPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

const page = ({ amount, status }: Transaction, line: string): string =>
  `<!doctype html><meta charset="utf-8"><title>Boleto</title>` +
  `<h1>Boleto (simulador)</h1><p>R$ ${reais(amount).toFixed(2)} - ${status}</p><code>${line}</code>`

/** Adds the routes to `router`, which begins at `prefix`. Delayed creations live in the scope of this effect. */
export const addRoutes = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  prefix: string,
  provider: Provider,
  faults: Faults.Faults,
  switches: Switches,
  credentials: Credentials
) {
  const { ids, transactions } = provider
  const creation = yield* Creations.make(faults, {
    failure: (status) => failure(status),
    rejection: ({ code, message }) => refusal(code, message)
  })
  const count = Limit.make()
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

  /** The body by its decoder, or the answer to one that is no good. */
  const read = <A>(
    decode: (value: unknown) => { readonly value: A } | { readonly invalid: Parse.Invalid }
  ): Effect.Effect<A, Response, Request> =>
    Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const body = yield* Effect.mapError(request.json, () => failure(400))
      const decoded = decode(body)
      return "invalid" in decoded ? yield* Effect.fail(invalid(decoded.invalid)) : decoded.value
    })

  const json = (body: unknown, status = 200): Response => HttpServerResponse.jsonUnsafe(body, { status })

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

  const decodeQrCode = Parse.decoder(PixQrCode)
  yield* router.add(
    "POST",
    "/api/v1/pix/qrcode",
    guarded(() =>
      creation(
        Effect.map(read(decodeQrCode), (request) =>
          Effect.map(
            provider.add((now) => openQrCode(request, now, ids)),
            ({ transaction }) => {
              const text = Pix.brCode(request.amount, ids.alphanumeric(25))
              return {
                status: 201,
                body: {
                  ...created(transaction),
                  qr_code: text,
                  qr_code_base64: emptyPng,
                  copy_paste: text,
                  expires_at: transaction.expires_at
                }
              }
            }
          )
        )
      )
    )
  )

  const decodePayment = Parse.decoder(PixPayment)
  yield* router.add(
    "POST",
    "/api/v1/pix/payment",
    guarded(() =>
      creation(
        Effect.gen(function* () {
          const request = yield* read(decodePayment)
          if (switches.cashOutBlocked) return yield* Effect.fail(failure(403))
          const { balance, blocked } = provider.balance()
          if (request.amount > balance - blocked) {
            return yield* Effect.fail(refusal("insufficient_balance", "Saldo insuficiente."))
          }
          return Effect.map(
            provider.add((now) => openPayment(request, now, ids)),
            ({ transaction }) => ({
              status: 201,
              body: { ...created(transaction), pix_key: request.pix_key, pix_key_type: request.pix_key_type }
            })
          )
        })
      )
    )
  )

  const decodeBoleto = Parse.decoder(BoletoCreate)
  /** The same boleto on every look: the bank's own digits are those of the transaction's id. */
  const boletoOf = ({ amount, expires_at, id }: Transaction) =>
    Boleto.make(
      amount,
      (expires_at ?? "").slice(0, 10),
      BigInt(`0x${id.replaceAll("-", "").slice(0, 20)}`)
        .toString()
        .padStart(25, "0")
    )
  yield* router.add(
    "POST",
    "/api/v1/boleto/create",
    guarded((http) =>
      creation(
        Effect.gen(function* () {
          const request = yield* read(decodeBoleto)
          const now = yield* Clock.currentTimeMillis
          if (dueDate(request, now) < new Date(now).toISOString().slice(0, 10)) {
            return yield* Effect.fail(invalid({ message: "past", paths: ["due_date"] }))
          }
          return Effect.map(
            provider.add((now) => openBoleto(request, now, ids)),
            ({ transaction }) => {
              const { barcode, line } = boletoOf(transaction)
              return {
                status: 201,
                body: {
                  ...created(transaction),
                  boleto_url: `http://${http.headers["host"] ?? "127.0.0.1"}${prefix}/boleto/view/${transaction.id}`,
                  boleto_barcode: barcode,
                  digitable_line: line,
                  expires_at: transaction.expires_at
                }
              }
            }
          )
        })
      )
    )
  )
  yield* router.add(
    "GET",
    "/boleto/view/:id",
    Effect.map(HttpRouter.params, ({ id }) => {
      const transaction = transactions.get(id ?? "")?.transaction
      return transaction?.method === "boleto"
        ? HttpServerResponse.text(page(transaction, boletoOf(transaction).line), { contentType: "text/html" })
        : failure(404)
    })
  )

  const decodeCard = Parse.decoder(CardCharge)
  yield* router.add(
    "POST",
    "/api/v1/card/charge",
    guarded(() =>
      creation(
        Effect.map(read(decodeCard), (request) =>
          Effect.map(
            provider.add((now) => openCard(request, now, ids)),
            ({ transaction }) => ({
              status: 201,
              body: {
                ...created(transaction),
                installments: request.installments ?? 1,
                card_brand: "visa",
                card_last_digits: "4242"
              }
            })
          )
        )
      )
    )
  )

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
        const found = Query.list(transactions, query)
        return "invalid" in found ? invalid(found.invalid) : json(found)
      })
    )
  )

  const found = Effect.map(HttpRouter.params, ({ id }) => transactions.get(id ?? ""))
  yield* router.add(
    "GET",
    "/api/v1/transaction/:id",
    guarded(() => Effect.map(found, (entry) => (entry === undefined ? failure(404) : json(single(entry.transaction)))))
  )
  yield* router.add(
    "POST",
    "/api/v1/transaction/:id/refund",
    guarded(() =>
      creation(
        Effect.gen(function* () {
          const entry = yield* found
          if (entry === undefined) return yield* Effect.fail(failure(404))
          if (!mayRefund(entry.transaction)) {
            return yield* Effect.fail(refusal("validation_error", "Apenas depositos pagos podem ser reembolsados."))
          }
          const { balance, blocked } = provider.balance()
          if (entry.transaction.net_amount > balance - blocked) {
            return yield* Effect.fail(refusal("insufficient_balance", "Saldo insuficiente."))
          }
          return Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            const done = Option.getOrElse(yield* provider.become(entry, "reversed"), () => entry)
            return { status: 200, body: refunded(done.transaction, new Date(now).toISOString()) }
          })
        })
      )
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
