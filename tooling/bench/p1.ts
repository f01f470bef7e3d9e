/**
 * P1: `POST /invoices` (PIX) through the whole path, against pgbench running the very statements that it sends, on the
 * same server and the same data.
 */
import { Ports } from "@salesos/test-servers"
import { Console, Effect } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import { availableParallelism, loadavg } from "node:os"
import { join } from "node:path"
import * as Application from "./application.ts"
import * as Capture from "./capture.ts"
import * as Database from "./database.ts"
import { BenchError } from "./errors.ts"
import * as Footprint from "./footprint.ts"
import type { Options } from "./options.ts"
import * as Pgbench from "./pgbench.ts"
import * as PgbenchScript from "./pgbenchScript.ts"
import { median } from "./statistics.ts"
import * as System from "./system.ts"

/** One run of each side. */
export interface Pair {
  readonly app: Application.Rates
  readonly pgbench: number
  readonly ratio: number
}

export interface Result {
  readonly pairs: ReadonlyArray<Pair>
  readonly median: number
  /** Statements of one creation; each is a round trip, `begin` and `commit` too. */
  readonly roundTrips: number
  readonly postgres: { readonly version: string; readonly flushing: string }
  readonly pgbench: string
  /** Of the machine, by others: a busy one makes the ratio too low, as pgbench's many processes get more of it. */
  readonly loadBefore: number
}

export const target = 0.5

const scriptFile = join(System.results, "p1.pgbench.sql")

/** The script, from a creation in a database of its own; refused unless pgbench leaves there what the application did. */
const captured = (
  database: Database.Database,
  simulatorPort: number,
  log: () => ReadonlyArray<string>,
  options: Options
) =>
  Effect.gen(function* () {
    yield* Capture.logStatements(database.name).pipe(Database.connected(database))
    yield* System.simulator(simulatorPort)
    const { port } = yield* System.http(database, options.pool, false)
    const capture = yield* Capture.capture(port, log).pipe(Database.connected(database))
    const script = PgbenchScript.make(capture, 1, 1)
    yield* Effect.promise(() => writeFile(scriptFile, script.text))
    const before = yield* Footprint.take.pipe(Database.connected(database))
    yield* Pgbench.run({ file: scriptFile, script, database, clients: 1, until: { transactions: 1 } })
    const after = yield* Footprint.take.pipe(Database.connected(database))
    const different = Footprint.mismatches(capture.footprint, Footprint.difference(before, after))
    if (different.length > 0) {
      return yield* new BenchError({
        message: `pgbench does not do what the application does:\n${different.join("\n")}`
      })
    }
    return capture
  }).pipe(Effect.scoped)

/** Runs all of P1, or for a profile the application's part. */
export const measure = Effect.fnUntraced(function* (options: Options) {
  const { clients, pairs: count, seconds, tenants, warmUp } = options
  const pgbench = options.profile ? "" : yield* Pgbench.version
  yield* Effect.promise(() => mkdir(System.results, { recursive: true }))
  const loadBefore = loadavg()[0] ?? 0
  if (loadBefore > availableParallelism() / 4) {
    yield* Console.log(
      `The machine is busy already, with a load average of ${loadBefore.toFixed(1)}: the ratio will be too low`
    )
  }
  const lines: Array<string> = []
  let logging = true
  const on = yield* Database.start((line) => void (logging && lines.push(line)))
  const [administrator, database, scratch] = [on("postgres"), on("bench"), on("capture")]
  const simulatorPort = yield* Ports.freePort
  const simulator = `http://127.0.0.1:${simulatorPort}`

  yield* Console.log(`Setting up ${tenants} tenants`)
  yield* Application.prepare(database, administrator, tenants, simulator)
  const script = options.profile
    ? undefined
    : yield* Effect.gen(function* () {
        yield* Application.prepare(scratch, administrator, 1, simulator)
        const capture = yield* captured(scratch, simulatorPort, () => lines, options)
        yield* Console.log(`One creation is ${capture.statements.length} statements`)
        const script = PgbenchScript.make(capture, tenants, clients)
        yield* Effect.promise(() => writeFile(scriptFile, script.text))
        return { ...script, roundTrips: capture.statements.length }
      })
  logging = false

  yield* Console.log("Warming up")
  const application = yield* Application.start(database, simulatorPort, options)
  const runApp = application.run(tenants)
  yield* runApp

  if (script === undefined) {
    const { p50, p99, requestsPerSecond } = yield* runApp
    yield* Console.log(
      `${requestsPerSecond.toFixed(0)} requests/s under the profiler, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`
    )
    return undefined
  }

  const checkpoint = Database.checkpoint().pipe(Database.connected(database))

  const runPgbench = Effect.gen(function* () {
    const run = (length: number) =>
      Pgbench.run({ file: scriptFile, script, database, clients, until: { seconds: length } })
    yield* run(warmUp)
    yield* checkpoint
    return yield* run(seconds)
  })

  const pairs: Array<Pair> = []
  for (let pair = 1; pair <= count; pair++) {
    const app = yield* runApp
    const transactions = yield* runPgbench
    const ratio = app.requestsPerSecond / transactions
    pairs.push({ app, pgbench: transactions, ratio })
    yield* Console.log(
      `${pair}. ${app.requestsPerSecond.toFixed(0)} requests/s (p50 ${app.p50.toFixed(1)} ms, p99 ${app.p99.toFixed(1)} ms), ` +
        `pgbench ${transactions.toFixed(0)} transactions/s: ${ratio.toFixed(3)}`
    )
  }
  const postgres = yield* Database.settings.pipe(Database.connected(database))
  const result: Result = {
    pairs,
    median: median(pairs.map(({ ratio }) => ratio)),
    roundTrips: script.roundTrips,
    postgres,
    pgbench,
    loadBefore
  }
  return result
})
