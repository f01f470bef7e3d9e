/**
 * P6: webhook deliveries a second of one worker, whose endpoints answer at once, against the takes a second of a bare queue
 * on the same server: `PersistedQueue` of `effect`, whose jobs do nothing. And how long a delivery takes under load.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Ids, type Owner } from "@salesos/core"
import { Migrations, Setup, Vault } from "@salesos/store-postgres"
import { Ports } from "@salesos/test-servers"
import { Console, DateTime, Effect, Layer, Redacted, Schedule, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import { SqlClient } from "effect/sql"
import { mkdir } from "node:fs/promises"
import { loadavg } from "node:os"
import * as Database from "./database.ts"
import { BenchError } from "./errors.ts"
import type { Options } from "./options.ts"
import * as Processes from "./processes.ts"
import { median, quantile } from "./statistics.ts"
import * as System from "./system.ts"
import { idDigits, tenantId } from "./tenants.ts"

/** One run of each side, per second. */
export interface Pair {
  readonly deliveries: number
  readonly takes: number
  readonly ratio: number
}

export interface Result {
  readonly pairs: ReadonlyArray<Pair>
  readonly median: number
  /** From the event's commit to its arrival, in seconds, at half the measured rate. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly rate: number; readonly count: number }
  readonly postgres: { readonly version: string; readonly flushing: string }
  readonly loadBefore: number
}

export const target = 0.5
export const latencyTarget = 1

const endpointId = (tenant: number): string => `we_${String(tenant).padStart(idDigits, "0")}`

const setUp = (tenants: number, url: string) =>
  Effect.forEach(
    Array.from({ length: tenants }, (_, index) => index + 1),
    Effect.fnUntraced(function* (number) {
      const owner: Owner.Owner = { tenant: Ids.TenantId.make(tenantId(number)), environment: "sandbox" }
      yield* Setup.tenant({ id: owner.tenant, name: `Bench ${number}`, timeZone: "America/Sao_Paulo" })
      const id = Ids.WebhookEndpointId.make(endpointId(number))
      yield* Setup.webhookEndpoint(owner, {
        id,
        url,
        events: ["*"],
        description: null,
        secret: Redacted.make("whsec_bench_0123456789")
      })
    }),
    { concurrency: 8, discard: true }
  )

let written = 0

/** Writes events with a delivery each, tenants in turn, as their transactions would. */
const emit = Effect.fnUntraced(function* (count: number, tenants: number) {
  const sql = yield* SqlClient.SqlClient
  const from = written
  written += count
  // Ids of now: the worker forgets what looks old.
  const time = Ids.bounds("evt", yield* DateTime.now)[0].slice(4, -8)
  yield* sql`
    with events as (
      insert into event (tenant, environment, id, type, subject, body, created_at)
      select 'ten_' || lpad((1 + n % ${tenants})::text, ${idDigits}, '0'), 'sandbox', 'evt_' || ${time} || lpad(n::text, 8, '0'),
        'invoice.paid', 'inv_1',
        '{"at":' || (extract(epoch from clock_timestamp()) * 1000)::bigint || ',"padding":"' || repeat('x', 1000) || '"}', now()
      from generate_series(${from}::int, ${from + count - 1}::int) n
      returning tenant, environment, id
    )
    insert into webhook_delivery (tenant, environment, id, event, endpoint, status)
    select tenant, environment, replace(id, 'evt', 'whd'), id, replace(tenant, 'ten', 'we'), 'pending' from events`
})

const Seen = Schema.Struct({
  count: Schema.Int,
  first: Schema.Number,
  last: Schema.Number,
  latencies: Schema.Array(Schema.Number)
})
const decodeSeen = Schema.decodeUnknownEffect(Seen)

/** An endpoint in a process of its own. */
const receiver = Effect.gen(function* () {
  const port = yield* Ports.freePort
  const url = `http://127.0.0.1:${port}/`
  yield* Processes.serve(
    { name: "The endpoint", args: ["tooling/bench/receiver.ts"], env: { PORT: String(port) } },
    url
  )
  const call = (method: string) => Effect.promise(async () => (await fetch(url, { method })).text())
  return {
    url,
    reset: call("DELETE"),
    seen: Effect.flatMap(call("GET"), (text) => Effect.orDie(decodeSeen(JSON.parse(text))))
  }
})

/** A worker as in production, until the scope closes. */
const worker = Effect.fnUntraced(function* (database: Database.Database, pool: number) {
  const port = yield* Ports.freePort
  yield* Processes.serve(
    {
      name: "The worker",
      args: ["--max-semi-space-size=16", "apps/worker/src/main.ts"],
      env: {
        DATABASE_URL: database.url,
        DATABASE_CONNECTIONS: String(pool),
        SALESOS_ENCRYPTION_KEY: System.encryptionKey,
        WORKER_METRICS_PORT: String(port),
        LOG_LEVEL: "Warn"
      }
    },
    `http://127.0.0.1:${port}/metrics`
  )
})

/** Waits until nothing is pending, and refuses a run in which a delivery failed or came twice. */
const drained = Effect.fnUntraced(function* (expected: number, { seen }: Effect.Success<typeof receiver>) {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.repeat(sql`select 1 from webhook_delivery where due_at is not null limit 1`, {
    until: ({ length }) => length === 0,
    schedule: Schedule.spaced("200 millis")
  })
  const arrived = yield* seen
  const [row] = yield* sql<{ readonly count: number }>`
    select count(*)::int as count from webhook_delivery where status <> 'delivered' or tries > 1`
  if (arrived.count !== expected || row?.count !== 0) {
    return yield* new BenchError({
      message: `${arrived.count} of ${expected} deliveries arrived, ${row?.count} of all not at the first try`
    })
  }
  return arrived
})

/** Puts jobs into a bare queue and takes them, as many at once as the worker makes visits. */
const takes = (count: number, atOnce: number) =>
  Effect.gen(function* () {
    const queue = yield* PersistedQueue.make({ name: "bench", schema: Schema.Struct({ number: Schema.Int }) })
    yield* Effect.forEach(
      Array.from({ length: count }, (_, number) => ({ number })),
      (job) => queue.offer(job),
      {
        concurrency: atOnce,
        discard: true
      }
    )
    let left = count
    const begun = performance.now()
    const one = Effect.suspend(() =>
      left-- > 0
        ? Effect.as(
            queue.take(() => Effect.void),
            true
          )
        : Effect.succeed(false)
    )
    yield* Effect.all(
      Array.from({ length: atOnce }, () => Effect.repeat(one, { while: (more) => more })),
      { concurrency: "unbounded", discard: true }
    )
    return count / ((performance.now() - begun) / 1000)
  }).pipe(
    Effect.provide(
      PersistedQueue.layer.pipe(
        Layer.provide(PersistedQueue.layerStoreSql({ tableName: "bench_queue", pollInterval: "10 millis" }))
      )
    )
  )

const visitsAtOnce = 16

/** Emits at a rate for some seconds, a little at a time. */
const steadily = Effect.fnUntraced(function* (rate: number, seconds: number, tenants: number) {
  const each = Math.max(1, Math.round(rate / 20))
  const begun = performance.now()
  let count = 0
  while (performance.now() - begun < seconds * 1000) {
    yield* emit(each, tenants)
    count += each
    yield* Effect.sleep(Math.max(0, begun + (count / rate) * 1000 - performance.now()))
  }
  return count
})

/** Runs all of P6. */
export const measure = Effect.fnUntraced(function* ({ deliveries, pairs: count, pool, seconds, tenants }: Options) {
  yield* Effect.promise(() => mkdir(System.results, { recursive: true }))
  const loadBefore = loadavg()[0] ?? 0
  const on = yield* Database.start(() => {})
  const database = on("bench")
  yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(`create database ${database.name}`)).pipe(
    Database.connected(on("postgres"))
  )
  const shop = yield* receiver
  const client = PgClient.layer({ url: Redacted.make(database.url), maxConnections: pool })

  return yield* Effect.gen(function* () {
    yield* Console.log(`Setting up ${tenants} tenants`)
    yield* Migrations.migrate
    yield* setUp(tenants, shop.url)

    const runApp = Effect.gen(function* () {
      yield* shop.reset
      yield* emit(deliveries, tenants)
      yield* Database.checkpoint()
      yield* worker(database, pool)
      const { first, last } = yield* drained(deliveries, shop)
      return (deliveries - 1) / ((last - first) / 1000)
    }).pipe(Effect.scoped)

    const pairs: Array<Pair> = []
    for (let pair = 1; pair <= count; pair++) {
      const ours = yield* runApp
      yield* Database.checkpoint()
      const theirs = yield* takes(deliveries, visitsAtOnce)
      pairs.push({ deliveries: ours, takes: theirs, ratio: ours / theirs })
      yield* Console.log(
        `${pair}. ${ours.toFixed(0)} deliveries/s, ${theirs.toFixed(0)} takes/s: ${(ours / theirs).toFixed(3)}`
      )
    }

    const rate = Math.floor(median(pairs.map((pair) => pair.deliveries)) / 2)
    const { latencies } = yield* Effect.gen(function* () {
      yield* worker(database, pool)
      yield* shop.reset
      return yield* drained(yield* steadily(rate, seconds, tenants), shop)
    }).pipe(Effect.scoped)
    const sorted = latencies.toSorted((a, b) => a - b)
    const result: Result = {
      pairs,
      median: median(pairs.map(({ ratio }) => ratio)),
      latency: { p50: quantile(sorted, 0.5) / 1000, p99: quantile(sorted, 0.99) / 1000, rate, count: sorted.length },
      postgres: yield* Database.settings,
      loadBefore
    }
    return result
  }).pipe(Effect.provide(Layer.merge(client, Vault.Vault.layer(Redacted.make(System.encryptionKey)))))
})
