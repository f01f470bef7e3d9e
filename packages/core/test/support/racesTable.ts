/** Races and what became of them as a table of `docs/reliability.md`. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const file = join(import.meta.dirname, "../../../../docs/reliability.md")
const place = /(<!-- races[^>]*-->\n)[^]*?(<!-- \/races -->)/

export interface Row {
  readonly race: string
  readonly interleavings: number
  readonly holds: string
}

const line = (cells: ReadonlyArray<string | number>): string => `| ${cells.join(" | ")} |`

/** Puts the rows where the table is. */
export const write = (rows: ReadonlyArray<Row>): void => {
  const text = readFileSync(file, "utf8")
  if (!place.test(text)) throw new Error(`${file} has no <!-- races --> … <!-- /races -->`)
  const head = [line(["race", "interleavings", "what holds besides"]), line(["---", "---", "---"])]
  const table = [...head, ...rows.map(({ holds, interleavings, race }) => line([race, interleavings, holds]))]
  writeFileSync(
    file,
    text.replace(place, (_, begin: string, end: string) => `${begin}${table.join("\n")}\n${end}`)
  )
}

/** The rows that the table has. */
export const read = (): ReadonlyArray<Row> =>
  (place.exec(readFileSync(file, "utf8"))?.[0] ?? "")
    .split("\n")
    .filter((row) => row.startsWith("| "))
    .slice(2)
    .map((row) => row.split("|").map((cell) => cell.trim()))
    .map(([, race = "", interleavings, holds = ""]) => ({ race, interleavings: Number(interleavings), holds }))
