import { assert, layer } from "@effect/vitest"
import type { Security } from "@salesos/api"
import { Effect } from "effect"
import { createHook } from "node:async_hooks"
import * as Definition from "./support/Definition.ts"
import { Gateway, newKey, scopes, tenant } from "./support/Gateway.ts"
import { expectProblem } from "./support/Problem.ts"
import * as Samples from "./support/Samples.ts"

const shared = layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })

/** How many jobs of native add-ons were started: bcrypt is the only one here that starts any. */
const nativeJobs = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const seen = { jobs: 0 }
      const init = (_: number, type: string): void => void (type === "undefined" && seen.jobs++)
      return { seen, hook: createHook({ init }).enable() }
    }),
    ({ seen }) => Effect.map(effect, (answer) => ({ answer, jobs: seen.jobs })),
    ({ hook }) => Effect.sync(() => hook.disable())
  )

/** Every call that needs a key, with the scope that it needs. */
const calls: ReadonlyArray<readonly [string, string, Security.Scope]> = Definition.operations.flatMap((operation) =>
  operation.scope === null
    ? []
    : [
        [
          operation.method,
          Definition.at(operation, (prefix) => `${prefix}_01K9X0ZB7C8W3Q2V5T6Y4N1M0P`),
          operation.scope
        ]
      ]
)

shared("a request", (it) => {
  const refused: ReadonlyArray<readonly [string, (key: string) => string | null]> = [
    ["without a key", () => null],
    ["with an empty key", () => "Bearer "],
    ["with an unknown key", () => `Bearer sk_test_${newKey()}`],
    ["with a key of another kind", (key) => `Bearer ${key.replace("sk_", "pk_")}`],
    ["with the beginning of a key", (key) => `Bearer ${key.slice(0, -1)}`],
    ["with more than a key", (key) => `Bearer ${key}x`],
    ["with a key in capitals", (key) => `Bearer ${key.toUpperCase()}`],
    ["with a key of ten thousand characters", (key) => `Bearer ${key}${"x".repeat(10_000)}`],
    ["with a bare key", (key) => key],
    ["with a key as a password", (key) => `Basic ${Buffer.from(`${key}:`).toString("base64")}`]
  ]
  it.effect.each(refused)("$0 is answered 401, whatever it asks for", ([, authorization]) =>
    Effect.gen(function* () {
      const { call, gateway, key } = yield* tenant()
      const header = authorization(key)
      const before = yield* gateway.rows
      for (const [method, path] of calls) {
        const answer = yield* call(method, path, {
          key: null,
          headers: header === null ? {} : { authorization: header },
          ...(method === "GET" ? {} : { body: Samples.invoice() })
        })
        const problem = yield* expectProblem(answer, "unauthorized")
        assert.notInclude(JSON.stringify(problem), key.slice(8))
      }
      assert.deepEqual(yield* gateway.rows, before)
    })
  )

  it.effect.each(calls)("$0 $1 needs the scope $2, and no other", ([method, path, needed]) =>
    Effect.gen(function* () {
      const { call, gateway, keyWith, simulator } = yield* tenant()
      const others = yield* keyWith(scopes.filter((scope) => scope !== needed))
      const before = yield* gateway.rows
      const options = method === "POST" ? { body: Samples.invoice() } : {}
      const answer = yield* call(method, path, { ...options, key: others.key })
      const { detail } = yield* expectProblem(answer, "insufficient_scope")
      assert.include(detail, needed)
      assert.deepEqual(yield* gateway.rows, before)
      assert.isEmpty(yield* simulator.charges())

      const enough = yield* keyWith([needed])
      const { status } = yield* call(method, path, { ...options, key: enough.key })
      assert.notInclude([401, 403, 500], status)
    })
  )
})

shared("an API key", (it) => {
  it.effect("is refused from the moment it is revoked, however often it was used before", () =>
    Effect.gen(function* () {
      const { call, gateway, key, keyId, keyWith } = yield* tenant()
      const another = yield* keyWith(["payments:read"])
      assert.strictEqual((yield* call("GET", "/invoices")).status, 200)
      assert.strictEqual((yield* call("GET", "/invoices")).status, 200)
      yield* gateway.sql`update api_key set revoked_at = now() where id = ${keyId}`
      yield* expectProblem(yield* call("GET", "/invoices", { key }), "unauthorized")
      assert.strictEqual((yield* call("GET", "/invoices", { key: another.key })).status, 200)
    })
  )

  it.effect("is refused once it has expired", () =>
    Effect.gen(function* () {
      const { call, gateway, keyId } = yield* tenant()
      yield* gateway.sql`update api_key set expires_at = now() + interval '1 hour' where id = ${keyId}`
      assert.strictEqual((yield* call("GET", "/invoices")).status, 200)
      yield* gateway.sql`update api_key set expires_at = now() - interval '1 second' where id = ${keyId}`
      yield* expectProblem(yield* call("GET", "/invoices"), "unauthorized")
    })
  )

  it.effect("loses a scope as soon as it is taken from it", () =>
    Effect.gen(function* () {
      const { call, gateway, keyId } = yield* tenant()
      assert.strictEqual((yield* call("GET", "/webhook-endpoints")).status, 200)
      yield* gateway.sql`update api_key set scopes = ${["payments:read"]} where id = ${keyId}`
      yield* expectProblem(yield* call("GET", "/webhook-endpoints"), "insufficient_scope")
    })
  )

  it.effect("is not taken on trust when its row has another hash", () =>
    Effect.gen(function* () {
      const { call, gateway, keyId, keyWith } = yield* tenant()
      assert.strictEqual((yield* call("GET", "/invoices")).status, 200)
      const another = yield* keyWith(["payments:read"])
      yield* gateway.sql`
        update api_key set hash = (select hash from api_key where id = ${another.id}) where id = ${keyId}`
      yield* expectProblem(yield* call("GET", "/invoices"), "unauthorized")
    })
  )

  it.effect("costs bcrypt once, not with every request", () =>
    Effect.gen(function* () {
      const { call } = yield* tenant()
      const first = yield* nativeJobs(call("GET", "/invoices"))
      assert.strictEqual(first.answer.status, 200)
      assert.isAtLeast(first.jobs, 1)
      const second = yield* nativeJobs(call("GET", "/invoices"))
      assert.strictEqual(second.answer.status, 200)
      assert.strictEqual(second.jobs, 0)
    })
  )
})

shared("what belongs to a tenant", (it) => {
  /** An owner with a paid invoice and a webhook endpoint that is told of it. */
  const busy = Effect.fnUntraced(function* (...which: Parameters<typeof tenant>) {
    const world = yield* tenant(...which)
    yield* world.call("POST", "/webhook-endpoints", { body: { url: "https://shop.example/", events: ["*"] } })
    const { id, our_number } = yield* world.created(Samples.invoice())
    yield* world.simulator.pay(our_number)
    yield* world.lookedUp(id, ({ status }) => status === "paid")
    yield* world.call("PUT", "/cost-centers", { body: { cost_centers: [{ code: "CC-MKT", name: "Marketing" }] } })
    const [row] = yield* world.gateway.sql<Readonly<Record<"line" | "event" | "delivery" | "endpoint", string>>>`
      select b.id as line, d.event, d.id as delivery, d.endpoint
      from balance_transaction b, webhook_delivery d join event e on e.id = d.event
      where b.source_id = ${id} and e.subject = ${id}`
    const paths = [
      `/invoices/${id}`,
      `/balance-transactions/${row?.line}`,
      `/webhook-endpoints/${row?.endpoint}`,
      `/webhook-deliveries/${row?.delivery}`,
      `/events/${row?.event}`
    ]
    const actions = [
      ["PATCH", `/webhook-endpoints/${row?.endpoint}`, { body: { status: "disabled" } }],
      ["POST", `/webhook-endpoints/${row?.endpoint}/rotate-secret`, {}],
      ["POST", `/webhook-endpoints/${row?.endpoint}/ping`, {}],
      ["POST", `/webhook-deliveries/${row?.delivery}/redeliver`, {}],
      ["DELETE", `/webhook-endpoints/${row?.endpoint}`, {}]
    ] as const
    return { ...world, paths, actions }
  })

  const lists = [
    "/invoices",
    "/balance-transactions",
    "/webhook-endpoints",
    "/webhook-deliveries",
    "/events",
    "/cost-centers"
  ]

  it.effect("is not changed by another tenant, nor by the other environment", () =>
    Effect.gen(function* () {
      const one = yield* busy()
      for (const other of [yield* tenant(), yield* tenant("live", one.owner.tenant)]) {
        for (const [method, path, options] of one.actions) {
          yield* expectProblem(yield* other.call(method, path, options), "not_found")
        }
      }
      for (const [method, path, options] of one.actions.slice(1)) {
        assert.isBelow((yield* one.call(method, path, options)).status, 300, path)
      }
    })
  )

  it.effect("is neither found nor listed by another tenant", () =>
    Effect.gen(function* () {
      const one = yield* busy()
      const another = yield* tenant()
      const foreign = yield* Effect.forEach(one.paths, (path) => another.call("GET", path))
      for (const answer of foreign) yield* expectProblem(answer, "not_found")
      for (const path of one.paths) assert.strictEqual((yield* one.call("GET", path)).status, 200)
      for (const list of lists) {
        assert.deepEqual(yield* another.read(list), { object: "list", data: [], has_more: false })
        assert.notDeepEqual(yield* one.read(list), { object: "list", data: [], has_more: false })
      }
      // Not even by its absence: what does not exist is answered in the same words.
      const missing = yield* another.call("GET", "/invoices/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P")
      const said = yield* expectProblem(missing, "not_found")
      assert.strictEqual(said.detail, (yield* expectProblem(foreign[0] ?? missing, "not_found")).detail)
    })
  )

  it.effect("in the sandbox is not there for its live keys, and the other way round", () =>
    Effect.gen(function* () {
      const sandbox = yield* busy("sandbox")
      const live = yield* tenant("live", sandbox.owner.tenant)
      for (const path of sandbox.paths) yield* expectProblem(yield* live.call("GET", path), "not_found")
      for (const list of lists) {
        assert.deepEqual(yield* live.read(list), { object: "list", data: [], has_more: false })
      }
      const invoice = yield* live.created(Samples.invoice())
      assert.isTrue(invoice.livemode)
      assert.lengthOf(yield* live.simulator.charges(), 1)
      assert.lengthOf(yield* sandbox.simulator.charges(), 1)
      yield* expectProblem(yield* sandbox.call("GET", `/invoices/${invoice.id}`), "not_found")
    })
  )
})
