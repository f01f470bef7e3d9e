/** What a run can be told on the command line. It needs nothing. */
import { Effect } from "effect"
import { parseArgs } from "node:util"
import { BenchError } from "./errors.ts"

/** What is measured; design/performance.md says what each is. */
export const figures = ["p1", "p2", "p6", "p8"] as const
export type FigureId = (typeof figures)[number]

/** How to measure. */
export interface Options {
  readonly only: ReadonlyArray<FigureId>
  /** Of P8, each kind of work taking its turn in each. */
  readonly rounds: number
  /** Length of one measured run. */
  readonly seconds: number
  /** Length of the run before each measured one, whose figures are thrown away. */
  readonly warmUp: number
  readonly pairs: number
  readonly tenants: number
  /** HTTP connections of the load, and clients of pgbench. */
  readonly clients: number
  /** HTTP processes, as many as in production: one keeps one core busy. */
  readonly processes: number
  /** Size of each one's database pool. */
  readonly pool: number
  /** Of one run of P6. */
  readonly deliveries: number
  /** Whether the HTTP process writes a CPU profile; that costs it some speed, so no figure is taken. */
  readonly profile: boolean
}

export const usage = `pnpm bench [options]

  --only p1      or p2, p6, p8; again for more than one. Otherwise all of them

P8, what core alone does:
  --rounds 9     in each of which every kind of work takes its turn

P6, delivering webhooks; also --seconds, --pairs, --tenants and --pool:
  --deliveries 10000  of one measured run

P1 and P2, creating invoices:
  --seconds 8    of one measured run, up to 60
  --warm-up 3    seconds before each measured run, up to 20
  --pairs 5      of runs: the application's and pgbench's, or many tenants' and one's
  --tenants 200  that the load is spread over
  --clients 32   at once, on either side
  --processes 1  of the HTTP API
  --pool 20      database connections of each
  --profile      (P1) run the application only, and write results/p1.cpuprofile.tmp
  --help`

/**
 * A measured run and its warm-up stay under the 98 seconds after which the provider's simulator pays their first charge:
 * the load is creating charges, and nothing else.
 */
const limits = {
  rounds: { from: 1, to: 1000, otherwise: "9" },
  seconds: { from: 1, to: 60, otherwise: "8" },
  "warm-up": { from: 1, to: 20, otherwise: "3" },
  pairs: { from: 1, to: 100, otherwise: "5" },
  tenants: { from: 1, to: 10_000, otherwise: "200" },
  clients: { from: 1, to: 64, otherwise: "32" },
  processes: { from: 1, to: 8, otherwise: "1" },
  pool: { from: 1, to: 64, otherwise: "20" },
  deliveries: { from: 100, to: 1_000_000, otherwise: "10000" }
} as const

const number = Effect.fnUntraced(function* (name: keyof typeof limits, given: string | undefined) {
  const { from, otherwise, to } = limits[name]
  const value = Number(given ?? otherwise)
  if (Number.isInteger(value) && value >= from && value <= to) return value
  return yield* new BenchError({ message: `--${name}: Expected a whole number from ${from} to ${to}` })
})

/** Reads the command line; undefined when help was asked for. Fails with `BenchError`. */
export const parse = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const { values } = yield* Effect.try({
    try: () =>
      parseArgs({
        args: [...args],
        options: {
          only: { type: "string", multiple: true, default: [...figures] },
          rounds: { type: "string" },
          seconds: { type: "string" },
          "warm-up": { type: "string" },
          pairs: { type: "string" },
          tenants: { type: "string" },
          clients: { type: "string" },
          processes: { type: "string" },
          pool: { type: "string" },
          deliveries: { type: "string" },
          profile: { type: "boolean", default: false },
          help: { type: "boolean", default: false }
        }
      }),
    catch: (error) =>
      new BenchError({ message: `${error instanceof Error ? error.message : String(error)}\n\n${usage}` })
  })
  if (values.help) return undefined
  const only = figures.filter((each) => values.only.includes(each))
  if (only.length < new Set(values.only).size) {
    return yield* new BenchError({ message: `--only: Expected one of ${figures.join(", ")}` })
  }
  return {
    only,
    rounds: yield* number("rounds", values.rounds),
    seconds: yield* number("seconds", values.seconds),
    warmUp: yield* number("warm-up", values["warm-up"]),
    pairs: yield* number("pairs", values.pairs),
    tenants: yield* number("tenants", values.tenants),
    clients: yield* number("clients", values.clients),
    processes: yield* number("processes", values.processes),
    pool: yield* number("pool", values.pool),
    deliveries: yield* number("deliveries", values.deliveries),
    profile: values.profile
  } satisfies Options
})
