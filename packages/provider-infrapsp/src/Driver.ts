/**
 * InfraPSP's driver: PIX charges. Requests out, answers in; what they mean is in `mapping.ts`, and what becomes of an
 * exchange that went wrong in core's `Outcome`. It neither retries nor waits: core does both, and opens the span around each
 * call, as the HTTP client does around each request.
 */
import { Outcome, Provider } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Redacted, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { CreateTransaction, Payable, Transaction } from "./Api.ts"
import * as mapping from "./mapping.ts"

/** The driver's name: what a provider account says in `provider`. */
export const infrapsp = "infrapsp"

/**
 * The base URL of an account without a setting `baseUrl`. The document names no host, and credentials are not sent to a
 * guessed one: this name never resolves (RFC 2606), so that such an account is unavailable until it is configured.
 */
export const defaultBaseUrl = "https://api.infrapsp.invalid"

/** PIX charges in BRL, up to R$ 100,000.00. */
export const capability: Provider.ChargeCapability = {
  direction: "charge",
  country: "BR",
  currency: mapping.brl,
  method: "pix",
  limits: { minimum: 1, maximum: 10_000_000 },
  needs: [],
  // As long as a list can reach: a charge that outlives that could be paid when it is no longer found by its reference.
  maximumExpirySeconds: 365 * 24 * 3600,
  features: ["lookup", "artifact_in_lookup"]
}

/** The document says nothing on either; these are ours. */
export const facts: Provider.Facts = {
  lookup: { minimumAge: Duration.seconds(5), misses: 2 }
}

/** One list page holds as much as the document allows, so that a page is the whole list. */
const pageSize = 1000

/** The payables are worth waiting for, but not so long that the call's own deadline loses the transaction. */
const payablesTimeout = Duration.seconds(3)

const Credentials = Schema.Struct({ apiKey: Schema.NonEmptyString, apiSecret: Schema.NonEmptyString })
const decodeCredentials = Schema.decodeUnknownOption(Credentials)

const decodeTransaction = Schema.decodeUnknownOption(Transaction)
const decodeTransactions = Schema.decodeUnknownOption(Schema.Array(Transaction))
const decodePayables = Schema.decodeUnknownOption(Schema.Array(Payable))
const decodeArray = Schema.decodeUnknownOption(Schema.Array(Schema.Unknown))

const withBody = HttpClientRequest.schemaBodyJson(CreateTransaction)

/** What came back: a status and its body as JSON, undefined where it is none or broke off. */
interface Answer {
  readonly status: number
  readonly body: unknown
  /** What the answer's error says, fit for clients; null where it says none. */
  readonly refusal: string | null
}

/**
 * The longest range a list takes, 365 days, ending a day after `time`: wide enough for clocks that differ. Without one
 * the range would end at the provider's own idea of now.
 */
const around = (time: DateTime.Utc) => {
  const end = DateTime.add(time, { days: 1 })
  return {
    createdAtGte: DateTime.formatIso(DateTime.subtract(end, { days: 365 })),
    createdAtLte: DateTime.formatIso(end)
  }
}

/** Makes the driver. It keeps no state, and what it needs of an account comes with every call. */
export const make: Effect.Effect<Provider.Driver, never, HttpClient.HttpClient> = Effect.gen(function* () {
  const client = yield* HttpClient.HttpClient

  /** One request with the account's credentials, and its answer whatever its status. */
  const exchange = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    request: HttpClientRequest.HttpClientRequest
  ): Effect.fn.Return<Answer, Provider.Unavailable | Provider.Unknown> {
    const credentials = decodeCredentials(Redacted.value(account.credentials))
    if (Option.isNone(credentials)) {
      return yield* new Provider.Unavailable({ message: "The account's apiKey and apiSecret are not configured" })
    }
    const { apiKey, apiSecret } = credentials.value
    const response = yield* request.pipe(
      HttpClientRequest.prependUrl(account.settings["baseUrl"] ?? defaultBaseUrl),
      HttpClientRequest.bearerToken(`${apiKey}.${apiSecret}`),
      HttpClientRequest.acceptJson,
      client.execute,
      Effect.mapError(Outcome.ofFailure)
    )
    // A body that broke off is no body: the status alone then decides.
    const body = Option.getOrUndefined(yield* Effect.option(response.json))
    return { status: response.status, body, refusal: mapping.refusal(body, [apiKey, apiSecret]) }
  })

  /** The payables of a paid transaction; none when they cannot be had now: a fee may follow, a payment may not wait. */
  const readPayables = (account: Provider.ProviderAccount, transaction: Transaction, readAt: DateTime.Utc) =>
    exchange(
      account,
      HttpClientRequest.get("/v1/payables", {
        urlParams: { transactionId: transaction.id, pageSize, ...around(transaction.paidAt ?? readAt) }
      })
    ).pipe(
      Effect.timeoutOption(payablesTimeout),
      Effect.map(Option.flatMap(({ body }) => Option.map(decodePayables(body), (payables) => ({ body, payables })))),
      Effect.orElseSucceed(Option.none)
    )

  const observe = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    transaction: Transaction,
    body: unknown
  ) {
    const readAt = yield* DateTime.now
    const read = mapping.isPaid(transaction) ? yield* readPayables(account, transaction, readAt) : Option.none()
    const { body: rawPayables, payables } = Option.getOrElse(read, () => ({ body: null, payables: [] }))
    return mapping.observation(transaction, payables, { transaction: body, payables: rawPayables }, readAt)
  })

  /** The answer to a request for one transaction. An answer that carries one counts, whatever the status of either. */
  const one = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    request: HttpClientRequest.HttpClientRequest
  ) {
    const { body, refusal, status } = yield* exchange(account, request)
    const transaction = decodeTransaction(body)
    return Option.isSome(transaction)
      ? yield* observe(account, transaction.value, body)
      : yield* Outcome.ofAnswer(status, refusal)
  })

  const createCharge = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    request: Provider.ChargeRequest
  ) {
    if (request.method !== capability.method || request.money.currency !== capability.currency) {
      return yield* new Provider.Rejected({ message: "InfraPSP charges by PIX, in BRL" })
    }
    const post = HttpClientRequest.post("/v1/transactions")
    const built = yield* Effect.mapError(
      withBody(post, mapping.createTransaction(account, request)),
      () => new Provider.Unavailable({ message: "The request could not be built" })
    )
    return yield* one(account, built)
  })

  const getCharge = Effect.fnUntraced(function* (account: Provider.ProviderAccount, providerId: string) {
    const seen = yield* one(account, HttpClientRequest.get(`/v1/transactions/${encodeURIComponent(providerId)}`))
    return seen.providerId === providerId
      ? seen
      : yield* new Provider.Unknown({ message: "The provider answered with another charge" })
  })

  const findCharge = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    reference: Provider.ChargeRequest["reference"]
  ) {
    const answer = yield* exchange(
      account,
      HttpClientRequest.get("/v1/transactions", {
        urlParams: {
          externalId: reference,
          ...around(yield* DateTime.now),
          sortField: "createdAt",
          sortOrder: "asc",
          pageSize
        }
      })
    )
    const bodies = Option.getOrUndefined(decodeArray(answer.body))
    const transactions = Option.getOrUndefined(decodeTransactions(answer.body))
    if (answer.status >= 300 || bodies === undefined || transactions === undefined) {
      return yield* Outcome.ofSearch(answer.status, answer.refusal)
    }
    const listed = transactions.map((transaction, place) => ({ transaction, body: bodies[place] }))
    const match = mapping.found(listed, reference)
    if (match !== undefined) return Option.some(yield* observe(account, match.transaction, match.body))
    // A full page of others: the search was not understood as we mean it, and the charge may be on the next page.
    if (listed.length >= pageSize) {
      return yield* new Provider.Unknown({ message: "The provider listed only other charges" })
    }
    return Option.none()
  })

  return {
    name: infrapsp,
    status: "beta",
    capabilities: [capability],
    facts,
    createCharge,
    getCharge,
    findCharge,
    readNotification: (_account, _headers, body) => Effect.sync(() => mapping.notification(body))
  }
})
