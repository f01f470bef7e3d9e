/** Every POST sent twice under its key: the second time nothing happens anywhere, and the first answer is given again. */
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Definition from "./support/Definition.ts"
import { type Call, Gateway, newKey, paying } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import * as Samples from "./support/Samples.ts"

/** What is left out of a stored answer, because it is shown once. */
const shownOnce = /,"(secret|key)":"(whsec|sk_test)_[^"]*"/g

interface Sent {
  readonly operation: string
  readonly again: Effect.Effect<Http.Answer, unknown>
  readonly first: Http.Answer
}

const Identified = Schema.Struct({ id: Schema.String })
const asIdentified = Schema.decodeUnknownSync(Identified)
const asList = Schema.decodeUnknownSync(Schema.Struct({ data: Schema.NonEmptyArray(Identified) }))

layer(Gateway.layer, { excludeTestServices: true, timeout: "2 minutes" })("every POST of the API", (it) => {
  it.effect(
    "sent twice under its key leaves the same rows in every table, and the same answer",
    () =>
      Effect.gen(function* () {
        const world = yield* paying()
        const { call, created, gateway, issues, paidOut, payoutLookedUp, read, sellxpay } = world
        yield* issues
        const sent: Array<Sent> = []
        /** Sends to an operation, `ids` in the places of its parameters. */
        const post = Effect.fnUntraced(function* (operation: string, ids: ReadonlyArray<string>, body?: unknown) {
          const idempotencyKey = newKey()
          const path = ids.reduce((sofar, id) => sofar.replace(/:\w+/, id), operation)
          const options: Call = body === undefined ? { idempotencyKey } : { idempotencyKey, body }
          const first = yield* call("POST", path, options)
          assert.include([200, 201, 202], first.status, `${operation}: ${first.text}`)
          sent.push({ operation, first, again: call("POST", path, options) })
          return asIdentified(Http.json(first)).id
        })
        const firstOf = (path: string) => Effect.map(read(path), (list) => asList(list).data[0].id)

        yield* post("/invoices", [], Samples.invoice())
        yield* post("/invoices/:id/cancel", [(yield* created(Samples.invoice())).id])
        const toPay = yield* created(Samples.invoice())
        yield* post("/sandbox/invoices/:id/pay", [toPay.id])
        yield* post("/sandbox/invoices/:id/chargeback", [toPay.id])
        yield* post("/sandbox/invoices/:id/expire", [(yield* created(Samples.invoice())).id])
        yield* post("/payouts", [], Samples.payout())
        const payout = yield* paidOut(Samples.payout())
        yield* sellxpay.pay(payout.our_number)
        yield* payoutLookedUp(payout.id, ({ status }) => status === "paid")
        yield* post("/sandbox/payouts/:id/return", [payout.id])

        const documented = yield* created(Samples.invoice())
        const wanted = { type: "nfse", service_code: "01.05" }
        const document = yield* post("/invoices/:id/tax-documents", [documented.id], wanted)
        yield* gateway.issueDue
        const reason = { reason: "The service was not delivered" }
        yield* post("/invoices/:id/tax-documents/:document_id/cancel", [documented.id, document], reason)

        const hook = { url: "http://127.0.0.1:9/hook", events: ["*"] }
        const endpoint = yield* post("/webhook-endpoints", [], hook)
        yield* post("/webhook-endpoints/:id/rotate-secret", [endpoint])
        yield* post("/webhook-endpoints/:id/ping", [endpoint])
        const delivery = yield* firstOf("/webhook-deliveries")
        yield* post("/webhook-deliveries/:id/redeliver", [delivery])
        yield* post("/api-keys", [], { name: "erp", scopes: ["payments:read"] })

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
