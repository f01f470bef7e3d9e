/**
 * How InfraPSP is called: with the account's key, and what came back. What the calls are is in the files named after what they
 * are about. It neither retries nor waits: core does both, and opens the span around each call, as the HTTP client does
 * around each request.
 */
import { Json, Outcome, Provider } from "@salesos/core"
import { DateTime, Effect, Option, Redacted, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import * as mapping from "./mapping.ts"

/**
 * The base URL of an account without a setting `baseUrl`. The document names no host, and credentials are not sent to a
 * guessed one: this name never resolves (RFC 2606), so that such an account is unavailable until it is configured.
 */
export const defaultBaseUrl = "https://api.infrapsp.invalid"

/** What came back: a status, and its body as JSON, undefined where it is none or broke off. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** The same, fit to be kept: without secrets, those that it quotes included, and without card data. */
  readonly raw: unknown
  /** What the answer's error says, fit for clients; null where it says none. */
  readonly refusal: string | null
}

export type Failure = Provider.Unavailable | Provider.Unknown

/** One request with the account's credentials, its URL without the base, and its answer whatever its status. */
export type Send = (
  account: Provider.ProviderAccount,
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<Answer, Failure>

const Credentials = Schema.Struct({ apiKey: Schema.NonEmptyString, apiSecret: Schema.NonEmptyString })
const decodeCredentials = Schema.decodeUnknownOption(Credentials)

/** Gives what sends a request. */
export const make: Effect.Effect<Send, never, HttpClient.HttpClient> = Effect.map(HttpClient.HttpClient, (client) =>
  Effect.fnUntraced(function* (account, request) {
    const credentials = decodeCredentials(Redacted.value(account.credentials))
    if (Option.isNone(credentials)) {
      return yield* new Provider.Unavailable({
        message: "The account's apiKey and apiSecret are not configured",
        account: "credentials"
      })
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
    const secrets = Provider.secretsOf(account)
    return {
      status: response.status,
      body,
      raw: Json.withoutSecrets(body, secrets),
      refusal: mapping.refusal(body, secrets)
    }
  })
)

/** Sends what a schema writes. */
export const sendJson = <A, I>(schema: Schema.Codec<A, I>) => {
  const withBody = HttpClientRequest.schemaBodyJson(schema)
  return (send: Send, account: Provider.ProviderAccount, request: HttpClientRequest.HttpClientRequest, body: A) =>
    withBody(request, body).pipe(
      Effect.mapError(() => new Provider.Unavailable({ message: "The request could not be built" })),
      Effect.flatMap((built) => send(account, built))
    )
}

/** A list page holds at most as much as the document allows. */
export const maxPageSize = 1000

/** The longest range a list takes. */
export const maxRange = { days: 365 }

/**
 * The longest range a list takes, ending a day after `time`: wide enough for clocks that differ. Without one the range
 * would end at the provider's own idea of now.
 */
export const until = (time: DateTime.Utc) => {
  const end = DateTime.add(time, { days: 1 })
  return between(DateTime.subtract(end, maxRange), end)
}

/** The longest range a list takes, beginning a day before `time`. */
export const since = (time: DateTime.Utc) => {
  const start = DateTime.subtract(time, { days: 1 })
  return between(start, DateTime.add(start, maxRange))
}

/** What was created from one time to another, both inclusive. */
export const between = (from: DateTime.Utc, to: DateTime.Utc) => ({
  createdAtGte: DateTime.formatIso(from),
  createdAtLte: DateTime.formatIso(to)
})

/** An entry of a list, and the same as it was written. */
export interface Listed<A> {
  readonly entry: A
  readonly raw: unknown
}

const decodeArray = Schema.decodeUnknownOption(Schema.Array(Schema.Unknown))

/** One page of a list. Anything but a list, or an entry that cannot be read, is a failure: nothing is told to be missing. */
export const listOf = <A, I>(schema: Schema.Codec<A, I>) => {
  const decode = Schema.decodeUnknownOption(Schema.Array(schema))
  return Effect.fnUntraced(function* (
    send: Send,
    account: Provider.ProviderAccount,
    path: string,
    urlParams: Readonly<Record<string, string | number>>
  ): Effect.fn.Return<ReadonlyArray<Listed<A>>, Failure> {
    const { body, raw, refusal, status } = yield* send(account, HttpClientRequest.get(path, { urlParams }))
    const entries = Option.getOrUndefined(decode(body))
    if (status >= 300 || entries === undefined) return yield* Outcome.ofSearch(status, refusal)
    const raws = Option.getOrElse(decodeArray(raw), () => [])
    return entries.map((entry, place) => ({ entry, raw: raws[place] }))
  })
}
