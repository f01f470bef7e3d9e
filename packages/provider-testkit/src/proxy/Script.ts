/**
 * What happens to which exchange: rules in order, and below them chance. The same seed and the same order of arrival give
 * the same faults.
 */
import { Effect, Random } from "effect"
import { type Arrival, type Direction, type Match, matches } from "./Exchange.ts"
import * as Fault from "./Fault.ts"

/** A fault, for the next exchanges that match. */
export interface Rule {
  readonly match: Match
  readonly fault: Fault.Fault
  /** How many exchanges it takes, `Infinity` for all. */
  readonly times: number
}

/** Faults by chance, for exchanges that no rule takes. */
export interface Chaos {
  readonly seed: string | number
  /** The probability of each, from 0 to 1; they add up to at most 1. */
  readonly request: ReadonlyArray<{ readonly rate: number; readonly fault: Fault.Fault }>
  readonly callback: ReadonlyArray<{ readonly rate: number; readonly fault: Fault.Fault }>
}

/** A bad day: one exchange in four goes wrong, in every way there is. */
export const badDay = (seed: string | number): Chaos => ({
  seed,
  request: [
    { rate: 0.05, fault: Fault.delay({ before: "20 millis", after: "20 millis" }) },
    { rate: 0.04, fault: Fault.dropRequest },
    { rate: 0.04, fault: Fault.dropAnswer },
    { rate: 0.03, fault: Fault.tooManyRequests(1) },
    { rate: 0.02, fault: Fault.instead(503, "Service Unavailable") },
    { rate: 0.02, fault: Fault.answerInstead(502, "Bad Gateway") },
    { rate: 0.03, fault: Fault.truncate() },
    { rate: 0.02, fault: Fault.malform }
  ],
  callback: [
    { rate: 0.1, fault: Fault.duplicate },
    { rate: 0.05, fault: Fault.reorder() },
    { rate: 0.05, fault: Fault.dropRequest },
    { rate: 0.05, fault: Fault.dropAnswer }
  ]
})

export interface Script {
  readonly add: (rule: Rule) => void
  readonly clear: () => void
  readonly chance: (chaos: Chaos | null) => void
  /** The fault for an exchange. Takes it from its rule. */
  readonly take: (arrival: Arrival) => Fault.Fault
}

const byChance = (chaos: Chaos) => {
  const random = Effect.runSync(Random.Random.pipe(Random.withSeed(chaos.seed)))
  return (direction: Direction): Fault.Fault => {
    let draw = random.nextDoubleUnsafe()
    for (const { fault, rate } of chaos[direction]) {
      if (draw < rate) return fault
      draw -= rate
    }
    return Fault.pass
  }
}

export const make = (): Script => {
  let rules: ReadonlyArray<Rule> = []
  let otherwise: (direction: Direction) => Fault.Fault = () => Fault.pass
  return {
    add: (rule) => {
      rules = [...rules, rule]
    },
    clear: () => {
      rules = []
      otherwise = () => Fault.pass
    },
    chance: (chaos) => {
      otherwise = chaos === null ? () => Fault.pass : byChance(chaos)
    },
    take: (arrival) => {
      const taken = rules.find(({ match }) => matches(match, arrival))
      if (taken === undefined) return otherwise(arrival.direction)
      const left = { ...taken, times: taken.times - 1 }
      rules = rules.flatMap((each) => (each !== taken ? [each] : left.times > 0 ? [left] : []))
      return taken.fault
    }
  }
}
