import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { EmbeddedPostgres } from "@salesos/store-postgres/embedded"
import * as PgClient from "@effect/sql-pg/PgClient"
import { Effect, Redacted, Schedule, Schema, type Scope } from "effect"
import { SqlClient } from "effect/sql"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, statSync } from "node:fs"
import { chown, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"

const minute = 60_000
const isRoot = process.getuid?.() === 0
const isLinux = process.platform === "linux"
const nobody = { uid: 65534, gid: 65534 }
const packageRoot = join(import.meta.dirname, "..")
const password = "p@ss word"

/** Whether an ordinary user can run what is below a directory of root's. */
const othersReach = (path: string): boolean =>
  (statSync(path).mode & 0o001) !== 0 && (path === dirname(path) || othersReach(dirname(path)))

/** Shared by the tests, for each leaves it without a server, and making a database takes most of a second. */
let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "salesos-embedded-"))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

const temporaryDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "salesos-embedded-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const query = (url: string, statement: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* sql.unsafe(statement)
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })))

/** Waits for a condition, ten seconds at most. */
const eventually = (condition: () => Promise<boolean>) =>
  Effect.promise(condition).pipe(
    Effect.repeat({ until: (holds) => holds, schedule: Schedule.spaced("20 millis") }),
    Effect.timeout("10 seconds")
  )

/** A zombie is gone too: it waits for a parent that may never ask. */
const isGone = async (pid: number): Promise<boolean> => {
  if (isLinux)
    return readFile(`/proc/${pid}/stat`, "utf8").then(
      (line) => /\) Z /.test(line),
      () => true
    )
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

/** Takes a free port, and gives it. */
const listen = (host: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer().listen(0, host)
      await once(server, "listening")
      return server
    }),
    (server) => Effect.promise(() => new Promise((done) => server.close(done)))
  ).pipe(
    Effect.map((server) => {
      const address = server.address()
      return address === null || typeof address === "string" ? assert.fail("no port") : address.port
    })
  )

const Announced = Schema.fromJsonString(
  Schema.Struct({ url: Schema.String, pid: Schema.Int, port: Schema.Int, dataDir: Schema.String })
)

interface Program {
  readonly process: ChildProcess
  readonly running: typeof Announced.Type
  /** Settles with the exit code; null when a signal ended it. */
  readonly exit: Effect.Effect<number | null>
}

/** A program of its own that starts a server, says so and goes on until it is ended. */
const program = (options: {
  readonly dataDir: string
  readonly onSigterm: "close the scope" | "die"
  readonly uid?: number
}): Effect.Effect<Program, Schema.SchemaError, Scope.Scope> =>
  Effect.gen(function* () {
    const source = `
      import { Effect, Fiber } from "effect"
      import { EmbeddedPostgres } from "@salesos/store-postgres/embedded"
      const fiber = Effect.runFork(Effect.scoped(Effect.gen(function*() {
        const options = { dataDir: ${JSON.stringify(options.dataDir)}, password: ${JSON.stringify(password)} }
        console.log(JSON.stringify(yield* EmbeddedPostgres.start(options)))
        yield* Effect.never
      })))
      if (${options.onSigterm === "close the scope"}) process.once("SIGTERM", () => Effect.runFork(Fiber.interrupt(fiber)))
    `
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, ["--input-type=module", "-e", source], {
          cwd: packageRoot,
          detached: true,
          stdio: ["ignore", "pipe", "inherit"],
          ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid })
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const exit = new Promise<number | null>((done) => child.once("exit", done))
    const line = yield* Effect.callback<string>((resume) => {
      createInterface(child.stdout).once("line", (line) => resume(Effect.succeed(line)))
      child.once("exit", (code) => resume(Effect.die(`the program ended with ${code} before the server was up`)))
    })
    return {
      process: child,
      running: yield* Schema.decodeEffect(Announced)(line),
      exit: Effect.promise(() => exit)
    }
  })

/** Starts once more and gives the log of it. */
const startAgain = (dataDir: string) =>
  Effect.gen(function* () {
    const log: Array<string> = []
    const running = yield* EmbeddedPostgres.start({ dataDir, password, onLog: (line) => log.push(line) })
    assert.deepStrictEqual(yield* query(running.url, "select 1 as one"), [{ one: 1 }])
    return log.join("\n")
  }).pipe(Effect.scoped)

describe("an embedded PostgreSQL", () => {
  it.live(
    "answers, and keeps its data from one start to the next",
    () =>
      Effect.gen(function* () {
        const first = yield* Effect.gen(function* () {
          const running = yield* EmbeddedPostgres.start({ dataDir, password, settings: { work_mem: "7MB" } })
          assert.deepStrictEqual(yield* query(running.url, "select 1 as one"), [{ one: 1 }])
          assert.deepStrictEqual(yield* query(running.url, "show work_mem"), [{ work_mem: "7MB" }])
          assert.strictEqual(new URL(running.url).port, String(running.port))
          yield* query(running.url, "create table kept as select upper('são') as word")
          return running
        }).pipe(Effect.scoped)
        yield* first.exited
        assert.isTrue(yield* Effect.promise(() => isGone(first.pid)))

        const second = yield* EmbeddedPostgres.start({ dataDir, password, port: first.port })
        assert.strictEqual(second.port, first.port)
        assert.deepStrictEqual(yield* query(second.url, "select word from kept"), [{ word: "SÃO" }])
      }),
    minute
  )

  it.live(
    "refuses a directory that a live server holds, and names both",
    () =>
      Effect.gen(function* () {
        const running = yield* EmbeddedPostgres.start({ dataDir, password })
        const error = yield* Effect.flip(EmbeddedPostgres.start({ dataDir, password }))
        assert.strictEqual(error.reason, "directory_in_use")
        assert.include(error.message, dataDir)
        assert.include(error.message, `process id ${running.pid}`)
        assert.deepStrictEqual(yield* query(running.url, "select 1 as one"), [{ one: 1 }])
      }),
    minute
  )

  it.live(
    "refuses a port that is taken, and names it and the variable that changes it",
    () =>
      Effect.gen(function* () {
        const port = yield* listen("127.0.0.1")
        const error = yield* Effect.flip(EmbeddedPostgres.start({ dataDir, password, port }))
        assert.strictEqual(error.reason, "port_taken")
        assert.include(error.message, `Port ${port} `)
        assert.include(error.message, "SALESOS_PG_PORT")
      }),
    minute
  )

  it.live.skipIf(!isLinux)(
    "understands PostgreSQL's own words for a taken port",
    () =>
      Effect.gen(function* () {
        const port = yield* listen("127.0.0.2") // free on 127.0.0.1, where the launcher looks
        const settings = { listen_addresses: "127.0.0.2" }
        const error = yield* Effect.flip(EmbeddedPostgres.start({ dataDir, password, port, settings }))
        assert.strictEqual(error.reason, "port_taken")
        assert.include(error.message, `Port ${port} `)
      }),
    minute
  )

  it.live(
    "says why PostgreSQL did not start",
    () =>
      Effect.gen(function* () {
        const settings = { shared_buffers: "plenty" }
        const error = yield* Effect.flip(EmbeddedPostgres.start({ dataDir, password, settings }))
        assert.strictEqual(error.reason, "failed_to_start")
        assert.include(error.message, 'invalid value for parameter "shared_buffers"')
      }),
    minute
  )

  it.live(
    "tells that the server was killed, and starts again at once with what was committed",
    () =>
      Effect.gen(function* () {
        const running = yield* EmbeddedPostgres.start({ dataDir, password })
        yield* query(running.url, "create table committed as select 1 as one")
        process.kill(running.pid, "SIGKILL")
        yield* running.exited.pipe(Effect.timeout("10 seconds"))

        const again = yield* EmbeddedPostgres.start({ dataDir, password })
        assert.deepStrictEqual(yield* query(again.url, "select one from committed"), [{ one: 1 }])
      }),
    minute
  )

  it.live.skipIf(!isLinux)(
    "is not held up by a lock file that names a zombie or another program",
    () =>
      Effect.gen(function* () {
        const lock = join(dataDir, "cluster", "postmaster.pid")
        const first = yield* EmbeddedPostgres.start({ dataDir, password })
        const text = yield* Effect.promise(() => readFile(lock, "utf8"))
        process.kill(first.pid, "SIGKILL")
        yield* first.exited

        const parent = yield* Effect.acquireRelease(
          // exec: the new program does not know that it has a child to wait for
          Effect.sync(() =>
            spawn("/bin/sh", ["-c", "true & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] })
          ),
          (parent) => Effect.sync(() => parent.kill())
        )
        const [zombie] = yield* Effect.promise(() => once(createInterface(parent.stdout), "line"))
        yield* eventually(() => isGone(Number(zombie)))
        for (const pid of [Number(zombie), process.pid]) {
          yield* Effect.promise(() => writeFile(lock, text.replace(/^\d+/, String(pid))))
          yield* startAgain(dataDir)
        }
      }),
    minute
  )

  it.live(
    "removes a temporary database with its server, and never another",
    () =>
      Effect.gen(function* () {
        const directory = join(yield* temporaryDirectory, "new")
        const used = yield* Effect.scoped(EmbeddedPostgres.start({ dataDir: directory, password, temporary: true }))
        assert.isFalse(existsSync(used.dataDir))

        const error = yield* Effect.flip(EmbeddedPostgres.start({ dataDir, password, temporary: true }))
        assert.strictEqual(error.reason, "failed_to_start")
        assert.include(error.message, dataDir)
        yield* startAgain(dataDir)
      }),
    minute
  )

  it.live.skipIf(!isRoot)(
    "moves data that PostgreSQL's account cannot reach to where it can",
    () =>
      Effect.gen(function* () {
        const locked = yield* temporaryDirectory // mode 0700, root's
        yield* Effect.promise(() => writeFile(join(locked, "mine"), ""))
        const running = yield* EmbeddedPostgres.start({ dataDir: join(locked, "postgres"), password, temporary: true })
        assert.match(running.dataDir, /^\/var\/tmp\/salesos-data-/)
        assert.deepStrictEqual(yield* query(running.url, "select 1 as one"), [{ one: 1 }])
      }),
    minute
  )
})

describe("the end of the program", () => {
  it.live(
    "by SIGKILL stops the server, and the next start finds a clean database",
    () =>
      Effect.gen(function* () {
        const { process: child, running } = yield* program({ dataDir, onSigterm: "die" })
        assert.deepStrictEqual(yield* query(running.url, "select 1 as one"), [{ one: 1 }])
        child.kill("SIGKILL")
        yield* eventually(() => isGone(running.pid))
        const log = yield* startAgain(dataDir)
        assert.include(log, "database system was shut down at")
      }),
    minute
  )

  it.live(
    "by SIGKILL does not block a start in the same moment",
    () =>
      Effect.gen(function* () {
        const { process: child } = yield* program({ dataDir, onSigterm: "die" })
        child.kill("SIGKILL")
        const log = yield* startAgain(dataDir)
        assert.include(log, "database system was shut down at")
      }),
    minute
  )

  for (const onSigterm of ["close the scope", "die"] as const) {
    it.live(
      `by SIGTERM stops the server cleanly when the answer to it is to ${onSigterm}`,
      () =>
        Effect.gen(function* () {
          const { exit, process: child, running } = yield* program({ dataDir, onSigterm })
          child.kill("SIGTERM")
          const code = yield* exit
          if (onSigterm === "close the scope") {
            assert.strictEqual(code, 0)
            assert.isTrue(yield* Effect.promise(() => isGone(running.pid)))
          }
          yield* eventually(() => isGone(running.pid))
          const log = yield* startAgain(dataDir)
          assert.include(log, "database system was shut down at")
          assert.notInclude(log, "not properly shut down")
        }),
      minute
    )
  }

  it.live.skipIf(!isLinux)(
    "by Ctrl-C is the program's to handle: the server is in another process group",
    () =>
      Effect.gen(function* () {
        const { process: child, running } = yield* program({ dataDir, onSigterm: "die" })
        const line = yield* Effect.promise(() => readFile(`/proc/${running.pid}/stat`, "utf8"))
        const group = Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[2])
        assert.isAbove(group, 1)
        assert.notStrictEqual(group, child.pid)
      }),
    minute
  )

  it.live.skipIf(!isRoot || !isLinux || !othersReach(packageRoot))(
    "is the same for an ordinary user",
    () =>
      Effect.gen(function* () {
        const dataDir = yield* temporaryDirectory
        yield* Effect.promise(() => chown(dataDir, nobody.uid, nobody.gid))
        const { process: child, running } = yield* program({ dataDir, onSigterm: "die", uid: nobody.uid })
        assert.deepStrictEqual(yield* query(running.url, "select 1 as one"), [{ one: 1 }])
        assert.strictEqual((yield* Effect.promise(() => stat(`/proc/${running.pid}`))).uid, nobody.uid)
        child.kill("SIGKILL")
        yield* eventually(() => isGone(running.pid))
        // Root meets a database of an ordinary user, and leaves it that user's.
        const log = yield* startAgain(dataDir)
        assert.include(log, "database system was shut down at")
        assert.strictEqual((yield* Effect.promise(() => stat(join(dataDir, "cluster")))).uid, nobody.uid)
      }),
    minute
  )
})
