/** Programs that the bench starts, and that end with it. */
import { Effect, Schedule } from "effect"
import { type ChildProcess, spawn as spawnProcess } from "node:child_process"
import { resolve } from "node:path"
import { createInterface } from "node:readline"
import { BenchError } from "./errors.ts"

const root = resolve(import.meta.dirname, "../..")

export interface Program {
  /** How it is called in messages. */
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}

export interface Running {
  /** The end of what it wrote. */
  readonly lastLines: () => string
  /** Its exit code and all of its standard output, once it has ended. */
  readonly ended: Effect.Effect<{ readonly code: number | null; readonly output: string }>
}

/** How many lines `lastLines` keeps, and how long a program may take to stop by itself. */
const kept = 12
const patience = 10_000

const stop = (child: ChildProcess): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    const late = setTimeout(() => child.kill("SIGKILL"), patience)
    child.once("exit", () => {
      clearTimeout(late)
      resume(Effect.void)
    })
    child.kill("SIGTERM")
  })

/** Starts a program, which is stopped at the latest when the scope closes. */
export const spawn = ({ args, command, env, name }: Program) =>
  Effect.gen(function* () {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawnProcess(command, [...args], {
          cwd: root,
          env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC", ...env },
          stdio: ["ignore", "pipe", "pipe"]
        })
      ),
      stop
    )
    const lines: Array<string> = []
    const output: Array<string> = []
    const note = (line: string): void => {
      if (lines.push(line) > kept) lines.shift()
    }
    createInterface(child.stderr).on("line", note)
    createInterface(child.stdout).on("line", (line) => {
      note(line)
      output.push(line)
    })
    const end = new Promise<number | null>((settle) => {
      child.once("close", settle)
      child.once("error", (error) => {
        note(`${name}: ${error.message}`)
        settle(null)
      })
    })
    const running: Running = {
      lastLines: () => lines.join("\n"),
      ended: Effect.map(
        Effect.promise(() => end),
        (code) => ({ code, output: output.join("\n") })
      )
    }
    return running
  })

/** Starts a server written in TypeScript and waits until it answers at `address`. Fails with what it said instead. */
export const serve = Effect.fnUntraced(function* (program: Omit<Program, "command">, address: string) {
  const running = yield* spawn({ ...program, command: process.execPath })
  const answers = Effect.tryPromise(async (signal) => {
    const response = await fetch(address, { signal })
    await response.arrayBuffer()
    return response.status < 500
  }).pipe(Effect.orElseSucceed(() => false))
  const ready = answers.pipe(
    Effect.repeat({ until: (answered) => answered, schedule: Schedule.spaced("50 millis") }),
    Effect.timeoutOrElse({
      duration: "30 seconds",
      orElse: () => Effect.fail(new BenchError({ message: `${program.name} did not start:\n${running.lastLines()}` }))
    })
  )
  const gone = Effect.flatMap(running.ended, () =>
    Effect.fail(new BenchError({ message: `${program.name} ended at once:\n${running.lastLines()}` }))
  )
  yield* Effect.raceFirst(ready, gone)
  return running
})
