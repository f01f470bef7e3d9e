/** A PostgreSQL server that can be stopped, killed and started again on its data. */
import { EmbeddedPostgres } from "@salesos/store-postgres/embedded"
import { Ports } from "@salesos/test-servers"
import { Effect, Exit, Schedule, Scope } from "effect"

export interface Database {
  readonly url: string
  /** Where the data is; it stays there. */
  readonly directory: string
  readonly restart: (how: "fast" | "kill") => Effect.Effect<void, EmbeddedPostgres.EmbeddedPostgresError>
}

/**
 * Starts a server, which stops with the scope. Nothing is flushed to disk: that only matters when the machine dies, which does
 * not happen here. What a transaction has committed is written before its client hears of it, as in production.
 */
export const make = Effect.fnUntraced(function* (dataDir: string) {
  const start = (port: number | undefined) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const server = yield* EmbeddedPostgres.start({
        dataDir,
        port,
        password: "postgres",
        settings: { fsync: "off", max_connections: 120 }
      }).pipe(Scope.provide(scope))
      return { server, stop: Scope.close(scope, Exit.void) }
    })
  const first = yield* start(yield* Ports.freePort)
  let running = first
  yield* Effect.addFinalizer(() => Effect.suspend(() => running.stop))
  const { port, url } = first.server
  const database: Database = {
    url,
    directory: first.server.dataDir,
    restart: (how) =>
      Effect.gen(function* () {
        if (how === "kill") {
          process.kill(running.server.pid, "SIGKILL")
          yield* running.server.exited
        }
        yield* running.stop
        // The processes of a killed server need a moment to notice.
        running = yield* Effect.retry(start(port), { schedule: Schedule.spaced("200 millis"), times: 50 })
      }).pipe(Effect.uninterruptible)
  }
  return database
})
