import { assert, layer } from "@effect/vitest"
import { Payouts } from "@salesos/api"
import { Effect, Schema } from "effect"
import { asPayout, eventually, Gateway, newKey, paying, tenant } from "./support/Gateway.ts"
import { expectFields, expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const decodePayouts = Schema.decodeUnknownSync(Payouts.PayoutList, { onExcessProperty: "error" })

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

shared("creating a payout", (it) => {
  it.effect(
    "sends it once and answers 201: processing, numbered, and paid when the provider says so",
    () =>
      Effect.gen(function* () {
        const { paidOut, payout, payoutLookedUp, read, sellxpay } = yield* paying()
        const made = yield* paidOut(Samples.payout({ contractor_reference: "EVT-12", metadata: { order: "77" } }))
        assert.deepInclude(made, {
          object: "payout",
          livemode: false,
          our_number: `PO-${new Date().getUTCFullYear()}-000001`,
          status: "processing",
          amount: 50090,
          currency: "BRL",
          purpose: "prize",
          provider: "sellxpay",
          delivered_amount: null,
          fee: null,
          failure: null,
          cost_center: "CC-PRZ",
          contractor_reference: "EVT-12"
        })
        assert.deepEqual(made.beneficiary, {
          name: "João Souza",
          document: "11144477735",
          phone: "+5511999000111",
          email: "joao@example.com"
        })
        assert.lengthOf(yield* sellxpay.payments(made.our_number), 1)
        yield* sellxpay.pay(made.our_number)
        const paid = yield* payoutLookedUp(made.id, ({ status }) => status === "paid")
        assert.strictEqual((paid.delivered_amount ?? 0) + (paid.fee ?? 0), 50090)
        assert.deepEqual(yield* payout(made.id), paid)
        const { data } = (yield* read("/balance-transactions?type=payout")) as {
          readonly data: ReadonlyArray<Readonly<Record<string, unknown>>>
        }
        assert.lengthOf(data, 1)
        assert.deepInclude(data[0], { amount: -(paid.delivered_amount ?? 0), fee: paid.fee, net: -50090 })
        assert.deepEqual(data[0]?.["source"], { resource: "payout", id: made.id })
      }),
    120_000
  )

  it.effect(
    "answers the same key with the same bytes, and sends nothing twice",
    () =>
      Effect.gen(function* () {
        const { gateway, payOut, sellxpay } = yield* paying()
        const idempotencyKey = newKey()
        const first = yield* payOut(Samples.payout(), { idempotencyKey })
        const before = yield* gateway.rows
        const again = yield* payOut(Samples.payout(), { idempotencyKey })
        assert.strictEqual(again.text, first.text)
        assert.deepEqual([first.status, again.status], [201, 201])
        assert.deepEqual([first.headers["idempotent-replay"], again.headers["idempotent-replay"]], [undefined, "true"])
        assert.deepEqual(yield* gateway.rows, before)
        assert.lengthOf(yield* sellxpay.payments(), 1)
        yield* expectProblem(
          yield* payOut(Samples.payout({ amount: 50002 }), { idempotencyKey }),
          "idempotency_key_reused"
        )
      }),
    120_000
  )

  it.effect(
    "lets one of a hundred equal requests through, and answers the others with it or with 409",
    () =>
      Effect.gen(function* () {
        const { payOut, sellxpay } = yield* paying()
        const idempotencyKey = newKey()
        const answers = yield* Effect.all(
          Array.from({ length: 100 }, () => payOut(Samples.payout(), { idempotencyKey })),
          { concurrency: "unbounded" }
        )
        for (const answer of answers) {
          if (answer.status !== 201) yield* expectProblem(answer, "idempotency_in_progress")
        }
        assert.lengthOf(new Set(answers.flatMap(({ status, text }) => (status === 201 ? [text] : []))), 1)
        assert.lengthOf(yield* sellxpay.payments(), 1)
      }),
    120_000
  )

  it.effect(
    "names every field that breaks a rule, and stores nothing",
    () =>
      Effect.gen(function* () {
        const { gateway, payOut, sellxpay } = yield* paying()
        const before = yield* gateway.rows
        const broken = {
          beneficiary: { name: "", document: "11144477734", phone: "11999000111" },
          destination: { type: "pix", key_type: "email", key: "11144477735" },
          amount: 500.5,
          currency: "REAL",
          purpose: "gift",
          note: "a\u0000"
        }
        assert.deepEqual(yield* expectFields(yield* payOut(broken)), [
          "amount: invalid_amount",
          "beneficiary.document: invalid_cpf",
          "beneficiary.name: invalid_length",
          "beneficiary.phone: invalid_phone",
          "cost_center: required",
          "currency: unknown_currency",
          "destination.key: invalid_email",
          "note: unknown_field",
          "purpose: invalid_value"
        ])
        const { beneficiary: _, ...incomplete } = Samples.payout()
        assert.deepEqual(yield* expectFields(yield* payOut(incomplete)), ["beneficiary: required"])
        assert.deepEqual(yield* gateway.rows, before)
        assert.isEmpty(yield* sellxpay.payments())
      }),
    120_000
  )

  it.effect(
    "without an account that can pay is a 501, and stores nothing",
    () =>
      Effect.gen(function* () {
        const { call, gateway } = yield* tenant()
        const before = yield* gateway.rows
        yield* expectProblem(yield* call("POST", "/payouts", { body: Samples.payout() }), "provider_not_configured")
        const abroad = { type: "bank_transfer", country: "PT", iban: "PT50090201231234567890154" }
        yield* expectProblem(
          yield* call("POST", "/payouts", { body: Samples.payout({ destination: abroad, currency: "EUR" }) }),
          "provider_not_configured"
        )
        assert.deepEqual(yield* gateway.rows, before)
      }),
    120_000
  )

  it.effect(
    "without the balance for it is a 502 with the provider's code; it is listed as failed, and the key tries again",
    () =>
      Effect.gen(function* () {
        const { payOut, read, sellxpay } = yield* paying()
        const idempotencyKey = newKey()
        const body = Samples.payout({ amount: 200_000_000 })
        const refused = yield* expectProblem(yield* payOut(body, { idempotencyKey }), "provider_error")
        assert.strictEqual(refused.provider_code, "insufficient_balance")
        assert.isEmpty(yield* sellxpay.payments())
        const [listed] = decodePayouts(yield* read("/payouts?status=failed")).data
        assert.deepInclude(listed, { status: "failed", our_number: `PO-${new Date().getUTCFullYear()}-000001` })
        assert.strictEqual(listed?.failure?.code, "not_created")
        yield* expectProblem(yield* payOut(body, { idempotencyKey }), "provider_error")
        assert.lengthOf(decodePayouts(yield* read("/payouts")).data, 1)
      }),
    120_000
  )

  it.effect(
    "is a 502 while payouts are blocked, and sent under the same number by the same key when they are not",
    () =>
      Effect.gen(function* () {
        const { gateway, owner, payOut, sellxpay } = yield* paying()
        const idempotencyKey = newKey()
        yield* sellxpay.blockPayouts(true)
        yield* expectProblem(yield* payOut(Samples.payout(), { idempotencyKey }), "provider_error")
        assert.isEmpty(yield* sellxpay.payments())
        yield* sellxpay.blockPayouts(false)
        // What an operator does.
        yield* gateway.sql`delete from account_refusal where tenant = ${owner.tenant}`
        const made = yield* asPayout(yield* payOut(Samples.payout(), { idempotencyKey }))
        assert.deepInclude(made, { status: "processing", our_number: `PO-${new Date().getUTCFullYear()}-000001` })
        assert.lengthOf(yield* sellxpay.payments(), 1)
      }),
    120_000
  )
})

layer(Gateway.impatient, { excludeTestServices: true, timeout: "1 minute" })("a payout whose answer was lost", (it) => {
  it.effect(
    "is answered 201 and processing, never 502, and is never sent again",
    () =>
      Effect.gen(function* () {
        const { payOut, payout, read, sellxpay } = yield* paying()
        const idempotencyKey = newKey()
        yield* sellxpay.set({ truncateCreateAnswers: true })
        const made = yield* asPayout(yield* payOut(Samples.payout(), { idempotencyKey }))
        assert.deepInclude(made, { status: "processing", failure: null })
        yield* sellxpay.heal
        const again = yield* payOut(Samples.payout(), { idempotencyKey })
        assert.strictEqual(again.headers["idempotent-replay"], "true")
        assert.lengthOf(yield* sellxpay.payments(), 1)
        assert.deepInclude(yield* payout(made.id), { status: "processing" })
        assert.lengthOf(decodePayouts(yield* read("/payouts?status=processing")).data, 1)
      }),
    120_000
  )

  it.effect(
    "is looked up when somebody reads it, without the worker",
    () =>
      Effect.gen(function* () {
        const { paidOut, payout, sellxpay } = yield* paying()
        yield* sellxpay.set({ truncateCreateAnswers: true })
        const made = yield* paidOut(Samples.payout())
        yield* sellxpay.heal
        yield* sellxpay.pay(made.our_number)
        const found = yield* eventually(payout(made.id), ({ status }) => status === "paid", { what: "the lookup" })
        assert.isNotNull(found.delivered_amount)
      }),
    120_000
  )

  it.effect(
    "is shown as it stands when the provider does not answer in time",
    () =>
      Effect.gen(function* () {
        const { paidOut, payout, sellxpay } = yield* paying()
        yield* sellxpay.set({ truncateCreateAnswers: true })
        const made = yield* paidOut(Samples.payout())
        yield* sellxpay.set({ down: true })
        assert.deepInclude(yield* payout(made.id), { status: "processing" })
        yield* sellxpay.heal
      }),
    120_000
  )
})

shared("canceling a payout", (it) => {
  it.effect(
    "by PIX is a 409, whatever its state, and changes nothing",
    () =>
      Effect.gen(function* () {
        const { call, paidOut, payout, payoutLookedUp, sellxpay } = yield* paying()
        const made = yield* paidOut(Samples.payout())
        const cancel = (options = {}) => call("POST", `/payouts/${made.id}/cancel`, options)
        const idempotencyKey = newKey()
        yield* expectProblem(yield* cancel({ idempotencyKey }), "payout_not_cancelable")
        yield* expectProblem(yield* cancel({ idempotencyKey }), "payout_not_cancelable")
        assert.deepEqual(yield* payout(made.id), made)
        yield* sellxpay.pay(made.our_number)
        const paid = yield* payoutLookedUp(made.id, ({ status }) => status === "paid")
        yield* expectProblem(yield* cancel({ body: {} }), "payout_not_cancelable")
        assert.deepEqual(yield* payout(made.id), paid)
      }),
    120_000
  )

  it.effect(
    "that is not there is a 404, also with an id that can't be",
    () =>
      Effect.gen(function* () {
        const { call } = yield* paying()
        for (const id of ["po_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", "1", "%00"]) {
          yield* expectProblem(yield* call("POST", `/payouts/${id}/cancel`), "not_found")
          yield* expectProblem(yield* call("GET", `/payouts/${id}`), "not_found")
        }
      }),
    120_000
  )

  it.effect(
    "takes no body but an empty one, and needs a key",
    () =>
      Effect.gen(function* () {
        const { call, paidOut } = yield* paying()
        const { id } = yield* paidOut(Samples.payout())
        const cancel = (options: Parameters<typeof call>[2]) => call("POST", `/payouts/${id}/cancel`, options)
        assert.deepEqual(yield* expectFields(yield* cancel({ body: { reason: "wrong" } })), ["reason: unknown_field"])
        yield* expectProblem(yield* cancel({ idempotencyKey: null }), "bad_request")
        yield* expectProblem(
          yield* cancel({ raw: "{", headers: { "content-type": "application/json" } }),
          "bad_request"
        )
        yield* expectProblem(
          yield* cancel({ raw: "reason", headers: { "content-type": "text/plain" } }),
          "unsupported_media_type"
        )
        assert.deepEqual(yield* expectFields(yield* call("POST", `/payouts/${id}/cancel?force=1`)), [
          "force: unknown_field"
        ])
      }),
    120_000
  )
})

shared("the list of payouts", (it) => {
  it.effect(
    "is narrowed by what a payout has, and turned page by page",
    () =>
      Effect.gen(function* () {
        const { paidOut, payOut, payoutLookedUp, read, sellxpay } = yield* paying()
        const one = yield* paidOut(Samples.payout({ cost_center: "A", contractor_reference: "one" }))
        const two = yield* paidOut(Samples.payout({ cost_center: "A" }))
        yield* payOut(Samples.payout({ cost_center: "B", amount: 200_000_000 }))
        yield* sellxpay.pay(two.our_number)
        yield* payoutLookedUp(two.id, ({ status }) => status === "paid")
        const list = (query: string) =>
          Effect.map(read(`/payouts${query}`), (answer) => {
            const { data, has_more } = decodePayouts(answer)
            return [data.map(({ our_number }) => Number(our_number.slice(8))), has_more] as const
          })
        const at = one.created_at
        for (const [query, numbers, more] of [
          ["", [3, 2, 1], false],
          ["?status=processing", [1], false],
          ["?status=paid&cost_center=A", [2], false],
          ["?status=failed", [3], false],
          ["?status=created", [], false],
          ["?provider=sellxpay", [3, 2, 1], false],
          ["?provider=infrapsp", [], false],
          ["?cost_center=A", [2, 1], false],
          [`?our_number=${two.our_number}`, [2], false],
          ["?contractor_reference=one", [1], false],
          [`?created[gte]=${at}`, [3, 2, 1], false],
          [`?created[lte]=${at}`, [1], false],
          ["?limit=2", [3, 2], true],
          [`?limit=2&starting_after=${two.id}`, [1], false],
          [`?limit=1&ending_before=${one.id}`, [2], true]
        ] as const) {
          assert.deepEqual<unknown>(yield* list(query), [numbers, more], query)
        }
      }),
    120_000
  )
})
