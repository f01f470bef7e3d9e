/** The worker on a real database, with real servers to deliver to. */
import { assert, layer } from "@effect/vitest"
import { Gateway as Wired } from "@salesos/app-wiring"
import {
  Deliveries as Core,
  type Delivery,
  type Events,
  Idempotency,
  Ids,
  type Owner,
  Settings,
  type Webhook,
  WebhookDeliveries,
  WebhookEndpoints
} from "@salesos/core"
import { Migrations, Setup, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Duration, Effect, Fiber, Layer, Logger, Redacted, References, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import type { ServerResponse } from "node:http"
import * as Deliveries from "../src/Deliveries.ts"
import { sign } from "../src/Signature.ts"
import * as Shop from "./support/Shop.ts"

const config = { pollInterval: Duration.millis(20), concurrency: 8, retention: Duration.days(30) }

const logs: Array<string> = []
const gateway = Layer.unwrap(
  Effect.map(TestDatabase.make(Migrations.migrate), ({ url }) =>
    Wired.layer(
      {
        databaseUrl: Redacted.make(url),
        maxConnections: 10,
        encryptionKeys: Redacted.make(Vault.generateKey()),
        settings: { ...Settings.defaults, publicUrl: "http://127.0.0.1" }
      },
      "test"
    )
  )
).pipe(
  Layer.provideMerge(
    Layer.mergeAll(
      Logger.layer([Logger.map(Logger.formatJson, (line) => void logs.push(line))]),
      Layer.succeed(References.MinimumLogLevel, "Info")
    )
  )
)

/** A new tenant. */
const tenant = Effect.gen(function* () {
  const id = yield* Ids.generate("ten")
  yield* Setup.tenant({ id, name: "Test", timeZone: "America/Sao_Paulo" })
  return { tenant: id, environment: "sandbox" } as Owner.Owner
})

const secret = "whsec_0123456789abcdef"

/** An endpoint that wants some types of events, all of them unless told otherwise. */
const endpoint = Effect.fnUntraced(function* (
  owner: Owner.Owner,
  url: string,
  events: Webhook.Endpoint["events"] = ["*"]
) {
  const id = yield* Ids.generate("we")
  yield* Setup.webhookEndpoint(owner, { id, url, events, description: null, secret: Redacted.make(secret) })
  return id
})

/** Writes so many events of a type with deliveries to an endpoint, as the transaction of what they tell does. */
const emit = Effect.fnUntraced(function* (
  { environment, tenant }: Owner.Owner,
  endpoint: Ids.WebhookEndpointId,
  count = 1,
  type: Events.Type = "invoice.paid"
) {
  const sql = yield* SqlClient.SqlClient
  const event = (yield* Ids.generate("evt")).slice(4, -5)
  yield* sql`
    with events as (
      insert into event (tenant, environment, id, type, subject, body, created_at)
      select ${tenant}, ${environment}, 'evt_' || ${event} || lpad(n::text, 5, '0'), ${type}, 'inv_1', '{"n":' || n || '}', now()
      from generate_series(1, ${count}::int) n returning id
    )
    insert into webhook_delivery (tenant, environment, id, event, endpoint, status)
    select ${tenant}, ${environment}, replace(id, 'evt', 'whd'), id, ${endpoint}, 'pending' from events`
})

/** The worker, until the scope closes. */
const working = Effect.forkScoped(Deliveries.run(config))

/** Waits until something is so; the time-out is for what never comes. */
const until = (what: string, so: () => boolean) =>
  Effect.sync(so).pipe(
    Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({ duration: "30 seconds", orElse: () => Effect.die(new Error(`${what}: it never came`)) })
  )

/** A server that never answers. */
const deadShop = Effect.gen(function* () {
  const open: Array<ServerResponse> = []
  const shop = yield* Shop.open((outgoing) => void open.push(outgoing))
  return { ...shop, open }
})

const goodShop = Shop.open((outgoing) => outgoing.writeHead(204).end())

const statuses = Effect.fnUntraced(function* (owner: Owner.Owner) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly status: Delivery.Status; readonly count: number }>`
    select status, count(*)::int as count from webhook_delivery where tenant = ${owner.tenant} group by status`
  return Object.fromEntries(rows.map(({ count, status }) => [status, count]))
})

const keyed = Effect.map(Ids.generate("key"), (key) => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/", {})
}))

layer(gateway, { excludeTestServices: true, timeout: "2 minutes" })("the worker", (it) => {
  it.effect("delivers to an endpoint while thousands wait for another that never answers", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const [dead, good] = [yield* deadShop, yield* goodShop]
      yield* emit(owner, yield* endpoint(owner, dead.url), 5000)
      const healthy = yield* endpoint(owner, good.url)
      yield* working
      yield* until("the first try of the dead one", () => dead.received.length > 0)
      yield* emit(owner, healthy, 50)
      yield* until("all deliveries to the good one", () => good.received.length === 50)
      // None of the dead one's tries has ended meanwhile: nobody has waited for it.
      assert.isAtMost(dead.received.length, 8)
      assert.isTrue(dead.open.every((each) => !each.writableEnded && each.socket?.destroyed === false))
    }).pipe(Effect.scoped)
  )

  it.effect("delivers for a tenant while another has more endpoints that never answer than there are visitors", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* tenant, yield* tenant]
      const dead = yield* deadShop
      for (let count = 0; count < 3 * config.concurrency; count++) {
        yield* emit(one, yield* endpoint(one, dead.url), 1)
      }
      yield* working
      const share = config.concurrency / 4
      yield* until("the share of the one", () => dead.received.length === share)
      const good = yield* goodShop
      yield* emit(two, yield* endpoint(two, good.url), 20)
      yield* until("all deliveries of the other", () => good.received.length === 20)
      assert.strictEqual(dead.received.length, share)
    }).pipe(Effect.scoped)
  )

  it.effect("tries an endpoint that did not answer again beside the others, which it then does not delay at all", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const sql = yield* SqlClient.SqlClient
      const hangsUp = yield* Shop.open((outgoing) => outgoing.destroy())
      const id = yield* endpoint(owner, hangsUp.url)
      yield* emit(owner, id, 20)
      yield* working
      yield* until("a try of each", () => hangsUp.received.length >= 20)
      const slow = sql<{ readonly slow: boolean }>`select slow from webhook_endpoint where id = ${id}`
      assert.deepEqual(yield* slow, [{ slow: true }])
      assert.deepEqual(yield* statuses(owner), { pending: 20 })
      const { failingSince, status } = yield* WebhookEndpoints.get(owner, id)
      assert.strictEqual(status, "enabled")
      assert.isNotNull(failingSince)
    }).pipe(Effect.scoped)
  )

  it.effect("signs with both secrets while one is rotated, and what it sends can be verified with either", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const good = yield* goodShop
      const id = yield* endpoint(owner, good.url)
      const key = yield* keyed
      yield* WebhookEndpoints.rotate(owner, id, key, { overlap_hours: 1 }, "whsec_the_new_secret")
      yield* emit(owner, id)
      yield* working
      yield* until("the delivery", () => good.received.length === 1)
      const header = good.received[0]?.headers["x-pay-signature"] ?? ""
      assert.match(header, /^t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/)
      const [, t = ""] = /^t=(\d+)/.exec(header) ?? []
      assert.strictEqual(header, sign(["whsec_the_new_secret", secret], Number(t), good.received[0]?.body ?? ""))
    }).pipe(Effect.scoped)
  )

  it.effect("disables an endpoint that answers 410, or that has failed for days, and says so", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const sql = yield* SqlClient.SqlClient
      const gone = yield* Shop.open((outgoing) => outgoing.writeHead(410).end())
      const broken = yield* Shop.open((outgoing) => outgoing.writeHead(500).end())
      const [first, second] = [yield* endpoint(owner, gone.url), yield* endpoint(owner, broken.url)]
      yield* sql`update webhook_endpoint set failing_since = now() - interval '121 hours' where id = ${second}`
      yield* emit(owner, first)
      yield* emit(owner, second)
      logs.length = 0
      yield* working
      yield* until("both alerts", () => logs.filter((line) => line.includes("Needs a look")).length === 2)
      const told = logs.filter((line) => line.includes("Needs a look")).join("\n")
      for (const known of ["webhook_endpoint_disabled", first, second, owner.tenant]) assert.include(told, known)
      const reasons = yield* Effect.forEach([first, second], (id) => WebhookEndpoints.get(owner, id))
      assert.deepEqual(
        reasons.map(({ disabledReason, status }) => [status, disabledReason]),
        [
          ["disabled", "gone"],
          ["disabled", "failing"]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.effect("sends nothing to this machine for a live endpoint, whatever was registered", () =>
    Effect.gen(function* () {
      const owner = { ...(yield* tenant), environment: "live" as const }
      const good = yield* goodShop
      yield* emit(owner, yield* endpoint(owner, good.url))
      yield* working
      const tried = Effect.gen(function* () {
        const [delivery] = (yield* WebhookDeliveries.list(owner, {}, { limit: 1 })).data
        return delivery === undefined ? [] : (yield* WebhookDeliveries.get(owner, delivery.id)).tried
      })
      const [attempt] = yield* Effect.repeat(tried, {
        until: ({ length }) => length > 0,
        schedule: Schedule.spaced("20 millis")
      })
      assert.deepInclude(attempt, { status: null, excerpt: "Expected an address on the public internet" })
      assert.isEmpty(good.received)
    }).pipe(Effect.scoped)
  )

  it.effect("that is told to stop takes nothing new, and finishes what runs", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const dead = yield* deadShop
      yield* emit(owner, yield* endpoint(owner, dead.url), 1)
      const worker = yield* Effect.forkChild(Deliveries.run(config))
      yield* until("the try", () => dead.open.length === 1)
      const stopping = yield* Effect.forkChild(Fiber.interrupt(worker))
      yield* emit(owner, yield* endpoint(owner, dead.url), 1)
      dead.open[0]?.writeHead(200).end()
      yield* Fiber.join(stopping)
      assert.deepEqual(yield* statuses(owner), { delivered: 1, pending: 1 })
      assert.lengthOf(dead.received, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("that died is taken over by another, which sends the same delivery under the same id", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const sql = yield* SqlClient.SqlClient
      const good = yield* goodShop
      const id = yield* endpoint(owner, good.url)
      yield* emit(owner, id, 3)
      // Taken, and never heard of again.
      const [visit] = yield* Effect.repeat(
        Effect.map(Core.take("prompt", 100, []), (all) => all.filter((each) => each.endpoint === id)),
        { until: ({ length }) => length > 0, schedule: Schedule.spaced("20 millis") }
      )
      yield* working
      // What the passing of time does.
      yield* sql`update webhook_endpoint set held_until = now(), due_at = now() where id = ${id}`
      yield* sql`update webhook_delivery set due_at = now() where endpoint = ${id}`
      yield* until("the deliveries", () => good.received.length === 3)
      assert.deepEqual(
        new Set(good.received.map(({ headers }) => headers["x-pay-delivery"])),
        new Set(visit?.deliveries.map((each) => String(each.id)))
      )
    }).pipe(Effect.scoped)
  )
})
