/**
 * A fresh, migrated database for a test, in some tens of milliseconds. The first use in a process starts a server on a
 * free port with a directory of its own, in memory where there is enough; both go when the process ends, however it
 * ends. Processes, such as the workers of a test runner, share nothing.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { Clock, Effect, Layer, Redacted, Scope, Semaphore } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { randomBytes } from "node:crypto"
import { statfs } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"

/** A database of one's own. */
export interface TestDatabase {
  /** `postgres://…` with user, password and the name of the database. */
  readonly url: string
}

/** What brings an empty database to the schema under test. Its value is not looked at. */
export type Migrate<E> = Effect.Effect<unknown, E, SqlClient.SqlClient | PgClient.PgClient>

const lock = Semaphore.makeUnsafe(1)
const templates = new WeakMap<object, string>()
let server: EmbeddedPostgres.Running | undefined
let made = 0

/** A database is some hundreds of files: made ten times faster in memory, which Linux offers there. */
const directory = Effect.promise(async () => {
  const name = `salesos-test-${process.pid}-${randomBytes(4).toString("hex")}`
  const memory = await statfs("/dev/shm").catch(() => undefined)
  return join(memory !== undefined && memory.bavail * memory.bsize >= 2 ** 31 ? "/dev/shm" : tmpdir(), name)
})

/** Its scope is never closed: the server ends with the process, which cannot be relied on to tell. */
const ensureServer = Effect.gen(function* () {
  server ??= yield* EmbeddedPostgres.start({
    dataDir: yield* directory,
    password: "postgres",
    temporary: true,
    settings: { max_connections: 200, shared_buffers: "64MB", max_wal_size: "256MB" }
  }).pipe(Scope.provide(Scope.makeUnsafe()))
  return server
})

const urlOf = (running: EmbeddedPostgres.Running, name: string): string => {
  const url = new URL(running.url)
  url.pathname = name
  return url.href
}

/** `create database` and `drop database` run outside of transactions, on a connection to another database. */
const administer = (running: EmbeddedPostgres.Running, statement: string): Effect.Effect<void, SqlError.SqlError> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql.unsafe(statement)
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(running.url), maxConnections: 1 })))

const nextName = (kind: string): string => `${kind}_${++made}`

const ensureTemplate = Effect.fnUntraced(function* <E>(running: EmbeddedPostgres.Running, migrate: Migrate<E>) {
  const known = templates.get(migrate)
  if (known !== undefined) return known
  const name = nextName("template")
  yield* administer(running, `create database ${name}`)
  yield* migrate.pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make(urlOf(running, name)) })),
    Effect.onError(() => Effect.ignore(administer(running, `drop database ${name} with (force)`)))
  )
  templates.set(migrate, name)
  return name
})

/**
 * Gives a fresh database cloned from a template that `migrate` was run on. The template is made at the first use and
 * shared by every later call in this process that passes the same effect, so keep it in a constant. The database is
 * dropped when the scope closes, connections to it notwithstanding. Fails with what `migrate` fails with, with
 * `EmbeddedPostgresError` when the server cannot be had and with `SqlError` when the database cannot be created.
 *
 * Runs on the system's clock, also where a test has set another.
 */
export const make: <E>(
  migrate: Migrate<E>
) => Effect.Effect<TestDatabase, E | EmbeddedPostgres.EmbeddedPostgresError | SqlError.SqlError, Scope.Scope> =
  Effect.fnUntraced(
    function* <E>(migrate: Migrate<E>) {
      const [running, template] = yield* Effect.gen(function* () {
        const running = yield* ensureServer
        return [running, yield* ensureTemplate(running, migrate)] as const
      }).pipe(lock.withPermits(1))
      const name = yield* Effect.acquireRelease(
        Effect.suspend(() => {
          const name = nextName("test")
          return Effect.as(administer(running, `create database ${name} template ${template} strategy file_copy`), name)
        }),
        (name) => Effect.ignore(administer(running, `drop database ${name} with (force)`)) // goes with the server at the latest
      )
      return { url: urlOf(running, name) }
    },
    (effect) => Effect.provideService(effect, Clock.Clock, Clock.Clock.defaultValue())
  )

/** A client of a database as `make` gives it, closed and dropped with the layer. */
export const layer = <E>(
  migrate: Migrate<E>
): Layer.Layer<
  PgClient.PgClient | SqlClient.SqlClient,
  E | EmbeddedPostgres.EmbeddedPostgresError | SqlError.SqlError
> => Layer.unwrap(Effect.map(make(migrate), ({ url }) => PgClient.layer({ url: Redacted.make(url) })))
