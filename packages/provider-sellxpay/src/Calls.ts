/**
 * How SellxPay is called: with the account's access token, in the account's pace, and what came back. What the calls are is
 * in `Driver.ts`. Neither token nor pace is kept here: both are ports, shared by all processes.
 */
import { Json, Outcome, Provider, ProviderCalls } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Redacted, Schedule, Schema } from "effect"
import { HttpClient, HttpClientRequest, type HttpClientResponse } from "effect/http"
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

/** A body that broke off is no body: the status alone then decides. */
const textOf = (response: HttpClientResponse.HttpClientResponse) =>
  Effect.map(
    Effect.option(response.text),
    Option.getOrElse(() => "")
  )

/** What an answer may not be kept with: a careless server quotes what it was asked with. */
const withoutSecrets = (text: string, secrets: ReadonlyArray<string>): unknown =>
  Json.withoutSecrets(
    Json.parseExact(secrets.reduce((clean, secret) => (secret === "" ? clean : clean.replaceAll(secret, "***")), text))
  )

const refused = new Provider.Unavailable({
  message: "The provider refused the account's credentials",
  account: "credentials"
})

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

  /**
   * A new token. Whatever goes wrong here, the call that it is for was surely not sent; an answer that refuses it speaks of
   * the account.
   */
  const renew = (base: string, { clientId, clientSecret }: typeof Credentials.Type) =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const response = yield* HttpClientRequest.post("/oauth/token").pipe(
        HttpClientRequest.prependUrl(base),
        HttpClientRequest.basicAuth(clientId, clientSecret),
        HttpClientRequest.acceptJson,
        HttpClientRequest.bodyText("{}", "application/json"),
        client.execute
      )
      const token = decodeToken(Json.parseExact(yield* textOf(response)))
      if ([400, 401, 403, 422].includes(response.status)) return yield* refused
      if (response.status >= 300 || Option.isNone(token)) {
        return yield* new Provider.Unavailable({ message: `The provider gave no access token (${response.status})` })
      }
      const { access_token, expires_in } = token.value
      return {
        value: Redacted.make(access_token),
        expiresAt: DateTime.add(now, { seconds: expires_in ?? defaultLifetime })
      }
    }).pipe(
      Effect.catchTag("HttpClientError", () =>
        Effect.fail(new Provider.Unavailable({ message: "The provider could not be reached for an access token" }))
      )
    )

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
    const base = account.settings["baseUrl"] ?? defaultBaseUrl
    const exchange = Effect.fnUntraced(function* (
      token: Redacted.Redacted
    ): Effect.fn.Return<Answer, Provider.Unavailable | Provider.Unknown> {
      yield* turnOf(account, turn)
      const response = yield* request.pipe(
        HttpClientRequest.prependUrl(base),
        HttpClientRequest.bearerToken(token),
        HttpClientRequest.acceptJson,
        client.execute,
        Effect.mapError(Outcome.ofFailure)
      )
      const { headers, status } = response
      if (status === 429) yield* pacing.pause(account, restOf(headers["retry-after"]))
      const text = yield* textOf(response)
      const body = Json.parseExact(text)
      const { clientId, clientSecret } = credentials
      const { notificationUrl } = account
      const secrets = [
        Redacted.value(token),
        clientSecret,
        clientId,
        notificationUrl,
        notificationUrl.split("/").at(-1) ?? ""
      ]
      return { status, body, raw: withoutSecrets(text, secrets), refusal: mapping.refusal(body, secrets) }
    })
    return yield* ProviderCalls.withToken(tokens, account, renew(base, credentials), exchange)
  })
})
