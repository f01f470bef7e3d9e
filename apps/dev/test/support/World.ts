/** A gateway in parts, each a process of its own as in production: a database, a provider, the API and the worker. */
import { hash } from "@node-rs/bcrypt"
import { PayerTokens } from "@salesos/app-wiring"
import { Ids, Settings } from "@salesos/core"
import { Client, Migrations, Setup, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Ports } from "@salesos/test-servers"
import { Context, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { randomBytes } from "node:crypto"
import { client, request } from "./Api.ts"
import * as Child from "./Child.ts"
import * as Simulated from "./Simulated.ts"
import { eventually } from "./Waiting.ts"

/** Seconds that a test can wait for. The lease is what keeps a killed process's request from being carried on at once. */
const settings = { PROVIDER_CALL_DEADLINE: "3 seconds", REQUEST_BUDGET: "1 second", OPERATION_LEASE: "5 seconds" }

/** A fresh world with one tenant, and nothing running but the database and the provider. */
export const make = Effect.gen(function* () {
  const { url: databaseUrl } = yield* TestDatabase.make(Migrations.migrate)
  const simulator = yield* Simulated.start
  const port = yield* Ports.freePort
  const url = `http://127.0.0.1:${port}`
  const encryptionKey = Vault.generateKey()
  const context = yield* Layer.build(
    Layer.mergeAll(
      Client.layer({ url: Redacted.make(databaseUrl), applicationName: "test", maxConnections: 2 }),
      Vault.Vault.layer(Redacted.make(encryptionKey)),
      Layer.succeed(Settings.Settings, {
        ...Settings.defaults,
        publicUrl: url,
        payerTokens: PayerTokens.make(encryptionKey)
      })
    )
  )
  const key = `sk_test_${randomBytes(18).toString("base64url")}`
  const tenant = yield* Ids.generate("ten")
  const owner = { tenant, environment: "sandbox" as const }
  yield* Effect.gen(function* () {
    yield* Setup.tenant({ id: tenant, name: "Test", timeZone: "America/Sao_Paulo" })
    yield* Setup.providerAccount(owner, {
      name: "infrapsp",
      provider: "infrapsp",
      credentials: Redacted.make(Simulated.credentials),
      settings: { baseUrl: simulator.url },
      notificationToken: randomBytes(18).toString("base64url")
    })
    yield* Setup.apiKey(owner, {
      id: yield* Ids.generate("key"),
      name: "test",
      key: Redacted.make(key),
      hash: yield* Effect.promise(() => hash(key, { cost: 4 })),
      scopes: ["payments:read", "payments:write", "payments:admin"]
    })
  }).pipe(Effect.provideContext(context))

  const env = { DATABASE_URL: databaseUrl, SALESOS_ENCRYPTION_KEY: encryptionKey, LOG_LEVEL: "Trace", ...settings }
  /** Starts the API, with more variables than it needs, and waits until it is ready. */
  const httpWith = Effect.fnUntraced(function* (more: Readonly<Record<string, string>>) {
    const child = yield* Child.start("http", { ...env, PORT: `${port}`, PUBLIC_URL: url, ...more })
    yield* eventually(
      "readiness",
      Effect.map(
        request(`http://127.0.0.1:${more["PORT"] ?? port}/readyz`),
        (answer) => child.hasEnded() || Option.exists(answer, ({ status }) => status === 200)
      ),
      (ready) => ready
    )
    return child.hasEnded() ? yield* Effect.die(new Error(child.output())) : child
  })

  return {
    url,
    key,
    encryptionKey,
    simulator,
    sql: Context.get(context, SqlClient.SqlClient),
    api: client(url, key),
    http: httpWith({}),
    httpWith,
    worker: Child.start("worker", { ...env, PUBLIC_URL: url }),
    /** Starts the worker with more variables than it needs. */
    workerWith: (more: Readonly<Record<string, string>>) => Child.start("worker", { ...env, PUBLIC_URL: url, ...more })
  }
})

export type World = Effect.Success<typeof make>
