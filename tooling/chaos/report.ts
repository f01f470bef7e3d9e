/** Runs and series as pages: what was done to the gateway, what it did, and what was wrong. */
import { join } from "node:path"
import type { Round } from "./round.ts"
import type { Result as Run } from "./run.ts"
import * as Schedule from "./schedule.ts"
import type { Result as Series } from "./series.ts"

export const results = join(import.meta.dirname, "results")

const table = (head: readonly [string, string], rows: ReadonlyArray<readonly [string, string | number]>): string =>
  [`| ${head[0]} | ${head[1]} |`, "|---|--:|", ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join("\n")

/** How many faults of each kind there were. */
const kinds = (faults: ReadonlyArray<Schedule.Planned>): ReadonlyArray<readonly [string, number]> =>
  [
    ...Map.groupBy(faults, ({ fault }) => (fault.do === "restart database" ? `${fault.do} (${fault.how})` : fault.do))
  ].map(([kind, all]) => [kind, all.length])

const happened = (counts: Readonly<Record<string, number>>): string =>
  table(
    ["what happened", "times"],
    Object.keys(counts)
      .toSorted()
      .map((name) => [name, counts[name] ?? 0])
  )

/** What does the same again. */
export const commandOf = (options: Readonly<Record<string, number>>): string =>
  ["pnpm chaos", ...Object.entries(options).map(([name, value]) => `--${name} ${value}`)].join(" ")

/** The findings of a schedule with how to repeat it and where to look; one line when there are none. */
export const verdict = (
  { calmAt, findings, restAt, seed }: Round,
  command: string,
  { database, logs }: Pick<Series, "database" | "logs">
): string => {
  if (findings.length === 0)
    return `Seed ${seed}: nothing is wrong, ${Math.round(restAt - calmAt)} s after the last fault`
  return [
    `Seed ${seed}: ${findings.length} findings`,
    ...findings.map((finding) => `- ${finding}`),
    `Repeat: ${command}`,
    `Logs: ${logs}`,
    `Database (a data directory of PostgreSQL 18): ${database}`
  ].join("\n")
}

/** A run's page, which shows its plot. */
export const ofRun = ({ calmAt, counts, faults, findings, pace, restAt, seed }: Run, command: string): string =>
  [
    `# Chaos, seed ${seed}`,
    "",
    `\`${command}\`: ${pace.seconds} seconds of faults, at rest ${Math.round(restAt - calmAt)} s after the last. ` +
      (findings.length === 0 ? "Nothing is wrong." : `${findings.length} findings:`),
    ...(findings.length === 0 ? [] : ["", ...findings.map((finding) => `- ${finding}`)]),
    "",
    `![Throughput, doubt and queue age over time](${seed}.svg)`,
    "",
    table(["faults", "times"], kinds(faults)),
    "",
    happened(counts),
    "",
    table(
      ["fault", "second"],
      faults.map(({ at, fault }) => [Schedule.words(fault), at.toFixed(1)])
    ),
    ""
  ].join("\n")

/** A series' page. */
export const ofSeries = (
  { counts, rounds }: Series,
  { command, minutes, name }: { readonly command: string; readonly minutes: number; readonly name: string }
): string => {
  const wrong = rounds.filter(({ findings }) => findings.length > 0)
  return [
    `# Chaos, schedules ${name}`,
    "",
    `\`${command}\`: ${rounds.length} schedules in ${minutes.toFixed(0)} minutes. ` +
      (wrong.length === 0 ? "Nothing is wrong after any of them." : "The last has findings:"),
    ...wrong.flatMap(({ findings }) => ["", ...findings.map((finding) => `- ${finding}`)]),
    "",
    table(["faults", "times"], kinds(rounds.flatMap(({ faults }) => faults))),
    "",
    happened(counts),
    ""
  ].join("\n")
}
