/** P2: `POST /invoices` of one hot tenant, against the same of many tenants, on the same server and by the same processes. */
import { Ports } from "@salesos/test-servers"
import { Console, Effect } from "effect"
import { mkdir } from "node:fs/promises"
import { loadavg } from "node:os"
import * as Application from "./application.ts"
import * as Database from "./database.ts"
import type { Options } from "./options.ts"
import { median } from "./statistics.ts"
import * as System from "./system.ts"

/** One run of each side. */
export interface Pair {
  readonly hot: Application.Rates
  readonly many: Application.Rates
  readonly ratio: number
}

export interface Result {
  readonly pairs: ReadonlyArray<Pair>
  readonly median: number
  readonly postgres: { readonly version: string; readonly flushing: string }
  /** Of the machine, by others, who disturb either side alike. */
  readonly loadBefore: number
}

export const target = 0.8

const rates = ({ p50, p99, requestsPerSecond }: Application.Rates): string =>
  `${requestsPerSecond.toFixed(0)} requests/s (p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms)`

export const measure = Effect.fnUntraced(function* (options: Options) {
  yield* Effect.promise(() => mkdir(System.results, { recursive: true }))
  const loadBefore = loadavg()[0] ?? 0
  const on = yield* Database.start(() => {})
  const database = on("bench")
  const simulatorPort = yield* Ports.freePort
  yield* Console.log(`Setting up ${options.tenants} tenants`)
  yield* Application.prepare(database, on("postgres"), options.tenants, `http://127.0.0.1:${simulatorPort}`)
  yield* Console.log("Warming up")
  const { run } = yield* Application.start(database, simulatorPort, { ...options, profile: false })
  const pairs: Array<Pair> = []
  for (let pair = 1; pair <= options.pairs; pair++) {
    const many = yield* run(options.tenants)
    const hot = yield* run(1)
    const ratio = hot.requestsPerSecond / many.requestsPerSecond
    pairs.push({ hot, many, ratio })
    yield* Console.log(`${pair}. one tenant ${rates(hot)}, many ${rates(many)}: ${ratio.toFixed(3)}`)
  }
  return {
    pairs,
    median: median(pairs.map(({ ratio }) => ratio)),
    postgres: yield* Database.settings.pipe(Database.connected(database)),
    loadBefore
  } satisfies Result
})
