import { assert, layer } from "@effect/vitest"
import { BalanceTransactions } from "@salesos/api"
import { Ports } from "@salesos/test-servers"
import { Effect, Schema } from "effect"
import { asInvoice, asPayout, Gateway, newKey, paying, tenant } from "./support/Gateway.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"
import * as Simulated from "./support/Simulated.ts"

const decodeRows = Schema.decodeUnknownSync(BalanceTransactions.BalanceTransactionList)

const actions = ["pay", "expire", "chargeback"] as const

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("the sandbox", (it) => {
  it.effect(
    "pays an invoice, and it is paid when that is answered",
    () =>
      Effect.gen(function* () {
        const { call, created, get, read } = yield* tenant()
        const { id } = yield* created(Samples.invoice())
        const paid = yield* asInvoice(yield* call("POST", `/sandbox/invoices/${id}/pay`))
        assert.deepInclude(paid, { id, status: "paid", amount_paid: paid.amount })
        assert.deepEqual(yield* get(id), paid)
        assert.lengthOf(decodeRows(yield* read("/balance-transactions")).data, 1)
      }),
    120_000
  )

  it.effect(
    "lets an invoice expire",
    () =>
      Effect.gen(function* () {
        const { call, created } = yield* tenant()
        const { id } = yield* created(Samples.invoice())
        const expired = yield* asInvoice(yield* call("POST", `/sandbox/invoices/${id}/expire`))
        assert.strictEqual(expired.status, "failed")
        assert.strictEqual(expired.failure?.code, "expired")
      }),
    120_000
  )

  it.effect(
    "charges a paid invoice back, once",
    () =>
      Effect.gen(function* () {
        const { call, created, read } = yield* tenant()
        const { amount, id } = yield* created(Samples.invoice())
        yield* call("POST", `/sandbox/invoices/${id}/pay`)
        for (const _ of [1, 2]) {
          const disputed = yield* asInvoice(yield* call("POST", `/sandbox/invoices/${id}/chargeback`))
          assert.deepInclude(disputed, { status: "paid", amount_reversed: amount })
        }
        const types = decodeRows(yield* read("/balance-transactions")).data.map(({ amount: moved, type }) => [
          type,
          moved
        ])
        assert.deepEqual(types, [
          ["adjustment", -amount],
          ["charge", amount]
        ])
      }),
    120_000
  )

  it.effect(
    "pays and charges back a card by link, and an invoice at another provider",
    () =>
      Effect.gen(function* () {
        const { call, created } = yield* paying()
        const card = yield* created(Samples.invoice({ payment_method: { type: "card" } }))
        const boleto = yield* created(
          Samples.invoice({ payment_method: { type: "boleto" }, customer: Samples.customer() })
        )
        assert.deepEqual([card.provider, boleto.provider], ["infrapsp", "sellxpay"])
        for (const { amount, id } of [card, boleto]) {
          const paid = yield* asInvoice(yield* call("POST", `/sandbox/invoices/${id}/pay`))
          assert.deepInclude(paid, { status: "paid", amount_paid: amount })
          const disputed = yield* asInvoice(yield* call("POST", `/sandbox/invoices/${id}/chargeback`))
          assert.isAbove(disputed.amount_reversed, 0)
        }
      }),
    120_000
  )

  it.effect(
    "gives a payout back",
    () =>
      Effect.gen(function* () {
        const { call, paidOut, payoutLookedUp, sellxpay } = yield* paying()
        const { id, our_number } = yield* paidOut(Samples.payout())
        yield* expectProblem(yield* call("POST", `/sandbox/payouts/${id}/return`), "invalid_state")
        yield* sellxpay.pay(our_number)
        yield* payoutLookedUp(id, ({ status }) => status === "paid")
        const returned = yield* asPayout(yield* call("POST", `/sandbox/payouts/${id}/return`))
        assert.strictEqual(returned.status, "failed")
        assert.strictEqual(returned.failure?.code, "returned")
      }),
    120_000
  )

  it.effect(
    "does it once for a key, and gives the same answer again",
    () =>
      Effect.gen(function* () {
        const { call, created, gateway } = yield* tenant()
        const { id } = yield* created(Samples.invoice())
        const idempotencyKey = newKey()
        const first = yield* call("POST", `/sandbox/invoices/${id}/pay`, { idempotencyKey })
        const before = yield* gateway.rows
        const again = yield* call("POST", `/sandbox/invoices/${id}/pay`, { idempotencyKey })
        assert.deepEqual([again.status, again.text], [200, first.text])
        assert.strictEqual(again.headers["idempotent-replay"], "true")
        assert.deepEqual(yield* gateway.rows, before)
        yield* expectProblem(
          yield* call("POST", `/sandbox/invoices/${id}/chargeback`, { idempotencyKey }),
          "idempotency_key_reused"
        )
        yield* expectProblem(
          yield* call("POST", `/sandbox/invoices/${id}/pay`, { idempotencyKey: null }),
          "bad_request"
        )
      }),
    120_000
  )

  it.effect(
    "refuses what an invoice's state does not allow, and a key is not used up by that",
    () =>
      Effect.gen(function* () {
        const { call, created } = yield* tenant()
        const { id } = yield* created(Samples.invoice())
        const idempotencyKey = newKey()
        const chargeback = call("POST", `/sandbox/invoices/${id}/chargeback`, { idempotencyKey })
        yield* expectProblem(yield* chargeback, "invalid_state")
        yield* call("POST", `/sandbox/invoices/${id}/pay`)
        yield* expectProblem(yield* call("POST", `/sandbox/invoices/${id}/pay`), "invalid_state")
        yield* expectProblem(yield* call("POST", `/sandbox/invoices/${id}/expire`), "invalid_state")
        assert.isAbove((yield* asInvoice(yield* chargeback)).amount_reversed, 0)
      }),
    120_000
  )

  it.effect(
    "is no address for a live key",
    () =>
      Effect.gen(function* () {
        const { call, created } = yield* tenant("live")
        const { id } = yield* created(Samples.invoice())
        for (const action of actions) {
          yield* expectProblem(yield* call("POST", `/sandbox/invoices/${id}/${action}`), "not_found")
        }
        yield* expectProblem(yield* call("POST", "/sandbox/payouts/po_01K9X0ZB7C8W3Q2V5T6Y4N1M0P/return"), "not_found")
      }),
    120_000
  )

  it.effect(
    "answers 501 for an account without a simulator, and 502 while the simulator is not there",
    () =>
      Effect.gen(function* () {
        const gateway = yield* Gateway
        const { url: baseUrl } = yield* Simulated.start()
        const nobody = `http://127.0.0.1:${yield* Ports.freePort}/control`
        for (const [settings, code] of [
          [{ baseUrl }, "provider_not_configured"],
          [{ baseUrl, controlUrl: nobody }, "provider_error"]
        ] as const) {
          const owner = { tenant: yield* gateway.tenant, environment: "sandbox" as const }
          const { call, created, get } = yield* gateway.world(owner, settings)
          const made = yield* created(Samples.invoice())
          yield* expectProblem(yield* call("POST", `/sandbox/invoices/${made.id}/pay`), code)
          assert.deepEqual(yield* get(made.id), made)
        }
      }),
    120_000
  )
})
