/** P1 as a table in Markdown. */
import { availableParallelism, cpus } from "node:os"
import type { Options } from "./options.ts"
import { type Result, target } from "./p1.ts"
import type { Plotted } from "./plot.ts"
import { median } from "./statistics.ts"

export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  rows.map((row) => `| ${row.join(" | ")} |`).join("\n")

/** What the figures were taken on. */
export const machine = (): string =>
  `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${process.platform} ${process.arch}`

export const verdict = (result: Result): string =>
  `Median ratio ${result.median.toFixed(3)}, target ${target.toFixed(2)}: ${result.median >= target ? "met" : "missed"}`

export const plotted = ({ median: middle, pairs }: Result): Plotted => ({
  title: "P1: creating PIX invoices, against pgbench",
  sides: ["requests/s of the gateway", "transactions/s of pgbench, same statements"],
  pairs: pairs.map(({ app, pgbench, ratio }) => ({ measured: app.requestsPerSecond, against: pgbench, ratio })),
  median: middle,
  target
})

export const markdown = (
  result: Result,
  { clients, pairs, pool, processes, seconds, tenants, warmUp }: Options
): string => {
  const rows = result.pairs.map(({ app, pgbench, ratio }, place) => [
    String(place + 1),
    app.requestsPerSecond.toFixed(0),
    app.p50.toFixed(1),
    app.p99.toFixed(1),
    pgbench.toFixed(0),
    ratio.toFixed(3)
  ])
  const middle = (of: (pair: Result["pairs"][number]) => number, digits: number) =>
    median(result.pairs.map(of)).toFixed(digits)
  return `# P1: creating PIX invoices, against pgbench

\`POST /invoices\` through the whole path (key, idempotency, routing, the provider's simulator over HTTP, both transactions),
${tenants} tenants in turn, ${clients} connections. Against pgbench on the same server and database, ${clients} clients, running
the ${result.roundTrips} statements of one creation as captured from the application
([p1.pgbench.sql](p1.pgbench.sql)). One request and one run of the script do the same in the database.

**${verdict(result)}**

![Requests and transactions a second, by pair](p1.svg)

${table([["pair", "requests/s", "p50 ms", "p99 ms", "pgbench tx/s", "ratio"], ["--:", "--:", "--:", "--:", "--:", "--:"], ...rows, ["**median**", middle(({ app }) => app.requestsPerSecond, 0), middle(({ app }) => app.p50, 1), middle(({ app }) => app.p99, 1), middle(({ pgbench }) => pgbench, 0), `**${result.median.toFixed(3)}**`]])}

- ${pairs} pairs, A B A B: ${seconds} s each after ${warmUp} s of warm-up and a checkpoint. HTTP processes: ${processes}, each with a pool of ${pool}.
- The HTTP side, the simulator, the load and PostgreSQL share the machine; in pgbench's turn it shares it with PostgreSQL only.
- ${machine()}, load average ${result.loadBefore.toFixed(1)} before.
- PostgreSQL ${result.postgres.version} (${result.postgres.flushing}), pgbench ${result.pgbench}, Node ${process.versions.node}.

Made by \`pnpm bench\`. Figures of one machine on one day: compare ratios, not rates.
`
}
