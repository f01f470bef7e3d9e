/** The server under test: PostgreSQL as it comes, flushing every commit to disk, in a directory that goes with it. */
import * as PgClient from "@effect/sql-pg/PgClient"
import { EmbeddedPostgres } from "@salesos/store-postgres/embedded"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { linePrefix } from "./statementLog.ts"

/** Not the temporary directory, which is memory on many machines: flushing to that costs nothing. */
const scratch = "/var/tmp"

/** A temporary server would flush nothing; it is temporary here only so that its directory is removed with it. */
const production = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  dynamic_shared_memory_type: "posix"
}

export interface Database {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly name: string
  readonly url: string
}

/** Starts a server for as long as the scope lives. `onLog` gets every line of its log. */
export const start = Effect.fnUntraced(function* (onLog: (line: string) => void) {
  const password = randomBytes(12).toString("hex")
  const { port, url } = yield* EmbeddedPostgres.start({
    dataDir: join(scratch, `salesos-bench-${randomBytes(6).toString("hex")}`),
    password,
    temporary: true,
    settings: { ...production, log_line_prefix: linePrefix },
    onLog
  })
  return (name: string): Database => {
    const own = new URL(url)
    own.pathname = name
    return { host: "127.0.0.1", port, user: "postgres", password, name, url: own.href }
  }
})

/** One connection, without the application's time limits: a checkpoint takes as long as it takes. */
export const connected =
  (database: Database) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provide(effect, PgClient.layer({ url: Redacted.make(database.url), maxConnections: 1 }))

/** Every run starts with a fresh checkpoint, so that none pays for the pages of the one before. */
export const checkpoint = Effect.fnUntraced(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`checkpoint`
})

/** What makes a commit cost what it costs in production, as the server itself says it. */
export const settings = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ readonly version: string; readonly flushing: string }>`
    select current_setting('server_version') as version,
      (select string_agg(name || ' ' || setting, ', ' order by name) from pg_settings
        where name in ('fsync', 'synchronous_commit', 'full_page_writes')) as flushing`
  return row ?? { version: "unknown", flushing: "unknown" }
})
