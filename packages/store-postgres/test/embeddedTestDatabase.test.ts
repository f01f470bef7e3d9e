import { assert, describe, it, layer } from "@effect/vitest"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Clock, Data, Effect, Fiber, Redacted, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"

const minute = 60_000

let migrations = 0
const migrate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`create table item (id int primary key)`
  migrations++
})

const query = (url: string, statement: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* sql.unsafe(statement)
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })))

describe("a test database", () => {
  it.live(
    "is migrated, empty and one's own, and the migration runs once",
    () =>
      Effect.gen(function* () {
        const before = migrations
        const [a, b] = yield* Effect.all([TestDatabase.make(migrate), TestDatabase.make(migrate)], { concurrency: 2 })
        yield* query(a.url, "insert into item values (1)")
        assert.deepStrictEqual(yield* query(a.url, "select id from item"), [{ id: 1 }])
        assert.deepStrictEqual(yield* query(b.url, "select id from item"), [])
        assert.isAtMost(migrations - before, 1)
      }),
    minute
  )

  it.live(
    "is gone when the scope closes, even with a connection open",
    () =>
      Effect.gen(function* () {
        const other = yield* TestDatabase.make(migrate)
        const name = yield* Effect.gen(function* () {
          const { url } = yield* TestDatabase.make(migrate)
          const sleeper = yield* Effect.forkScoped(Effect.exit(query(url, "select pg_sleep(60)")))
          const name = new URL(url).pathname.slice(1)
          yield* query(other.url, `select pid from pg_stat_activity where datname = '${name}'`).pipe(
            Effect.repeat({ until: (rows) => rows.length > 0, schedule: Schedule.spaced("20 millis") }),
            Effect.timeout("10 seconds")
          )
          assert.isUndefined(sleeper.pollUnsafe())
          return name
        }).pipe(Effect.scoped)
        assert.deepStrictEqual(yield* query(other.url, `select 1 from pg_database where datname = '${name}'`), [])
      }),
    minute
  )

  it.live(
    "passes on what the migration fails with, and runs it anew next time",
    () =>
      Effect.gen(function* () {
        class Broken extends Data.TaggedError("Broken")<{ readonly run: number }> {}
        let runs = 0
        const broken = Effect.suspend(() => Effect.fail(new Broken({ run: ++runs })))
        for (const run of [1, 2]) {
          const error = yield* Effect.flip(TestDatabase.make(broken))
          assert.isTrue(error instanceof Broken && error.run === run)
        }
      }),
    minute
  )

  it.effect(
    "comes in real time where a test has set the clock",
    () =>
      Effect.gen(function* () {
        const { url } = yield* TestDatabase.make(migrate)
        assert.deepStrictEqual(yield* query(url, "select id from item"), [])
        assert.strictEqual(yield* Clock.currentTimeMillis, 0)
      }),
    minute
  )

  layer(TestDatabase.layer(migrate), { timeout: minute })("as a layer", (it) => {
    it.effect("is a client of such a database", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`insert into item values (7)`
        assert.deepStrictEqual(yield* sql`select id from item`, [{ id: 7 }])
      })
    )
  })
})

describe("the end of a process with test databases", () => {
  const Announced = Schema.fromJsonString(Schema.Struct({ directory: Schema.String }))
  const source = `
    import { Effect } from "effect"
    import { TestDatabase } from "@salesos/store-postgres/embedded"
    import * as PgClient from "@effect/sql-pg/PgClient"
    import { Redacted } from "effect"
    import { SqlClient } from "effect/sql"
    await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
      const { url } = yield* TestDatabase.make(Effect.void)
      const show = Effect.flatMap(SqlClient.SqlClient, (sql) => sql\`show data_directory\`)
      const [row] = yield* Effect.provide(show, PgClient.layer({ url: Redacted.make(url) }))
      console.log(JSON.stringify({ directory: row.data_directory }))
      if (process.env.END === "throw") throw new Error("a failing test")
      if (process.env.END === "exit") process.exit(1)
      if (process.env.END !== "return") yield* Effect.promise(() => new Promise(() => setInterval(() => {}, 1000)))
    })))
  `
  for (const end of ["return", "throw", "exit", "SIGINT", "SIGKILL"] as const) {
    it.live(
      `by ${end} leaves neither server nor directory`,
      () =>
        Effect.gen(function* () {
          const child = yield* Effect.acquireRelease(
            Effect.sync(() =>
              spawn(process.execPath, ["--input-type=module", "-e", source], {
                cwd: join(import.meta.dirname, ".."),
                env: { ...process.env, END: end },
                stdio: ["ignore", "pipe", "ignore"]
              })
            ),
            (child) => Effect.sync(() => child.kill("SIGKILL"))
          )
          const exit = yield* Effect.forkScoped(Effect.promise(() => once(child, "exit")))
          const [line] = yield* Effect.promise(() => once(createInterface(child.stdout), "line"))
          const { directory } = yield* Schema.decodeUnknownEffect(Announced)(line)
          assert.isTrue(directory.includes("salesos-test-"))
          if (end === "SIGINT" || end === "SIGKILL") child.kill(end)
          yield* Fiber.join(exit)
          // The directory goes after the server, so its absence says that both are gone.
          yield* Effect.sync(() => existsSync(join(directory, ".."))).pipe(
            Effect.repeat({ until: (there) => !there, schedule: Schedule.spaced("20 millis") }),
            Effect.timeout("10 seconds")
          )
        }),
      minute
    )
  }
})
