/** Replacing the encryption key of a database. */
import { assert, describe, it } from "@effect/vitest"
import { Ids } from "@salesos/core"
import { Client, Migrations, Rotation, Setup, Vault } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"

const [old, next] = [Vault.generateKey(), Vault.generateKey()]

const vault = (...keys: ReadonlyArray<string>) => Vault.Vault.layer(Redacted.make(keys.join()))

const database = Layer.fresh(
  Layer.unwrap(
    Effect.map(TestDatabase.make(Migrations.migrate), ({ url }) =>
      Client.layer({ url: Redacted.make(url), applicationName: "test" })
    )
  )
)

const accounts = 250

/** Accounts of several tenants, sealed by the old key. */
const filled = Effect.gen(function* () {
  for (let number = 0; number < 2; number++) {
    const tenant = yield* Ids.generate("ten")
    yield* Setup.tenant({ id: tenant, name: "Test", timeZone: "America/Sao_Paulo" })
    yield* Effect.forEach(
      Array.from({ length: accounts / 2 }, (_, each) => each),
      (each) =>
        Setup.providerAccount(
          { tenant, environment: each % 2 === 0 ? "sandbox" : "live" },
          {
            name: `account-${each}`,
            provider: "infrapsp",
            credentials: Redacted.make({ apiKey: `key-${number}-${each}` }),
            settings: {},
            notificationToken: `token-${tenant}-${each}`
          }
        ),
      { concurrency: 8, discard: true }
    )
  }
}).pipe(Effect.provide(vault(old)))

/** How many accounts a vault of some keys can read. */
const readable = (...keys: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const { decrypt } = yield* Vault.Vault
    const rows = yield* sql<{ readonly place: string; readonly credentials: Uint8Array }>`
      select 'provider_account/' || tenant || '/' || environment || '/' || name as place, credentials from provider_account`
    const read = yield* Effect.forEach(rows, ({ credentials, place }) =>
      Effect.option(Effect.try({ try: () => decrypt(credentials, place), catch: () => null }))
    )
    return read.filter(({ _tag }) => _tag === "Some").length
  }).pipe(Effect.provide(vault(...keys)))

const rotate = (...keys: ReadonlyArray<string>) => Rotation.rotate.pipe(Effect.provide(vault(...keys)))

const ofAccounts = (rotated: ReadonlyArray<Rotation.Rotated>) =>
  rotated.find(({ column }) => column === "provider_account.credentials")

describe("another encryption key", () => {
  it.live("takes over everything, however often it is interrupted, and both work meanwhile", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* filled
      for (let round = 0; round < 3; round++) {
        const fiber = yield* Effect.forkChild(rotate(next, old))
        // Until it has done some more.
        const before = yield* readable(next)
        yield* Effect.repeat(readable(next), { until: (done) => done > before || done === accounts })
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(yield* readable(next, old), accounts)
        assert.strictEqual(yield* readable(old, next), accounts)
      }
      yield* Effect.all([rotate(next, old), rotate(next, old)], { concurrency: 2 })
      assert.strictEqual(yield* readable(next), accounts)
      assert.strictEqual(yield* readable(old), 0)
      assert.deepInclude(ofAccounts(yield* rotate(next, old)), { rotated: 0, unreadable: 0 })
      // What a process that has not heard of it yet seals by the old key is found by the next run.
      yield* filled
      assert.deepInclude(ofAccounts(yield* rotate(next, old)), { rotated: accounts, unreadable: 0 })
      assert.lengthOf(yield* sql`select 1 from provider_account`, 2 * accounts)
    }).pipe(Effect.provide(database))
  )

  it.live("leaves alone what no key that is given can read, and says how much that is", () =>
    Effect.gen(function* () {
      yield* filled
      assert.deepInclude(ofAccounts(yield* rotate(next)), { rotated: 0, unreadable: accounts })
      assert.strictEqual(yield* readable(old), accounts)
    }).pipe(Effect.provide(database))
  )

  it.live("takes over every column that is sealed", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = yield* sql<{ readonly name: string }>`
        select table_name || '.' || column_name as name from information_schema.columns
        where table_schema = 'public' and data_type = 'bytea' order by 1`
      const sealed = Rotation.sealedColumns.map(({ column, table }) => `${table}.${column}`)
      const others = [
        "api_key.lookup",
        "audit_batch.digest",
        "audit_batch.hash",
        "audit_batch.previous",
        "idempotency_key.fingerprint",
        "notification.body"
      ]
      assert.deepEqual(
        columns.map(({ name }) => name),
        [...sealed, ...others].toSorted()
      )
    }).pipe(Effect.provide(database))
  )
})
