/**
 * What a creation leaves in the database, as numbers: the rows of every table and, of every column, how many are set. Two
 * ways to create an invoice that leave the same did the same work. The audit log is apart: it is written for many requests at once,
 * beside them.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql"

export type Footprint = Readonly<Record<string, number>>

export const take = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const columns = yield* sql<{ readonly table: string; readonly column: string; readonly type: string }>`
    select table_name as table, column_name as column, data_type as type from information_schema.columns
    where table_schema = 'public' and table_name not like 'audit%' order by table_name, ordinal_position`
  const found: Record<string, number> = {}
  for (const [table, own] of Map.groupBy(columns, (each) => each.table)) {
    const counts = own.map(({ column, type }) =>
      type === "boolean" ? `count(*) filter (where "${column}") as "${column}"` : `count("${column}") as "${column}"`
    )
    const [row] = yield* sql.unsafe<Record<string, bigint>>(`select ${counts.join(", ")} from "${table}"`)
    for (const [column, count] of Object.entries(row ?? {})) found[`${table}.${column}`] = Number(count)
  }
  return found satisfies Footprint
})

/** What changed between two, columns without a change left out. */
export const difference = (before: Footprint, after: Footprint): Footprint =>
  Object.fromEntries(
    Object.entries(after).flatMap(([column, count]) => {
      const more = count - (before[column] ?? 0)
      return more === 0 ? [] : [[column, more]]
    })
  )

/** The columns in which two differ, for a message; empty when they are the same. */
export const mismatches = (one: Footprint, other: Footprint): ReadonlyArray<string> =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((column) => one[column] !== other[column])
    .map((column) => `${column}: ${one[column] ?? 0} and ${other[column] ?? 0}`)
