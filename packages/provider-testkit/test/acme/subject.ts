/** What Acme's driver is proven with. */
import { Currency, Money } from "@salesos/core"
import { Effect, Schema } from "effect"
import { type ChargeSubject, type Subject, Tell } from "../../src/index.ts"
import { chargeStatuses, make, payoutStatuses } from "./driver.ts"
import { credentials, sign, start } from "./provider.ts"

const currency = Currency.Currency.make("BRL")
const of = { country: "BR", currency, method: "pix" } as const

const tell = {
  id: Tell.key("id"),
  status: Tell.key("status"),
  // What is no whole number of cents has no decimal.
  amount: Tell.key("amount", (amount: number) =>
    Number.isSafeInteger(amount) ? Number(Money.toDecimal({ amount: Money.MinorUnits.make(amount), currency })) : "none"
  ),
  currency: Tell.key("currency")
}
const refusal = { status: 422, body: { error: "the payer is blocked" } }

const wire = {
  creates: { method: "POST", path: /^\/charges$/ },
  gets: { method: "GET", path: /^\/charges\/[^/?]+$/ },
  finds: { method: "GET", path: /^\/charges\?external_id=/ },
  tell,
  statuses: chargeStatuses,
  refusal
} satisfies ChargeSubject["wire"]

const Events = Schema.fromJsonString(Schema.Struct({ events: Schema.Array(Schema.Unknown) }))

export const subject: Subject = {
  driver: make,
  simulator: start,
  account: (baseUrl) => ({ credentials, settings: { baseUrl } }),
  charges: [
    { of, wire },
    { of: { ...of, method: "card", card: "link" }, wire }
  ],
  payouts: [
    {
      of,
      wire: {
        creates: { method: "POST", path: /^\/payouts$/ },
        gets: { method: "GET", path: /^\/payouts\/[^/?]+$/ },
        finds: { method: "GET", path: /^\/payouts\?external_id=/ },
        tell,
        statuses: payoutStatuses,
        refusal
      }
    }
  ],
  notifications: {
    signed: true,
    signedWith: "signingSecret",
    batch: (sent) =>
      Effect.map(
        Effect.forEach(sent, ({ body }) => Schema.decodeUnknownEffect(Events)(body)),
        (all) => {
          const body = JSON.stringify({ events: all.flatMap(({ events }) => events) })
          return { body, headers: { "acme-signature": sign(body) } }
        }
      )
  },
  statement: { pages: { method: "GET", path: /^\/statement/ }, rows: 12 },
  token: { method: "POST", path: /^\/token$/ }
}
