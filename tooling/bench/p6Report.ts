/** P6 as a table in Markdown. */
import type { Options } from "./options.ts"
import { latencyTarget, type Result, target } from "./p6.ts"
import type { Plotted } from "./plot.ts"
import { machine, table } from "./report.ts"

export const plotted = ({ median, pairs }: Result): Plotted => ({
  title: "P6: delivering webhooks, against a bare queue",
  sides: ["deliveries/s of one worker", "takes/s of a bare queue"],
  pairs: pairs.map(({ deliveries, ratio, takes }) => ({ measured: deliveries, against: takes, ratio })),
  median,
  target
})

const judged = (met: boolean): string => (met ? "met" : "missed")

export const verdict = ({ latency, median }: Result): string =>
  `Median ratio ${median.toFixed(3)}, target ${target.toFixed(2)}: ${judged(median >= target)}. ` +
  `p99 from event to arrival ${latency.p99.toFixed(3)} s, target ${latencyTarget} s: ${judged(latency.p99 <= latencyTarget)}`

export const markdown = (
  result: Result,
  { deliveries, pairs, pool, seconds, tenants }: Options
): string => `# P6: delivering webhooks, against a bare queue

One worker delivers ${deliveries} events of ${tenants} tenants, in turn, to an endpoint that answers at once: from the first
request that arrives to the last, every try signed and recorded. Against the takes of \`PersistedQueue\` on the same database, 16 at
once, whose jobs do nothing.

**${verdict(result)}**

![Deliveries and takes a second, by pair](p6.svg)

${table([["pair", "deliveries/s", "takes/s", "ratio"], ["--:", "--:", "--:", "--:"], ...result.pairs.map((pair, place) => [String(place + 1), pair.deliveries.toFixed(0), pair.takes.toFixed(0), pair.ratio.toFixed(3)]), ["**median**", "", "", `**${result.median.toFixed(3)}**`]])}

- Latency: ${result.latency.count} events in ${seconds} s, ${result.latency.rate} a second, half the measured rate: p50 ${result.latency.p50.toFixed(3)} s, p99 ${result.latency.p99.toFixed(3)} s from the event's transaction to its arrival.
- ${pairs} pairs, A B A B, a checkpoint before each. A pool of ${pool} connections. Worker, endpoint and PostgreSQL share the machine.
- ${machine()}, load average ${result.loadBefore.toFixed(1)} before.
- PostgreSQL ${result.postgres.version} (${result.postgres.flushing}), Node ${process.versions.node}.

Made by \`pnpm bench --only p6\`. Figures of one machine on one day: compare ratios, not rates.
`
