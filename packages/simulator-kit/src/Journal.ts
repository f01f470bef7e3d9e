/**
 * The journal: every change of the state as one line of JSON, appended to a file, so that charges, their timers and
 * undelivered notifications survive a restart.
 *
 * A process that is killed leaves at most one cut line, at the end of the file: it is dropped, nobody was answered.
 */
import { dirname } from "node:path"
import { Deferred, Effect, FileSystem, Latch, type PlatformError, Result, type Scope, Stream } from "effect"

/** Where changes are written down. */
export interface Journal {
  /** Adds a change, any JSON; it is written with all others that come until the file is free. */
  readonly append: (change: unknown) => void
  /** Waits until everything appended so far has been handed to the operating system. */
  readonly written: Effect.Effect<void>
}

/** What a journal is kept of. */
export interface State {
  /** Applies a change read from the file; false where it is none, and then nothing of it is applied. */
  readonly apply: (change: unknown) => boolean
  /** The fewest changes that lead from nothing to this state. */
  readonly snapshot: () => Iterable<unknown>
}

/** A journal of a simulator without a file: it forgets. */
export const none: Journal = { append: () => undefined, written: Effect.void }

const parse = (line: string): Result.Result<unknown, unknown> => Result.try((): unknown => JSON.parse(line))

/** Applies the changes of the file to `state`. A line that is not a change is a defect, unless it is the last. */
const load = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, file: string, state: State) {
  let lines = 0
  let unreadable: number | undefined
  yield* fs.stream(file).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => {
      lines++
      if (unreadable !== undefined) {
        return Effect.die(new Error(`${file}, line ${unreadable}: not a change; remove the file to begin anew`))
      }
      const change = parse(line)
      if (!Result.isSuccess(change) || !state.apply(change.success)) unreadable = lines
      return Effect.void
    })
  )
})

/** Replaces the file by the fewest lines that give `state`, whole or not at all. */
const compact = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, file: string, state: State) {
  const next = `${file}.next`
  const encoder = new TextEncoder()
  yield* Stream.fromIterable(state.snapshot()).pipe(
    Stream.grouped(1_000),
    Stream.map((changes) => encoder.encode(changes.map((change) => JSON.stringify(change) + "\n").join(""))),
    Stream.run(fs.sink(next))
  )
  yield* fs.rename(next, file)
})

/**
 * Reads `file` into `state`, compacts it, and opens it for appending until the scope closes, which writes what is left.
 * Only one simulator may use a file at a time.
 */
export const open = Effect.fnUntraced(function* (
  file: string,
  state: State
): Effect.fn.Return<Journal, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  yield* fs.makeDirectory(dirname(file), { recursive: true })
  if (yield* fs.exists(file)) yield* load(fs, file, state)
  yield* compact(fs, file, state)
  const handle = yield* fs.open(file, { flag: "a" })

  const encoder = new TextEncoder()
  const waiting = Latch.makeUnsafe()
  let batch: Array<string> = []
  let done = Deferred.makeUnsafe<void>()
  let writing: Deferred.Deferred<void> | undefined

  // One write at a time; what comes meanwhile is the next batch. A file that cannot be written stops every creation.
  const write = Effect.suspend(() => {
    const lines = batch
    const current = done
    batch = []
    done = Deferred.makeUnsafe()
    writing = current
    waiting.closeUnsafe()
    return handle.writeAll(encoder.encode(lines.join(""))).pipe(
      Effect.orDie,
      Effect.exit,
      Effect.flatMap((exit) => {
        writing = undefined
        return Deferred.done(current, exit)
      })
    )
  })
  yield* Effect.addFinalizer(() => Effect.suspend(() => (batch.length === 0 ? Effect.void : write)))
  yield* waiting.await.pipe(Effect.andThen(Effect.uninterruptible(write)), Effect.forever, Effect.forkScoped)

  return {
    append: (change) => {
      batch.push(JSON.stringify(change) + "\n")
      waiting.openUnsafe()
    },
    written: Effect.suspend(() => {
      if (batch.length > 0) return Deferred.await(done)
      return writing === undefined ? Effect.void : Deferred.await(writing)
    })
  }
})
