/** Lists, page by page, as one sequence. */
import { Effect, Option, Stream } from "effect"

/** A page of any list of the API that has pages. */
export interface Page<Item extends { readonly id: string }> {
  readonly object: "list"
  readonly data: ReadonlyArray<Item>
  readonly has_more: boolean
}

/** Where a page begins. */
export interface Cursor {
  readonly starting_after?: string
}

/**
 * All items of a list, newest first; a page is asked for when it is needed. Rows that are added meanwhile change nothing:
 *
 * ```ts
 * Paging.stream((cursor) => client.invoices.list({ query: { status: "open", ...cursor } }))
 * ```
 */
export const stream = <Item extends { readonly id: string }, E, R>(
  list: (cursor: Cursor) => Effect.Effect<Page<Item>, E, R>
): Stream.Stream<Item, E, R> =>
  Stream.paginate({}, (cursor: Cursor) => Effect.map(list(cursor), (page) => [page.data, next(page)] as const))

/** Where the page after a page begins, if there is one. */
export const next = ({ data, has_more }: Page<{ readonly id: string }>): Option.Option<Cursor> => {
  const last = data.at(-1)
  return has_more && last !== undefined ? Option.some({ starting_after: last.id }) : Option.none()
}
