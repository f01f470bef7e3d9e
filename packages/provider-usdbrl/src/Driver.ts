/**
 * The USD→BRL driver: PIX and bank transfer, priced in dollars or reais, paid in reais. Requests out, answers in; what they
 * mean is in `mapping.ts`, and what becomes of an exchange that went wrong in core's `Outcome`. It neither retries nor
 * waits, but for a refused access token: core does both, and opens the span around each call.
 */
import { Json, Outcome, Provider, ProviderCalls } from "@salesos/core"
import * as Capabilities from "@salesos/core/ports/Capabilities"
import { DateTime, Duration, Effect, Layer, Option, Redacted, Schema, Stream } from "effect"
import { Digest, Mac, SecureRandom } from "effect/crypto"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Created, Enveloped, Payment, Token } from "./Api.ts"
import * as mapping from "./mapping.ts"
import { brl, usd } from "./price.ts"
import { isGenuine } from "./signature.ts"

/** The driver's name: what a provider account says in `provider`. */
export const usdbrl = "usdbrl"

/** The base URLs of accounts without a setting `baseUrl`, by their environment. */
export const defaultBaseUrls = {
  sandbox: "https://sandbox.smartfastpay.com",
  live: "https://api.smartfastpay.com"
} as const

/** The document sets no longest expiry. This is ours: {@link statementReach} has to cover it. */
const longestExpiry = Duration.days(30)

/** How long before the days of a statement a payment in it may have been created: long enough for late transfers. */
const statementReach = Duration.days(90)

const capability = (currency: Provider.ChargeCapability["currency"], method: "pix" | "bank_transfer") =>
  ({
    direction: "charge",
    country: "BR",
    currency,
    method,
    limits: { minimum: 200, maximum: 9_999_999_999 },
    needs: ["document"],
    maximumExpirySeconds: method === "pix" ? Duration.toSeconds(longestExpiry) : null,
    features: ["lookup"]
  }) as const satisfies Provider.ChargeCapability

/** 2.00 to 99,999,999.99, in both currencies. */
export const capabilities: ReadonlyArray<Provider.ChargeCapability> = [
  capability(usd, "pix"),
  capability(usd, "bank_transfer"),
  capability(brl, "bank_transfer"),
  capability(brl, "pix")
]

/** The document says nothing on it; these are ours. */
export const facts: Provider.Facts = { lookup: { minimumAge: Duration.seconds(5), misses: 2 } }

/** "min: 1 | max: 40" */
const pageSize = 40

const Credentials = Schema.Struct({
  clientId: Schema.NonEmptyString,
  clientSecret: Schema.NonEmptyString,
  /** What callbacks are signed with; without one they are taken unsigned. */
  signingSecret: Schema.optionalKey(Schema.NonEmptyString)
})
const decodeCredentials = Schema.decodeUnknownOption(Credentials)
const credentialsOf = (account: Provider.ProviderAccount) => decodeCredentials(Redacted.value(account.credentials))

const decodeToken = Schema.decodeUnknownOption(Token)
const decodeEnveloped = Schema.decodeUnknownOption(Enveloped)
const decodeCreated = Schema.decodeUnknownOption(Created)
const decodePayment = Schema.decodeUnknownOption(Payment)
const decodePayments = Schema.decodeUnknownOption(Schema.Array(Payment))
const decodeRows = Schema.decodeUnknownOption(Schema.Struct({ data: Schema.Array(Schema.Unknown) }))

/** What came back: a status and a body with its numbers as their digits, undefined where it is no JSON or broke off. */
interface Answer {
  readonly status: number
  readonly body: unknown
  /** What is in the body's envelope, undefined where there is none. */
  readonly data: unknown
  /** The body as it may be kept: without secrets. */
  readonly kept: unknown
  /** What the answer's error says, fit for clients; null where it says none. */
  readonly refusal: string | null
}

/** Makes the driver. It keeps no state, and what it needs of an account comes with every call. */
export const make: Effect.Effect<Provider.Driver, never, HttpClient.HttpClient | ProviderCalls.AccessTokens> =
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const tokens = yield* ProviderCalls.AccessTokens
    const digest = yield* Digest.Digest
    const mac = yield* Mac.Mac

    const digestOf = (text: string) => digest.digestHex(Digest.sha256, new TextEncoder().encode(text))

    /** One request, and its answer whatever its status. `token` is the one it shows, if any. */
    const send = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      request: HttpClientRequest.HttpClientRequest,
      token?: Redacted.Redacted
    ): Effect.fn.Return<Answer, Provider.Unavailable | Provider.Unknown> {
      const response = yield* request.pipe(
        HttpClientRequest.prependUrl(account.settings["baseUrl"] ?? defaultBaseUrls[account.environment]),
        HttpClientRequest.acceptJson,
        client.execute,
        Effect.mapError(Outcome.ofFailure)
      )
      // A body that broke off is no body: the status alone then decides.
      const body = Option.match(yield* Effect.option(response.text), {
        onNone: () => undefined,
        onSome: Json.parseExact
      })
      const secrets = Provider.secretsOf(account)
      const kept = Json.withoutSecrets(body, token === undefined ? secrets : [Redacted.value(token), ...secrets])
      return {
        status: response.status,
        body,
        data: Option.getOrUndefined(decodeEnveloped(body))?.data,
        kept,
        refusal: mapping.refusal(kept)
      }
    })

    /** A new access token, for an hour by the document. */
    const renew = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      { clientId, clientSecret }: typeof Credentials.Type
    ): Effect.fn.Return<ProviderCalls.AccessToken, Provider.Unavailable> {
      const asked = yield* DateTime.now
      const post = HttpClientRequest.post("/oauth2/token").pipe(HttpClientRequest.basicAuth(clientId, clientSecret))
      const answer = yield* Effect.mapError(send(account, post), ({ message }) => new Provider.Unavailable({ message }))
      const token = decodeToken(answer.body)
      if (Option.isNone(token)) return yield* Outcome.ofToken(answer.status)
      const { access_token, expires_in } = token.value.data
      return { value: Redacted.make(access_token), expiresAt: DateTime.add(asked, { seconds: Number(expires_in) }) }
    })

    /** One request with the account's token. */
    const exchange = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      request: HttpClientRequest.HttpClientRequest
    ): Effect.fn.Return<Answer, Provider.Unavailable | Provider.Unknown> {
      const credentials = credentialsOf(account)
      if (Option.isNone(credentials)) {
        return yield* new Provider.Unavailable({
          message: "The account's clientId and clientSecret are not configured",
          account: "credentials"
        })
      }
      return yield* ProviderCalls.withToken(tokens, account, renew(account, credentials.value), (token) =>
        send(account, HttpClientRequest.bearerToken(request, token), token)
      )
    })

    const createCharge = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      request: Provider.ChargeRequest
    ) {
      yield* Effect.fromResult(Capabilities.ofCharge(capabilities, request))
      const customerId = yield* digestOf(JSON.stringify([account.tenant, request.customer.document]))
      const payment = yield* Effect.fromResult(mapping.createPayment(account, request, customerId))
      const answer = yield* exchange(
        account,
        HttpClientRequest.post("/v1/payment").pipe(
          HttpClientRequest.bodyText(mapping.encode(payment), "application/json")
        )
      )
      const readAt = yield* DateTime.now
      const seen = Option.flatMap(decodeCreated(answer.data), (created) =>
        mapping.created(created, { request, readAt }, answer.kept)
      )
      // An answer that carries a payment counts, whatever the status of either.
      return Option.isSome(seen) ? seen.value : yield* Outcome.ofAnswer(answer.status, answer.refusal)
    })

    const getCharge = Effect.fnUntraced(function* (account: Provider.ProviderAccount, providerId: string) {
      const answer = yield* exchange(account, HttpClientRequest.get(`/v1/payment/${encodeURIComponent(providerId)}`))
      const readAt = yield* DateTime.now
      const seen = Option.flatMap(decodePayment(answer.data), (payment) =>
        mapping.observation(payment, answer.kept, readAt)
      )
      if (Option.isNone(seen)) return yield* Outcome.ofAnswer(answer.status, answer.refusal)
      return seen.value.providerId === providerId
        ? seen.value
        : yield* new Provider.Unknown({ message: "The provider answered with another payment" })
    })

    /** One page of payments, each with its own part of the answer. */
    const list = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      urlParams: Readonly<Record<string, string | number>>
    ) {
      const answer = yield* exchange(account, HttpClientRequest.get("/v1/payments", { urlParams }))
      const payments = Option.getOrUndefined(decodePayments(answer.data))
      const rows = Option.getOrUndefined(decodeRows(answer.kept))?.data
      if (answer.status >= 300 || payments === undefined || rows === undefined) {
        return yield* Outcome.ofSearch(answer.status, answer.refusal)
      }
      return payments.map((payment, place) => ({ payment, raw: rows[place] }))
    })

    const findCharge = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      reference: Provider.ChargeRequest["reference"]
    ) {
      const listed = yield* list(account, { transaction_id: reference, limit: pageSize, page: 1 })
      const match = mapping.found(listed, reference)
      if (match !== undefined) {
        const seen = mapping.observation(match.payment, match.raw, yield* DateTime.now)
        return Option.isSome(seen)
          ? seen
          : yield* new Provider.Unknown({ message: "The provider listed the payment without an amount" })
      }
      // A full page of others: the search was not understood as we mean it, and the payment may be on the next page.
      return listed.length < pageSize
        ? Option.none()
        : yield* new Provider.Unknown({ message: "The provider listed only other payments" })
    })

    const readStatement: NonNullable<Provider.Driver["readStatement"]> = (account, { from, to }) =>
      Stream.suspend(() => {
        const range = {
          start_time: DateTime.formatIso(DateTime.subtractDuration(from, statementReach)),
          end_time: DateTime.formatIso(to),
          // The one order that the document shows. What is new pushes the rest to later pages, where it is seen again.
          sort: "id,asc",
          limit: pageSize
        }
        const seen = new Set<string>()
        const isNew = ({ at, id }: Provider.ProviderStatementLine): boolean => {
          if (seen.has(id) || DateTime.isLessThan(at, from) || DateTime.isGreaterThanOrEqualTo(at, to)) return false
          seen.add(id)
          return true
        }
        return Stream.paginate(1, (page: number) =>
          Effect.map(list(account, { ...range, page }), (listed) => [
            listed.flatMap(({ payment }) => Option.toArray(mapping.statementLine(payment))).filter(isNew),
            listed.length < pageSize ? Option.none() : Option.some(page + 1)
          ])
        )
      })

    const readNotification: Provider.Driver["readNotification"] = Effect.fnUntraced(function* (account, headers, body) {
      const secret = Option.getOrUndefined(credentialsOf(account))?.signingSecret
      if (secret !== undefined && !(yield* isGenuine(mac, secret, headers, body))) return Option.none()
      const told = mapping.callback(Json.parseExact(new TextDecoder().decode(body)))
      if (Option.isNone(told)) return Option.none()
      const { charges, key } = told.value
      return Option.some({ dedupeKey: yield* digestOf(key), charges, payouts: [] })
    })

    return {
      name: usdbrl,
      status: "beta",
      capabilities,
      facts,
      createCharge,
      getCharge,
      findCharge,
      readStatement,
      readNotification
    } satisfies Provider.Driver
  }).pipe(
    Effect.provide(Layer.merge(Digest.layerWebCrypto, Layer.provide(Mac.layerWebCrypto, SecureRandom.layerWebCrypto)))
  )
