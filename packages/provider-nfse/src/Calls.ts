/**
 * How Sefin Nacional is called: with mutual TLS over HTTP/1.1, and what came back. It neither retries nor waits: core does both. The
 * connections of an operation are closed with it, also where it is given up.
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Outcome, Provider } from "@salesos/core"
import { Effect, Option, Predicate, type Schema, type Scope } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest } from "effect/http"
import type { Issuer } from "./Profile.ts"

const hosts = {
  production: "https://sefin.nfse.gov.br/SefinNacional",
  "restricted-production": "https://sefin.producaorestrita.nfse.gov.br/SefinNacional"
} as const satisfies Record<Issuer["profile"]["environment"], string>

/** What came back: a status, and its body as JSON, undefined where it is none or broke off. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** One request, its URL without the base, and its answer whatever its status. */
export type Send = (
  request: HttpClientRequest.HttpClientRequest
) => Effect.Effect<Answer, Provider.Unavailable | Provider.Unknown>

/** An alert about our certificate, by which the server ended the handshake: it has read no request. */
const refusedCertificate = /^ERR_SSL_.*ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)/

const codeOf = (cause: unknown): unknown => (Predicate.hasProperty(cause, "code") ? cause.code : undefined)

const ofFailure = (error: HttpClientError.HttpClientError): Provider.Unavailable | Provider.Unknown => {
  const code = error.reason._tag === "TransportError" ? codeOf(error.reason.cause) : undefined
  return typeof code === "string" && refusedCertificate.test(code)
    ? new Provider.Unavailable({ message: "The provider refused the account's certificate", account: "credentials" })
    : Outcome.ofFailure(error)
}

/** Gives what sends requests with an issuer's certificate, until the scope closes. */
export const connect = ({ certificate, profile }: Issuer): Effect.Effect<Send, never, Scope.Scope> =>
  Effect.gen(function* () {
    const dispatcher = yield* NodeHttpClient.makeDispatcherOptions({
      allowH2: false,
      connect: {
        key: certificate.key,
        cert: certificate.chain.join(""),
        ALPNProtocols: ["http/1.1"],
        ...(profile.ca === undefined ? {} : { ca: profile.ca })
      }
    })
    const client = yield* Effect.provideService(NodeHttpClient.makeUndici, NodeHttpClient.Dispatcher, dispatcher)
    return Effect.fnUntraced(function* (request) {
      const response = yield* request.pipe(
        HttpClientRequest.prependUrl((profile.baseUrl ?? hosts[profile.environment]).replace(/\/$/, "")),
        HttpClientRequest.acceptJson,
        client.execute,
        // The paths hold the taxpayer's CNPJ or CPF: core's span around the call has all that a trace may say.
        Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
        Effect.mapError(ofFailure)
      )
      // A body that broke off is no body: the status alone then decides.
      const body = Option.getOrUndefined(yield* Effect.option(response.json))
      return { status: response.status, body }
    })
  })

/** Sends what a schema writes. */
export const post = <A, I>(schema: Schema.Codec<A, I>) => {
  const withBody = HttpClientRequest.schemaBodyJson(schema)
  return (send: Send, path: string, body: A) =>
    withBody(HttpClientRequest.post(path), body).pipe(
      Effect.mapError(() => new Provider.Unavailable({ message: "The request could not be built" })),
      Effect.flatMap(send)
    )
}
