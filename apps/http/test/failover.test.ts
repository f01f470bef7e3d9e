/** From one provider to the next, through real drivers: whatever surely was not done is done elsewhere, and nothing else is. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { asInvoice, Gateway, newKey, paying } from "./support/Gateway.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"
import type { Faults } from "./support/Simulated.ts"

const refusal = { rejectCreates: { code: "invalid_payer", message: "The payer is not accepted" } }

/** What a first provider may do without having done anything. */
const undone: ReadonlyArray<readonly [what: string, faults: Faults]> = [
  ["refuses by a business rule", refusal],
  ["takes no more requests now", { createStatus: 429 }],
  ["does not know our credentials any more", { createStatus: 401 }]
]

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("a PIX whose first provider", (it) => {
  it.effect.each(undone)("$0 is charged by the second, under the same number", ([, faults]) =>
    Effect.gen(function* () {
      const { created, lookedUp, sellxpay, simulator } = yield* paying()
      yield* simulator.set(faults)
      const invoice = yield* created(Samples.invoice())
      assert.deepInclude(invoice, { status: "open", confirmed: true, provider: "sellxpay" })
      assert.isDefined(invoice.payment_method.pix)
      assert.isEmpty(yield* simulator.charges())
      const [charge, ...others] = yield* sellxpay.payments()
      assert.isEmpty(others)
      assert.strictEqual(charge?.external_id, `${invoice.our_number}-2`)
      yield* sellxpay.pay(`${invoice.our_number}-2`)
      const paid = yield* lookedUp(invoice.id, ({ status }) => status === "paid")
      assert.deepInclude(paid, { amount_paid: 12398, our_number: invoice.our_number })
    })
  )

  it.effect("may have done it is not charged by anybody else", () =>
    Effect.gen(function* () {
      const { create, sellxpay, simulator } = yield* paying()
      yield* simulator.set({ createStatus: 500 })
      const idempotencyKey = newKey()
      for (let tries = 0; tries < 2; tries++) {
        yield* expectProblem(yield* create(Samples.invoice(), { idempotencyKey }), "provider_error")
      }
      assert.isEmpty(yield* sellxpay.payments())
    })
  )

  it.effect("fails like the second is tried again by the same key, which keeps its number", () =>
    Effect.gen(function* () {
      const { create, sellxpay, simulator } = yield* paying()
      yield* simulator.set(refusal)
      yield* sellxpay.set(refusal)
      const idempotencyKey = newKey()
      yield* expectProblem(yield* create(Samples.invoice(), { idempotencyKey }), "provider_error")
      yield* simulator.heal
      const invoice = yield* asInvoice(yield* create(Samples.invoice(), { idempotencyKey }))
      assert.deepInclude(invoice, { status: "open", provider: "infrapsp" })
      assert.match(invoice.our_number, /-000001$/)
      assert.isEmpty(yield* sellxpay.payments())
      assert.lengthOf(yield* simulator.charges(), 1)
    })
  )
})

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("a bolepix", (it) => {
  const bolepix = Samples.invoice({ payment_method: { type: "bolepix" } })

  it.effect("has its boleto at one provider and its PIX at another", () =>
    Effect.gen(function* () {
      const { created, sellxpay, simulator } = yield* paying()
      const { payment_method } = yield* created(bolepix)
      assert.isDefined(payment_method.boleto)
      assert.isDefined(payment_method.pix)
      assert.lengthOf(yield* sellxpay.payments(), 1)
      assert.lengthOf(yield* simulator.charges(), 1)
    })
  )

  it.effect("whose PIX is refused by the first has both legs at the second", () =>
    Effect.gen(function* () {
      const { created, sellxpay, simulator } = yield* paying()
      yield* simulator.set(refusal)
      const { our_number, payment_method } = yield* created(bolepix)
      assert.isDefined(payment_method.boleto)
      assert.isDefined(payment_method.pix)
      const references = (yield* sellxpay.payments()).map(({ external_id }) => external_id)
      assert.sameMembers(references, [our_number, `${our_number}-3`])
    })
  )
})
