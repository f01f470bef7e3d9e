/**
 * The typed client, derived from the API's definition: a method for every endpoint, with its request, its answer and its
 * problems as types. For programs written with Effect; for others there is {@link SalesOS}.
 */
import { Api, Security } from "@salesos/api"
import { Effect, Redacted } from "effect"
import { HttpClientRequest } from "effect/http"
import { HttpApiClient, HttpApiMiddleware } from "effect/http-api"
import { retrying, type RetryOptions } from "./Retry.ts"

/** Every group of the API with a method for each of its endpoints. */
export type Client = HttpApiClient.ForApi<typeof Api>

export interface ClientOptions extends RetryOptions {
  /** `sk_live_…`, or `sk_test_…` for the sandbox. */
  readonly apiKey: string | Redacted.Redacted
  /** Where the gateway is, such as `https://payments.example`. */
  readonly baseUrl: string | URL
}

/** A path is added to it as it is. */
const withoutSlash = (url: string | URL): string => url.toString().replace(/\/+$/, "")

/**
 * Makes a client over the `HttpClient` that is provided. Requests are sent again as {@link retrying} says; a problem is
 * an error by its own tag, so `Effect.catchTag("NotFound", …)` handles a 404.
 */
export const make = ({ apiKey, baseUrl, ...options }: ClientOptions) =>
  HttpApiClient.make(Api, { baseUrl: withoutSlash(baseUrl), transformClient: retrying(options) }).pipe(
    Effect.provide(
      HttpApiMiddleware.layerClient(Security.Authorization, ({ next, request }) =>
        next(HttpClientRequest.bearerToken(request, Redacted.isRedacted(apiKey) ? apiKey : Redacted.make(apiKey)))
      )
    )
  )
