/** Keyset paging over ids, newest first: stable while rows are added, and as fast deep inside as on the first page. */
import { Effect } from "effect"
import { type SqlError, SqlClient, type Statement } from "effect/sql"
import type { Store } from "@salesos/core"

/**
 * Reads a page: `select` is run with the conditions, an order and a limit of one row more, which tells whether there
 * are more. The column `id` is the cursor.
 */
export const page = Effect.fnUntraced(function* <Row>(
  { endingBefore, limit, startingAfter }: Store.Page,
  conditions: ReadonlyArray<Statement.Fragment>,
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
  const rows = yield* select(sql.and([...conditions, ...cursors]), order, sql`limit ${limit + 1}`)
  const data = rows.slice(0, limit)
  return { data: backwards ? data.reverse() : data, hasMore: rows.length > limit }
})
