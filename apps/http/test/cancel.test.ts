import { assert, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { asInvoice, eventually, Gateway, newKey, tenant } from "./support/Gateway.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

shared("canceling an invoice", (it) => {
  it.effect(
    "answers 200 with it, and a second time with the same, under the same key or another",
    () =>
      Effect.gen(function* () {
        const { call, created, gateway, get } = yield* tenant()
        const { id } = yield* created(Samples.invoice())
        const idempotencyKey = newKey()
        const first = yield* call("POST", `/invoices/${id}/cancel`, { idempotencyKey })
        const canceled = yield* asInvoice(first)
        assert.deepInclude(canceled, { id, status: "canceled", failure: null })
        assert.isNotNull(canceled.canceled_at)
        assert.deepEqual(yield* get(id), canceled)
        const before = yield* gateway.rows
        const again = yield* call("POST", `/invoices/${id}/cancel`, { idempotencyKey, body: {} })
        assert.strictEqual(again.text, first.text)
        assert.deepEqual([first.headers["idempotent-replay"], again.headers["idempotent-replay"]], [undefined, "true"])
        assert.deepEqual(yield* gateway.rows, before)
        assert.deepEqual(yield* asInvoice(yield* call("POST", `/invoices/${id}/cancel`)), canceled)
      }),
    120_000
  )

  it.effect(
    "that was paid in the meantime is a 409, and the payment counts",
    () =>
      Effect.gen(function* () {
        const { call, created, get, simulator } = yield* tenant()
        const { id, our_number } = yield* created(Samples.invoice())
        yield* simulator.pay(our_number)
        const { detail } = yield* expectProblem(yield* call("POST", `/invoices/${id}/cancel`), "invalid_state")
        assert.include(detail, "paid")
        assert.deepInclude(yield* get(id), { status: "paid", canceled_at: null })
      }),
    120_000
  )

  it.effect(
    "that has failed is a 409",
    () =>
      Effect.gen(function* () {
        const { call, created, lookedUp, simulator } = yield* tenant()
        const { id, our_number } = yield* created(Samples.invoice())
        yield* simulator.expire(our_number)
        yield* lookedUp(id, ({ status }) => status === "failed")
        yield* expectProblem(yield* call("POST", `/invoices/${id}/cancel`), "invalid_state")
      }),
    120_000
  )

  it.effect(
    "is a 502 when the provider does not answer, and goes on under the same key when it does",
    () =>
      Effect.gen(function* () {
        const { call, created, get, simulator } = yield* tenant()
        const { id } = yield* created(Samples.invoice())
        const idempotencyKey = newKey()
        yield* simulator.set({ down: true })
        yield* expectProblem(yield* call("POST", `/invoices/${id}/cancel`, { idempotencyKey }), "provider_error")
        assert.deepInclude(yield* get(id), { status: "open", canceled_at: null })
        yield* simulator.heal
        const canceled = yield* asInvoice(yield* call("POST", `/invoices/${id}/cancel`, { idempotencyKey }))
        assert.strictEqual(canceled.status, "canceled")
      }),
    120_000
  )

  it.effect(
    "that is being created is a 409, with the seconds to wait",
    () =>
      Effect.gen(function* () {
        const { call, create, simulator } = yield* tenant()
        yield* simulator.set({ holdCreateAnswers: true })
        const creation = yield* Effect.forkChild(create(Samples.invoice()))
        const listed = call("GET", "/invoices").pipe(
          Effect.map(({ text }) => /"id":"(inv_[0-9A-Z]+)"/.exec(text)?.[1] ?? "")
        )
        const id = yield* eventually(listed, (found) => found !== "", { what: "the invoice" })
        const busy = yield* call("POST", `/invoices/${id}/cancel`)
        yield* expectProblem(busy, "operation_in_progress")
        assert.isAbove(Number(busy.headers["retry-after"]), 0)
        yield* simulator.heal
        assert.strictEqual((yield* Fiber.join(creation)).status, 201)
        assert.strictEqual((yield* asInvoice(yield* call("POST", `/invoices/${id}/cancel`))).status, "canceled")
      }),
    120_000
  )

  it.effect(
    "that is not there is a 404, also with an id that can't be",
    () =>
      Effect.gen(function* () {
        const { call } = yield* tenant()
        for (const id of ["inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", "po_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", "x"]) {
          yield* expectProblem(yield* call("POST", `/invoices/${id}/cancel`), "not_found")
        }
      }),
    120_000
  )
})

layer(Gateway.impatient, { excludeTestServices: true, timeout: "1 minute" })("an invoice in doubt", (it) => {
  it.effect(
    "is looked up when somebody reads it, without the worker",
    () =>
      Effect.gen(function* () {
        const { call, create, get, simulator } = yield* tenant()
        yield* simulator.set({ truncateCreateAnswers: true })
        yield* expectProblem(yield* create(Samples.invoice()), "provider_error")
        yield* simulator.heal
        const [, id = ""] = /"id":"(inv_[0-9A-Z]+)"/.exec((yield* call("GET", "/invoices")).text) ?? []
        const found = yield* eventually(get(id), ({ confirmed }) => confirmed, { what: "the lookup" })
        assert.deepInclude(found, { status: "open", failure: null })
        assert.lengthOf(yield* simulator.charges(), 1)
      }),
    120_000
  )
})
