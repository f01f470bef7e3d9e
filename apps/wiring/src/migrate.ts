/** Brings the database to the schema of this version; safe to run at any time, and by several at once. */
import { Client, Migrations } from "@salesos/store-postgres"
import { Effect } from "effect"
import * as Config from "./Config.ts"
import * as Process from "./Process.ts"

Process.runMain(
  Effect.gen(function* () {
    const url = yield* Config.databaseUrl
    const applied = yield* Effect.provide(
      Migrations.migrate,
      Client.layer({ url, applicationName: "salesos-migrate", maxConnections: 1 })
    )
    yield* Effect.logInfo(applied.length === 0 ? "The database is current" : "The database was migrated").pipe(
      Effect.annotateLogs({ applied: applied.map(([id, name]) => `${id}_${name}`).join(", ") })
    )
  }),
  "salesos-migrate"
)
