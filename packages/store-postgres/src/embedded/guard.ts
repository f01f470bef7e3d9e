/**
 * Runs a command so that it never outlives this process, and so that Ctrl-C in the terminal does not reach it.
 */
import { Deferred, Effect, type Scope } from "effect"
import { spawn as spawnProcess } from "node:child_process"
import { Socket } from "node:net"
import { createInterface } from "node:readline"
import type { Account } from "./account.ts"

/**
 * The shell between this process and the command. It leads its own session, tells the command's process id, and
 * interrupts the command when our end of its input closes: because we closed it, or because we are gone. Interrupts
 * repeat, for one that comes before the command listens is lost.
 */
const script = `
remove=$1
shift
clean() { [ -z "$remove" ] || rm -rf "$remove" || { sleep 1; rm -rf "$remove"; }; }
exec 3<&0
"$@" 3<&- </dev/null >&2 &
pid=$!
echo "$pid"
{
  read -r _ <&3
  trap '' TERM
  while kill -s INT "$pid"; do sleep 0.2; done
  clean
} >/dev/null 2>&1 &
watch=$!
exec 3<&- </dev/null >/dev/null
wait "$pid"
code=$?
kill "$watch" 2>/dev/null
wait "$watch"
[ "$code" = 0 ] || clean
exit "$code"
`

/** How many lines a command's `lastLines` keep. */
const kept = 20

export interface Options {
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Whom to run as; as this process when undefined. */
  readonly account: Account | undefined
  /** A directory to remove when the command fails, or when it is stopped, by us or because we are gone. */
  readonly remove?: string | undefined
  readonly onLine?: ((line: string) => void) | undefined
}

export interface Guarded {
  /** The process id of the command. */
  readonly pid: Effect.Effect<number>
  /** Settles with the exit code when the command is gone and all it wrote was read; undefined when a signal ended it. */
  readonly ended: Effect.Effect<number | undefined>
  /** Interrupts the command and waits for its end. */
  readonly stop: Effect.Effect<void>
  /** From now on this process need not stay alive for the command's sake. */
  readonly unref: Effect.Effect<void>
  /** The last lines that the command wrote. */
  readonly lastLines: () => ReadonlyArray<string>
}

const open = (options: Options): Guarded => {
  const pid = Deferred.makeUnsafe<number>()
  const ended = Deferred.makeUnsafe<number | undefined>()
  const lines: Array<string> = []
  const note = (line: string): void => {
    options.onLine?.(line)
    if (lines.push(line) > kept) lines.shift()
  }

  const shell = spawnProcess("/bin/sh", ["-c", script, "sh", options.remove ?? "", options.command, ...options.args], {
    ...options.account,
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    detached: true,
    stdio: ["pipe", "pipe", "pipe"]
  })
  shell.stdin.on("error", () => {}) // closing it after the shell is gone is no error
  createInterface(shell.stdout).once("line", (line) => Deferred.doneUnsafe(pid, Effect.succeed(Number(line))))
  createInterface(shell.stderr).on("line", note)
  shell.once("close", (code) => Deferred.doneUnsafe(ended, Effect.succeed(code ?? undefined)))
  shell.once("error", (error) => {
    note(error.message)
    Deferred.doneUnsafe(ended, Effect.succeed(undefined))
  })

  const handles = [shell, ...shell.stdio.filter((stream) => stream instanceof Socket)]
  return {
    pid: Deferred.await(pid),
    ended: Deferred.await(ended),
    stop: Effect.suspend(() => {
      for (const handle of handles) handle.ref() // or the process could end while it waits
      shell.stdin.end()
      return Effect.asVoid(Deferred.await(ended))
    }),
    unref: Effect.sync(() => {
      for (const handle of handles) handle.unref()
    }),
    lastLines: () => lines
  }
}

/** Starts a command, which is stopped at the latest when the scope closes. */
export const spawn = (options: Options): Effect.Effect<Guarded, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => open(options)),
    (guarded) => guarded.stop
  )
