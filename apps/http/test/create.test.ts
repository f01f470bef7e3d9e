import { assert, layer } from "@effect/vitest"
import { Invoices } from "@salesos/api"
import { Ports } from "@salesos/test-servers"
import { Context, DateTime, Effect, Fiber, Layer, Schema } from "effect"
import { asInvoice, type Call, eventually, Gateway, newKey, tenant } from "./support/Gateway.ts"
import * as Http from "./support/Http.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"
import * as Simulated from "./support/Simulated.ts"

const decodeList = Schema.decodeUnknownEffect(Invoices.InvoiceList, { onExcessProperty: "error" })

type World = Effect.Success<ReturnType<typeof tenant>>

const list = ({ call }: Pick<World, "call">) =>
  call("GET", "/invoices?limit=100").pipe(
    Effect.flatMap((answer) => decodeList(Http.json(answer))),
    Effect.map(({ data }) => data),
    Effect.orDie
  )

/** The only invoice of a tenant. */
const only = Effect.fnUntraced(function* (world: Pick<World, "call">) {
  const [first, ...others] = yield* list(world)
  assert.isEmpty(others)
  return first ?? assert.fail("There is no invoice")
})

/** Sends until an answer is neither a 409 nor a 502: what a client is told to do. */
const untilLetIn = ({ create }: Pick<World, "create">, body: unknown, options: Call) =>
  eventually(create(body, options), ({ status }) => status !== 409 && status !== 502, { what: "a final answer" })

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

const half = 30_000

shared("creating an invoice", (it) => {
  it.effect("answers 201 with what the payer pays with, shaped exactly as documented", () =>
    Effect.gen(function* () {
      const { created, gateway, get, simulator } = yield* tenant()
      const before = yield* DateTime.now
      const invoice = yield* created(Samples.invoice())
      assert.deepInclude(invoice, {
        object: "invoice",
        livemode: false,
        our_number: `INV-${invoice.our_number.slice(4, 8)}-000001`,
        status: "open",
        confirmed: true,
        amount: 12398,
        currency: "BRL",
        provider: "infrapsp",
        amount_paid: null,
        failure: null,
        metadata: {}
      })
      assert.deepEqual(invoice.customer, { ...Samples.invoicedCustomer })
      const { expires_at, pix } = invoice.payment_method
      assert.match(pix?.copy_paste ?? "", /^000201.*6304[0-9A-F]{4}$/)
      assert.strictEqual(pix?.qr_code_url, `${gateway.url}/qr/${invoice.id}.svg`)
      // An hour by default, counted by the provider.
      const expiry = DateTime.makeUnsafe(expires_at ?? "")
      assert.isTrue(DateTime.isGreaterThanOrEqualTo(expiry, DateTime.add(before, { minutes: 60 })))
      assert.isTrue(DateTime.isLessThan(expiry, DateTime.add(before, { minutes: 61 })))
      assert.deepEqual(yield* get(invoice.id), invoice)
      const charges = yield* simulator.charges(invoice.our_number)
      assert.deepEqual(
        charges.map(({ amount }) => amount),
        [12398]
      )
    })
  )

  it.effect("keeps everything that was sent with it", () =>
    Effect.gen(function* () {
      const { created, get } = yield* tenant()
      const sent = {
        description: "Consultoria – “abril” 🧾",
        contractor_reference: "CT-2026-9",
        metadata: { order: "77", ação: "ç💸" },
        provider: "infrapsp",
        payment_method: { type: "pix", expires_in: 600 },
        customer: Samples.customer({ phone: "+5511999000111", address: Samples.address(), document: "11222333000181" })
      }
      const invoice = yield* created(Samples.invoice(sent))
      assert.strictEqual(invoice.description, sent.description)
      assert.strictEqual(invoice.contractor_reference, "CT-2026-9")
      assert.deepEqual(invoice.metadata, { order: "77", ação: "ç💸" })
      assert.strictEqual(invoice.customer.document, "11222333000181")
      assert.deepEqual(yield* get(invoice.id), invoice)
    })
  )

  it.effect("carries a request id and a type of content, and says nothing of a replay", () =>
    Effect.gen(function* () {
      const { create } = yield* tenant()
      const { headers } = yield* create(Samples.invoice())
      assert.match(headers["request-id"] ?? "", /^req_\w{20,}$/)
      assert.strictEqual(headers["content-type"], "application/json")
      assert.notProperty(headers, "idempotent-replay")
    })
  )

  it.effect("numbers a tenant's invoices without a gap, however many are created at once", () =>
    Effect.gen(function* () {
      const { created } = yield* tenant()
      const all = yield* Effect.all(
        Array.from({ length: 40 }, () => created(Samples.invoice())),
        { concurrency: "unbounded" }
      )
      assert.deepEqual(
        all.map((invoice) => Number(invoice.our_number.slice(9))).toSorted((a, b) => a - b),
        Array.from({ length: 40 }, (_, index) => index + 1)
      )
    })
  )

  it.effect("whose payment the sandbox refuses ends as failed", () =>
    Effect.gen(function* () {
      const { created, lookedUp } = yield* tenant()
      const { id } = yield* created(Samples.invoice({ amount: 12301 }))
      const failed = yield* lookedUp(id, ({ status }) => status !== "open")
      assert.deepInclude(failed, { status: "failed", confirmed: true })
      assert.strictEqual(failed.failure?.code, "refused")
    })
  )

  it.effect("that the provider accepts and fails in the same answer is created, and failed", () =>
    Effect.gen(function* () {
      const { created, simulator } = yield* tenant()
      const invoice = yield* created(Samples.invoice({ description: "fail_on_create" }))
      assert.strictEqual(invoice.status, "failed")
      assert.strictEqual(invoice.failure?.code, "refused")
      assert.lengthOf(yield* simulator.charges(), 1)
    })
  )
})

shared("the same Idempotency-Key", (it) => {
  it.effect("makes one charge, and repeats the answer byte by byte", () =>
    Effect.gen(function* () {
      const world = yield* tenant()
      const idempotencyKey = newKey()
      const first = yield* world.create(Samples.invoice(), { idempotencyKey })
      const second = yield* world.create(Samples.invoice(), { idempotencyKey })
      assert.strictEqual(first.status, 201)
      assert.strictEqual(second.status, 201)
      assert.strictEqual(second.text, first.text)
      assert.strictEqual(second.headers["content-type"], first.headers["content-type"])
      assert.strictEqual(second.headers["idempotent-replay"], "true")
      assert.notStrictEqual(second.headers["request-id"], first.headers["request-id"])
      assert.lengthOf(yield* world.simulator.charges(), 1)
      assert.strictEqual((yield* only(world)).id, (yield* asInvoice(first)).id)
    })
  )

  it.effect("repeats the first answer also when the invoice was paid since", () =>
    Effect.gen(function* () {
      const world = yield* tenant()
      const idempotencyKey = newKey()
      const first = yield* world.create(Samples.invoice(), { idempotencyKey })
      const { id, our_number } = yield* asInvoice(first)
      yield* world.simulator.pay(our_number)
      yield* world.lookedUp(id, ({ status }) => status === "paid")
      const again = yield* world.create(Samples.invoice(), { idempotencyKey })
      assert.strictEqual(again.text, first.text)
    })
  )

  it.effect(
    "sent a thousand times at once, to two servers, makes one charge, and every other answer is its replay or says to wait",
    () =>
      Effect.gen(function* () {
        const world = yield* tenant()
        const other = Context.get(yield* Layer.build(Gateway.on(world.gateway.databaseUrl)), Gateway)
        // The first one waits for the provider until another one was told to wait.
        yield* world.simulator.set({ holdCreateAnswers: true })
        const goOn = yield* Effect.cached(world.simulator.heal)
        const idempotencyKey = newKey()
        const body = Samples.invoice()
        // One API key may not be used so often in an hour.
        const { key } = yield* world.keyWith(["payments:write"])
        const elsewhere = other.call("POST", "/invoices", { body, idempotencyKey, key })
        const answers = yield* Effect.all(
          Array.from({ length: 500 }, () => [world.create(body, { idempotencyKey }), elsewhere])
            .flat()
            .map((request) => Effect.tap(request, ({ status }) => (status === 409 ? goOn : Effect.void))),
          { concurrency: "unbounded" }
        )
        const fresh = answers.filter(
          (answer) => answer.status === 201 && answer.headers["idempotent-replay"] === undefined
        )
        assert.lengthOf(answers, 1000)
        assert.lengthOf(fresh, 1)
        const waiting = answers.filter(({ status }) => status === 409)
        assert.isNotEmpty(waiting)
        for (const [place, answer] of answers.entries()) {
          if (answer.status === 201) assert.strictEqual(answer.text, fresh[0]?.text)
          else {
            yield* expectProblem(answer, "idempotency_in_progress").pipe(
              Effect.provideService(Gateway, place % 2 === 0 ? world.gateway : other)
            )
            assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/)
          }
        }
        assert.lengthOf(yield* world.simulator.charges(), 1)
        yield* only(world)
        const last = yield* elsewhere
        assert.strictEqual(last.text, fresh[0]?.text)
      })
  )

  it.effect("does not mind the order of keys or white space", () =>
    Effect.gen(function* () {
      const world = yield* tenant()
      const idempotencyKey = newKey()
      const body = Samples.invoice({ metadata: { a: "1", b: "2" } })
      const first = yield* world.create(body, { idempotencyKey })
      const shuffled = {
        ...Object.fromEntries(Object.entries(body).toReversed()),
        metadata: { b: "2", a: "1" },
        customer: Object.fromEntries(Object.entries(Samples.customer()).toReversed())
      }
      const second = yield* world.create(undefined, {
        idempotencyKey,
        raw: `\n ${JSON.stringify(shuffled, null, "\t")} \n`,
        headers: { "content-type": "Application/JSON; charset=utf-8" }
      })
      assert.strictEqual(second.headers["idempotent-replay"], "true", second.text)
      assert.strictEqual(second.text, first.text)
      assert.lengthOf(yield* world.simulator.charges(), 1)
    })
  )

  it.effect("with anything else in the body is refused, whatever became of the first", () =>
    Effect.gen(function* () {
      const world = yield* tenant()
      const idempotencyKey = newKey()
      const first = yield* world.created(Samples.invoice(), { idempotencyKey })
      const changed = [
        Samples.invoice({ amount: 12498 }),
        Samples.invoice({ metadata: {} }),
        Samples.invoice({ customer: Samples.customer({ name: "Maria da Silv" }) })
      ]
      for (const body of changed) {
        yield* expectProblem(yield* world.create(body, { idempotencyKey }), "idempotency_key_reused")
      }
      const elsewhere = { url: "http://127.0.0.1:9/hook", events: ["*"] }
      const other = yield* world.call("POST", "/webhook-endpoints", { idempotencyKey, body: elsewhere })
      yield* expectProblem(other, "idempotency_key_reused")
      assert.lengthOf(yield* world.simulator.charges(), 1)
      assert.deepEqual(yield* only(world), first)
    })
  )

  it.effect("of another tenant, or of the other environment, is another key", () =>
    Effect.gen(function* () {
      const idempotencyKey = newKey()
      const one = yield* tenant()
      const another = yield* tenant()
      const live = yield* tenant("live", one.owner.tenant)
      const made = yield* Effect.forEach([one, another, live], ({ created }) =>
        created(Samples.invoice(), { idempotencyKey })
      )
      assert.strictEqual(new Set(made.map(({ id }) => id)).size, 3)
      assert.deepEqual(
        made.map(({ our_number }) => our_number.slice(9)),
        ["000001", "000001", "000001"]
      )
    })
  )
})

layer(Gateway.impatient, { excludeTestServices: true, timeout: "1 minute" })("a creation that the provider", (it) => {
  it.effect(
    "rejects is a 502 and a failed invoice, and the same key tries again under the same number",
    () =>
      Effect.gen(function* () {
        const world = yield* tenant()
        const idempotencyKey = newKey()
        yield* world.simulator.set({ rejectCreates: { code: "invalid_customer", message: "the customer is blocked" } })
        const refused = yield* world.create(Samples.invoice(), { idempotencyKey })
        const { detail } = yield* expectProblem(refused, "provider_error")
        assert.include(detail, "the customer is blocked")
        const failed = yield* only(world)
        assert.deepInclude(failed, { status: "failed", confirmed: false })
        assert.strictEqual(failed.failure?.code, "not_created")
        assert.notProperty(failed.payment_method, "pix")

        yield* expectProblem(yield* world.create(Samples.invoice(), { idempotencyKey }), "provider_error")
        yield* world.simulator.heal
        const answer = yield* world.create(Samples.invoice(), { idempotencyKey })
        assert.notProperty(answer.headers, "idempotent-replay")
        const invoice = yield* asInvoice(answer)
        assert.deepInclude(invoice, { id: failed.id, our_number: failed.our_number, status: "open", failure: null })
        assert.lengthOf(yield* world.simulator.charges(), 1)
        assert.deepEqual(yield* only(world), invoice)
        // The number was not lost either.
        assert.match((yield* world.created(Samples.invoice())).our_number, /-000002$/)
      }),
    half
  )

  it.effect(
    "cannot even be connected to is a 502 and a failed invoice, and the same key succeeds when it is back",
    () =>
      Effect.gen(function* () {
        const gateway = yield* Gateway
        const port = yield* Ports.freePort
        const owner = { tenant: yield* gateway.tenant, environment: "sandbox" as const }
        const world = yield* gateway.world(owner, { baseUrl: `http://127.0.0.1:${port}` })
        const idempotencyKey = newKey()
        yield* expectProblem(yield* world.create(Samples.invoice(), { idempotencyKey }), "provider_error")
        const failed = yield* only(world)
        assert.strictEqual(failed.status, "failed")
        assert.strictEqual(failed.failure?.code, "not_created")

        const simulator = yield* Simulated.start(port)
        const invoice = yield* world.created(Samples.invoice(), { idempotencyKey })
        assert.deepInclude(invoice, { id: failed.id, our_number: failed.our_number, status: "open", failure: null })
        assert.lengthOf(yield* simulator.charges(), 1)
      }),
    half
  )

  for (const [what, faults] of [
    ["commits and answers with half a body", { truncateCreateAnswers: true }],
    ["commits and never answers", { holdCreateAnswers: true }],
    ["commits after we have stopped waiting", { createDelayMs: 2_600 }]
  ] as const) {
    it.effect(
      `${what} is a 502, and the same key finds the one charge there is`,
      () =>
        Effect.gen(function* () {
          const world = yield* tenant()
          const idempotencyKey = newKey()
          yield* world.simulator.set(faults)
          yield* expectProblem(yield* world.create(Samples.invoice(), { idempotencyKey }), "provider_error")
          const before = yield* only(world)
          assert.deepInclude(before, { status: "open", confirmed: false })
          yield* world.simulator.heal
          const answer = yield* untilLetIn(world, Samples.invoice(), { idempotencyKey })
          const invoice = yield* asInvoice(answer)
          assert.deepInclude(invoice, { id: before.id, our_number: before.our_number, status: "open", confirmed: true })
          const charges = yield* world.simulator.charges()
          assert.deepEqual(
            charges.map(({ externalId }) => externalId),
            [invoice.our_number]
          )
          assert.deepEqual(yield* only(world), invoice)
        }),
      half
    )
  }

  for (const [what, faults] of [
    ["is down for", { down: true }],
    ["breaks at without creating anything", { createStatus: 500 }]
  ] as const) {
    it.effect(
      `${what} is a 502 and in the end a failed invoice, and the same key succeeds when it is back`,
      () =>
        Effect.gen(function* () {
          const world = yield* tenant()
          const idempotencyKey = newKey()
          yield* world.simulator.set(faults)
          yield* expectProblem(yield* world.create(Samples.invoice(), { idempotencyKey }), "provider_error")
          // A 5xx does not say that there is no charge: nothing is sent again before that is known.
          const before = yield* only(world)
          yield* expectProblem(yield* world.create(Samples.invoice(), { idempotencyKey }), "provider_error")
          yield* world.simulator.heal
          assert.isEmpty(yield* world.simulator.charges())
          const failed = yield* world.lookedUp(before.id, ({ status }) => status === "failed")
          assert.strictEqual(failed.failure?.code, "not_created")
          const invoice = yield* world.created(Samples.invoice(), { idempotencyKey })
          assert.deepInclude(invoice, { id: before.id, our_number: before.our_number, status: "open", failure: null })
          assert.lengthOf(yield* world.simulator.charges(), 1)
        }),
      half
    )
  }

  it.effect(
    "is slow for is carried to its end also when the client hangs up meanwhile",
    () =>
      Effect.gen(function* () {
        const world = yield* tenant()
        const idempotencyKey = newKey()
        yield* world.simulator.set({ holdCreateAnswers: true })
        const client = yield* Effect.forkChild(world.create(Samples.invoice(), { idempotencyKey }))
        yield* eventually(world.simulator.charges(), (charges) => charges.length === 1, { what: "the charge" })
        yield* Fiber.interrupt(client)
        yield* world.simulator.heal
        const [invoice] = yield* eventually(list(world), ([first]) => first?.confirmed === true, {
          what: "the invoice"
        })
        const answer = yield* untilLetIn(world, Samples.invoice(), { idempotencyKey })
        assert.strictEqual(answer.headers["idempotent-replay"], "true")
        assert.deepEqual(yield* asInvoice(answer), invoice)
        assert.lengthOf(yield* world.simulator.charges(), 1)
      }),
    half
  )
})
