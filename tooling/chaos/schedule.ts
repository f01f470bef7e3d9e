/** What goes wrong and when, as data that comes of a seed. What the network does is the proxy's to draw. */
import * as Dice from "./dice.ts"

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

/** Longer than a lease (9 seconds here), shorter than the time after which "not there" counts (20 seconds here). */
const longestFreeze = 12

const draw = (dice: Dice.Dice): Fault => {
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

/** Faults for so many seconds, two to five apart. The first comes when there is something to break. */
export const plan = (seed: number, seconds: number): ReadonlyArray<Planned> => {
  const dice = Dice.make(seed, "schedule")
  const planned: Array<Planned> = []
  for (let at = 4; at < seconds - 1; at += dice.between(2, 5)) planned.push({ at, fault: draw(dice) })
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
