import { assert, it, layer } from "@effect/vitest"
import { basePath } from "@salesos/api"
import { AuditLog, Client, Migrations } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { eventually, Gateway, newKey, tenant } from "./support/Gateway.ts"
import * as Samples from "./support/Samples.ts"

interface Row {
  readonly tenant: string
  readonly environment: string
  readonly actor: string
  readonly address: string | null
  readonly action: string
  readonly subject: string | null
  readonly outcome: string
  readonly request: string
  readonly idempotency: string | null
  readonly detail: { readonly milliseconds: number; readonly replayed?: boolean }
}

/** The entries of requests by their ids, once they are written. */
const entriesOf = (sql: SqlClient.SqlClient, ...requests: ReadonlyArray<string | undefined>) =>
  eventually(
    Effect.orDie(sql<Row>`select tenant, environment, actor, address, action, subject, outcome, request, idempotency, detail
      from audit_entry where request = any(${requests.filter((each) => each !== undefined)}) order by seq`),
    (rows) => rows.length === requests.length,
    { what: "the entries" }
  )

layer(Gateway.layer, { excludeTestServices: true, timeout: "1 minute" })("the audit log", (it) => {
  it.effect("tells who asked for what, from where, about what, and what came of it", () =>
    Effect.gen(function* () {
      const { call, gateway, keyId, keyWith, owner } = yield* tenant()
      const idempotencyKey = newKey()
      const reader = yield* keyWith(["payments:read"])
      const body = Samples.invoice()
      const answers = [
        yield* call("POST", "/invoices", { body, idempotencyKey }),
        yield* call("POST", "/invoices", { body, idempotencyKey }),
        yield* call("POST", "/invoices", { key: reader.key, body }),
        yield* call("GET", "/invoices/inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P", { key: reader.key }),
        yield* call("GET", "/invoices", { key: `sk_test_${newKey()}` }),
        yield* call("POST", "/invoices", { raw: "{", idempotencyKey: null })
      ]
      const rows = yield* entriesOf(gateway.sql, ...answers.map(({ headers }) => headers["request-id"]))
      const { id } = JSON.parse(answers[0]?.text ?? "")
      const digest = AuditLog.idempotencyDigest(idempotencyKey)
      const invoices = `${basePath}/invoices`
      const { environment, tenant: of } = owner
      const known = { tenant: of, environment, address: "127.0.0.1" }
      const nobody = { tenant: "", environment: "", address: "127.0.0.1", actor: "anonymous" }
      const shown = rows.map(({ detail: { replayed = false }, request: _, ...row }) => ({ ...row, replayed }))
      const base = { subject: null, idempotency: null, replayed: false }
      const third = shown[2]?.idempotency ?? null
      assert.deepEqual(shown, [
        {
          ...base,
          ...known,
          actor: keyId,
          action: `POST ${invoices}`,
          subject: id,
          outcome: "201",
          idempotency: digest
        },
        {
          ...base,
          ...known,
          actor: keyId,
          action: `POST ${invoices}`,
          subject: id,
          outcome: "201",
          idempotency: digest,
          replayed: true
        },
        { ...base, ...known, actor: reader.id, action: `POST ${invoices}`, outcome: "403", idempotency: third },
        {
          ...base,
          ...known,
          actor: reader.id,
          action: `GET ${invoices}/:id`,
          subject: "inv_01K9X0ZB7C8W3Q2V5T6Y4N1M0P",
          outcome: "404"
        },
        { ...base, ...nobody, action: `GET ${invoices}`, outcome: "401" },
        { ...base, ...known, actor: keyId, action: `POST ${invoices}`, outcome: "400" }
      ])
      assert.isTrue(rows.every(({ detail }) => Number.isInteger(detail.milliseconds)))
    })
  )

  it.effect("holds nothing of what was sent: no document, key, secret, query or token", () =>
    Effect.gen(function* () {
      const { call, gateway, key, notificationPath } = yield* tenant()
      const secret = "whsec_0123456789abcdef"
      const answers = [
        yield* call("POST", "/invoices", { body: Samples.invoice(), idempotencyKey: Samples.cpf }),
        yield* call("GET", `/invoices?cost_center=${Samples.cpf}`),
        yield* call("GET", `/invoices/${Samples.cpf}`),
        yield* call("GET", `/${Samples.cpf}`),
        yield* call("GET", `./qr/${Samples.cpf}.svg`, { key: null }),
        yield* call("POST", "/webhook-endpoints", { body: { url: "http://127.0.0.1:9/", events: ["*"], secret } }),
        yield* call("POST", "/api-keys", { body: { name: "erp", scopes: ["payments:read"] } }),
        yield* call("POST", notificationPath, { raw: "{}" })
      ]
      const { key: made } = JSON.parse(answers[6]?.text ?? "")
      const rows = yield* entriesOf(gateway.sql, ...answers.map(({ headers }) => headers["request-id"]))
      assert.include(
        rows.map(({ action }) => action),
        "GET (no such address)"
      )
      const [{ dump } = assert.fail()] = yield* gateway.sql<{ readonly dump: string }>`
        select string_agg(a::text, ',') as dump from audit_entry a`
      for (const hidden of [Samples.cpf, key.slice(8), made.slice(8), secret, notificationPath.slice(-24), "Maria"]) {
        assert.notInclude(dump, hidden)
      }
    })
  )

  it.effect("knows an act of administration before it is answered, and no probe", () =>
    Effect.gen(function* () {
      const { call, gateway } = yield* tenant()
      const answer = yield* call("PUT", "/cost-centers", { body: { cost_centers: [] } })
      const written = yield* gateway.sql`select 1 from audit_entry where request = ${answer.headers["request-id"]}`
      assert.lengthOf(written, 1)
      const probe = yield* call("GET", "./healthz", { key: null })
      const last = yield* call("GET", "/invoices")
      yield* entriesOf(gateway.sql, last.headers["request-id"])
      assert.isEmpty(yield* gateway.sql`select 1 from audit_entry where request = ${probe.headers["request-id"]}`)
    })
  )
})

it.live(
  "a process that is told to stop writes what it has not written yet",
  () =>
    Effect.gen(function* () {
      const { url } = yield* TestDatabase.make(Migrations.migrate)
      const count = 50
      yield* Effect.gen(function* () {
        const { call } = yield* Gateway
        yield* Effect.all(
          Array.from({ length: count }, () => call("GET", "/invoices", { key: "sk_test_unknown_unknown" })),
          { concurrency: "unbounded" }
        )
      }).pipe(Effect.provide(Gateway.on(url)))
      const rows = yield* SqlClient.SqlClient.pipe(
        Effect.flatMap((sql) => sql`select 1 from audit_entry where outcome = '401'`),
        Effect.provide(Client.layer({ url: Redacted.make(url), applicationName: "test" }))
      )
      assert.lengthOf(rows, count)
    }),
  30_000
)
