/** What a command prints: JSON for programs, tables for people. */
import { Console, DateTime, Effect, Stream } from "effect"
import { Flag, GlobalFlag } from "effect/cli"

/** `--json` */
export const Json = GlobalFlag.Setting("json")({
  flag: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON instead of tables"), Flag.withDefault(false))
})

type Row = Readonly<Record<string, unknown>>

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return "–"
  if (value instanceof Date) return value.toISOString()
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  if (Array.isArray(value) && value.every((each) => typeof each !== "object")) return value.join(" ")
  if (typeof value === "bigint") return value.toString()
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** Rows under their names, each column as wide as its widest cell. */
const table = (rows: ReadonlyArray<Row>): string => {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const lines = [names, ...rows.map((row) => names.map((name) => cell(row[name])))]
  const widths = names.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? "")].length)))
  return lines
    .map((line) =>
      line
        .map((text, column) => text + " ".repeat((widths[column] ?? 0) - [...text].length))
        .join("  ")
        .trimEnd()
    )
    .join("\n")
}

const fields = (row: Row): string => {
  const width = Math.max(0, ...Object.keys(row).map((name) => name.length))
  return Object.entries(row)
    .map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`)
    .join("\n")
}

const print = (json: unknown, text: string) =>
  Effect.flatMap(Json, (asJson) => Console.log(asJson ? JSON.stringify(json, null, 2) : text))

/** Prints a list; `none` says to people that there is nothing in it. */
export const rows = (list: ReadonlyArray<Row>, none: string) => print(list, list.length === 0 ? none : table(list))

/** Prints one thing. */
export const one = (row: Row) => print(row, fields(row))

/** Prints one thing with the lists that belong to it. */
export const sections = (row: Row, lists: Readonly<Record<string, ReadonlyArray<Row>>>) =>
  print(
    { ...row, ...lists },
    [
      fields(row),
      ...Object.entries(lists).map(
        ([name, list]) => `\n${name.toUpperCase()}\n${list.length === 0 ? "(none)" : table(list)}`
      )
    ].join("\n")
  )

/** Prints one thing with a list that belongs to it, and that may be long: as it comes. */
export const streamed = <E, R>(row: Row, name: string, list: Stream.Stream<Row, E, R>) =>
  Effect.flatMap(Json, (asJson) => (asJson ? streamedJson(row, name, list) : streamedText(row, name, list)))

const streamedJson = Effect.fnUntraced(function* <E, R>(row: Row, name: string, list: Stream.Stream<Row, E, R>) {
  const opened = JSON.stringify({ ...row, [name]: [] }, null, 2).slice(0, -"]\n}".length)
  yield* Console.log(opened)
  yield* list.pipe(
    Stream.zipWithIndex,
    Stream.runForEach(([each, at]) => Console.log(`    ${at === 0 ? "" : ","}${JSON.stringify(each)}`))
  )
  yield* Console.log("  ]\n}")
})

/** So many rows share the widths of their columns. */
const together = 500

const streamedText = Effect.fnUntraced(function* <E, R>(row: Row, name: string, list: Stream.Stream<Row, E, R>) {
  yield* Console.log(`${fields(row)}\n\n${name.toUpperCase()}`)
  yield* list.pipe(
    Stream.grouped(together),
    Stream.runForEach((some) => Console.log(table(some)))
  )
})
