import { assert, layer } from "@effect/vitest"
import { Balance } from "@salesos/api"
import { Effect, Schema } from "effect"
import { Gateway, paying, tenant } from "./support/Gateway.ts"
import { expectFields } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const decode = Schema.decodeUnknownSync(Balance.Balance, { onExcessProperty: "error" })

layer(Gateway.impatient, { excludeTestServices: true, timeout: "1 minute" })("the balance", (it) => {
  it.effect(
    "is what was booked at each account, beside what the provider says",
    () =>
      Effect.gen(function* () {
        const { call, created, paidOut, payoutLookedUp, read, sellxpay, simulator } = yield* paying()
        const balance = Effect.map(read("/balance"), decode)
        const opening = yield* balance
        assert.deepInclude(opening, { object: "balance", livemode: false })
        // Nothing is booked yet, but the providers have something to say.
        assert.deepEqual(
          opening.data.map(({ account, balance: booked, currency }) => [account, currency, booked]),
          [
            ["infrapsp", "BRL", 0],
            ["sellxpay", "BRL", 0]
          ]
        )
        const card = yield* created(Samples.invoice({ payment_method: { type: "card" } }))
        yield* call("POST", `/sandbox/invoices/${card.id}/pay`)
        const payout = yield* paidOut(Samples.payout())
        yield* sellxpay.pay(payout.our_number)
        yield* payoutLookedUp(payout.id, ({ status }) => status === "paid")

        const [infrapsp, paidFrom] = (yield* balance).data
        const { text } = yield* call("GET", "/balance-transactions?account=infrapsp")
        const net = Number(/"net":(-?\d+)/.exec(text)?.[1])
        // A card settles on a later day: all of it is waited for, here and there.
        assert.deepInclude(infrapsp, { account: "infrapsp", balance: net, not_yet_available: net, available: 0 })
        assert.strictEqual(
          infrapsp?.provider_balance?.waiting_funds,
          (opening.data[0]?.provider_balance?.waiting_funds ?? 0) + net
        )
        assert.deepInclude(paidFrom, { account: "sellxpay", balance: -50090, not_yet_available: 0, available: -50090 })
        assert.strictEqual(
          paidFrom?.provider_balance?.available,
          (opening.data[1]?.provider_balance?.available ?? 0) - 50090
        )

        yield* simulator.set({ down: true })
        const [without, beside] = (yield* balance).data
        assert.deepEqual(without, { ...infrapsp!, provider_balance: null })
        assert.deepEqual(beside, paidFrom)
      }),
    120_000
  )

  it.effect(
    "takes no parameters",
    () =>
      Effect.gen(function* () {
        const { call } = yield* tenant()
        assert.deepEqual(yield* expectFields(yield* call("GET", "/balance?currency=BRL")), ["currency: unknown_field"])
      }),
    120_000
  )
})
