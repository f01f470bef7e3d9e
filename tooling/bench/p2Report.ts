/** P2 as a table in Markdown. */
import type { Options } from "./options.ts"
import { type Pair, type Result, target } from "./p2.ts"
import type { Plotted } from "./plot.ts"
import { machine, table } from "./report.ts"
import { median } from "./statistics.ts"

export const verdict = (result: Result): string =>
  `P2: median ratio ${result.median.toFixed(3)}, target ${target.toFixed(2)}: ${result.median >= target ? "met" : "missed"}`

export const plotted = ({ median: middle, pairs }: Result): Plotted => ({
  title: "P2: creating PIX invoices of one tenant, against many",
  sides: ["requests/s of one tenant", "requests/s of many"],
  pairs: pairs.map(({ hot, many, ratio }) => ({
    measured: hot.requestsPerSecond,
    against: many.requestsPerSecond,
    ratio
  })),
  median: middle,
  target
})

const cells = ({ hot, many, ratio }: Pair): ReadonlyArray<string> => [
  hot.requestsPerSecond.toFixed(0),
  hot.p50.toFixed(1),
  hot.p99.toFixed(1),
  many.requestsPerSecond.toFixed(0),
  many.p50.toFixed(1),
  many.p99.toFixed(1),
  ratio.toFixed(3)
]

export const markdown = (
  result: Result,
  { clients, pairs, pool, processes, seconds, tenants, warmUp }: Options
): string => `# P2: creating PIX invoices of one tenant, against many

\`POST /invoices\` as in [P1](p1.md), ${clients} connections: all of one tenant, whose numbers come from one counter without a gap,
against ${tenants} tenants in turn.

**${verdict(result)}**

![Requests a second of one tenant and of many, by pair](p2.svg)

${table([
  ["pair", "one: requests/s", "p50 ms", "p99 ms", "many: requests/s", "p50 ms", "p99 ms", "ratio"],
  ["--:", "--:", "--:", "--:", "--:", "--:", "--:", "--:"],
  ...result.pairs.map((pair, place) => [String(place + 1), ...cells(pair)]),
  ["**median**", "", "", "", "", "", "", `**${median(result.pairs.map(({ ratio }) => ratio)).toFixed(3)}**`]
])}

- ${pairs} pairs, A B A B: ${seconds} s each after ${warmUp} s of warm-up and a checkpoint. HTTP processes: ${processes}, each with a pool of ${pool}.
- ${machine()}, load average ${result.loadBefore.toFixed(1)} before.
- PostgreSQL ${result.postgres.version} (${result.postgres.flushing}), Node ${process.versions.node}.

Made by \`pnpm bench\`. Figures of one machine on one day: compare ratios, not rates.
`
