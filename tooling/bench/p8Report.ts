/** P8 as a table in Markdown. */
import type { Figure, Figures } from "./p8.ts"
import { machine, table } from "./report.ts"

/** A rate as people say it: `38,800,000`. */
export const rounded = (rate: number): string => Number(rate.toPrecision(3)).toLocaleString("en")

export const verdict = ({ median, name, target }: Figure): string =>
  `${name}: ${rounded(median)} per second${target === null ? "" : `, target ${rounded(target)}: ${median >= target ? "met" : "missed"}`}`

export const markdown = ({ figures, loadBefore, roundSeconds }: Figures): string => {
  const rows = figures.map(({ median, name, rounds, target }) => [
    name,
    target === null ? "–" : rounded(target),
    `**${rounded(median)}**`,
    rounded(Math.min(...rounds)),
    rounded(Math.max(...rounds)),
    target === null ? "–" : (median / target).toFixed(1)
  ])
  return `# P8: what core alone does in a second

State transitions, ledger entries, and reading BR Codes and boletos, without a database or a network: what each costs of a
request. Rates are by processor time of the process, so what else the machine does counts little.

![Rates and targets](p8.svg)

${table([["per second", "target", "median", "lowest", "highest", "times the target"], ["--", "--:", "--:", "--:", "--:", "--:"], ...rows])}

- ${figures[0]?.rounds.length ?? 0} rounds, in each of which every kind of work takes its turn for ${roundSeconds} s; three before them do not count.
- A refused transition makes an error with a stack trace, which is what it costs. It is no part of the target: refusals are rare.
- BR Codes: half with a key, an amount and a txid, half with a URL. Boletos: half barcodes, half digitable lines, all check digits.
- ${machine()}, load average ${loadBefore.toFixed(1)} before, Node ${process.versions.node}.

Made by \`pnpm bench --only p8\`. Figures of one machine on one day.
`
}
