/** The matrix as a table of `docs/reliability.md`. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { flows } from "./Flows.ts"
import type { Row } from "./Matrix.ts"

const file = join(import.meta.dirname, "../../../../docs/reliability.md")
const place = /(<!-- crashes[^>]*-->\n)[^]*?(<!-- \/crashes -->)/

const head = ["flow", "killed", "the client saw", "found afterwards"] as const

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** The rows that the table has. */
const rows = (): ReadonlyArray<Row> =>
  (place.exec(readFileSync(file, "utf8"))?.[0] ?? "")
    .split("\n")
    .filter((row) => row.startsWith("| "))
    .slice(2)
    .map((row) => row.split("|").map((cell) => cell.trim()))
    .map(([, flow = "", killed = "", seen = "", found = ""]) => ({ flow, place: killed, seen, found }))

/** Puts the rows of some flows where the table is; those of others stay. */
export const write = (found: ReadonlyArray<Row>): void => {
  const text = readFileSync(file, "utf8")
  if (!place.test(text)) throw new Error(`${file} has no <!-- crashes --> … <!-- /crashes -->`)
  const kept = rows().filter(({ flow }) => !found.some((row) => row.flow === flow))
  const all = flows.flatMap(({ name }) => [...kept, ...found].filter(({ flow }) => flow === name))
  const table = [head, head.map(() => "---"), ...all.map((row) => [row.flow, row.place, row.seen, row.found])]
  writeFileSync(
    file,
    text.replace(place, (_, begin: string, end: string) => `${begin}${table.map(line).join("\n")}\n${end}`)
  )
}

/** The places that the table has of each flow, in order. */
export const read = (): ReadonlyMap<string, ReadonlyArray<string>> =>
  new Map([...Map.groupBy(rows(), ({ flow }) => flow)].map(([flow, all]) => [flow, all.map((row) => row.place)]))
