/** The store over a fresh database, with tenants for tests. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Ids, type Owner, Settings } from "@salesos/core"
import { Memory, TestOwners } from "@salesos/core/testing"
import { Client, layer as store, Migrations, Setup, Vault } from "@salesos/store-postgres"
import { orUnavailable } from "../../src/Client.ts"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"

export const settings = Layer.succeed(Settings.Settings, {
  ...Settings.defaults,
  publicUrl: "http://127.0.0.1",
  payerTokens: Memory.payerTokens
})

export const vault = Vault.Vault.layer(Redacted.make(Vault.generateKey()))

/** The database that the tests of a file share. */
export class Database extends Context.Service<Database, TestDatabase.TestDatabase>()("test/Database") {}

/** A client of a new database that something has been done to first. */
const client = <E>(prepare: Effect.Effect<unknown, E, SqlClient.SqlClient>) =>
  Layer.unwrap(
    Effect.map(Database, ({ url }) =>
      Client.layer({ url: Redacted.make(url), applicationName: "test", maxConnections: 20 })
    )
  ).pipe(
    Layer.provideMerge(
      Layer.effect(
        Database,
        Effect.tap(TestDatabase.make(Migrations.migrate), ({ url }) =>
          Effect.provide(prepare, PgClient.layer({ url: Redacted.make(url), maxConnections: 1 }))
        )
      )
    )
  )

const owners = Layer.effect(
  TestOwners.TestOwners,
  Effect.gen(function* () {
    const services = yield* Effect.context<SqlClient.SqlClient | Vault.Vault>()
    return TestOwners.TestOwners.of({
      fresh: Effect.fnUntraced(function* (providers, latePayments = "accept") {
        const tenant = yield* Ids.generate("ten")
        yield* Setup.tenant({ id: tenant, name: "Test", timeZone: "America/Sao_Paulo" })
        const sql = yield* SqlClient.SqlClient
        yield* orUnavailable(sql`update tenant set late_payments = ${latePayments} where id = ${tenant}`)
        const notificationToken = `token-${tenant}`
        for (const environment of ["sandbox", "live"] as const) {
          for (const [place, name] of providers.entries()) {
            yield* Setup.providerAccount(
              { tenant, environment },
              {
                name,
                provider: name,
                credentials: Redacted.make({ apiKey: `${name} ${tenant} ${environment}`, apiSecret: "secret" }),
                settings: {},
                notificationToken:
                  place === 0 && environment === "sandbox"
                    ? notificationToken
                    : `${notificationToken}-${environment}-${name}`
              }
            )
          }
        }
        const owner = (environment: Owner.Environment): Owner.Owner => ({ tenant, environment })
        return { sandbox: owner("sandbox"), live: owner("live"), notificationToken }
      }, Effect.provideContext(services))
    })
  })
)

/** Every port of the store, tenants, and the client for a look at the rows, over a database that something has been done to. */
export const over = <E>(prepare: Effect.Effect<unknown, E, SqlClient.SqlClient>) =>
  Layer.mergeAll(store, owners).pipe(
    Layer.provideMerge(settings),
    Layer.provideMerge(vault),
    Layer.provideMerge(client(prepare))
  )

/** The same over one as it comes. */
export const layer = over(Effect.void)
