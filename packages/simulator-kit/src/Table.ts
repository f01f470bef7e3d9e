/**
 * The rows of one kind that a simulated provider keeps in memory, by id and by the other keys that lookups use.
 */
import { Exit, Schema } from "effect"

/** What {@link Records} needs of the rows of one kind. */
export interface Stored<Row> {
  readonly get: (id: string) => Row | undefined
  readonly id: (row: Row) => string
  /** Inserts the row, or replaces the one of the same id where it stands. */
  readonly put: (row: Row) => void
  /** All rows, oldest first. */
  readonly rows: () => Iterable<Row>
  /** When something is to happen to a row by itself, in milliseconds since 1970; null while nothing is. */
  readonly dueAt: (row: Row) => number | null
  /** Reads a row out of the state file. */
  readonly decode: (json: unknown) => Exit.Exit<Row, unknown>
}

/** Rows by id, in the order in which they were created. */
export interface Table<Row, Key extends string = never> extends Stored<Row> {
  /** All ids, oldest first. */
  readonly ids: ReadonlyArray<string>
  /** The ids of the rows with this value of a key, oldest first. */
  readonly idsOf: (key: Key, value: string) => ReadonlyArray<string>
}

/** How a table is made. Rows are written to the state file as they are, so their schema decodes from JSON to itself. */
export interface Definition<Row, Key extends string> {
  readonly schema: Schema.Codec<Row, unknown>
  readonly id: (row: Row) => string
  /** Other keys to look rows up by; a row's value must never change. Several rows may share one. */
  readonly keys?: { readonly [K in Key]: (row: Row) => string | null }
  readonly dueAt?: (row: Row) => number | null
  /** Called with each row that is put and the one it replaces, for sums such as a balance. */
  readonly onPut?: (row: Row, before: Row | undefined) => void
}

/** An empty table. */
export const make = <Row, Key extends string = never>(definition: Definition<Row, Key>): Table<Row, Key> => {
  const { dueAt = () => null, id, keys, onPut } = definition
  const rows = new Map<string, Row>()
  const ids: Array<string> = []
  const indexes = new Map<string, Map<string, Array<string>>>()
  const readKeys: ReadonlyArray<[string, (row: Row) => string | null]> = keys === undefined ? [] : Object.entries(keys)
  for (const [key] of readKeys) indexes.set(key, new Map())

  const insert = (rowId: string, row: Row): void => {
    ids.push(rowId)
    for (const [key, read] of readKeys) {
      const value = read(row)
      if (value === null) continue
      const same = indexes.get(key)?.get(value)
      if (same === undefined) indexes.get(key)?.set(value, [rowId])
      else same.push(rowId)
    }
  }
  return {
    get: (rowId) => rows.get(rowId),
    id,
    put: (row) => {
      const rowId = id(row)
      const before = rows.get(rowId)
      if (before === undefined) insert(rowId, row)
      onPut?.(row, before)
      rows.set(rowId, row)
    },
    rows: () => rows.values(),
    dueAt,
    decode: Schema.decodeUnknownExit(definition.schema),
    ids,
    idsOf: (key, value) => indexes.get(key)?.get(value) ?? []
  }
}
