/**
 * How SellxPay is called: with the account's access token, in the account's pace, and what came back. What the calls are is
 * in `Driver.ts`. Neither token nor pace is kept here: both are ports, shared by all processes.
 */
import { Json, Outcome, Provider, ProviderCalls } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Redacted, Schedule, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Token } from "./Api.ts"
import * as mapping from "./mapping.ts"

/** "URL Base", of an account without a setting `baseUrl`. */
export const defaultBaseUrl = "https://app.sellxpay.com.br/api/v1"

/** "60 requisicoes por minuto por token de acesso" */
const limit = { calls: 60, per: Duration.minutes(1) }

/** "O token expira em 30 minutos", should an answer not say so itself. */
const defaultLifetime = 1_800

/** How long an account rests after a 429: as told, but a minute where nothing is told, and never longer than ten. */
const restOf = (retryAfter: string | undefined): Duration.Duration =>
  Duration.seconds(Math.min(/^\d{1,9}$/.test(retryAfter ?? "") ? Number(retryAfter) : 60, 600))

/** What came back: a status, and its body as JSON with the digits of its numbers; undefined where it is none. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** The same, fit to be kept: without secrets, those that it quotes included, and without card data. */
  readonly raw: unknown
  /** What the answer's error says; null where it says none. */
  readonly refusal: mapping.Refusal | null
}

/**
 * Whose turn it is: `first` for what makes money move, `later` for what reads, and `patient` for what reads so much that
 * it waits for its turn, up to two minutes for each call.
 */
export type Turn = "first" | "later" | "patient"

export type Send = (
  account: Provider.ProviderAccount,
  turn: Turn,
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<Answer, Provider.Unavailable | Provider.Unknown>

const Credentials = Schema.Struct({ clientId: Schema.NonEmptyString, clientSecret: Schema.NonEmptyString })
const decodeCredentials = Schema.decodeUnknownOption(Credentials)
const decodeToken = Schema.decodeUnknownOption(Token)

const untilItsTurn = { schedule: Schedule.spaced("5 seconds"), times: 24 }

/** Gives what sends a request, its URL without the base, and tells the answer whatever its status. */
export const make: Effect.Effect<
  Send,
  never,
  HttpClient.HttpClient | ProviderCalls.AccessTokens | ProviderCalls.Pacing
> = Effect.gen(function* () {
  const client = yield* HttpClient.HttpClient
  const tokens = yield* ProviderCalls.AccessTokens
  const pacing = yield* ProviderCalls.Pacing

  /** One exchange with the account's provider. `token` is the one that the request shows, if any. */
  const exchange = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    request: HttpClientRequest.HttpClientRequest,
    token?: Redacted.Redacted
  ): Effect.fn.Return<Answer, Provider.Unavailable | Provider.Unknown> {
    const { headers, status, text } = yield* request.pipe(
      HttpClientRequest.prependUrl(account.settings["baseUrl"] ?? defaultBaseUrl),
      HttpClientRequest.acceptJson,
      client.execute,
      Effect.mapError(Outcome.ofFailure)
    )
    if (status === 429) yield* pacing.pause(account, restOf(headers["retry-after"]))
    // A body that broke off is no body: the status alone then decides.
    const body = Json.parseExact(Option.getOrElse(yield* Effect.option(text), () => ""))
    const secrets = Provider.secretsOf(account)
    const raw = Json.withoutSecrets(body, token === undefined ? secrets : [Redacted.value(token), ...secrets])
    return { status, body, raw, refusal: mapping.refusal(raw) }
  })

  /** A new token. Whatever goes wrong here, the call that it is for was surely not sent. */
  const renew = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    { clientId, clientSecret }: typeof Credentials.Type
  ): Effect.fn.Return<ProviderCalls.AccessToken, Provider.Unavailable> {
    const asked = yield* DateTime.now
    const post = HttpClientRequest.post("/oauth/token").pipe(
      HttpClientRequest.basicAuth(clientId, clientSecret),
      HttpClientRequest.bodyText("{}", "application/json")
    )
    const { body, status } = yield* Effect.mapError(
      exchange(account, post),
      ({ message }) => new Provider.Unavailable({ message })
    )
    const token = decodeToken(body)
    if (Option.isNone(token)) return yield* Outcome.ofToken(status)
    const { access_token, expires_in } = token.value
    return {
      value: Redacted.make(access_token),
      expiresAt: DateTime.add(asked, { seconds: expires_in ?? defaultLifetime })
    }
  })

  const turnOf = (account: Provider.ProviderAccount, turn: Turn) => {
    const place = pacing.place(account, { ...limit, priority: turn === "first" ? "first" : "later" })
    return turn === "patient" ? Effect.retry(place, untilItsTurn) : place
  }

  return Effect.fnUntraced(function* (account, turn, request) {
    const credentials = Option.getOrUndefined(decodeCredentials(Redacted.value(account.credentials)))
    if (credentials === undefined) {
      return yield* new Provider.Unavailable({
        message: "The account's clientId and clientSecret are not configured",
        account: "credentials"
      })
    }
    const call = (token: Redacted.Redacted) =>
      Effect.andThen(turnOf(account, turn), exchange(account, HttpClientRequest.bearerToken(request, token), token))
    return yield* ProviderCalls.withToken(tokens, account, renew(account, credentials), call)
  })
})
