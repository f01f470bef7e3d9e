/** A run as a page: what was done to the gateway, what it did, and what was wrong. */
import { join } from "node:path"
import { kinds, type Result } from "./run.ts"
import { words } from "./schedule.ts"

export const results = join(import.meta.dirname, "results")

const table = (head: readonly [string, string], rows: ReadonlyArray<readonly [string, string | number]>): string =>
  [`| ${head[0]} | ${head[1]} |`, "|---|--:|", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n")

/** How to do it again. */
export const command = ({ minutes, seed }: Pick<Result, "minutes" | "seed">): string =>
  `pnpm chaos --seed ${seed} --minutes ${minutes}`

/** The findings with how to repeat them and where to look; one line when there are none. */
export const verdict = (result: Result): string => {
  const { calmAt, database, findings, logs, restAt, seed } = result
  if (findings.length === 0)
    return `Seed ${seed}: nothing is wrong, ${Math.round(restAt - calmAt)} s after the last fault`
  return [
    `Seed ${seed}: ${findings.length} findings`,
    ...findings.map((finding) => `- ${finding}`),
    `Repeat: ${command(result)}`,
    `Logs: ${logs}`,
    `Database (a data directory of PostgreSQL 18): ${database}`
  ].join("\n")
}

export const markdown = (result: Result): string => {
  const { calmAt, counts, faults, findings, minutes, restAt, seed } = result
  const names = Object.keys(counts).toSorted()
  return [
    `# Chaos, seed ${seed}`,
    "",
    `\`${command(result)}\`: ${minutes} minutes of faults, at rest ${Math.round(restAt - calmAt)} s after the last. ` +
      (findings.length === 0 ? "Nothing is wrong." : `${findings.length} findings:`),
    ...(findings.length === 0 ? [] : ["", ...findings.map((finding) => `- ${finding}`)]),
    "",
    `![Throughput, doubt and queue age over time](${seed}.svg)`,
    "",
    table(["faults", "times"], kinds(faults)),
    "",
    table(
      ["what happened", "times"],
      names.map((name) => [name, counts[name] ?? 0])
    ),
    "",
    table(
      ["fault", "second"],
      faults.map(({ at, fault }) => [words(fault), at.toFixed(1)])
    ),
    ""
  ].join("\n")
}
