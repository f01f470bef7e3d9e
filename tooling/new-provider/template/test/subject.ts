/** What NewPay's driver is proven with: its simulator, and what the proxy needs to know of the provider's language. */
import { type ChargeCounter, type Subject, Tell } from "@salesos/provider-testkit"
import * as Testing from "@salesos/simulator-kit/testing"
import { Effect, Schema } from "effect"
import * as Simulator from "../simulator/index.ts"
import * as NewPay from "../src/index.ts"
import { brl } from "../src/mapping.ts"

const credentials = { apiKey: "newpay_4f0c2a7e9b1d" }

const Booked = Schema.Struct({ data: Schema.Array(Schema.Struct({ id: Schema.String, amount: Schema.Int })) })

/** The simulator, and what can be done to it from behind its counter. */
const simulator = Effect.map(Testing.serve(Simulator.layer(credentials)), ({ call, url }) => {
  const pix: ChargeCounter = {
    booked: (reference) =>
      call("GET", `/control/charges?external_id=${reference}`).pipe(
        Effect.flatMap(({ json }) => Schema.decodeUnknownEffect(Booked)(json)),
        Effect.map(({ data }) => data.map(({ amount, id }) => ({ providerId: id, amount })))
      ),
    pay: (id) => call("POST", `/control/charges/${id}/pay`),
    expire: (id) => call("POST", `/control/charges/${id}/expire`)
  }
  return { url, charges: [pix], payouts: [] }
})

export const subject: Subject = {
  driver: NewPay.make,
  simulator,
  account: (baseUrl) => ({ credentials, settings: { baseUrl } }),
  charges: [
    {
      of: { country: "BR", currency: brl, method: "pix" },
      wire: {
        creates: { method: "POST", path: /^\/v1\/charges$/ },
        gets: { method: "GET", path: /^\/v1\/charges\/[^/?]+$/ },
        finds: { method: "GET", path: /^\/v1\/charges\?/ },
        tell: { id: Tell.key("id"), status: Tell.key("status"), amount: Tell.key("amount") },
        // FILL IN: every status of the document, and what it means, such as `waiting: { _tag: "open" }`
        statuses: {},
        refusal: { status: 422, body: { error: { code: "blocked_payer", message: "The payer is blocked" } } }
      }
    }
  ],
  payouts: [],
  // FILL IN: whether they are signed, and how several come together
  notifications: { signed: false, batch: null },
  statement: null,
  token: null
}
