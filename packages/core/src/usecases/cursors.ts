/** The row that a page of a list starts after or ends before. */
import { Effect, Option } from "effect"
import type { Page } from "../ports/Operations.ts"
import { ValidationError } from "../values/FieldError.ts"

/**
 * Fails with `ValidationError` where the page begins at a row that is not there, or is another owner's: rows are never deleted, so
 * that is a mistake, and not a place in the list.
 */
export const mustExist = Effect.fnUntraced(function* <Id extends string, E, R>(
  { endingBefore, startingAfter }: Page,
  is: (text: unknown) => text is Id,
  get: (id: Id) => Effect.Effect<Option.Option<unknown>, E, R>
) {
  const cursors = [
    ["starting_after", startingAfter],
    ["ending_before", endingBefore]
  ] as const
  for (const [field, id] of cursors) {
    if (id === undefined || (is(id) && Option.isSome(yield* get(id)))) continue
    const message = "Expected the id of a row that is there"
    return yield* new ValidationError({ errors: [{ field, code: "unknown_cursor", message }] })
  }
})
