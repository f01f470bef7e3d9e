/** Keyset paging over ids, newest first: stable while rows are added, and as fast deep inside as on the first page. */
import { type DateTime, Effect } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { Ids, type Operations, type Owner } from "@salesos/core"

/** The ids of a time, both ends included. */
export interface IdRange {
  readonly first?: string
  readonly last?: string
}

/**
 * The ids of what was created in a time. An id has the time of its row's creation, so that a time is a range of ids: the index
 * that gives the order of a list also finds where it begins.
 */
export const createdIn = (
  prefix: keyof Ids.Prefixes,
  { createdFrom, createdTo }: { readonly createdFrom?: DateTime.Utc; readonly createdTo?: DateTime.Utc }
): IdRange => ({
  ...(createdFrom === undefined ? {} : { first: Ids.bounds(prefix, createdFrom)[0] }),
  ...(createdTo === undefined ? {} : { last: Ids.bounds(prefix, createdTo)[1] })
})

/** What a list is narrowed to: an owner's rows, whose columns equal the values that are given, and whose ids are in a range. */
export const conditions = (
  sql: SqlClient.SqlClient,
  owner: Owner.Owner,
  { first, last }: IdRange,
  columns: Readonly<Record<string, string | undefined>>
): ReadonlyArray<Statement.Fragment> => [
  sql`tenant = ${owner.tenant}`,
  sql`environment = ${owner.environment}`,
  ...Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [sql`${sql(column)} = ${value}`]
  ),
  ...(first === undefined ? [] : [sql`id >= ${first}`]),
  ...(last === undefined ? [] : [sql`id <= ${last}`])
]

/**
 * Reads a page: `select` is run with the conditions, an order and a limit of one row more, which tells whether there
 * are more. The column `id` is the cursor.
 *
 * Planned anew for every page. A plan that is made once for all values can't know how many ids are in a range, takes it for few,
 * and would read and sort millions.
 */
export const page = Effect.fnUntraced(function* <Row>(
  { endingBefore, limit, startingAfter }: Operations.Page,
  narrowed: ReadonlyArray<Statement.Fragment>,
  select: (where: Statement.Fragment, order: Statement.Fragment, limit: Statement.Fragment) => Statement.Statement<Row>
) {
  const sql = yield* SqlClient.SqlClient
  const backwards = startingAfter === undefined && endingBefore !== undefined
  const cursors = [
    ...(startingAfter === undefined ? [] : [sql`id < ${startingAfter}`]),
    ...(endingBefore === undefined ? [] : [sql`id > ${endingBefore}`])
  ]
  const order = backwards ? sql`order by id asc` : sql`order by id desc`
  const rows = yield* select(sql.and([...narrowed, ...cursors]), order, sql`limit ${limit + 1}`).unprepared
  const data = rows.slice(0, limit)
  return { data: backwards ? data.reverse() : data, hasMore: rows.length > limit }
})
