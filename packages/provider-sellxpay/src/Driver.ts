/**
 * SellxPay's driver: charges by PIX, boleto and card token, payments by PIX, refunds, statement and balance. What is said
 * is in `mapping.ts`, how the provider is called in `Calls.ts`. It never sends anything twice: whether to is for core to
 * say.
 */
import { Money, Outcome, Provider, type ProviderCalls } from "@salesos/core"
import * as Capabilities from "@salesos/core/ports/Capabilities"
import { DateTime, Duration, Effect, Option, Result, Schema } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { Balance, brl, encode, idOf, Transaction } from "./Api.ts"
import * as Calls from "./Calls.ts"
import * as Lists from "./Lists.ts"
import * as mapping from "./mapping.ts"

/** The driver's name: what a provider account says in `provider`. */
export const sellxpay = "sellxpay"

const inBrazil = { country: "BR", currency: brl } as const

/** Only limits and expiry of PIX are the document's. The others are ours, and so much as a boleto's ten digits hold. */
export const capabilities: ReadonlyArray<Provider.Capability> = [
  {
    ...inBrazil,
    direction: "charge",
    method: "pix",
    limits: { minimum: 10_00, maximum: 50_000_00 },
    needs: [],
    maximumExpirySeconds: 30 * 60, // "O QR Code tem validade de 30 minutos", whatever is asked
    features: ["lookup", "refund"]
  },
  {
    ...inBrazil,
    direction: "charge",
    method: "boleto",
    limits: { minimum: 1, maximum: 99_999_999_99 },
    needs: ["document"],
    maximumExpirySeconds: 365 * 24 * 3600,
    features: ["lookup", "refund"]
  },
  {
    ...inBrazil,
    direction: "charge",
    method: "card",
    card: "token",
    limits: { minimum: 1, maximum: 99_999_999_99 },
    needs: ["document"],
    maximumExpirySeconds: null,
    features: ["lookup", "refund", "artifact_in_lookup"]
  },
  {
    ...inBrazil,
    direction: "payout",
    method: "pix",
    // The tax is taken out of it (4.99 in the document's example), and something has to be left.
    limits: { minimum: 10_00, maximum: 99_999_999_99 },
    features: ["lookup"]
  }
]

/** The document says nothing on lookups. Of payments by PIX it shows the tax deducted. */
export const facts: Provider.Facts = {
  lookup: { minimumAge: Duration.seconds(5), misses: 2 },
  payoutFee: "deducted"
}

const decodeTransaction = Schema.decodeUnknownOption(Transaction)
const decodeBalance = Schema.decodeUnknownOption(Balance)
const decodeAmount = Schema.decodeUnknownOption(Money.MinorUnits)

const rejected = (message: string) => Result.fail(new Provider.Rejected({ message }))

/** What kind of operation was refused: 403 is "conta inativa, cash-in/out desabilitado". */
type Operation = "charge" | "payout" | "refund"

/** The outcome of an answer without a transaction. */
const outcomeOf = (operation: Operation, { refusal, status }: Calls.Answer) => {
  if (operation === "payout" && status === 403) {
    return new Provider.Unavailable({ message: "The account's payments by PIX are blocked", account: "payouts" })
  }
  const outcome = Outcome.ofAnswer(status, refusal?.message ?? null)
  return outcome._tag === "Rejected" && refusal?.code === "insufficient_balance"
    ? new Provider.Rejected({ message: outcome.message, code: refusal.code })
    : outcome
}

/** Path and body of the creation of a charge. */
const creationOf = (
  account: Provider.ProviderAccount,
  request: Provider.ChargeRequest,
  amount: Money.MinorUnits
): Result.Result<readonly [path: string, body: string], Provider.Rejected> => {
  const { cardToken, customer, dueDate, method } = request
  if (method === "pix") return Result.succeed(["/pix/qrcode", encode(amount, mapping.qrCode(account, request))])
  const { document } = customer
  if (document === undefined) return rejected("SellxPay needs the payer's CPF or CNPJ")
  if (method === "boleto") {
    if (dueDate === undefined) return rejected("A boleto needs a due date")
    return Result.succeed(["/boleto/create", encode(amount, mapping.boleto(account, request, { document, dueDate }))])
  }
  return cardToken === undefined
    ? rejected("SellxPay charges cards by token only")
    : Result.succeed(["/card/charge", encode(amount, mapping.card(account, request, { document, cardToken }))])
}

const amountOf = ({ amount }: Money.Money): Result.Result<Money.MinorUnits, Provider.Rejected> =>
  Option.match(decodeAmount(amount), { onNone: () => rejected("Expected whole centavos"), onSome: Result.succeed })

const another = new Provider.Unknown({ message: "The provider answered with another transaction" })

/** Makes the driver. It keeps no state, and what it needs of an account comes with every call. */
export const make: Effect.Effect<
  Provider.Driver,
  never,
  HttpClient.HttpClient | ProviderCalls.AccessTokens | ProviderCalls.Pacing
> = Effect.gen(function* () {
  const send = yield* Calls.make
  const lists = Lists.make(send)

  /** The transaction that a call answers with. An answer that carries one counts, whatever the status of either. */
  const one = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    operation: Operation,
    turn: Calls.Turn,
    request: HttpClientRequest.HttpClientRequest
  ) {
    const answer = yield* send(account, turn, request)
    const transaction = decodeTransaction(answer.body)
    return Option.isNone(transaction)
      ? yield* outcomeOf(operation, answer)
      : { transaction: transaction.value, raw: answer.raw, readAt: yield* DateTime.now }
  })

  const post = (path: string, body: string) =>
    HttpClientRequest.bodyText(HttpClientRequest.post(path), body, "application/json")

  const createCharge = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    request: Provider.ChargeRequest
  ) {
    yield* Effect.fromResult(Capabilities.ofCharge(capabilities, request))
    const amount = yield* Effect.fromResult(amountOf(request.money))
    const [path, body] = yield* Effect.fromResult(creationOf(account, request, amount))
    const { raw, readAt, transaction } = yield* one(account, "charge", "first", post(path, body))
    return mapping.chargeObservation(transaction, request, raw, readAt)
  })

  const createPayout = Effect.fnUntraced(function* (account: Provider.ProviderAccount, order: Provider.PayoutOrder) {
    yield* Effect.fromResult(Capabilities.ofPayout(capabilities, order))
    const amount = yield* Effect.fromResult(amountOf(order.money))
    const payment = mapping.payment(order)
    if (Option.isNone(payment)) {
      return yield* new Provider.Rejected({ message: "SellxPay pays to PIX keys, and to a CNPJ of digits only" })
    }
    const { raw, readAt, transaction } = yield* one(
      account,
      "payout",
      "first",
      post("/pix/payment", encode(amount, payment.value))
    )
    return mapping.payoutObservation(transaction, raw, readAt)
  })

  /** "Transacao - Consultar Status", of a kind. */
  const read = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    kind: mapping.Kind,
    providerId: string,
    turn: Calls.Turn
  ) {
    const get = HttpClientRequest.get(`/transaction/${encodeURIComponent(providerId)}`)
    const seen = yield* one(account, "charge", turn, get)
    return idOf(seen.transaction) === providerId && mapping.isOf(seen.transaction, kind) ? seen : yield* another
  })

  const getCharge = (account: Provider.ProviderAccount, providerId: string) =>
    Effect.map(read(account, "deposit", providerId, "later"), ({ raw, readAt, transaction }) =>
      mapping.chargeObservation(transaction, null, raw, readAt)
    )

  /**
   * The charge is read first: one that is reversed already needs no refund, and one that can't be read has surely not been
   * refunded. What comes of the refund is told by that reading, as its own answer tells little.
   */
  const refundCharge = Effect.fnUntraced(function* (account: Provider.ProviderAccount, providerId: string) {
    const before = yield* Effect.catchTag(
      read(account, "deposit", providerId, "first"),
      "Unknown",
      ({ message }) => new Provider.Unavailable({ message })
    )
    const isReversed = ({ transaction: { status } }: typeof before) => status === "reversed"
    const observed = ({ raw, readAt, transaction }: typeof before) =>
      mapping.chargeObservation(transaction, null, raw, readAt)
    if (isReversed(before)) return observed(before)

    const answer = yield* send(account, "first", post(`/transaction/${encodeURIComponent(providerId)}/refund`, "{}"))
    const done = Option.filter(decodeTransaction(answer.body), (transaction) => idOf(transaction) === providerId)
    if (Option.isSome(done)) {
      const { status = "pending" } = done.value
      const transaction = { ...before.transaction, status }
      return observed({ transaction, raw: { before: before.raw, refund: answer.raw }, readAt: yield* DateTime.now })
    }
    const outcome = outcomeOf("refund", answer)
    if (outcome._tag === "Rejected" || answer.status === 409) {
      // Perhaps because somebody else has refunded it since.
      const now = yield* Effect.option(read(account, "deposit", providerId, "first"))
      if (Option.isSome(now) && isReversed(now.value)) return observed(now.value)
    }
    return yield* outcome
  })

  const readBalance = Effect.fnUntraced(function* (account: Provider.ProviderAccount) {
    const { body, refusal, status } = yield* send(account, "later", HttpClientRequest.get("/balance"))
    const balance = decodeBalance(body)
    if (status >= 300 || Option.isNone(balance)) return yield* Outcome.ofSearch(status, refusal?.message ?? null)
    const { available_balance, balance_blocked } = balance.value
    return [{ currency: brl, available: available_balance, waitingFunds: balance_blocked ?? null }]
  })

  return {
    name: sellxpay,
    status: "beta",
    capabilities,
    facts,
    createCharge,
    getCharge,
    findCharge: (account, reference) =>
      Effect.map(
        lists.find(account, "deposit", reference),
        Option.map(({ raw, readAt, transaction }) => mapping.chargeObservation(transaction, null, raw, readAt))
      ),
    readCharges: (account, wanted) => lists.readCharges(account, wanted, (id) => getCharge(account, id)),
    refundCharge,
    payouts: {
      create: createPayout,
      get: (account, providerId) =>
        Effect.map(read(account, "withdraw", providerId, "later"), ({ raw, readAt, transaction }) =>
          mapping.payoutObservation(transaction, raw, readAt)
        ),
      find: (account, reference) =>
        Effect.map(
          lists.find(account, "withdraw", reference),
          Option.map(({ raw, readAt, transaction }) => mapping.payoutObservation(transaction, raw, readAt))
        )
    },
    readStatement: lists.readStatement,
    readBalance,
    readNotification: (_account, _headers, body) => Effect.sync(() => mapping.notification(body))
  }
})
