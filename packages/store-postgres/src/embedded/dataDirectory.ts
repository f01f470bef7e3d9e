/**
 * The directory a database lives in. PostgreSQL's own files are in `cluster/` below it, so that a new cluster can be
 * made beside and moved into place whole, even where the directory itself is a mount point.
 */
import { Effect, Schedule, type Scope } from "effect"
import { execFile } from "node:child_process"
import { chown, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { promisify } from "node:util"
import { type Account, canEnter, isRoot, ownerOf, systemAccount } from "./account.ts"
import { digest } from "./binaries.ts"
import { attempt, codeOf, directoryInUse, type EmbeddedPostgresError, failedToStart } from "./errors.ts"
import * as Guard from "./guard.ts"

export interface DataDirectory {
  readonly path: string
  /** PostgreSQL's own directory. */
  readonly cluster: string
  /** Whom PostgreSQL must run as to use it; undefined for the account of this process. */
  readonly account: Account | undefined
}

const run = promisify(execFile)

const remove = (path: string): Effect.Effect<void> =>
  Effect.promise(() => rm(path, { recursive: true, force: true, maxRetries: 3 }))

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error) => {
      if (codeOf(error) === "ENOENT") return false
      throw error
    }
  )

/** Makes the directory, and gives it to the account if nothing is in it yet. Says whether the account can use it. */
const claim = async (path: string, account: Account): Promise<boolean> => {
  if (!(await canEnter(account, dirname(path)))) return false
  await mkdir(path, { mode: 0o700, recursive: true })
  const cluster = join(path, "cluster")
  if ((await readdir(path)).length === 0) await chown(path, account.uid, account.gid)
  // A checkout copied or re-owned by root: PostgreSQL insists that the files are its own.
  if ((await exists(cluster)) && (await lstat(cluster)).uid !== account.uid) {
    await run("chown", ["-R", `${account.uid}:${account.gid}`, cluster])
  }
  return canEnter(account, path)
}

/** Where root keeps data of a directory that the other account cannot reach. */
const fallback = async (wanted: string, account: Account): Promise<string> => {
  const path = join("/var/tmp", `salesos-data-${digest(wanted)}`)
  await mkdir(path, { mode: 0o700 }).catch((error) => {
    if (codeOf(error) !== "EEXIST") throw error
  })
  const info = await lstat(path) // others can write to /var/tmp too, links for instance
  if (!info.isDirectory() || (info.uid !== 0 && info.uid !== account.uid) || !(await claim(path, account))) {
    throw new Error(`${path}, which replaces it, belongs to user ${info.uid}`)
  }
  return path
}

/**
 * Makes the directory, with those above it, and decides whom PostgreSQL runs as. As root that is who owns the data
 * already, else postgres, else nobody; a directory this account cannot reach is replaced by one under /var/tmp.
 */
export const open = (dataDir: string): Effect.Effect<DataDirectory, EmbeddedPostgresError> =>
  attempt(`use the database directory ${dataDir}`, async () => {
    const parent = dirname(resolve(dataDir))
    await mkdir(parent, { recursive: true })
    const wanted = await realpath(dataDir).catch(async () => join(await realpath(parent), basename(dataDir)))
    if (!isRoot()) {
      await mkdir(wanted, { mode: 0o700, recursive: true })
      return { path: wanted, cluster: join(wanted, "cluster"), account: undefined }
    }
    const account = (await ownerOf(join(wanted, "cluster"))) ?? (await ownerOf(wanted)) ?? (await systemAccount())
    const path = (await claim(wanted, account)) ? wanted : await fallback(wanted, account)
    return { path, cluster: join(path, "cluster"), account }
  })

/** What PostgreSQL's lock file says: a killed server leaves it behind. */
export interface Lock {
  readonly text: string
  readonly pid: number
  readonly status: string
}

const lockPath = (directory: DataDirectory): string => join(directory.cluster, "postmaster.pid")

/** Reads the lock file: its first line is the process, the eighth its state. A missing file reads as empty. */
export const readLock = (directory: DataDirectory): Effect.Effect<Lock, EmbeddedPostgresError> =>
  attempt(`read ${lockPath(directory)}`, async () => {
    const text = await readFile(lockPath(directory), "utf8").catch((error) => {
      if (codeOf(error) === "ENOENT") return ""
      throw error
    })
    const lines = text.split("\n")
    return { text, pid: Number(lines[0]), status: lines[7]?.trim() ?? "" }
  })

/** Name and state letter of a process; undefined where that cannot be known. */
const describe = async (pid: number): Promise<{ readonly name: string; readonly state: string } | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined)
  if (stat !== undefined) {
    const close = stat.lastIndexOf(")")
    return { name: stat.slice(stat.indexOf("(") + 1, close), state: stat.charAt(close + 2) }
  }
  const line = await run("ps", ["-o", "state=,ucomm=", "-p", String(pid)]).then(
    (ps) => ps.stdout.trim(),
    () => ""
  )
  const match = /^(\S)\S*\s+(.+)$/.exec(line)
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[2], state: match[1] }
}

/** Whether a process with this id exists, be it a zombie. */
const isPresent = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) !== "ESRCH"
  }
}

/**
 * Fails while a live server holds the directory; waits half a minute for one that is stopping. A lock left by a killed server is
 * removed where PostgreSQL would be misled by it: by a zombie, or by another program that got the same process id, as
 * happens in containers. Against a server without a lock file PostgreSQL still has its shared memory to tell.
 */
export const ensureFree = (directory: DataDirectory): Effect.Effect<void, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    const lock = yield* readLock(directory)
    if (!(lock.pid > 0) || !isPresent(lock.pid)) return true
    const holder = yield* Effect.promise(() => describe(lock.pid))
    if (holder === undefined || (holder.state !== "Z" && holder.name.includes("postgres"))) {
      return lock.status === "stopping" ? false : yield* directoryInUse(directory.path, lock.pid)
    }
    yield* attempt(`remove ${lockPath(directory)}`, () => rm(lockPath(directory), { force: true }))
    return true
  }).pipe(
    Effect.repeat({ until: (free) => free, schedule: Schedule.spaced("50 millis") }),
    Effect.timeoutOrElse({ duration: "30 seconds", orElse: () => directoryInUse(directory.path, undefined) }),
    Effect.asVoid
  )

const workspace = /^initdb-(\d+)-/

/** Removes what an earlier process left when it was killed while it made a cluster. */
const sweep = async (directory: DataDirectory): Promise<void> => {
  for (const name of await readdir(directory.path)) {
    const pid = workspace.exec(name)?.[1]
    if (pid !== undefined && !isPresent(Number(pid)))
      await rm(join(directory.path, name), { recursive: true, force: true })
  }
}

interface ClusterOptions {
  readonly directory: DataDirectory
  readonly bin: string
  readonly password: string
  readonly temporary: boolean
}

const create = (options: ClusterOptions): Effect.Effect<void, EmbeddedPostgresError, Scope.Scope> =>
  Effect.gen(function* () {
    const { account, cluster, path } = options.directory
    const work = yield* Effect.acquireRelease(
      attempt(`create a database in ${path}`, async () => {
        await sweep(options.directory)
        return mkdtemp(join(path, `initdb-${process.pid}-`))
      }),
      remove
    )
    const secret = join(work, "password")
    yield* attempt(`create a database in ${path}`, async () => {
      await writeFile(secret, `${options.password}\n`, { mode: 0o600 })
      if (account === undefined) return
      for (const file of [secret, work]) await chown(file, account.uid, account.gid)
    })
    const made = join(work, "cluster")
    const initdb = yield* Guard.spawn({
      command: join(options.bin, "initdb"),
      // C.UTF-8 sorts by code point, the same everywhere, and knows the case of letters beyond ASCII.
      args: [
        ...["-D", made, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--no-instructions"],
        ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
        ...(options.temporary ? ["--no-sync"] : [])
      ],
      account,
      remove: options.temporary ? path : undefined
    })
    if ((yield* initdb.ended) !== 0) {
      return yield* failedToStart(`Could not create a database in ${path}:\n${initdb.lastLines().join("\n")}`)
    }
    yield* attempt(`create a database in ${path}`, () =>
      rename(made, cluster).catch((error) => {
        const another = codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST" // was quicker
        if (!another) throw error
      })
    )
  })

/**
 * Makes a new cluster unless there is one. The password is that of the user `postgres`. A temporary one is not flushed
 * to disk and goes with the scope, and with this process; so it refuses a directory that holds another.
 */
export const initialise = Effect.fnUntraced(function* (
  options: ClusterOptions
): Effect.fn.Return<void, EmbeddedPostgresError, Scope.Scope> {
  const { cluster, path } = options.directory
  const present = yield* attempt(`look into ${path}`, () => exists(cluster))
  if (!present) {
    // The guard removes it too, but cannot remove its name from a directory that is not its account's.
    if (options.temporary) yield* Effect.addFinalizer(() => remove(path))
    yield* Effect.scoped(create(options))
  } else if (options.temporary) {
    yield* failedToStart(`${path} holds a database: a temporary one would be removed together with it`)
  }
})
