/**
 * NewPay's driver: charges by PIX. Requests out, answers in; what they mean is in `mapping.ts`, and what becomes of an exchange
 * that went wrong in core's `Outcome`. It neither retries nor waits: core does both, and opens the span around each call.
 */
import { Capabilities, Outcome, Provider } from "@salesos/core"
import { Duration, Effect, Option, Redacted, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Charge, Charges, CreateCharge } from "./Api.ts"
import * as mapping from "./mapping.ts"

/** The driver's name: what a provider account says in `provider`. */
export const newpay = "newpay"

/** FILL IN. This name never resolves (RFC 2606): an account without a setting `baseUrl` is unavailable. */
export const defaultBaseUrl = "https://api.newpay.invalid"

/** FILL IN: everything the provider does, with its limits. The suite asks for one subject for each. */
export const capabilities: ReadonlyArray<Provider.Capability> = [
  {
    direction: "charge",
    country: "BR",
    currency: mapping.brl,
    method: "pix",
    limits: { minimum: 1, maximum: 10_000_000 },
    needs: [],
    maximumExpirySeconds: 24 * 3600,
    features: ["lookup", "artifact_in_lookup"]
  }
]

/** FILL IN: how soon a new charge is found, by the document or by experience. */
export const facts: Provider.Facts = { lookup: { minimumAge: Duration.seconds(30), misses: 3 } }

const decodeCredentials = Schema.decodeUnknownOption(Schema.Struct({ apiKey: Schema.NonEmptyString }))
const decodeCharge = Schema.decodeUnknownOption(Charge)
const decodeCharges = Schema.decodeUnknownOption(Charges)
const withBody = HttpClientRequest.schemaBodyJson(CreateCharge)

/** What came back: a status and its body as JSON, undefined where it is none or broke off. */
interface Answer {
  readonly status: number
  readonly body: unknown
  /** What the answer's error says, fit for clients; null where it says none. */
  readonly refusal: string | null
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
      return yield* new Provider.Unavailable({
        message: "The account's apiKey is not configured",
        account: "credentials"
      })
    }
    const response = yield* request.pipe(
      HttpClientRequest.prependUrl(account.settings["baseUrl"] ?? defaultBaseUrl),
      HttpClientRequest.bearerToken(credentials.value.apiKey),
      HttpClientRequest.acceptJson,
      client.execute,
      Effect.mapError(Outcome.ofFailure)
    )
    // A body that broke off is no body: the status alone then decides.
    const body = Option.getOrUndefined(yield* Effect.option(response.json))
    return { status: response.status, body, refusal: mapping.refusal(account, body) }
  })

  /** The answer to a request for one charge. An answer that carries one counts, whatever the status of either. */
  const one = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    request: HttpClientRequest.HttpClientRequest
  ) {
    const { body, refusal, status } = yield* exchange(account, request)
    return Option.match(decodeCharge(body), {
      onNone: () => Effect.fail(Outcome.ofAnswer(status, refusal)),
      onSome: (charge) => Effect.succeed(mapping.observation(account, charge, body))
    })
  }, Effect.flatten)

  const createCharge: Provider.Driver["createCharge"] = Effect.fnUntraced(function* (account, request) {
    yield* Effect.fromResult(Capabilities.ofCharge(capabilities, request))
    const built = yield* Effect.mapError(
      withBody(HttpClientRequest.post("/v1/charges"), mapping.createCharge(account, request)),
      () => new Provider.Unavailable({ message: "The request could not be built" })
    )
    return yield* one(account, built)
  })

  const getCharge: Provider.Driver["getCharge"] = Effect.fnUntraced(function* (account, providerId) {
    const seen = yield* one(account, HttpClientRequest.get(`/v1/charges/${encodeURIComponent(providerId)}`))
    return seen.providerId === providerId
      ? seen
      : yield* new Provider.Unknown({ message: "The provider answered with another charge" })
  })

  const findCharge: Provider.Driver["findCharge"] = Effect.fnUntraced(function* (account, reference) {
    const search = HttpClientRequest.get("/v1/charges", { urlParams: { external_id: reference } })
    const { body, refusal, status } = yield* exchange(account, search)
    const charges = decodeCharges(body)
    if (Option.isNone(charges)) return yield* Outcome.ofSearch(status, refusal)
    return Option.map(
      Option.fromNullishOr(charges.value.data.find(({ external_id }) => external_id === reference)),
      (charge) => mapping.observation(account, charge, body)
    )
  })

  return {
    name: newpay,
    status: "alpha",
    capabilities,
    facts,
    createCharge,
    getCharge,
    findCharge,
    readNotification: (_account, _headers, body) => Effect.sync(() => mapping.notification(body))
  }
})
