/**
 * One queue of things to do at a time, on Effect's `Clock`: the earliest first, without ever looking at the rest.
 */
import { Clock, Effect, Latch } from "effect"

/** A queue of items, each due at a time in milliseconds since 1970. */
export interface Timers<A> {
  readonly schedule: (at: number, item: A) => void
  /** Hands over each item once it is due, forever. */
  readonly run: (handle: (item: A) => Effect.Effect<void>) => Effect.Effect<never>
}

/** Longest sleep: a longer one would not fit the runtime's timers. */
const maxSleep = 24 * 60 * 60 * 1_000

/** An empty queue. */
export const make = <A>(): Timers<A> => {
  const heap: Array<{ readonly at: number; readonly item: A }> = []
  const changed = Latch.makeUnsafe()

  /** Whether the entry at `a` is due before the one at `b`; a place outside of the heap is never due. */
  const before = (a: number, b: number): boolean => (heap[a]?.at ?? Infinity) < (heap[b]?.at ?? Infinity)
  const swap = (a: number, b: number): void => {
    const first = heap[a]
    const second = heap[b]
    if (first === undefined || second === undefined) return
    heap[a] = second
    heap[b] = first
  }

  const takeDue = (now: number): A | undefined => {
    const first = heap[0]
    if (first === undefined || first.at > now) return undefined
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) {
      heap[0] = last
      for (let i = 0; ;) {
        const child = before(2 * i + 2, 2 * i + 1) ? 2 * i + 2 : 2 * i + 1
        if (!before(child, i)) break
        swap(i, child)
        i = child
      }
    }
    return first.item
  }

  return {
    schedule: (at, item) => {
      const earliest = heap[0]?.at ?? Infinity
      heap.push({ at, item })
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1
        if (!before(i, parent)) break
        swap(i, parent)
        i = parent
      }
      if (at < earliest) changed.openUnsafe()
    },
    run: (handle) =>
      Effect.gen(function* () {
        while (true) {
          changed.closeUnsafe()
          const now = yield* Clock.currentTimeMillis
          const item = takeDue(now)
          if (item !== undefined) {
            yield* handle(item)
            continue
          }
          const next = heap[0]
          yield* next === undefined
            ? changed.await
            : Effect.raceFirst(Effect.sleep(Math.min(next.at - now, maxSleep)), changed.await)
        }
      })
  }
}
