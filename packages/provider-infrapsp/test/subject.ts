/**
 * What the suite of `@salesos/provider-testkit` needs to prove the driver with its simulator.
 */
import { Currency, type Observation } from "@salesos/core"
import { type ChargeCounter, type Subject, Tell } from "@salesos/provider-testkit"
import * as Testing from "@salesos/simulator-kit/testing"
import { Effect, Schema } from "effect"
import * as Simulator from "../simulator/index.ts"
import * as InfraPsp from "../src/index.ts"

const credentials = { apiKey: "ipsp_4f0c2a7e", apiSecret: "s3cr3t_9b1d" }

const Row = Schema.Struct({ id: Schema.String, amount: Schema.Int })
const Booked = Schema.Struct({
  transactions: Schema.optionalKey(Schema.Array(Row)),
  preTransactions: Schema.optionalKey(Schema.Array(Row))
})
const WithId = Schema.Struct({ id: Schema.String })
const Link = Schema.Struct({ transactions: Schema.NonEmptyArray(WithId) })

/** The simulator, and what can be done to it from behind its counter. */
const simulator = Effect.map(Testing.serve(Simulator.layer(credentials)), ({ call, url }) => {
  const act = (path: string) => Effect.map(call("POST", `/control/${path}`), ({ json }) => json)
  const booked = (what: "transactions" | "pre-transactions") => (reference: string) =>
    call("GET", `/control/${what}?externalId=${reference}`).pipe(
      Effect.flatMap(({ json }) => Schema.decodeUnknownEffect(Booked)(json)),
      Effect.map(({ preTransactions = [], transactions = [] }) =>
        [...transactions, ...preTransactions].map(({ amount, id }) => ({ providerId: id, amount }))
      )
    )
  const chargeBack = (id: string) =>
    act(`transactions/${id}/charge-back`).pipe(
      Effect.flatMap(Schema.decodeUnknownEffect(WithId)),
      Effect.flatMap((chargeback) => act(`chargebacks/${chargeback.id}/lose`))
    )
  const pix: ChargeCounter = {
    booked: booked("transactions"),
    pay: (id) => act(`transactions/${id}/pay`),
    expire: (id) => act(`transactions/${id}/expire`),
    chargeBack
  }
  const card: ChargeCounter = {
    booked: booked("pre-transactions"),
    pay: (id) => act(`pre-transactions/${id}/pay`),
    expire: (id) => act(`pre-transactions/${id}/expire`),
    chargeBack: (id) =>
      call("GET", `/v1/pre-transactions/${id}`, undefined, {
        authorization: `Bearer ${credentials.apiKey}.${credentials.apiSecret}`
      }).pipe(
        Effect.flatMap(({ json }) => Schema.decodeUnknownEffect(Link)(json)),
        Effect.flatMap(({ transactions: [paid] }) => chargeBack(paid.id))
      )
  }
  return { url, charges: [pix, card], payouts: [] }
})

const open = { _tag: "open" } as const
const settled = { _tag: "settled" } as const
const ended = (reason: Observation.EndReason) => ({ _tag: "ended", reason }) as const

const tell = { id: Tell.at("id"), status: Tell.at("status"), amount: Tell.at("amount") }
const refusal = {
  status: 400,
  body: { code: "API_ERROR", message: "some api error", detail: { errors: [{ path: "parameterName" }] } }
}
// A charge may be either: both are searched.
const finds = { method: "GET", path: /^\/v1\/(pre-)?transactions\?.*externalId=/ }

const brazil = { country: "BR", currency: Currency.Currency.make("BRL") } as const

export const subject: Subject = {
  driver: InfraPsp.make,
  simulator,
  account: (baseUrl) => ({ credentials, settings: { baseUrl, checkoutUrl: `${baseUrl}/checkout/{id}` } }),
  charges: [
    {
      of: { ...brazil, method: "pix" },
      wire: {
        creates: { method: "POST", path: /^\/v1\/transactions$/ },
        gets: { method: "GET", path: /^\/v1\/transactions\/[^/?]+$/ },
        finds,
        tell,
        statuses: {
          created: open,
          waiting_payment: open,
          authorized: open,
          pre_authorized: open,
          under_review: open,
          paid: settled,
          refunded: settled,
          chargedback: settled,
          failed: ended("refused"),
          expired: ended("expired"),
          canceled: ended("canceled")
        },
        refusal
      }
    },
    {
      of: { ...brazil, method: "card", card: "link" },
      wire: {
        creates: { method: "POST", path: /^\/v1\/pre-transactions$/ },
        gets: { method: "GET", path: /^\/v1\/pre-transactions\/[^/?]+$/ },
        finds,
        tell,
        statuses: { active: open, completed: settled, expired: ended("expired"), canceled: ended("canceled") },
        refusal
      }
    }
  ],
  payouts: [],
  notifications: { signed: false, batch: null },
  statement: { pages: { method: "GET", path: /^\/v1\/operations\?/ }, rows: 201 },
  token: null
}
