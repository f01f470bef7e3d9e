/** Acme's driver, which is right in everything: what the suite is tried with before anything is broken. */
import {
  Capabilities,
  Currency,
  Json,
  Money,
  type Observation,
  Outcome,
  Pix,
  Provider,
  ProviderCalls,
  Wire
} from "@salesos/core"
import { DateTime, Duration, Effect, Option, Redacted, Result, Schema, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { sign } from "./provider.ts"

const brl = Currency.Currency.make("BRL")

const limits = { minimum: 1, maximum: 100_000_00 }

export const pix: Provider.ChargeCapability = {
  direction: "charge",
  country: "BR",
  currency: brl,
  method: "pix",
  limits,
  needs: [],
  maximumExpirySeconds: 24 * 3600,
  features: ["lookup", "cancel", "refund"]
}

const card: Provider.ChargeCapability = {
  ...pix,
  method: "card",
  card: "link",
  maximumExpirySeconds: null,
  features: ["lookup", "artifact_in_lookup", "cancel", "refund"]
}

const payout: Provider.PayoutCapability = {
  direction: "payout",
  country: "BR",
  currency: brl,
  method: "pix",
  limits,
  features: ["lookup", "cancel"]
}

const capabilities = [pix, card, payout]

const Amount = Schema.String
const Thing = Schema.Struct({
  id: Schema.NonEmptyString,
  external_id: Wire.text,
  status: Wire.text,
  amount: Amount,
  currency: Schema.String,
  expires_at: Wire.time,
  paid_at: Wire.time,
  fee: Wire.text,
  copy_paste: Wire.text,
  checkout_url: Wire.text,
  reversals: Schema.Array(
    Schema.Struct({ id: Schema.String, kind: Schema.String, amount: Amount, at: Schema.DateTimeUtcFromString })
  )
})
type Thing = typeof Thing.Type

const decodeThing = Schema.decodeUnknownOption(Thing)
const decodeFound = Schema.decodeUnknownOption(Schema.Struct({ found: Schema.Array(Schema.Unknown) }))
const decodeToken = Schema.decodeUnknownOption(Schema.Struct({ access_token: Schema.String }))
const decodeRefusal = Schema.decodeUnknownOption(Schema.Struct({ error: Schema.String }))
const decodeBalance = Schema.decodeUnknownOption(Schema.Struct({ available: Schema.String }))
const decodePage = Schema.decodeUnknownOption(
  Schema.Struct({
    lines: Schema.Array(
      Schema.Struct({
        id: Schema.String,
        at: Schema.DateTimeUtcFromString,
        kind: Schema.Literals(["charge", "payout"]),
        of: Schema.String,
        net: Schema.NumberFromString,
        fee: Schema.NumberFromString
      })
    ),
    next: Schema.NullOr(Schema.String)
  })
)
const decodeEvents = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({
      events: Schema.NonEmptyArray(
        Schema.Struct({ id: Schema.NonEmptyString, kind: Schema.String, object: Schema.NonEmptyString })
      )
    })
  )
)
const decodeCredentials = Schema.decodeUnknownOption(
  Schema.Struct({ clientId: Schema.String, clientSecret: Schema.String, signingSecret: Schema.String })
)

const minor = (digits: string): number | undefined =>
  Result.match(Money.fromDecimal(digits, brl), { onFailure: () => undefined, onSuccess: ({ amount }) => amount })

const isBrCode = Schema.is(Pix.BrCode)

const artifactOf = ({ checkout_url, copy_paste }: Thing): Observation.Artifact | null =>
  isBrCode(copy_paste)
    ? { type: "pix", copyPaste: copy_paste }
    : checkout_url
      ? { type: "card", checkoutUrl: checkout_url }
      : null

const ended = (reason: "refused" | "expired" | "canceled") => ({ _tag: "ended", reason }) as const
const failed = (reason: "failed" | "canceled") => ({ _tag: "ended", reason }) as const

export const chargeStatuses = {
  waiting: { _tag: "open" },
  paid: { _tag: "settled" },
  denied: ended("refused"),
  expired: ended("expired"),
  canceled: ended("canceled")
} as const
export const payoutStatuses = {
  sent: { _tag: "pending" },
  paid: { _tag: "settled" },
  failed: failed("failed"),
  canceled: failed("canceled")
} as const

const chargeStatus = new Map<string, Observation.ChargeStatus>(Object.entries(chargeStatuses))
const payoutStatus = new Map<string, (typeof payoutStatuses)[keyof typeof payoutStatuses]>(
  Object.entries(payoutStatuses)
)

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly refusal: string | null
}

/** A thing that an answer tells, with its money and what may be kept of it. */
const read = (account: Provider.ProviderAccount, body: unknown) =>
  Option.flatMap(decodeThing(body), (thing) => {
    const amount = minor(thing.amount)
    const currency = Schema.decodeUnknownOption(Currency.Currency)(thing.currency)
    if (amount === undefined || Option.isNone(currency)) return Option.none()
    const money = { amount, currency: currency.value }
    return Option.some({ thing, money, raw: Json.withoutSecrets(body, Provider.secretsOf(account)) })
  })
type Read = Option.Option.Value<ReturnType<typeof read>>

const reversalsOf = ({ money, thing }: Read) =>
  thing.reversals.map(({ amount, at, id, kind }) => ({
    kind,
    ordinal: id,
    money: { ...money, amount: minor(amount) ?? 0 },
    occurredAt: at
  }))

const charge = (told: Read): Observation.ChargeObservation => {
  const { money, raw, thing } = told
  const status = chargeStatus.get(thing.status ?? "") ?? { _tag: "pending" }
  return {
    providerId: thing.id,
    status,
    money,
    artifact: artifactOf(thing),
    expiresAt: thing.expires_at ?? null,
    payments:
      status._tag === "settled" && thing.paid_at
        ? [
            {
              kind: "payment",
              ordinal: "1",
              money,
              fee: minor(thing.fee ?? "") ?? null,
              occurredAt: thing.paid_at,
              availableOn: null,
              endToEndId: null,
              payer: null
            }
          ]
        : [],
    reversals: reversalsOf(told).flatMap((each) =>
      each.kind === "refund" || each.kind === "chargeback" ? [{ ...each, kind: each.kind, feeGivenBack: 0 }] : []
    ),
    raw
  }
}

const payment = (told: Read) => {
  const { money, raw, thing } = told
  const status = payoutStatus.get(thing.status ?? "") ?? ({ _tag: "pending" } as const)
  return {
    providerId: thing.id,
    status,
    money,
    deliveries:
      status._tag === "settled" && thing.paid_at
        ? [
            {
              kind: "delivery",
              ordinal: "1",
              money,
              fee: minor(thing.fee ?? "") ?? null,
              occurredAt: thing.paid_at
            } as const
          ]
        : [],
    returns: reversalsOf(told).map((each) => ({ ...each, kind: "return" as const })),
    endToEndId: null,
    raw
  }
}

export const make: Effect.Effect<Provider.Driver, never, HttpClient.HttpClient | ProviderCalls.AccessTokens> =
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const tokens = yield* ProviderCalls.AccessTokens

    const send = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      request: HttpClientRequest.HttpClientRequest
    ) {
      const response = yield* request.pipe(
        HttpClientRequest.prependUrl(account.settings["baseUrl"] ?? ""),
        client.execute,
        Effect.mapError(Outcome.ofFailure)
      )
      const body = Option.match(yield* Effect.option(response.text), {
        onNone: () => undefined,
        onSome: Json.parseExact
      })
      const refusal = Option.map(
        decodeRefusal(Json.withoutSecrets(body, Provider.secretsOf(account))),
        ({ error }) => error
      )
      return { status: response.status, body, refusal: Option.getOrNull(refusal) } satisfies Answer
    })

    const exchange = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      request: HttpClientRequest.HttpClientRequest
    ): Effect.fn.Return<Answer, Provider.Unavailable | Provider.Unknown> {
      const known = decodeCredentials(Redacted.value(account.credentials))
      if (Option.isNone(known)) {
        return yield* new Provider.Unavailable({ message: "No credentials are configured", account: "credentials" })
      }
      const { clientId, clientSecret } = known.value
      const renew = Effect.gen(function* () {
        const asked = HttpClientRequest.post("/token").pipe(HttpClientRequest.basicAuth(clientId, clientSecret))
        const { body, status } = yield* Effect.mapError(
          send(account, asked),
          ({ message }) => new Provider.Unavailable({ message })
        )
        const token = decodeToken(body)
        if (Option.isNone(token)) return yield* Outcome.ofToken(status)
        const expiresAt = DateTime.add(yield* DateTime.now, { hours: 1 })
        return { value: Redacted.make(token.value.access_token), expiresAt }
      })
      return yield* ProviderCalls.withToken(tokens, account, renew, (token) =>
        send(account, HttpClientRequest.bearerToken(request, token))
      )
    })

    const one = Effect.fnUntraced(function* (
      account: Provider.ProviderAccount,
      request: HttpClientRequest.HttpClientRequest
    ) {
      const { body, refusal, status } = yield* exchange(account, request)
      const told = read(account, body)
      return Option.isSome(told) ? told.value : yield* Outcome.ofAnswer(status, refusal)
    })

    const search = Effect.fnUntraced(function* (account: Provider.ProviderAccount, path: string) {
      const { body, refusal, status } = yield* exchange(account, HttpClientRequest.get(path))
      const found = decodeFound(body)
      if (Option.isNone(found)) return yield* Outcome.ofSearch(status, refusal)
      const told = found.value.found.map((each) => read(account, each))
      return told.some(Option.isNone)
        ? yield* new Provider.Unknown({ message: "The provider's list could not be read" })
        : told.flatMap(Option.toArray)
    })

    const create = (
      account: Provider.ProviderAccount,
      path: string,
      { amount, currency }: Money.Money,
      body: Record<string, unknown>
    ) =>
      one(
        account,
        HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(path), {
          ...body,
          amount: Json.exactNumber(Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency })),
          notify_url: account.notificationUrl
        })
      )

    const get = Effect.fnUntraced(function* (account: Provider.ProviderAccount, path: string, id: string) {
      const told = yield* one(account, HttpClientRequest.get(`${path}/${encodeURIComponent(id)}`))
      return told.thing.id === id ? told : yield* new Provider.Unknown({ message: "The provider told of another one" })
    })

    const find = (account: Provider.ProviderAccount, path: string, reference: string) =>
      Effect.map(search(account, `${path}?external_id=${reference}`), (all) =>
        Option.fromNullishOr(all.find(({ thing }) => thing.external_id === reference))
      )

    const change = (account: Provider.ProviderAccount, path: string, id: string, action: string) =>
      one(account, HttpClientRequest.post(`${path}/${encodeURIComponent(id)}/${action}`))

    const pages = (
      account: Provider.ProviderAccount,
      range: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
    ) =>
      Stream.paginate("", (after) =>
        Effect.gen(function* () {
          const urlParams = { from: DateTime.formatIso(range.from), to: DateTime.formatIso(range.to), after }
          const { body, refusal, status } = yield* exchange(account, HttpClientRequest.get("/statement", { urlParams }))
          const page = decodePage(body)
          if (Option.isNone(page)) return yield* Outcome.ofSearch(status, refusal)
          const lines = page.value.lines.map(({ at, fee, id, kind, net, of }) => ({
            id,
            at,
            currency: brl,
            net,
            fee,
            kind,
            providerId: of,
            reference: null
          }))
          return [lines, Option.fromNullishOr(page.value.next)] as const
        })
      )

    return {
      name: "acme",
      status: "alpha",
      capabilities,
      facts: { lookup: { minimumAge: Duration.seconds(1), misses: 2 }, payoutFee: "on_top" },
      createCharge: (account, request) =>
        Effect.gen(function* () {
          yield* Effect.fromResult(Capabilities.ofCharge(capabilities, request))
          const { expiresIn: expires_in, method, money, reference: external_id } = request
          return charge(yield* create(account, "/charges", money, { external_id, method, expires_in }))
        }),
      getCharge: (account, id) => Effect.map(get(account, "/charges", id), charge),
      findCharge: (account, reference) => Effect.map(find(account, "/charges", reference), Option.map(charge)),
      readCharges: (account, wanted) =>
        wanted.length === 0
          ? Effect.succeed([])
          : Effect.map(search(account, `/charges?ids=${wanted.map(({ providerId }) => providerId).join(",")}`), (all) =>
              all.map(charge)
            ),
      cancelCharge: (account, id) => Effect.map(change(account, "/charges", id, "cancel"), charge),
      refundCharge: (account, id) => Effect.map(change(account, "/charges", id, "refund"), charge),
      payouts: {
        create: (account, order) =>
          Effect.gen(function* () {
            yield* Effect.fromResult(Capabilities.ofPayout(capabilities, order))
            return payment(yield* create(account, "/payouts", order.money, { external_id: order.reference }))
          }),
        get: (account, id) => Effect.map(get(account, "/payouts", id), payment),
        find: (account, reference) => Effect.map(find(account, "/payouts", reference), Option.map(payment)),
        cancel: (account, id) => Effect.map(change(account, "/payouts", id, "cancel"), payment)
      },
      readStatement: pages,
      readBalance: (account) =>
        Effect.gen(function* () {
          const { body, refusal, status } = yield* exchange(account, HttpClientRequest.get("/balance"))
          const available = Option.flatMap(decodeBalance(body), (told) => Option.fromNullishOr(minor(told.available)))
          return Option.isNone(available)
            ? yield* Outcome.ofSearch(status, refusal)
            : [{ currency: brl, available: available.value, waitingFunds: null }]
        }),
      readNotification: (_account, headers, bytes) =>
        Effect.sync(() => {
          const body = new TextDecoder().decode(bytes)
          if (headers["acme-signature"] !== sign(body)) return Option.none()
          return Option.map(decodeEvents(body), ({ events }) => {
            const of = (kind: string) => events.flatMap((each) => (each.kind === kind ? [each.object] : []))
            return {
              dedupeKey: events
                .map(({ id }) => id)
                .join()
                .slice(0, 500),
              charges: of("charge"),
              payouts: of("payout")
            }
          })
        })
    }
  })
