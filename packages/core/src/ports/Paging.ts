/** One page of a list that is at hand, newest first. */
import type { Listed, Page } from "./Operations.ts"

/** The page that a cursor asks for, of rows in any order. Ids sort by their time of creation. */
export const pageOf = <A extends { readonly id: string }>(rows: ReadonlyArray<A>, page: Page): Listed<A> => {
  const { endingBefore, limit, startingAfter } = page
  const newestFirst = rows.toSorted((a, b) => (a.id < b.id ? 1 : -1))
  const older = newestFirst.filter(({ id }) => startingAfter === undefined || id < startingAfter)
  if (endingBefore === undefined) return { data: older.slice(0, limit), hasMore: older.length > limit }
  // The rows right before the cursor, not the first of the list.
  const newer = older.filter(({ id }) => id > endingBefore)
  return { data: newer.slice(-limit), hasMore: newer.length > limit }
}
