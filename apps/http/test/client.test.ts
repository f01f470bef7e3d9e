/** The client against the real API: for programs with Effect, and with promises. */
import { assert, layer } from "@effect/vitest"
import { Client, Failures, Paging, Problems, SalesOS } from "@salesos/client"
import { Effect, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { tenant, Gateway, newKey } from "./support/Gateway.ts"
import { cpf } from "./support/Samples.ts"

const invoice = (amount = 12398) => ({
  customer: { country: "BR", document: cpf, name: "Maria da Silva", email: "maria@example.com" },
  amount,
  currency: "BRL",
  description: "Consulting - April/2026",
  payment_method: { type: "pix" as const },
  cost_center: "CC-MKT"
})

/** What a promise is rejected with. */
const rejection = (promise: Promise<unknown>) =>
  Effect.promise(() =>
    promise.then(
      (value) => assert.fail(`Expected a rejection, got ${JSON.stringify(value)}`),
      (error: unknown) => error
    )
  )

const both = Effect.gen(function* () {
  const world = yield* tenant()
  const salesos = new SalesOS({ apiKey: world.key, baseUrl: `${world.gateway.url}/` })
  const client = yield* Client.make({ apiKey: world.key, baseUrl: world.gateway.url }).pipe(
    Effect.provide(FetchHttpClient.layer)
  )
  return { ...world, salesos, client }
})

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("the client", (it) => {
  it.effect("creates, gets and lists, in plain values", () =>
    Effect.gen(function* () {
      const { salesos, simulator } = yield* both
      const created = yield* Effect.promise(() => salesos.invoices.create(invoice()))
      assert.match(created.payment_method.pix?.copy_paste ?? "", /^000201/)
      assert.deepEqual(yield* Effect.promise(() => salesos.invoices.get({ id: created.id })), created)
      const since = new Date(Date.parse(created.created_at) - 1000)
      const page = yield* Effect.promise(() =>
        salesos.invoices.list({ status: "open", limit: 5, "created[gte]": since })
      )
      assert.deepEqual(page, { object: "list", data: [created], has_more: false })
      assert.deepEqual((yield* Effect.promise(() => salesos.invoices.list({ "created[lte]": since }))).data, [])
      assert.deepEqual(yield* Effect.promise(() => salesos.healthz()), { status: "ok" })
      assert.lengthOf(yield* simulator.charges(), 1)
    })
  )

  it.effect("charges once for an idempotency key, and again without one", () =>
    Effect.gen(function* () {
      const { salesos } = yield* both
      const once = { idempotencyKey: newKey() }
      const create = (options = {}) => Effect.promise(() => salesos.invoices.create(invoice(), options))
      const first = yield* create(once)
      assert.deepEqual(yield* create(once), first)
      assert.notStrictEqual((yield* create()).id, first.id)
      const reused = yield* rejection(salesos.invoices.create(invoice(20098), once))
      assert.instanceOf(reused, Problems.IdempotencyKeyReused)
    })
  )

  it.effect("walks through all pages of a list, each when it is needed", () =>
    Effect.gen(function* () {
      const { client, salesos } = yield* both
      const made: Array<string> = []
      for (let i = 0; i < 5; i++) made.unshift((yield* Effect.promise(() => salesos.invoices.create(invoice()))).id)
      const walked = yield* Effect.promise(async () => {
        const ids: Array<string> = []
        for await (const { id } of salesos.invoices.list({ limit: 2 })) ids.push(id)
        return ids
      })
      assert.deepEqual(walked, made)
      let pages = 0
      const streamed = Paging.stream((cursor) => {
        pages += 1
        return client.invoices.list({ query: { limit: 2, ...cursor } })
      }).pipe(Stream.map(({ id }) => id))
      assert.deepEqual(yield* Stream.runCollect(streamed), made)
      assert.strictEqual(pages, 3)
      pages = 0
      assert.deepEqual(yield* Stream.runCollect(Stream.take(streamed, 2)), made.slice(0, 2))
      assert.strictEqual(pages, 1)
    })
  )

  it.effect("rejects with the API's problems, as classes", () =>
    Effect.gen(function* () {
      const { gateway, salesos } = yield* both
      const missing = yield* rejection(salesos.invoices.get({ id: "inv_404" }))
      assert.instanceOf(missing, Problems.NotFound)
      assert.instanceOf(missing, Error)
      assert.deepInclude(missing, { code: "not_found", status: 404, detail: "No such invoice" })
      const invalid = yield* rejection(salesos.invoices.create({ ...invoice(), currency: "XXX", amount: 1 }))
      assert.instanceOf(invalid, Problems.ValidationError)
      if (invalid instanceof Problems.ValidationError) assert.strictEqual(invalid.errors[0]?.field, "currency")
      const stranger = new SalesOS({ apiKey: "sk_test_0123456789abcdef0123", baseUrl: gateway.url })
      assert.instanceOf(yield* rejection(stranger.invoices.list()), Problems.Unauthorized)
      const walk = async () => {
        for await (const each of stranger.invoices.list()) assert.fail(each.id)
      }
      assert.instanceOf(yield* rejection(walk()), Problems.Unauthorized)
    })
  )

  it.effect("fails with the same problems by tag where Effect is spoken", () =>
    Effect.gen(function* () {
      const { client } = yield* both
      const caught = yield* client.invoices
        .get({ params: { id: "inv_404" }, query: {} })
        .pipe(Effect.catchTag("NotFound", ({ code }) => Effect.succeed(code)))
      assert.strictEqual(caught, "not_found")
      const created = yield* client.invoices.create({ headers: {}, query: {}, payload: invoice() })
      assert.strictEqual(created.body.status, "open")
    })
  )

  it.effect("sends nothing that can't be right", () =>
    Effect.gen(function* () {
      const { rows } = yield* Gateway
      const { salesos } = yield* both
      const before = yield* rows
      const unsound = salesos as unknown as {
        readonly invoices: Readonly<Record<string, (input?: unknown, options?: unknown) => Promise<unknown>>>
      }
      for (const [what, promise] of [
        ["no id", unsound.invoices["get"]?.({})],
        ["an empty id", unsound.invoices["get"]?.({ id: "" })],
        ["an amount as text", unsound.invoices["create"]?.({ ...invoice(), amount: "12398" })],
        ["a field that does not exist", unsound.invoices["create"]?.({ ...invoice(), ammount: 1 })],
        ["a filter that does not exist", unsound.invoices["list"]?.({ satus: "open" })],
        ["a limit out of bounds", salesos.invoices.list({ limit: 101 })],
        ["a key with a line feed", salesos.invoices.create(invoice(), { idempotencyKey: "a\nb" })],
        ["nothing", unsound.invoices["create"]?.()]
      ] as const) {
        assert.instanceOf(yield* rejection(promise ?? assert.fail(what)), Failures.InvalidRequest, what)
      }
      assert.deepEqual(yield* rows, before)
      for (const options of [
        { apiKey: "", baseUrl: "http://127.0.0.1" },
        { apiKey: "sk_test_0123\nX: y", baseUrl: "http://127.0.0.1" },
        { apiKey: "sk_test_0123456789abcdef", baseUrl: "127.0.0.1" }
      ]) {
        assert.throws(() => new SalesOS(options), Failures.InvalidRequest)
      }
    })
  )

  it.effect("escapes what is put into a path", () =>
    Effect.gen(function* () {
      const { salesos } = yield* both
      for (const id of ["../balance-transactions", "a/b", "a?b=c", "a#b", "%2e%2e", "é"]) {
        assert.instanceOf(yield* rejection(salesos.invoices.get({ id })), Problems.NotFound, id)
      }
    })
  )

  it.effect("gives up when it is told to", () =>
    Effect.gen(function* () {
      const { salesos } = yield* both
      const reason = new Error("enough")
      assert.strictEqual(yield* rejection(salesos.invoices.list({}, { signal: AbortSignal.abort(reason) })), reason)
    })
  )

  it.effect("finishes a charge whose answers get lost, without charging twice", () =>
    Effect.gen(function* () {
      const { gateway, key, simulator } = yield* both
      let sent = 0
      const keys = new Set<string | null>()
      const salesos = new SalesOS({
        apiKey: key,
        baseUrl: gateway.url,
        base: "1 millis",
        fetch: async (input, init) => {
          keys.add(new Headers(init?.headers).get("idempotency-key"))
          const answer = await fetch(input, init)
          if ((sent += 1) < 3) throw new TypeError("fetch failed")
          return answer
        }
      })
      const created = yield* Effect.promise(() => salesos.invoices.create(invoice()))
      assert.strictEqual(created.our_number, "INV-2026-000001".replace("2026", created.our_number.slice(4, 8)))
      assert.strictEqual(sent, 3)
      assert.strictEqual(keys.size, 1)
      assert.lengthOf(yield* simulator.charges(), 1)
    })
  )

  it.effect("tries again what the gateway can't do yet", () =>
    Effect.gen(function* () {
      const { gateway, key, simulator } = yield* both
      yield* simulator.set({ rejectCreates: { code: "busy", message: "busy" } })
      let answers = 0
      const salesos = new SalesOS({
        apiKey: key,
        baseUrl: gateway.url,
        base: "1 millis",
        fetch: async (input, init) => {
          const answer = await fetch(input, init)
          answers += 1
          if (answer.status === 502) await Effect.runPromise(simulator.heal)
          return answer
        }
      })
      const created = yield* Effect.promise(() => salesos.invoices.create(invoice()))
      assert.strictEqual(created.status, "open")
      assert.strictEqual(answers, 2)
    })
  )
})
