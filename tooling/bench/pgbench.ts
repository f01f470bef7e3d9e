/** Running pgbench, from PostgreSQL's own contributed programs. */
import { Effect } from "effect"
import type { Database } from "./database.ts"
import { BenchError } from "./errors.ts"
import type { Script } from "./pgbenchScript.ts"
import * as Processes from "./processes.ts"

const missing = new BenchError({
  message: [
    "pgbench is not on the PATH. It comes with PostgreSQL:",
    "  Debian, Ubuntu  apt-get install postgresql-contrib   (the package postgresql has it too)",
    "  Fedora          dnf install postgresql-contrib",
    "  macOS           brew install postgresql@18"
  ].join("\n")
})

const execute = Effect.fnUntraced(function* (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>) {
  const running = yield* Processes.spawn({ name: "pgbench", command: "pgbench", args, env })
  const { code, output } = yield* running.ended
  return { code, output, lastLines: running.lastLines() }
}, Effect.scoped)

/** Fails with how to get it where it is missing. */
export const version = Effect.gen(function* () {
  const { code, output } = yield* execute(["--version"], {})
  return code === 0 ? output.replace(/^pgbench \(PostgreSQL\) /, "").trim() : yield* missing
})

export interface Run {
  readonly file: string
  readonly script: Script
  readonly database: Database
  readonly clients: number
  readonly until: { readonly seconds: number } | { readonly transactions: number }
}

/** Apart from every other run's, whatever the number of transactions: a second is enough for a thousand million. */
const base = (): string => String(BigInt(Math.floor(Date.now() / 1000)) * 1_000_000_000n)

/** Transactions a second. A transaction that fails, fails the run. */
export const run = Effect.fnUntraced(function* ({ clients, database, file, script, until }: Run) {
  const { code, lastLines, output } = yield* execute(
    [
      ...["-n", "-M", "prepared", "-f", file, "-c", String(clients), "-j", String(Math.min(2, clients))],
      ...("seconds" in until ? ["-T", String(until.seconds)] : ["-t", String(until.transactions)]),
      ...[["base", base()] as const, ["n", "0"] as const, ...script.variables].flatMap(([name, value]) => [
        "-D",
        `${name}=${value}`
      ])
    ],
    {
      PGHOST: database.host,
      PGPORT: String(database.port),
      PGUSER: database.user,
      PGPASSWORD: database.password,
      PGDATABASE: database.name
    }
  )
  const [, tps] = /^tps = ([\d.]+)/m.exec(output) ?? []
  const [, failed] = /^number of failed transactions: (\d+)/m.exec(output) ?? []
  if (code !== 0 || tps === undefined || (failed !== undefined && failed !== "0")) {
    return yield* new BenchError({ message: `pgbench failed:\n${lastLines}` })
  }
  return Number(tps)
})
