/** How close together things happen: as in operation, in minutes, or within seconds, so that many schedules can be tried. */
import type { Duration } from "effect"

/** Both ends included. */
type Range = readonly [least: number, most: number]

export interface Pace {
  /** How long faults last, in seconds. */
  readonly seconds: number
  /** When the first fault comes, and how far faults are apart, in milliseconds. */
  readonly first: Range
  readonly apart: Range
  /** How long a process may be frozen, in seconds: longer than a lease, shorter than the time after which "not there" counts. */
  readonly longestFreeze: number
  /** What the processes are told of how long things may take. The lease is longer than all of a request together. */
  readonly times: Readonly<
    Record<"PROVIDER_CALL_DEADLINE" | "REQUEST_BUDGET" | "OPERATION_LEASE", Duration.Input & string>
  >
  /** Longer than the deadline of a call: made when nobody waits any more. */
  readonly late: Duration.Input
  /** How long something is held to be overtaken. */
  readonly overtaken: Duration.Input
  /** After how many seconds a payer pays by herself. */
  readonly payment: ReadonlyArray<number>
  /** How long the gateway may take to come to rest, in milliseconds: retries of notifications and webhooks are minutes apart. */
  readonly patience: number
  /** How long a client waits for an answer, in milliseconds. */
  readonly clientPatience: number
  /**
   * Whether time passes faster once faults are over: the database's clock is put forward while nothing is under way, so that nobody
   * waits for a lease or a retry. Otherwise all come to rest in their own time.
   */
  readonly movesClock: boolean
}

/** Faults for minutes, some seconds apart. A call may wait five seconds for its turn at a provider. */
export const minutes = (count: number): Pace => ({
  seconds: count * 60,
  first: [4000, 4000],
  apart: [2000, 5000],
  longestFreeze: 12,
  times: { PROVIDER_CALL_DEADLINE: "6 seconds", REQUEST_BUDGET: "2 seconds", OPERATION_LEASE: "9 seconds" },
  late: "7 seconds",
  overtaken: "2 seconds",
  payment: [0, 0, 2, 2, 4, 6, 40],
  patience: 300_000,
  clientPatience: 10_000,
  movesClock: false
})

/** Faults for seconds, close together. */
export const seconds = (count: number): Pace => ({
  seconds: count,
  first: [200, 1500],
  apart: [500, 2000],
  longestFreeze: 5,
  times: { PROVIDER_CALL_DEADLINE: "2 seconds", REQUEST_BUDGET: "1500 millis", OPERATION_LEASE: "4 seconds" },
  late: "2500 millis",
  overtaken: "700 millis",
  payment: [0, 0, 2, 2, 98],
  patience: 120_000,
  clientPatience: 4000,
  movesClock: true
})
