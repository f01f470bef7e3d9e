/** What the driver is proven with: its simulator, and what the proxy needs to know of the provider's language. */
import { createHmac } from "node:crypto"
import { Currency } from "@salesos/core"
import { type ChargeCounter, type ChargeSubject, type Subject, Tell } from "@salesos/provider-testkit"
import * as Testing from "@salesos/simulator-kit/testing"
import { Clock, Effect, Predicate, Schema } from "effect"
import { convert, toDecimal } from "../simulator/decimal.ts"
import * as Simulator from "../simulator/index.ts"
import * as UsdBrl from "../src/index.ts"

const credentials = { clientId: "usdbrl_4f0c2a7e", clientSecret: "s3cr3t_9b1d", signingSecret: "s1gn_77aa" }

const Booked = Schema.Struct({ payments: Schema.Array(Schema.Struct({ id: Schema.String, amount: Schema.String })) })

const charges = [
  { country: "BR", currency: Currency.Currency.make("USD"), method: "pix" },
  { country: "BR", currency: Currency.Currency.make("USD"), method: "bank_transfer" },
  { country: "BR", currency: Currency.Currency.make("BRL"), method: "pix" },
  { country: "BR", currency: Currency.Currency.make("BRL"), method: "bank_transfer" }
] as const

/** The simulator, and what can be done to it from behind its counter: the same for each charge under test. */
const simulator = Effect.map(Testing.serve(Simulator.layer(credentials)), ({ call, url }) => {
  const counter: ChargeCounter = {
    booked: (reference) =>
      call("GET", `/control/payments?transaction_id=${reference}`).pipe(
        Effect.flatMap(({ json }) => Schema.decodeUnknownEffect(Booked)(json)),
        Effect.map(({ payments }) =>
          payments.map(({ amount, id }) => ({ providerId: id, amount: Number(amount.replace(".", "")) }))
        )
      ),
    pay: (id) => call("POST", `/control/payments/${id}/pay`),
    expire: (id) => call("POST", `/control/payments/${id}/expire`)
  }
  return { url, charges: charges.map(() => counter), payouts: [] }
})

const data = (body: unknown): unknown => (Predicate.hasProperty(body, "data") ? body.data : undefined)

/** A decimal of the wire; text that is none for what is no whole number. */
const decimal = (minor: number): string => (Number.isSafeInteger(minor) ? toDecimal(minor) : String(minor))

/** The answer to a creation tells no amount, but what it is converted to; every other answer tells it. */
const tellAmount: Tell.Tell<number> = (body, minor) => {
  const created = data(body)
  if (!Predicate.hasProperty(created, "values") || !Predicate.hasProperty(created.values, "exchange")) {
    return Tell.at("data", "amount")(body, decimal(minor))
  }
  const price = Number.isSafeInteger(minor) ? toDecimal(convert(minor, String(created.values.exchange))) : "NaN"
  return Tell.at("data", "values", "subtotal")(Tell.at("data", "values", "total")(body, price), price)
}

const ended = (reason: "refused" | "expired" | "canceled") => ({ _tag: "ended", reason }) as const

const wire: ChargeSubject["wire"] = {
  creates: { method: "POST", path: /^\/v1\/payment$/ },
  gets: { method: "GET", path: /^\/v1\/payment\/[^/?]+$/ },
  finds: { method: "GET", path: /^\/v1\/payments\?transaction_id=/ },
  tell: {
    id: Tell.at("data", "id"),
    status: Tell.at("data", "status"),
    amount: tellAmount,
    currency: Tell.at("data", "currency")
  },
  statuses: {
    pending: { _tag: "open" },
    paid: { _tag: "settled" },
    denied: ended("refused"),
    expired: ended("expired")
  },
  refusal: {
    status: 422,
    body: { requestId: "a2435636-5f69-447d-8e22-8382f62ef7dd", error: { code: "blocked", message: "Not today" } }
  }
}

const Bodies = Schema.fromJsonString(Schema.Struct({ data: Schema.Array(Schema.Unknown) }))

export const subject: Subject = {
  driver: UsdBrl.make,
  simulator,
  account: (baseUrl) => ({ credentials, settings: { baseUrl } }),
  charges: charges.map((of) => ({ of, wire })),
  payouts: [],
  notifications: {
    signed: true,
    signedWith: "signingSecret",
    batch: (sent) =>
      Effect.gen(function* () {
        const bodies = yield* Effect.forEach(sent, ({ body }) => Schema.decodeUnknownEffect(Bodies)(body))
        const body = JSON.stringify({ requestId: "batch", data: bodies.flatMap(({ data }) => data) })
        const t = yield* Clock.currentTimeMillis
        const v1 = createHmac("sha256", credentials.signingSecret).update(`${t}.${body}`).digest("hex")
        return { headers: { "smartfastpay-signature": `t=${t},v1=${v1}` }, body }
      })
  },
  statement: { pages: { method: "GET", path: /^\/v1\/payments\?start_time=/ }, rows: 45 },
  token: { method: "POST", path: /^\/oauth2\/token$/ }
}
