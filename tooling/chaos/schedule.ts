/** What goes wrong and when, as data that comes of a seed. What the network does is the proxy's to draw. */
import * as Dice from "./dice.ts"
import type { Pace } from "./pace.ts"

/** The processes under test, two of each kind. */
export const programs = ["http-0", "http-1", "worker-0", "worker-1"] as const
export type ProgramName = (typeof programs)[number]

export type Fault =
  /** SIGKILL, and a start with a clock that is off by so many seconds. */
  | { readonly do: "kill"; readonly program: ProgramName; readonly clockOff: number }
  /** SIGSTOP, and SIGCONT so many seconds later: what it was doing goes on as if nothing had been. */
  | { readonly do: "freeze"; readonly program: ProgramName; readonly seconds: number }
  /** PostgreSQL stops as when it is upgraded (open transactions are rolled back), or by SIGKILL, and starts again. */
  | { readonly do: "restart database"; readonly how: "fast" | "kill" }
  /** Every connection of every process is terminated. */
  | { readonly do: "cut connections" }

export interface Planned {
  /** Seconds after the begin. */
  readonly at: number
  readonly fault: Fault
}

const draw = (dice: Dice.Dice, { longestFreeze }: Pace): Fault => {
  const kind = dice.pick(["kill", "kill", "kill", "kill", "freeze", "freeze", "cut", "cut", "fast", "crash"] as const)
  switch (kind) {
    case "kill":
      return {
        do: "kill",
        program: dice.pick(programs),
        clockOff: dice.chance(0.4) ? dice.pick([-1, 1]) * dice.between(60, 600) : 0
      }
    case "freeze":
      return { do: "freeze", program: dice.pick(programs), seconds: dice.between(1, longestFreeze) }
    case "cut":
      return { do: "cut connections" }
    case "fast":
    case "crash":
      return { do: "restart database", how: kind === "fast" ? "fast" : "kill" }
  }
}

/** Faults at a pace, one after the other. The first comes when there is something to break. */
export const plan = (seed: number, pace: Pace): ReadonlyArray<Planned> => {
  const dice = Dice.make(seed, "schedule")
  const planned: Array<Planned> = []
  for (let at = dice.between(...pace.first); at < pace.seconds * 1000; at += dice.between(...pace.apart)) {
    planned.push({ at: at / 1000, fault: draw(dice, pace) })
  }
  return planned
}

/** A fault in words. */
export const words = (fault: Fault): string => {
  switch (fault.do) {
    case "kill":
      return `kill ${fault.program}${fault.clockOff === 0 ? "" : `, its clock then off by ${fault.clockOff} s`}`
    case "freeze":
      return `freeze ${fault.program} for ${fault.seconds} s`
    case "restart database":
      return `restart the database (${fault.how})`
    case "cut connections":
      return fault.do
  }
}
