/** The real programs as real processes, so that they can be killed. */
import { Effect } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

const root = join(import.meta.dirname, "../../../..")

const mains = {
  http: "apps/http/src/main.ts",
  worker: "apps/worker/src/main.ts",
  start: "apps/dev/src/main.ts",
  /** Any of them, watched, and killed at a place. */
  watched: "apps/dev/test/crashes/process.ts"
} as const

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  /** All that it wrote so far. */
  readonly output: () => string
  readonly hasEnded: () => boolean
  /** Waits for its end. */
  readonly ended: Effect.Effect<Ended>
  /** Sends a signal and waits for the end. */
  readonly stop: (signal: NodeJS.Signals) => Effect.Effect<Ended>
}

const open = (program: keyof typeof mains, env: Readonly<Record<string, string>>) => {
  const chunks: Array<string> = []
  const child: ChildProcess = spawn(process.execPath, [join(root, mains[program])], {
    cwd: root,
    // Nothing of the surroundings but where programs are: a variable that is set there must not decide a test.
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/", ...env },
    stdio: ["ignore", "pipe", "pipe"]
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8")
    stream?.on("data", (text: string) => chunks.push(text))
  }
  const closed = once(child, "close")
  const ended = Effect.map(
    Effect.promise(() => closed),
    (): Ended => ({ code: child.exitCode, signal: child.signalCode })
  )
  return {
    output: () => chunks.join(""),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    ended,
    stop: (signal: NodeJS.Signals) =>
      Effect.andThen(
        Effect.sync(() => child.kill(signal)),
        ended
      )
  } satisfies Child
}

/** Starts a program with nothing but these variables set. It is killed at the latest when the scope closes. */
export const start = (program: keyof typeof mains, env: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => open(program, env)),
    // Gently first: `start` has a database of its own to stop.
    (child) =>
      child.stop("SIGTERM").pipe(
        Effect.timeoutOption("20 seconds"),
        Effect.andThen(() => (child.hasEnded() ? Effect.void : child.stop("SIGKILL"))),
        Effect.when(Effect.sync(() => !child.hasEnded()))
      )
  )

/** Runs a program that is expected to end by itself. */
export const run = (program: keyof typeof mains, env: Readonly<Record<string, string>>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const child = yield* start(program, env)
      const { code } = yield* child.ended
      return { code, output: child.output() }
    })
  )
