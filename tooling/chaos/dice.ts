/** Chance that comes of a seed: the same seed, the same throws. */
import { random } from "@salesos/core/testing/workload/steps"

export interface Dice {
  /** A whole number, both ends included. */
  readonly between: (least: number, most: number) => number
  readonly pick: <A>(all: ReadonlyArray<A>) => A
  /** Whether something of this probability, from 0 to 1, comes to be. */
  readonly chance: (probability: number) => boolean
}

/** Of a seed, for a purpose: two purposes of one seed have nothing in common. */
export const make = (seed: number, purpose: string): Dice => {
  const mixed = [...purpose].reduce(
    (sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x01000193),
    seed ^ 0x811c9dc5
  )
  const next = random(mixed)
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    between,
    pick: (all) => all[between(0, all.length - 1)]!,
    chance: (probability) => next() < probability
  }
}
