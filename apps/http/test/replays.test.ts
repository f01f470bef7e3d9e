/** Every POST sent twice under its key: the second time nothing happens anywhere, and the first answer is given again. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import * as Definition from "./support/Definition.ts"
import { type Call, Gateway, newKey, paying } from "./support/Gateway.ts"
import type { Answer } from "./support/Http.ts"
import * as Samples from "./support/Samples.ts"

/** What is left out of a stored answer, because it is shown once. */
const shownOnce = /,"(secret|key)":"[^"]*"/g

interface Sent {
  readonly operation: string
  readonly again: Effect.Effect<Answer, unknown>
  readonly first: Answer
}

layer(Gateway.layer, { excludeTestServices: true, timeout: "2 minutes" })("every POST of the API", (it) => {
  it.effect(
    "sent twice under its key leaves the same rows in every table, and the same answer",
    () =>
      Effect.gen(function* () {
        const world = yield* paying()
        const { call, created, gateway, paidOut, payoutLookedUp, sellxpay } = world
        const sent: Array<Sent> = []
        const post = Effect.fnUntraced(function* (operation: string, id: string | null, body?: unknown) {
          const idempotencyKey = newKey()
          const path = id === null ? operation : operation.replace(":id", id)
          const options: Call = body === undefined ? { idempotencyKey } : { idempotencyKey, body }
          const first = yield* call("POST", path, options)
          assert.include([200, 201, 202], first.status, `${operation}: ${first.text}`)
          sent.push({ operation, first, again: call("POST", path, options) })
        })

        yield* post("/invoices", null, Samples.invoice())
        yield* post("/invoices/:id/cancel", (yield* created(Samples.invoice())).id)
        const toPay = yield* created(Samples.invoice())
        yield* post("/sandbox/invoices/:id/pay", toPay.id)
        yield* post("/sandbox/invoices/:id/chargeback", toPay.id)
        yield* post("/sandbox/invoices/:id/expire", (yield* created(Samples.invoice())).id)
        yield* post("/payouts", null, Samples.payout())
        const payout = yield* paidOut(Samples.payout())
        yield* sellxpay.pay(payout.our_number)
        yield* payoutLookedUp(payout.id, ({ status }) => status === "paid")
        yield* post("/sandbox/payouts/:id/return", payout.id)
        yield* post("/webhook-endpoints", null, { url: "http://127.0.0.1:9/hook", events: ["*"] })

        // A payout by PIX can't be canceled, which stores nothing; the rest is all there is.
        const never = ["/payouts/:id/cancel"]
        assert.sameMembers(
          [...new Set(sent.map(({ operation }) => operation)), ...never],
          Definition.operations.filter(({ method }) => method === "POST").map(({ path }) => path)
        )

        const before = yield* gateway.contents
        for (const { again, first, operation } of sent) {
          const second = yield* again
          assert.strictEqual(second.status, first.status, operation)
          assert.strictEqual(second.headers["idempotent-replay"], "true", operation)
          assert.strictEqual(second.text, first.text.replaceAll(shownOnce, ""), operation)
        }
        assert.deepEqual(yield* gateway.contents, before)
      }),
    120_000
  )
})
