/** The worker sending letters on a real database by a real mail server. */
import { assert, layer } from "@effect/vitest"
import { Gateway as Wired } from "@salesos/app-wiring"
import {
  Housekeeping,
  Idempotency,
  Ids,
  Letters as Core,
  Observations,
  type Owner,
  Settings,
  Store
} from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { Migrations, Setup, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import {
  Context,
  DateTime,
  Duration,
  Effect,
  Fiber,
  Layer,
  Logger,
  Option,
  Redacted,
  References,
  Schedule
} from "effect"
import { SqlClient } from "effect/sql"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import * as Letters from "../src/Letters.ts"
import * as Mail from "../src/Mail.ts"
import * as MailServer from "./support/MailServer.ts"

class World extends Context.Service<World, { readonly databaseUrl: string; readonly encryptionKey: string }>()(
  "test/World"
) {}

const logs: Array<string> = []
const world = Layer.effect(
  World,
  Effect.map(TestDatabase.make(Migrations.migrate), ({ url }) => ({
    databaseUrl: url,
    encryptionKey: Vault.generateKey()
  }))
)
const gateway = Layer.unwrap(
  Effect.map(World, ({ databaseUrl, encryptionKey }) =>
    Wired.layer(
      {
        databaseUrl: Redacted.make(databaseUrl),
        maxConnections: 10,
        encryptionKeys: Redacted.make(encryptionKey),
        settings: { ...Settings.defaults, publicUrl: "https://pay.example.com" }
      },
      "test"
    )
  )
).pipe(
  Layer.provideMerge(world),
  Layer.provideMerge(
    Layer.mergeAll(
      Logger.layer([Logger.map(Logger.formatJson, (line) => void logs.push(line))]),
      Layer.succeed(References.MinimumLogLevel, "Info")
    )
  )
)

/** A new tenant's live side. */
const tenant = Effect.gen(function* () {
  const id = yield* Ids.generate("ten")
  yield* Setup.tenant({ id, name: "Padaria", timeZone: "America/Sao_Paulo" })
  return { tenant: id, environment: "live" } as Owner.Owner
})

/** An invoice that is paid, as its provider tells. */
const paid = Effect.fnUntraced(function* (owner: Owner.Owner, email = "maria@example.com") {
  const now = yield* DateTime.now
  const request = Samples.request({ customer: { ...Samples.request().customer, email } })
  const id = yield* Ids.generate("inv", now)
  yield* (yield* Store.InvoiceStore).open({
    owner,
    keyed: {
      key: Idempotency.IdempotencyKey.make(id),
      fingerprint: Idempotency.fingerprint("POST", "/invoices", request)
    },
    id,
    request,
    account: "infrapsp",
    leg: "pix",
    lapsesAt: DateTime.add(now, { hours: 1 }),
    document: null,
    createdAt: now,
    timeZone: "America/Sao_Paulo",
    lease: Duration.minutes(5),
    missesCountAfter: Duration.hours(1)
  })
  yield* Observations.apply(owner, id, 1, Samples.settled(`tx${id}`, Samples.payment()))
  return id
})

/** A worker that sends by a server. */
const working = (url: string) =>
  Letters.run({ pollInterval: Duration.millis(20) }).pipe(
    Effect.provide(
      Mail.layer({
        smtp: Option.some(Redacted.make(url)),
        from: Option.some("pay@acme.example"),
        outbox: Option.none()
      })
    )
  )

interface Row {
  readonly event: string
  readonly status: string
  readonly reason: string | null
  readonly tries: number
}

const rows = (owner: Owner.Owner) =>
  SqlClient.SqlClient.use(
    (sql) => sql<Row>`select event, status, reason, tries from letter where tenant = ${owner.tenant} order by event`
  )

/** Waits until something is so; the time-out is for what never comes. */
const eventually = <A, E, R>(what: string, effect: Effect.Effect<A, E, R>, so: (value: A) => boolean) =>
  effect.pipe(
    Effect.repeat({ until: so, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({ duration: "30 seconds", orElse: () => Effect.die(new Error(`${what}: it never came`)) })
  )

const over = (owner: Owner.Owner, count = 1) =>
  eventually("the end", rows(owner), (all) => all.filter(({ status }) => status !== "waiting").length === count)

/** What the passing of time does: whatever waits is due. */
const due = (owner: Owner.Owner) =>
  SqlClient.SqlClient.use(
    (sql) => sql`update letter set due_at = now() where tenant = ${owner.tenant} and due_at is not null`
  )

layer(gateway, { excludeTestServices: true, timeout: "2 minutes" })("the worker", (it) => {
  it.effect("sends a payer the receipt of a paid invoice once, and nothing to anybody else", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const server = yield* MailServer.open()
      yield* Effect.forkScoped(working(server.url))
      yield* paid(owner)
      const [row] = yield* over(owner)
      assert.deepInclude(row, { status: "sent", reason: null, tries: 1 })
      assert.deepEqual(
        server.taken.map(({ mail, to }) => [to, mail.messageId]),
        [[["maria@example.com"], `<${row?.event}@acme.example>`]]
      )
      assert.include(server.taken[0]?.mail.text ?? "", "https://pay.example.com/pay/")
      assert.notInclude(server.taken[0]?.raw ?? "", Samples.request().customer.document ?? "?")
    }).pipe(Effect.scoped)
  )

  it.effect("tries a letter again that was refused for now, and gives up with an alert what was refused for good", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      let busy = true
      const server = yield* MailServer.open({
        onRecipient: (address) => {
          if (address.startsWith("nobody")) return MailServer.refusal(550, `No such mailbox ${address}`)
          return busy ? MailServer.refusal(451, "Try later") : undefined
        }
      })
      logs.length = 0
      yield* paid(owner)
      yield* paid(owner, "nobody@example.com")
      yield* Effect.forkScoped(working(server.url))
      yield* over(owner)
      yield* eventually("the first try", rows(owner), (all) =>
        all.some(({ reason }) => reason?.includes("451") === true)
      )
      const alerts = logs.filter((line) => line.includes("Needs a look"))
      assert.lengthOf(alerts, 1)
      assert.include(alerts[0], owner.tenant)
      assert.notInclude(logs.join("\n"), "@example.com")
      busy = false
      yield* due(owner)
      const all = yield* over(owner, 2)
      assert.deepEqual(
        all.map(({ status, tries }) => [status, tries]),
        [
          ["sent", 2],
          ["given_up", 1]
        ]
      )
      assert.include(all[1]?.reason ?? "", "No such mailbox")
      assert.lengthOf(server.taken, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("sends every letter once, though there are two of it", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const server = yield* MailServer.open()
      for (let count = 0; count < 20; count++) yield* paid(owner)
      yield* Effect.forkScoped(Effect.all([working(server.url), working(server.url)], { concurrency: "unbounded" }))
      yield* over(owner, 20)
      assert.lengthOf(server.taken, 20)
      assert.strictEqual(new Set(server.taken.map(({ mail }) => mail.messageId)).size, 20)
    }).pipe(Effect.scoped)
  )

  it.effect("that is told to stop finishes the letter that it sends, and takes no other", () =>
    Effect.gen(function* () {
      const owner = yield* tenant
      const answers: Array<() => void> = []
      const server = yield* MailServer.open({
        onMessage: () => new Promise((resolve) => answers.push(() => resolve(undefined)))
      })
      yield* paid(owner)
      const worker = yield* Effect.forkChild(working(server.url))
      yield* eventually(
        "the message",
        Effect.sync(() => answers.length),
        (count) => count === 1
      )
      const stopping = yield* Effect.forkChild(Fiber.interrupt(worker))
      yield* paid(owner)
      answers[0]?.()
      yield* Fiber.join(stopping)
      assert.deepEqual(
        (yield* rows(owner)).map(({ status }) => status),
        ["sent", "waiting"]
      )
      yield* Core.take("live", 100) // so that no other test meets it
    }).pipe(Effect.scoped)
  )

  it.effect(
    "that is killed between the server's OK and its record has the letter sent again, under the same id",
    () =>
      Effect.gen(function* () {
        const owner = yield* tenant
        const sql = yield* SqlClient.SqlClient
        const { databaseUrl, encryptionKey } = yield* World
        const ok: Array<() => void> = []
        const server = yield* MailServer.open({
          onMessage: () =>
            ok.length > 0 ? Promise.resolve(undefined) : new Promise((done) => ok.push(() => done(undefined)))
        })
        yield* paid(owner)
        const child = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
              env: {
                PATH: process.env["PATH"] ?? "",
                DATABASE_URL: databaseUrl,
                SALESOS_ENCRYPTION_KEY: encryptionKey,
                PUBLIC_URL: "https://pay.example.com",
                SMTP_URL: server.url,
                MAIL_FROM: "pay@acme.example",
                WORKER_POLL_INTERVAL: "50 millis"
              },
              stdio: "ignore"
            })
          ),
          (each) => Effect.sync(() => each.kill("SIGKILL"))
        )
        yield* eventually(
          "the message",
          Effect.sync(() => ok.length),
          (count) => count === 1
        )
        yield* sql.withTransaction(
          Effect.gen(function* () {
            // The record waits for this lock, so that the worker dies after the OK and before it.
            yield* sql`select 1 from letter where tenant = ${owner.tenant} for update`
            const now = sql`select pg_stat_clear_snapshot()` // a transaction sees the activity as it first did
            const ended = once(child, "exit")
            ok[0]?.()
            yield* eventually(
              "the record",
              Effect.andThen(
                now,
                sql`select 1 from pg_stat_activity where application_name = 'salesos-worker' and wait_event_type = 'Lock'`
              ),
              ({ length }) => length > 0
            )
            child.kill("SIGKILL")
            yield* Effect.promise(() => ended)
            // What it had asked of the database never arrives either.
            yield* eventually(
              "the end of its connections",
              Effect.andThen(
                now,
                sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'salesos-worker'`
              ),
              ({ length }) => length === 0
            )
          })
        )
        assert.deepInclude((yield* rows(owner))[0], { status: "waiting", tries: 1 })
        yield* due(owner)
        yield* Effect.forkScoped(working(server.url))
        assert.deepInclude((yield* over(owner))[0], { status: "sent", tries: 2 })
        assert.lengthOf(server.taken, 2)
        assert.strictEqual(new Set(server.taken.map(({ mail }) => mail.messageId)).size, 1)
      }).pipe(Effect.scoped),
    60_000
  )

  it.effect("leaves the sandbox's letters and those of tenants that send none unsent, and forgets what is old", () =>
    Effect.gen(function* () {
      const [quiet, other] = [yield* tenant, yield* tenant]
      const sandbox = { ...(yield* tenant), environment: "sandbox" as const }
      const sql = yield* SqlClient.SqlClient
      const server = yield* MailServer.open()
      assert.isTrue(yield* Setup.letters(quiet.tenant, false))
      yield* paid(quiet)
      yield* paid(sandbox)
      yield* Effect.forkScoped(working(server.url))
      assert.deepInclude((yield* over(quiet))[0], { status: "dropped", reason: "switched_off" })
      yield* paid(other)
      yield* over(other)
      assert.deepInclude((yield* rows(sandbox))[0], { status: "waiting", tries: 0 })
      assert.deepEqual(
        server.taken.map(({ mail }) => mail.messageId),
        (yield* rows(other)).map(({ event }) => `<${event}@acme.example>`)
      )
      yield* sql`update letter set created_at = now() - interval '8 days' where tenant = ${sandbox.tenant}`
      yield* sql`update letter set created_at = now() - interval '31 days' where tenant = ${other.tenant}`
      const { letters, lettersDropped } = yield* Housekeeping.purge()
      assert.deepEqual({ letters, lettersDropped }, { letters: 1, lettersDropped: 1 })
      assert.deepEqual(yield* rows(other), [])
      assert.deepInclude((yield* rows(sandbox))[0], { status: "dropped", reason: "too_old" })
    }).pipe(Effect.scoped)
  )
})
