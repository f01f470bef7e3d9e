/** The processes under test: killed, frozen and started again at will, and by a supervisor when they end by themselves. */
import { Clocks } from "@salesos/test-servers"
import { Effect, FiberSet, Schedule, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { join } from "node:path"
import { type ProgramName, programs } from "./schedule.ts"

const root = join(import.meta.dirname, "../..")

/** Milliseconds until a process that has ended by itself is started again. */
const pause = 500

export interface Options {
  /** Where each process writes its log. */
  readonly logs: string
  readonly env: (program: ProgramName) => Readonly<Record<string, string>>
}

export interface Fleet {
  /** SIGKILL, and a new start with a clock that is off by so many seconds. */
  readonly kill: (program: ProgramName, clockOff: number) => Effect.Effect<void>
  /** SIGSTOP, and SIGCONT so many seconds later. Does not wait for it. */
  readonly freeze: (program: ProgramName, seconds: number) => Effect.Effect<void>
  /** Lets frozen ones go on. All else they have to get over by themselves. */
  readonly heal: Effect.Effect<void>
  /** How often a process ended that nobody had ended. */
  readonly endedAlone: () => number
}

/** Starts all programs; they end with the scope. */
export const make = ({ env, logs }: Options): Effect.Effect<Fleet, never, Scope.Scope> =>
  Effect.gen(function* () {
    const run = yield* FiberSet.makeRuntime<never, void, never>()
    const children = new Map<ProgramName, ChildProcess>()
    const clocks = new Map<ProgramName, number>()
    let open = true
    let endedAlone = 0

    const start = (name: ProgramName): void => {
      if (!open) return
      const log = openSync(join(logs, `${name}.log`), "a")
      const child = spawn(process.execPath, [join(root, `apps/${name.replace(/-\d$/, "")}/src/main.ts`)], {
        cwd: root,
        env: {
          PATH: process.env["PATH"] ?? "",
          HOME: process.env["HOME"] ?? "/",
          ...env(name),
          ...Clocks.ahead(clocks.get(name) ?? 0)
        },
        stdio: ["ignore", log, log]
      })
      closeSync(log)
      children.set(name, child)
      child.once("exit", () => {
        if (children.get(name) !== child || !open) return
        endedAlone++
        setTimeout(() => children.get(name) === child && start(name), pause)
      })
    }

    const end = (name: ProgramName) =>
      Effect.callback<void>((resume) => {
        const child = children.get(name)
        children.delete(name)
        if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      })

    const kill = (name: ProgramName, clockOff: number) =>
      Effect.andThen(
        end(name),
        Effect.sync(() => {
          clocks.set(name, clockOff)
          start(name)
        })
      )

    yield* Effect.acquireRelease(
      Effect.sync(() => programs.forEach(start)),
      () =>
        Effect.suspend(() => {
          open = false
          return Effect.forEach(programs, end, { discard: true })
        })
    )
    return {
      kill,
      freeze: (name, seconds) =>
        Effect.sync(() => {
          const child = children.get(name)
          child?.kill("SIGSTOP")
          run(
            Effect.delay(
              Effect.sync(() => child?.kill("SIGCONT")),
              `${seconds} seconds`
            )
          )
        }),
      heal: Effect.sync(() => programs.forEach((name) => children.get(name)?.kill("SIGCONT"))),
      endedAlone: () => endedAlone
    }
  })

/** Waits until an API answers that it is ready. */
export const ready = (url: string): Effect.Effect<void> =>
  Effect.tryPromise((signal) => fetch(`${url}/readyz`, { signal })).pipe(
    Effect.map(({ ok }) => ok),
    Effect.orElseSucceed(() => false),
    Effect.repeat({ until: (ok) => ok, schedule: Schedule.spaced("100 millis") }),
    Effect.timeoutOrElse({ duration: "60 seconds", orElse: () => Effect.die(new Error(`${url} is never ready`)) }),
    Effect.asVoid
  )
