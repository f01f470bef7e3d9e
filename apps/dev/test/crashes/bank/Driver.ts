/**
 * The driver of a bank that the tests invent, since no provider here takes a payout back: transfers to Portugal wait for a day that
 * never comes, and can be canceled until then. It charges nobody.
 */
import { Capabilities, Outcome, Provider } from "@salesos/core"
import { Duration, Effect, Layer, Option, Redacted, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { CreateTransfer, Transfer, Transfers } from "./Api.ts"
import * as mapping from "./mapping.ts"

/** What a provider account says in `provider`. */
export const bank = "bank"

const capabilities: ReadonlyArray<Provider.Capability> = [
  {
    direction: "payout",
    country: "PT",
    currency: mapping.brl,
    method: "bank_transfer",
    limits: { minimum: 1, maximum: 1_000_000_00 },
    features: ["lookup", "cancel"]
  }
]

const decodeTransfer = Schema.decodeUnknownOption(Transfer)
const decodeTransfers = Schema.decodeUnknownOption(Transfers)
const withBody = HttpClientRequest.schemaBodyJson(CreateTransfer)

const noCharges = Effect.fail(new Provider.Rejected({ message: "This bank charges nobody" }))

export const make: Effect.Effect<Provider.Driver, never, HttpClient.HttpClient> = Effect.gen(function* () {
  const client = yield* HttpClient.HttpClient

  /** One request with the account's key: a status and its body as JSON, undefined where it is none. */
  const exchange = Effect.fnUntraced(function* (
    { credentials, settings }: Provider.ProviderAccount,
    request: HttpClientRequest.HttpClientRequest
  ) {
    const response = yield* request.pipe(
      HttpClientRequest.prependUrl(settings["baseUrl"] ?? "https://bank.invalid"),
      HttpClientRequest.bearerToken(Redacted.value(credentials)["apiKey"] ?? ""),
      client.execute,
      Effect.mapError(Outcome.ofFailure)
    )
    return { status: response.status, body: Option.getOrUndefined(yield* Effect.option(response.json)) }
  })

  /** The answer to a request for one transfer. */
  const one = Effect.fnUntraced(function* (
    account: Provider.ProviderAccount,
    request: HttpClientRequest.HttpClientRequest
  ) {
    const { body, status } = yield* exchange(account, request)
    const transfer = decodeTransfer(body)
    return Option.isSome(transfer)
      ? mapping.observation(account, transfer.value, body)
      : yield* Outcome.ofAnswer(status, "The bank refused the transfer")
  })

  const payouts: Provider.PayoutDriver = {
    create: Effect.fnUntraced(function* (account, order) {
      yield* Effect.fromResult(Capabilities.ofPayout(capabilities, order))
      const body = mapping.createTransfer(order)
      if (body === undefined) return yield* new Provider.Rejected({ message: "The bank pays to an IBAN" })
      const request = yield* Effect.mapError(
        withBody(HttpClientRequest.post("/transfers"), body),
        () => new Provider.Unavailable({ message: "The request could not be built" })
      )
      return yield* one(account, request)
    }),
    get: (account, id) => one(account, HttpClientRequest.get(`/transfers/${encodeURIComponent(id)}`)),
    find: Effect.fnUntraced(function* (account, reference) {
      const { body, status } = yield* exchange(
        account,
        HttpClientRequest.get("/transfers", { urlParams: { reference } })
      )
      const found = decodeTransfers(body)
      if (Option.isNone(found)) return yield* Outcome.ofSearch(status, null)
      return Option.map(Option.fromNullishOr(found.value.transfers[0]), (transfer) =>
        mapping.observation(account, transfer, body)
      )
    }),
    cancel: (account, id) => one(account, HttpClientRequest.post(`/transfers/${encodeURIComponent(id)}/cancel`))
  }

  return {
    name: bank,
    status: "alpha",
    capabilities,
    facts: { lookup: { minimumAge: Duration.seconds(5), misses: 2 }, payoutFee: "on_top" },
    createCharge: () => noCharges,
    getCharge: () => noCharges,
    findCharge: () => Effect.succeedNone,
    payouts,
    readNotification: () => Effect.succeedNone
  }
})

/** The drivers of an application, and the bank's. */
export const added = Layer.effect(
  Provider.Drivers,
  Effect.gen(function* () {
    return [...(yield* Provider.Drivers), yield* make]
  })
)
