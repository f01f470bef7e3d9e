/** Keyset paging over ids, newest first: stable while rows are added, and as fast deep inside as on the first page. */
import { DateTime, Effect } from "effect"
import { type SqlError, SqlClient, type Statement } from "effect/sql"
import type { Operations, Owner } from "@salesos/core"

/** What a list is narrowed to: an owner's rows, whose columns equal the values that are given, created in a time. */
export const conditions = (
  sql: SqlClient.SqlClient,
  owner: Owner.Owner,
  created: { readonly createdFrom?: DateTime.Utc; readonly createdTo?: DateTime.Utc },
  columns: Readonly<Record<string, string | undefined>>
): ReadonlyArray<Statement.Fragment> => [
  sql`tenant = ${owner.tenant}`,
  sql`environment = ${owner.environment}`,
  ...Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql(column)} = ${value}`]
  ),
  ...(created.createdFrom === undefined ? [] : [sql`created_at >= ${DateTime.toDateUtc(created.createdFrom)}`]),
  ...(created.createdTo === undefined ? [] : [sql`created_at <= ${DateTime.toDateUtc(created.createdTo)}`])
]

/**
 * Reads a page: `select` is run with the conditions, an order and a limit of one row more, which tells whether there
 * are more. The column `id` is the cursor.
 */
export const page = Effect.fnUntraced(function* <Row>(
  { endingBefore, limit, startingAfter }: Operations.Page,
  narrowed: ReadonlyArray<Statement.Fragment>,
  select: (
    where: Statement.Fragment,
    order: Statement.Fragment,
    limit: Statement.Fragment
  ) => Effect.Effect<ReadonlyArray<Row>, SqlError.SqlError>
) {
  const sql = yield* SqlClient.SqlClient
  const backwards = startingAfter === undefined && endingBefore !== undefined
  const cursors = [
    ...(startingAfter === undefined ? [] : [sql`id < ${startingAfter}`]),
    ...(endingBefore === undefined ? [] : [sql`id > ${endingBefore}`])
  ]
  const order = backwards ? sql`order by id asc` : sql`order by id desc`
  const rows = yield* select(sql.and([...narrowed, ...cursors]), order, sql`limit ${limit + 1}`)
  const data = rows.slice(0, limit)
  return { data: backwards ? data.reverse() : data, hasMore: rows.length > limit }
})
