/**
 * A real PostgreSQL 18, started from npm packages and stopped with the program that started it, however that ends.
 */
import { Effect, Schedule, type Scope } from "effect"
import { join } from "node:path"
import { binaries } from "./binaries.ts"
import * as DataDirectory from "./dataDirectory.ts"
import { directoryInUse, type EmbeddedPostgresError, failedToStart, portTaken } from "./errors.ts"
import * as Guard from "./guard.ts"
import { freePort } from "./ports.ts"

export { EmbeddedPostgresError } from "./errors.ts"

/** What to start. */
export interface Options {
  /** Where the data is, or will be: made with the directories above it. A server started on it later finds its data. */
  readonly dataDir: string
  /** The TCP port on 127.0.0.1; 0 or undefined chooses a free one. */
  readonly port?: number | undefined
  /** Of the user `postgres`. Given to a new database; for one that exists it must be the same as then. */
  readonly password: string
  /** PostgreSQL settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined
  /** Receives every line of PostgreSQL's log. */
  readonly onLog?: ((line: string) => void) | undefined
  /**
   * For data that nobody needs afterwards: nothing is flushed to disk, the directory is removed with the server, and
   * the server does not keep the program alive. It must hold no database yet. False by default.
   */
  readonly temporary?: boolean | undefined
}

/** A server that answers. */
export interface Running {
  /** `postgres://postgres:{password}@127.0.0.1:{port}/postgres` */
  readonly url: string
  readonly port: number
  /** The directory in use: the one asked for, or its replacement where PostgreSQL's account cannot reach that. */
  readonly dataDir: string
  /** The process id of PostgreSQL's main process. */
  readonly pid: number
  /** Settles when the server is gone, asked for or not. */
  readonly exited: Effect.Effect<void>
}

/** Nothing is flushed, and nothing is kept outside of the directory that is going to be removed. */
const forTemporary = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  dynamic_shared_memory_type: "mmap"
}

const diagnose = (lines: ReadonlyArray<string>, dataDir: string, port: number): EmbeddedPostgresError => {
  const log = lines.join("\n")
  if (/could not bind .*: Address already in use/.test(log)) return portTaken(port)
  const holder = /lock file "postmaster\.pid" already exists/.test(log) ? /\(PID (\d+)\)/.exec(log) : undefined
  if (holder?.[1] !== undefined) return directoryInUse(dataDir, Number(holder[1]))
  // Processes of a killed server that have not noticed yet, or a server whose lock file was removed.
  if (log.includes("pre-existing shared memory block")) return directoryInUse(dataDir, undefined)
  return failedToStart(`PostgreSQL did not start on ${dataDir}. Its last words:\n${log}`)
}

const launch = Effect.fnUntraced(function* (
  options: Options,
  bin: string,
  directory: DataDirectory.DataDirectory
): Effect.fn.Return<Running, EmbeddedPostgresError, Scope.Scope> {
  yield* DataDirectory.ensureFree(directory)
  const port = yield* freePort(options.port ?? 0)
  const before = yield* DataDirectory.readLock(directory)
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    logging_collector: "off",
    ...(options.temporary === true ? forTemporary : {}),
    ...options.settings
  }
  const server = yield* Guard.spawn({
    command: join(bin, "postgres"),
    args: [
      ...["-D", directory.cluster, "-p", String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    ],
    account: directory.account,
    remove: options.temporary === true ? directory.path : undefined,
    onLine: options.onLog
  })

  // By the lock file, not by the log, whose level is a setting. A lock left behind may even name the same process id.
  const ready = Effect.flatMap(server.pid, (pid) =>
    DataDirectory.readLock(directory).pipe(
      Effect.repeat({
        until: (lock) => lock.pid === pid && lock.status === "ready" && lock.text !== before.text,
        schedule: Schedule.spaced("10 millis")
      }),
      Effect.as(pid)
    )
  )
  const failed = Effect.flatMap(server.ended, () => Effect.fail(diagnose(server.lastLines(), directory.path, port)))
  const pid = yield* Effect.raceFirst(ready, failed).pipe(Effect.onError(() => server.stop))
  if (options.temporary === true) yield* server.unref

  return {
    url: `postgres://postgres:${encodeURIComponent(options.password)}@127.0.0.1:${port}/postgres`,
    port,
    dataDir: directory.path,
    pid,
    exited: Effect.asVoid(server.ended)
  }
})

/**
 * Starts PostgreSQL and waits until it accepts connections. Closing the scope stops it in PostgreSQL's fast mode: open
 * transactions are rolled back and the data is left clean. The same happens when this process ends without closing the
 * scope, even by SIGKILL. As root, PostgreSQL runs as who owns the data, else as `postgres` or `nobody`.
 *
 * Fails with `port_taken`, `directory_in_use` (after a second's patience with a server that may be about to stop),
 * `unsupported_platform` (anything but Linux and macOS on x64 and arm64, or a package not installed) and
 * `failed_to_start`, which carries the end of PostgreSQL's log.
 */
export const start: (options: Options) => Effect.Effect<Running, EmbeddedPostgresError, Scope.Scope> = Effect.fn(
  "EmbeddedPostgres.start"
)(function* (options: Options) {
  const directory = yield* DataDirectory.open(options.dataDir)
  const bin = yield* binaries(directory.account)
  const { password, temporary = false } = options
  yield* DataDirectory.initialise({ directory, bin, password, temporary })
  const chosen = options.port !== undefined && options.port !== 0
  return yield* launch(options, bin, directory).pipe(
    Effect.retry({
      // A server whose program was just killed is stopping; a free port can be taken before PostgreSQL opens it.
      while: (error) => error.reason === "directory_in_use" || (error.reason === "port_taken" && !chosen),
      schedule: Schedule.spaced("100 millis").pipe(Schedule.upTo({ duration: "1 second" }))
    })
  )
})
