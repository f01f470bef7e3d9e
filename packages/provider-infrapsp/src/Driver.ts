/**
 * InfraPSP's driver: charges by PIX and by payment link for cards, their refunds and disputes, statement and balance. What is
 * asked for is in `requests.ts`, what is answered means what `mapping.ts` and `money.ts` say, and what becomes of an exchange
 * that went wrong is in core's `Outcome`.
 */
import { Outcome, Provider } from "@salesos/core"
import * as Capabilities from "@salesos/core/ports/Capabilities"
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import { type HttpClient, HttpClientRequest } from "effect/http"
import { Balance, CreateTransaction } from "./Api.ts"
import * as Calls from "./Calls.ts"
import * as Links from "./Links.ts"
import * as mapping from "./mapping.ts"
import { brl, type Reading } from "./money.ts"
import * as Refunds from "./Refunds.ts"
import { createTransaction } from "./requests.ts"
import * as Statement from "./Statement.ts"
import * as Transactions from "./Transactions.ts"

type Account = Provider.ProviderAccount

/** The driver's name: what a provider account says in `provider`. */
export const infrapsp = "infrapsp"

const charge = {
  direction: "charge",
  country: "BR",
  currency: brl,
  limits: { minimum: 1, maximum: 10_000_000 }, // R$ 100,000.00, by InfraPSP's published client types
  needs: [],
  // As long as a list can reach: a charge that outlives that could be paid when it is no longer found by its reference.
  maximumExpirySeconds: 365 * 24 * 3600
} as const

/** Charges in BRL: PIX, and cards by a link that its payer opens. */
export const capabilities: ReadonlyArray<Provider.ChargeCapability> = [
  { ...charge, method: "pix", features: ["refund", "lookup", "artifact_in_lookup"] },
  { ...charge, method: "card", card: "link", features: ["cancel", "refund", "lookup", "artifact_in_lookup"] }
]

/** The document says nothing on either; these are ours. */
export const facts: Provider.Facts = {
  lookup: { minimumAge: Duration.seconds(5), misses: 2 }
}

const decodeBalance = Schema.decodeUnknownOption(Balance)
const post = Calls.sendJson(CreateTransaction)

/** A charge as it was read: a PIX transaction, or a payment link. Nothing but trying tells which one an id is of. */
type Charge =
  | { readonly _tag: "pix"; readonly reading: Reading }
  | { readonly _tag: "link"; readonly reading: mapping.LinkReading }

/** Makes the driver. It keeps no state, and what it needs of an account comes with every call. */
export const make: Effect.Effect<Provider.Driver, never, HttpClient.HttpClient> = Effect.gen(function* () {
  const send = yield* Calls.make
  const transactions = Transactions.make(send)
  const links = Links.make(send, transactions)

  const observe = (account: Account, seen: Charge) =>
    seen._tag === "link"
      ? links.observe(account, seen.reading)
      : Effect.map(DateTime.now, (readAt) => mapping.observation(seen.reading, readAt))

  const read = Effect.fnUntraced(function* (account: Account, id: string) {
    const answer = yield* transactions.get(account, id)
    if (Transactions.isMissing(answer)) return { _tag: "link", reading: yield* links.get(account, id) } satisfies Charge
    const reading = yield* transactions.ofAnswer(account, answer)
    if (reading.transaction.id === id) return { _tag: "pix", reading } satisfies Charge
    return yield* new Provider.Unknown({ message: "The provider answered with another charge" })
  })

  const createCharge = Effect.fnUntraced(function* (account: Account, request: Provider.ChargeRequest) {
    const { method } = yield* Effect.fromResult(Capabilities.ofCharge(capabilities, request))
    if (method === "card") return yield* links.create(account, request)
    const body = createTransaction(account, request)
    const answer = yield* post(send, account, HttpClientRequest.post("/v1/transactions"), body)
    return yield* observe(account, { _tag: "pix", reading: yield* transactions.ofAnswer(account, answer) })
  })

  const findCharge = Effect.fnUntraced(function* (
    account: Account,
    reference: Provider.ChargeRequest["reference"]
  ): Effect.fn.Return<Option.Option<Charge>, Calls.Failure> {
    const params = {
      externalId: reference,
      ...Calls.until(yield* DateTime.now),
      sortField: "createdAt",
      sortOrder: "asc",
      pageSize: Calls.maxPageSize
    }
    // A full page of others: the search was not understood as we mean it, and the charge may be on the next page.
    const only = <A extends Parameters<typeof mapping.found>[0][number]>(listed: ReadonlyArray<Calls.Listed<A>>) => {
      const match = mapping.found(
        listed.map(({ entry }) => entry),
        reference
      )
      if (match !== undefined) return Effect.succeed(listed.find(({ entry }) => entry === match))
      return listed.length < Calls.maxPageSize
        ? Effect.undefined
        : new Provider.Unknown({ message: "The provider listed only other charges" })
    }
    const transaction = yield* Effect.flatMap(transactions.search(account, params), only)
    const isTry = typeof transaction?.entry.preTransactionId === "string"
    if (transaction !== undefined && !isTry) {
      return Option.some({ _tag: "pix", reading: yield* transactions.complete(account, transaction) })
    }
    const link = yield* Effect.flatMap(links.search(account, params), only)
    if (link !== undefined) return Option.some({ _tag: "link", reading: yield* links.complete(account, link) })
    // A try of a link that is not listed: something is there, and nobody can say what.
    return isTry
      ? yield* new Provider.Unknown({ message: "The provider listed a payment, and not what it is of" })
      : Option.none()
  })

  const refundCharge = Effect.fnUntraced(function* (account: Account, id: string) {
    const seen = yield* read(account, id)
    const readings = seen._tag === "pix" ? [seen.reading] : seen.reading.tries
    const refunded = yield* Refunds.refund(send, account, readings)
    if (seen._tag === "link") return yield* links.observe(account, { ...seen.reading, tries: refunded })
    return yield* observe(account, { _tag: "pix", reading: refunded[0] ?? seen.reading })
  })

  const readBalance = Effect.fnUntraced(function* (account: Account) {
    const { body, refusal, status } = yield* send(account, HttpClientRequest.get("/v1/balance"))
    const balance = decodeBalance(body)
    if (status >= 300 || Option.isNone(balance)) return yield* Outcome.ofSearch(status, refusal)
    const { amountAvailable, amountWaitingFunds } = balance.value
    return [{ currency: brl, available: amountAvailable, waitingFunds: amountWaitingFunds ?? null }]
  })

  return {
    name: infrapsp,
    status: "beta",
    capabilities,
    facts,
    createCharge,
    getCharge: (account, id) => Effect.flatMap(read(account, id), (seen) => observe(account, seen)),
    findCharge: (account, reference) =>
      Effect.flatMap(
        findCharge(account, reference),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (seen) => Effect.asSome(observe(account, seen))
        })
      ),
    cancelCharge: links.cancel,
    refundCharge,
    readStatement: Statement.make(send, transactions),
    readBalance,
    readNotification: (_account, _headers, body) => Effect.sync(() => mapping.notification(body))
  }
})
