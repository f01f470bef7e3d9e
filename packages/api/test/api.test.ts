/** The definition at work: a typed client against handlers in memory, through the same routing and codecs as a server. */
import { Api, Invoices, Problems, Query, Security, System, Validation } from "@salesos/api"
import { assert, describe, expect, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Redacted, Schema } from "effect"
import { HttpClientRequest, HttpServer, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiMiddleware, HttpApiTest, OpenApi } from "effect/http-api"

const [example] = [OpenApi.fromApi(Api).components.schemas["Invoice"]?.["examples"]].flat()
const invoice = Schema.decodeUnknownSync(Invoices.Invoice)(example)

const Validating = HttpApiMiddleware.layerSchemaErrorTransform(Validation.Validation, ({ cause, kind }) =>
  kind === "Body" || kind === "ResponseHeaders"
    ? Effect.fail(new Problems.ServerError({}))
    : Effect.fail(new Problems.ValidationError({ errors: [{ field: kind, code: "invalid", message: cause.message }] }))
)

/** The key is the scope. The way a server reads the annotation. */
const Authorizing = Layer.succeed(Security.Authorization, {
  bearer: (effect, { credential, endpoint, group }) => {
    const scope = Security.requiredScope({ endpoint, group })
    const key = Redacted.value(credential)
    if (key === "") return Effect.fail(new Problems.Unauthorized({}))
    if (scope !== null && key !== scope)
      // What the server does to every problem: it completes the type.
      return Effect.fail(
        new Problems.InsufficientScope({ type: "https://payments.example/problems/insufficient_scope", detail: scope })
      )
    return Effect.provideService(effect, Security.Caller, {
      tenant: "ten_1",
      environment: "sandbox",
      keyId: "key_1",
      scopes: scope === null ? [] : [scope]
    })
  }
})

const InvoicesLive = HttpApiBuilder.group(Api, "invoices", (handlers) =>
  handlers
    .handleRaw(
      "create",
      Effect.fnUntraced(function* ({ headers, request }) {
        if (headers["idempotency-key"] === undefined) return yield* new Problems.BadRequest({ detail: "No key" })
        if (headers["idempotency-key"] === "busy") return yield* new Problems.IdempotencyInProgress({})
        const caller = yield* Security.Caller
        const text = yield* Effect.orDie(request.text)
        const body = JSON.stringify({ ...invoice, description: `${caller.tenant} ${text.length > 0}` })
        return HttpServerResponse.text(body, {
          status: 201,
          contentType: "application/json",
          headers: headers["idempotency-key"] === "again" ? { "idempotent-replay": "true" } : {}
        })
      }),
      { uninterruptible: true }
    )
    .handleRaw("cancel", () => Effect.fail(new Problems.InvalidState({ detail: "The invoice is paid" })))
    .handle("get", ({ params }) =>
      params.id === invoice.id
        ? Effect.succeed(invoice)
        : Effect.fail(new Problems.NotFound({ detail: "No such invoice" }))
    )
    .handle("list", ({ query }) =>
      Effect.succeed({
        object: "list" as const,
        data:
          query["created[lte]"] === undefined
            ? []
            : [{ ...invoice, created_at: DateTime.formatIso(query["created[lte]"]) }],
        has_more: query.limit === 7
      })
    )
)

const SystemLive = HttpApiBuilder.group(Api, "system", (handlers) =>
  handlers.handleAll({
    healthz: () => Effect.succeed({ status: "ok" as const }),
    readyz: () => Effect.fail(new Problems.Unavailable({ detail: "No database" }))
  })
)

const withKey = (key: string) =>
  HttpApiMiddleware.layerClient(Security.Authorization, ({ next, request }) =>
    next(HttpClientRequest.bearerToken(request, key))
  )

const served = Layer.mergeAll(InvoicesLive, SystemLive).pipe(
  Layer.provideMerge(Layer.mergeAll(Validating, Authorizing)),
  Layer.merge(HttpServer.layerServices)
)

const client = HttpApiTest.groups(Api, ["invoices", "system"])

const payload: Invoices.CreateInvoice = {
  customer: { country: "BR", document: "52998224725", name: "Maria da Silva", email: "maria@example.com" },
  amount: 12310,
  currency: "BRL",
  description: "Consulting",
  payment_method: { type: "pix" },
  cost_center: "CC-MKT"
}

const reader = Layer.merge(served, withKey("payments:read"))
const writer = Layer.merge(served, withKey("payments:write"))

describe("creating an invoice", () => {
  it.effect("answers what the handler wrote, byte by byte, and whether it was a replay", () =>
    Effect.gen(function* () {
      const { invoices } = yield* client
      const first = yield* invoices.create({ headers: { "idempotency-key": "first" }, query: {}, payload })
      const again = yield* invoices.create({ headers: { "idempotency-key": "again" }, query: {}, payload })
      expect(first.body).toEqual({ ...invoice, description: "ten_1 true" })
      expect([first.headers, again.headers]).toEqual([{}, { "idempotent-replay": "true" }])
    }).pipe(Effect.provide(writer))
  )

  it.effect("is refused with the handler's own problem without a key", () =>
    Effect.gen(function* () {
      const { invoices } = yield* client
      const missing = yield* invoices.create({ headers: {}, query: {}, payload }).pipe(Effect.flip)
      assert.instanceOf(missing, Problems.BadRequest)
      const busy = yield* invoices
        .create({ headers: { "idempotency-key": "busy" }, query: {}, payload })
        .pipe(Effect.catchTag("IdempotencyInProgress", (problem) => Effect.succeed(problem.code)))
      expect(busy).toBe("idempotency_in_progress")
    }).pipe(Effect.provide(writer))
  )

  it.effect("needs the scope that the endpoint is annotated with", () =>
    Effect.gen(function* () {
      const { invoices } = yield* client
      const refused = yield* invoices
        .create({ headers: { "idempotency-key": "first" }, query: {}, payload })
        .pipe(Effect.flip)
      assert.instanceOf(refused, Problems.InsufficientScope)
      expect(refused.detail).toBe("payments:write")
      expect(refused.type).toBe("https://payments.example/problems/insufficient_scope")
    }).pipe(Effect.provide(reader))
  )
})

it.effect("what an invoice's state does not allow is a typed 409", () =>
  Effect.gen(function* () {
    const { invoices } = yield* client
    const refused = yield* invoices
      .cancel({ params: { id: invoice.id }, headers: { "idempotency-key": "first" }, query: {} })
      .pipe(Effect.flip)
    assert.instanceOf(refused, Problems.InvalidState)
  }).pipe(Effect.provide(writer))
)

describe("reading invoices", () => {
  it.effect("answers an invoice, or a typed 404", () =>
    Effect.gen(function* () {
      const { invoices } = yield* client
      expect(yield* invoices.get({ params: { id: invoice.id }, query: {} })).toEqual(invoice)
      const missing = yield* invoices.get({ params: { id: "inv_404" }, query: {} }).pipe(Effect.flip)
      assert.instanceOf(missing, Problems.NotFound)
      expect(missing.message).toBe("No such invoice")
    }).pipe(Effect.provide(reader))
  )

  it.effect("decodes the query of a list", () =>
    Effect.gen(function* () {
      const { invoices } = yield* client
      const to = DateTime.makeUnsafe("2026-11-21T20:00:00.000Z")
      const page = yield* invoices.list({ query: { limit: 7, "created[lte]": to, "payment_method.type": "pix" } })
      expect(page.has_more).toBe(true)
      expect(page.data[0]?.created_at).toBe("2026-11-21T20:00:00.000Z")
    }).pipe(Effect.provide(reader))
  )
})

it.effect("the state of the service needs no key", () =>
  Effect.gen(function* () {
    const api = yield* client
    expect(yield* api.healthz()).toEqual({ status: "ok" } satisfies typeof System.Health.Type)
    assert.instanceOf(yield* Effect.flip(api.readyz()), Problems.Unavailable)
  }).pipe(Effect.provide(Layer.merge(served, withKey(""))))
)

describe("the query of a list", () => {
  const decode = Schema.decodeUnknownSync(Invoices.InvoiceQuery, { errors: "all", onExcessProperty: "error" })

  it.each([
    [{ satus: "open" }, "satus"],
    [{ status: "opened" }, "status"],
    [{ limit: "0" }, "1 to 100"],
    [{ limit: "101" }, "1 to 100"],
    [{ limit: "1e1" }, "1 to 100"],
    [{ limit: "" }, "1 to 100"],
    [{ cost_center: "" }, "1 to 64"],
    [{ cost_center: "a\u0000" }, "U+0000"],
    [{ "created[gte]": "yesterday" }, "ISO 8601"],
    [{ "created[gte]": "2026-02-30" }, "ISO 8601"],
    [{ "created[lte]": "2026-02-30T00:00:00Z" }, "ISO 8601"],
    [{ "created[lte]": "2026-02-28T00:00:00" }, "ISO 8601"],
    [{ starting_after: "1" }, "inv_"],
    [{ starting_after: invoice.id, ending_before: invoice.id }, "not both"]
  ])("refuses %j", (query, message) => {
    expect(() => decode(query)).toThrow(message)
  })

  it("counts a day from its start to its end", () => {
    const query = decode({ "created[gte]": "2026-11-21", "created[lte]": "2026-11-21" })
    expect(DateTime.formatIso(query["created[gte]"]!)).toBe("2026-11-21T00:00:00.000Z")
    expect(DateTime.formatIso(query["created[lte]"]!)).toBe("2026-11-21T23:59:59.999Z")
  })

  it("reads any offset", () => {
    const query = decode({ "created[gte]": "2026-11-21T17:00:00-03:00" })
    expect(DateTime.formatIso(query["created[gte]"]!)).toBe("2026-11-21T20:00:00.000Z")
  })
})

it("a call without parameters refuses any, by name", () => {
  const decode = Schema.decodeUnknownSync(Query.none, { errors: "all", onExcessProperty: "error" })
  expect(decode({})).toEqual({})
  expect(() => decode({ expand: "1" })).toThrow("expand")
})
