/**
 * The journal: every change of the state as one line of JSON, appended to a file, so that charges, their timers and
 * undelivered notifications survive a restart.
 *
 * A process that is killed leaves at most one cut line, at the end of the file: it is dropped, nobody was answered.
 */
import { dirname } from "node:path"
import { Deferred, Effect, Exit, FileSystem, Latch, type PlatformError, Schema, type Scope, Stream } from "effect"
import type { State } from "./state.ts"
import { Change } from "./transactions.ts"

/** Where changes are written down. */
export interface Journal {
  /** Adds the change; it is written with all others that come until the file is free. */
  readonly append: (change: Change) => void
  /** Waits until everything appended so far has been handed to the operating system. */
  readonly written: Effect.Effect<void>
}

/** A journal of a simulator without a file: it forgets. */
export const none: Journal = { append: () => undefined, written: Effect.void }

const decode = Schema.decodeUnknownExit(Schema.fromJsonString(Change))

/** Applies the changes of the file to `state`. A line that is not a change is a defect, unless it is the last. */
const load = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, file: string, state: State) {
  let lines = 0
  let unreadable: number | undefined
  yield* fs.stream(file).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.runForEach((line) => {
      lines++
      if (unreadable !== undefined) return Effect.die(new Error(`${file}, line ${unreadable}: not a change`))
      const change = decode(line)
      if (Exit.isSuccess(change)) state.apply(change.value)
      else unreadable = lines
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
