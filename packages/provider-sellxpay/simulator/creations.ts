/**
 * The routes of the SellxPay document that make money move: four creations, and the refund.
 */
import { Creations, type Faults, Parse, Pix } from "@salesos/simulator-kit"
import { Clock, Effect, Option } from "effect"
import { HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { failure, invalid, read, refusal } from "./answers.ts"
import * as Boleto from "./boleto.ts"
import type { Provider } from "./provider.ts"
import { created, refunded } from "./shown.ts"
import { dueDate, mayRefund, openBoleto, openCard, openPayment, openQrCode } from "./transactions.ts"
import { BoletoCreate, CardCharge, PixPayment, PixQrCode, reais, type Transaction } from "./wire.ts"

type Request = HttpServerRequest.HttpServerRequest
type Response = HttpServerResponse.HttpServerResponse

/** Answers only a request with a good token, within the limit. */
export type Guard = <R>(
  answer: (request: Request) => Effect.Effect<Response, never, R>
) => (request: Request) => Effect.Effect<Response, never, R>

/** A picture of nothing, one transparent pixel: what is paid is the text beside it. */
const emptyPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

const page = ({ amount, status }: Transaction, line: string): string =>
  `<!doctype html><meta charset="utf-8"><title>Boleto</title>` +
  `<h1>Boleto (simulador)</h1><p>R$ ${reais(amount).toFixed(2)} - ${status}</p><code>${line}</code>`

/** The same boleto on every look: the bank's own digits are those of the transaction's id. */
const boletoOf = ({ amount, expires_at, id }: Transaction) =>
  Boleto.make(
    amount,
    (expires_at ?? "").slice(0, 10),
    BigInt(`0x${id.replaceAll("-", "").slice(0, 20)}`)
      .toString()
      .padStart(25, "0")
  )

const decodeQrCode = Parse.decoder(PixQrCode)
const decodePayment = Parse.decoder(PixPayment)
const decodeBoleto = Parse.decoder(BoletoCreate)
const decodeCard = Parse.decoder(CardCharge)

/** Adds the routes to `router`, which begins at `prefix`. Delayed creations live in the scope of this effect. */
export const addCreations = Effect.fnUntraced(function* (
  router: HttpRouter.HttpRouter,
  prefix: string,
  provider: Provider,
  faults: Faults.Faults,
  guarded: Guard
) {
  const { ids, switches, transactions } = provider
  const creation = yield* Creations.make(faults, {
    failure: (status) => failure(status),
    rejection: ({ code, message }) => refusal(code, message)
  })

  /** Fails where so many centavos are not to be had. */
  const available = (amount: number) => {
    const { balance, blocked } = provider.balance()
    return amount > balance - blocked
      ? Effect.fail(refusal("insufficient_balance", "Saldo insuficiente."))
      : Effect.void
  }

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

  yield* router.add(
    "POST",
    "/api/v1/pix/payment",
    guarded(() =>
      creation(
        Effect.gen(function* () {
          const request = yield* read(decodePayment)
          if (switches.cashOutBlocked) return yield* Effect.fail(failure(403))
          yield* available(request.amount)
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
    "POST",
    "/api/v1/transaction/:id/refund",
    guarded(() =>
      creation(
        Effect.gen(function* () {
          const { id } = yield* HttpRouter.params
          const entry = transactions.get(id ?? "")
          if (entry === undefined) return yield* Effect.fail(failure(404))
          if (!mayRefund(entry.transaction)) {
            return yield* Effect.fail(refusal("validation_error", "Apenas depositos pagos podem ser reembolsados."))
          }
          yield* available(entry.transaction.net_amount)
          return Effect.gen(function* () {
            const now = yield* Clock.currentTimeMillis
            const done = Option.getOrElse(yield* provider.become(entry, "reversed"), () => entry)
            return { status: 200, body: refunded(done.transaction, new Date(now).toISOString()) }
          })
        })
      )
    )
  )
})
