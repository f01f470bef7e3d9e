/**
 * Races, systematically: two operations on the same thing, interleaved between every two calls that they make of ports and drivers.
 * Where they can be held is found by watching them, so that a step that is added is a place at once.
 */
import { Effect } from "effect"
import { invoices } from "./races/invoices.ts"
import { payments } from "./races/payments.ts"
import { payouts } from "./races/payouts.ts"
import type { Race, Schedule } from "./races/race.ts"
import { taxes } from "./races/taxes.ts"
import { webhooks } from "./races/webhooks.ts"
import { workers } from "./races/workers.ts"
import type { Stored, Time } from "./races/World.ts"

export type { Race, Schedule } from "./races/race.ts"
export type { Stored, Time } from "./races/World.ts"

/** The table of races. */
export const all: ReadonlyArray<Race> = [...invoices, ...payments, ...payouts, ...webhooks, ...taxes, ...workers]

/** What became of a race. */
export interface Tried {
  /** How many interleavings there were. */
  readonly interleavings: number
  /** What was wrong, each with the calls that the two had made when they were held. */
  readonly wrong: ReadonlyArray<string>
}

/** Where races are run. */
export interface Place {
  readonly time: Time
  /** Provides a store in which no work of others is due. */
  readonly inStore: <A, E>(run: Effect.Effect<A, E, Stored>) => Effect.Effect<A, E>
}

const end = Number.POSITIVE_INFINITY

/** Above so many pairs of places, of two long operations, one of them runs from its beginning to its end while the other is held. */
const most = 150

/**
 * Runs a race in every interleaving in which each of the two is held once: one at any of its places, the other one at any of its own,
 * then the first goes to its end and the other one to its; and with the roles exchanged. With `once`, or where the two are long, in
 * those in which one is held at any of its places and the other one runs from its beginning to its end.
 */
export const explore = Effect.fnUntraced(function* ({ run }: Race, { inStore, time }: Place, how: "once" | "twice") {
  const wrong: Array<string> = []
  let interleavings = 0
  const attempt = Effect.fnUntraced(function* (schedule: Schedule) {
    const ran = yield* inStore(run(time, schedule))
    interleavings += 1
    wrong.push(...ran.wrong)
    return ran
  })
  /** How many calls each of them makes when it is first. */
  const calls = [
    (yield* attempt({ first: 0, calls: end, others: end })).first.calls,
    (yield* attempt({ first: 1, calls: end, others: end })).first.calls
  ] as const
  const beginWith = how === "twice" && calls[0] * calls[1] <= most ? 1 : end
  for (const first of [0, 1] as const) {
    for (let at = 1; at < calls[first]; at++) {
      for (let others = beginWith; ; others++) {
        const { other } = yield* attempt({ first, calls: at, others })
        if (other.ended) break
      }
    }
  }
  return { interleavings, wrong } satisfies Tried
})
