/** What the driver is proven with: the simulator, what can be done behind its counter, and the words of the document. */
import type { Observation, PayoutObservation } from "@salesos/core"
import { type ChargeCounter, type PayoutCounter, type Subject, Tell, type Wire } from "@salesos/provider-testkit"
import { serve } from "@salesos/simulator-kit/testing"
import { Effect, Schema } from "effect"
import * as Simulator from "../simulator/index.ts"
import { brl } from "../src/Api.ts"
import * as SellxPay from "../src/index.ts"

const credentials = { clientId: "client_7d20c4f1", clientSecret: "s3cr3t_9b1d55e0" }

const Booked = Schema.Struct({
  transactions: Schema.Array(Schema.Struct({ id: Schema.String, amount: Schema.Number }))
})

const Token = Schema.Struct({ access_token: Schema.String })

const simulator = Effect.gen(function* () {
  const { call, url } = yield* serve(Simulator.layer({ ...credentials, callsPerMinute: 100_000 }))
  // Payments up to the most that is declared need more than a balance opens with.
  yield* call("POST", "/control/internal-transfers", { amount: 1_000_000_000_000_00 })
  const act = (how: string) => (id: string) => call("POST", `/control/transactions/${id}/${how}`)
  const booked = (reference: string) =>
    call("GET", `/control/transactions?external_id=${reference}`).pipe(
      Effect.flatMap(({ json }) => Schema.decodeUnknownEffect(Booked)(json)),
      Effect.map(({ transactions }) =>
        transactions.map(({ amount, id }) => ({ providerId: id, amount: Math.round(amount * 100) }))
      )
    )
  const charge: ChargeCounter = { booked, pay: act("pay"), expire: act("expire"), chargeBack: act("chargeback") }
  const { expire: _, ...card } = charge
  const payout: PayoutCounter = { booked, deliver: act("pay"), fail: act("refuse"), giveBack: act("return") }
  /** "Configure a URL de webhook": of payments by PIX alone, as all else carries its own. */
  const notify = Effect.fnUntraced(function* (address: string) {
    const pair = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64")
    const { json } = yield* call("POST", "/api/v1/oauth/token", {}, { authorization: `Basic ${pair}` })
    const { access_token } = yield* Schema.decodeUnknownEffect(Token)(json)
    yield* call("POST", "/api/v1/webhooks", { url: address }, { authorization: `Bearer ${access_token}` })
  })
  return { url: `${url}/api/v1`, charges: [charge, charge, card], payouts: [payout], notify }
})

const open = { _tag: "open" } as const
const pending = { _tag: "pending" } as const
const settled = { _tag: "settled" } as const
const ended = <R extends string>(reason: R) => ({ _tag: "ended", reason }) as const

/** "Status das Transacoes", of charges. */
const chargeStatuses = {
  pending: open,
  in_analysis: open,
  paid: settled,
  cancelled: ended("canceled"),
  expired: ended("expired"),
  refused: ended("refused"),
  reversed: settled,
  chargedback: settled
} satisfies Record<string, Observation.ChargeStatus>

/** The same, of payments by PIX. */
const payoutStatuses = {
  pending,
  in_analysis: pending,
  paid: settled,
  cancelled: ended("canceled"),
  expired: ended("failed"),
  refused: ended("failed"),
  reversed: settled
} satisfies Record<string, PayoutObservation.PayoutStatus>

const id: Tell.Tell<unknown> = (body, value) => Tell.key("transaction_id")(Tell.key("id")(body, value), value)

const wire = (path: string) =>
  ({
    creates: { method: "POST", path: new RegExp(`/${path}$`) },
    gets: { method: "GET", path: /\/transaction\/[^/?]+$/ },
    finds: { method: "GET", path: /\/transactions\?.*external_id=/ },
    tell: { id, status: Tell.key("status"), amount: Tell.key("amount", (minor: number) => minor / 100) },
    refusal: {
      status: 422,
      body: {
        error: "validation_error",
        message: "Os dados fornecidos sao invalidos.",
        errors: { amount: ["O campo valor e obrigatorio."] }
      }
    }
  }) satisfies Omit<Wire<unknown>, "statuses">

const brazil = { country: "BR", currency: brl } as const

export const subject: Subject = {
  driver: SellxPay.make,
  simulator,
  account: (baseUrl) => ({ credentials, settings: { baseUrl } }),
  charges: [
    { of: { ...brazil, method: "pix" }, wire: { ...wire("pix/qrcode"), statuses: chargeStatuses } },
    { of: { ...brazil, method: "boleto" }, wire: { ...wire("boleto/create"), statuses: chargeStatuses } },
    {
      of: { ...brazil, method: "card", card: "token" },
      wire: { ...wire("card/charge"), statuses: chargeStatuses },
      request: { cardToken: "tok_abc123def456", installments: 3 }
    }
  ],
  payouts: [{ of: { ...brazil, method: "pix" }, wire: { ...wire("pix/payment"), statuses: payoutStatuses } }],
  notifications: { signed: false, batch: null },
  statement: { pages: { method: "GET", path: /\/transactions\?/ }, rows: 101 },
  token: { method: "POST", path: /\/oauth\/token$/ }
}
