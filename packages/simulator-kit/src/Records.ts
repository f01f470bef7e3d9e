/**
 * Everything a simulated provider knows: its tables, the journal that keeps them, and the timers that move their rows.
 */
import { Effect, Exit, type FileSystem, Option, type PlatformError, Predicate, Record, type Scope } from "effect"
import * as Journal from "./Journal.ts"
import type { Stored } from "./Table.ts"
import * as Timers from "./Timers.ts"

/** Tables by name. */
export type Tables<Rows> = { readonly [Name in keyof Rows]: Stored<Rows[Name]> }

/** New versions of rows by the name of their table: the unit that is applied and written down as a whole. */
export type Change<Rows> = { readonly [Name in keyof Rows]?: ReadonlyArray<Rows[Name]> }

/** What to do with a row that is due, by table. It has to commit the row with another time, or it stays as it is. */
export type Handlers<Rows> = { readonly [Name in keyof Rows]?: (row: Rows[Name]) => Effect.Effect<void> }

/** What requests, control endpoints and timers do with the provider's records. */
export interface Records<Rows> {
  /** Applies a change, sets its timers and writes it down, all at once. */
  readonly commit: (change: Change<Rows>) => void
  /** Waits until the state file has every change so far: an answer tells only what a restart remembers. */
  readonly written: Effect.Effect<void>
  /** Hands each row to its table's handler once it is due, forever. */
  readonly run: (handlers: Handlers<Rows>) => Effect.Effect<never>
}

/** Opens the records of `stateFile` in `tables`, or new ones that are forgotten with the scope. */
export const open = Effect.fnUntraced(function* <Rows extends Readonly<Record<string, object>>>(
  tables: Tables<Rows>,
  stateFile: string | undefined
): Effect.fn.Return<Records<Rows>, PlatformError.PlatformError, FileSystem.FileSystem | Scope.Scope> {
  type Name = keyof Rows & string
  const names: ReadonlyArray<Name> = Record.keys(tables)
  const timers = Timers.make<{ readonly table: Name; readonly id: string; readonly at: number }>()

  const put = <N extends Name>(name: N, change: Change<Rows>): void => {
    const table: Stored<Rows[N]> = tables[name]
    for (const row of change[name] ?? []) table.put(row)
  }

  const scheduleRow = <N extends Name>(name: N, row: Rows[N]): void => {
    const table: Stored<Rows[N]> = tables[name]
    const at = table.dueAt(row)
    if (at !== null) timers.schedule(at, { table: name, id: table.id(row), at })
  }

  /** The rows of a line, decoded, as what puts them. */
  const decoded = <N extends Name>(name: N, rows: unknown): Option.Option<() => void> => {
    if (rows === undefined) return Option.some(() => undefined)
    if (!Array.isArray(rows)) return Option.none()
    const table: Stored<Rows[N]> = tables[name]
    const exits = rows.map(table.decode)
    const read = exits.flatMap((exit) => (Exit.isSuccess(exit) ? [exit.value] : []))
    return read.length < exits.length ? Option.none() : Option.some(() => read.forEach(table.put))
  }

  const journal =
    stateFile === undefined
      ? Journal.none
      : yield* Journal.open(stateFile, {
          apply: (line) => {
            if (!Predicate.isObject(line) || !Object.keys(line).every((key) => key in tables)) return false
            const puts = names.map((name) => decoded(name, Predicate.hasProperty(line, name) ? line[name] : undefined))
            if (!puts.every(Option.isSome)) return false
            for (const { value } of puts) value()
            return true
          },
          snapshot: function* () {
            for (const name of names) for (const row of tables[name].rows()) yield { [name]: [row] }
          }
        })
  for (const name of names) for (const row of tables[name].rows()) scheduleRow(name, row)

  const handle = <N extends Name>(name: N, id: string, at: number, handlers: Handlers<Rows>) => {
    const table: Stored<Rows[N]> = tables[name]
    const row = table.get(id)
    const handler = handlers[name]
    // Something else may have moved it before its time: then its new time counts, if it has one.
    return row === undefined || handler === undefined || table.dueAt(row) !== at ? Effect.void : handler(row)
  }

  return {
    commit: (change) => {
      for (const name of names) put(name, change)
      journal.append(change)
      for (const name of names) for (const row of change[name] ?? []) scheduleRow(name, row)
    },
    written: journal.written,
    run: (handlers) => timers.run(({ at, id, table }) => handle(table, id, at, handlers))
  }
})
