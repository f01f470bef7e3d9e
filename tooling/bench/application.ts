/** The application under load: the API's processes, and the provider's simulator, on a database with tenants. */
import { Migrations, Vault } from "@salesos/store-postgres"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import * as Database from "./database.ts"
import { BenchError } from "./errors.ts"
import * as Invoices from "./invoices.ts"
import * as Load from "./load.ts"
import type { Options } from "./options.ts"
import { quantile } from "./statistics.ts"
import * as System from "./system.ts"
import * as Tenants from "./tenants.ts"

/** One run: its rate, and latencies in milliseconds. */
export interface Rates {
  readonly requestsPerSecond: number
  readonly p50: number
  readonly p99: number
}

/** A new database with the schema and tenants. */
export const prepare = (
  database: Database.Database,
  administrator: Database.Database,
  tenants: number,
  simulator: string
) =>
  Effect.gen(function* () {
    yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe(`create database ${database.name}`)).pipe(
      Database.connected(administrator)
    )
    yield* Migrations.migrate.pipe(
      Effect.andThen(Tenants.createAll(tenants, simulator)),
      Effect.provide(Vault.Vault.layer(Redacted.make(System.encryptionKey))),
      Database.connected(database)
    )
  })

/** Starts the API's processes on a database that is prepared, lets them verify every key, and gives how to load them. */
export const start = Effect.fnUntraced(function* (
  database: Database.Database,
  simulatorPort: number,
  { clients, pool, processes, profile, seconds, tenants, warmUp }: Options
) {
  const servers = yield* Effect.forEach(Array.from({ length: processes }), (_, place) =>
    System.http(database, pool, profile && place === 0)
  )
  const load = (among: number, until: Load.Run["until"]) =>
    Load.run({
      ports: servers.map(({ port }) => port),
      connections: clients,
      until,
      next: () => Invoices.next(among).text,
      status: 201
    }).pipe(
      Effect.mapError(
        ({ message }) =>
          new BenchError({ message: [message, ...servers.map(({ lastLines }) => lastLines())].join("\n") })
      )
    )

  /** Creates invoices of the first so many tenants, after a warm-up of the same. With a simulator that has just started: charges of an earlier run would come due in this one. */
  const run = (among: number) =>
    Effect.gen(function* () {
      yield* System.simulator(simulatorPort)
      yield* load(among, { seconds: warmUp })
      yield* Database.checkpoint().pipe(Database.connected(database))
      const { latencies, requestsPerSecond } = yield* load(among, { seconds })
      return { requestsPerSecond, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) } satisfies Rates
    }).pipe(Effect.scoped)

  yield* Effect.scoped(
    Effect.andThen(System.simulator(simulatorPort), load(tenants, { requests: 2 * processes * tenants })) // verifies every key
  )
  return { run }
})
