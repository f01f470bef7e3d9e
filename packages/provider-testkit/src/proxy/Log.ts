/** What the proxy remembers of what passed, and those who wait for something to pass. */
import { Deferred, Effect, Exit } from "effect"
import type { Exchange } from "./Exchange.ts"
import type { Fault } from "./Fault.ts"

/** How often what happened. */
export interface Counts {
  readonly request: number
  readonly callback: number
  /** By the faults' names, `Pass` among them. */
  readonly faults: Readonly<Partial<Record<Fault["_tag"], number>>>
}

export interface Log {
  /** How many arrived, forgotten ones included. */
  readonly arrived: () => number
  readonly enter: (exchange: Exchange) => void
  /** Changes what is remembered of an exchange. */
  readonly note: (number: number, change: (before: Exchange) => Partial<Exchange>) => void
  /** Oldest first. */
  readonly all: () => ReadonlyArray<Exchange>
  readonly counts: () => Counts
  /** Waits until an exchange is there of which something is so. */
  readonly until: (so: (exchange: Exchange) => boolean) => Effect.Effect<Exchange>
}

/** Remembers the newest exchanges, and counts all. */
export const make = (remembered: number): Log => {
  const exchanges = new Map<number, Exchange>()
  const waiting = new Set<{ so: (exchange: Exchange) => boolean; found: Deferred.Deferred<Exchange> }>()
  const passed = { request: 0, callback: 0 }
  const faults = new Map<Fault["_tag"], number>()

  const set = (exchange: Exchange): void => {
    exchanges.set(exchange.number, exchange)
    for (const each of [...waiting].filter(({ so }) => so(exchange))) {
      waiting.delete(each)
      Deferred.doneUnsafe(each.found, Exit.succeed(exchange))
    }
  }

  return {
    arrived: () => passed.request + passed.callback,
    enter: (exchange) => {
      passed[exchange.direction]++
      faults.set(exchange.fault._tag, (faults.get(exchange.fault._tag) ?? 0) + 1)
      exchanges.delete(exchange.number - remembered)
      set(exchange)
    },
    note: (number, change) => {
      const before = exchanges.get(number)
      if (before !== undefined) set({ ...before, ...change(before) })
    },
    all: () => [...exchanges.values()],
    counts: () => ({ ...passed, faults: Object.fromEntries(faults) }),
    until: (so) =>
      Effect.suspend(() => {
        const there = [...exchanges.values()].find(so)
        if (there !== undefined) return Effect.succeed(there)
        const found = Deferred.makeUnsafe<Exchange>()
        waiting.add({ so, found })
        return Deferred.await(found)
      })
  }
}
