/**
 * The query parameters of lists: pages and filters. A parameter that is not declared is refused.
 */
import { DateTime, Option, Schema, SchemaIssue, SchemaTransformation } from "effect"
import { Id, Text } from "./Fields.ts"

const limitOf = (text: string): number => (/^\d{1,3}$/.test(text) ? Number(text) : 0)

const Limit = Schema.String.annotate({ description: "How many" })
  .check(
    Schema.makeFilter((text: string) => limitOf(text) >= 1 && limitOf(text) <= 100, {
      message: "Expected an integer from 1 to 100",
      code: "invalid_limit"
    })
  )
  .pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: limitOf, encode: String })))

/** How many a list shows when it is not told. */
export const defaultLimit = 20

const day = /^\d{4}-\d{2}-\d{2}$/
const instant = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

// `DateTime.make` reads 2026-02-30 as the second of March, so the day is compared with what came out.
const dayExists = (text: string): boolean =>
  Option.exists(DateTime.make(`${text}T00:00:00.000Z`), (date) => DateTime.formatIsoDate(date) === text)

const parse = (text: string, timeOfDay: string): Option.Option<DateTime.Utc> => {
  const date = day.test(text) ? text : instant.exec(text)?.[1]
  if (date === undefined || !dayExists(date)) return Option.none()
  return Option.map(DateTime.make(text === date ? `${text}T${timeOfDay}Z` : text), DateTime.toUtc)
}

const Instant = (timeOfDay: string, description: string) =>
  Schema.String.annotate({ description, examples: ["2026-11-21T20:00:00.000Z"] })
    .check(
      Schema.makeFilter((text: string) => Option.isSome(parse(text, timeOfDay)), {
        message: "Expected a time in ISO 8601, such as 2026-11-21T20:00:00.000Z, or a day, such as 2026-11-21",
        code: "invalid_time"
      })
    )
    .pipe(
      Schema.decodeTo(
        Schema.DateTimeUtc,
        SchemaTransformation.transform({
          decode: (text) => Option.getOrThrow(parse(text, timeOfDay)),
          encode: DateTime.formatIso
        })
      )
    )

/** Filters by time of creation. Decoded as `DateTime.Utc`, both ends included. */
export const created = {
  "created[gte]": Schema.optionalKey(
    Instant("00:00:00.000", "Created then or later: a time in ISO 8601, or a day, which counts from its start (UTC)")
  ),
  "created[lte]": Schema.optionalKey(
    Instant("23:59:59.999", "Created then or earlier: a time in ISO 8601, or a day, which counts to its end (UTC)")
  )
}

/** A filter by a text that must be equal. */
export const filter = (description: string, example: string, max = 64) =>
  Schema.optionalKey(Text(max, { description, examples: [example] }))

const oneCursor = Schema.makeFilter(
  (query: { readonly starting_after?: string; readonly ending_before?: string }) =>
    query.starting_after === undefined || query.ending_before === undefined
      ? undefined
      : {
          path: ["ending_before"],
          issue: new SchemaIssue.InvalidValue({ message: "Expected starting_after or ending_before, not both" })
        },
  { code: "invalid_cursor" }
)

/** The query of a list: its own filters, and the page parameters that all lists have. */
export const list = <const Filters extends Schema.Struct.Fields>(prefix: string, filters: Filters) =>
  Schema.Struct({
    ...filters,
    limit: Schema.optionalKey(Limit),
    starting_after: Schema.optionalKey(
      Id(prefix, "The id after which the page starts: the last one of the page before it")
    ),
    ending_before: Schema.optionalKey(
      Id(prefix, "The id before which the page ends: the first one of the page after it")
    )
  }).check(oneCursor)

/** The query of a call that takes no parameters: whatever is sent is refused. (An empty struct would let all pass.) */
export const none = Schema.Record(Schema.String, Schema.String).check(
  Schema.makeFilter(
    (query: Readonly<Record<string, string>>) =>
      Object.keys(query).map((name) => ({
        path: [name],
        issue: new SchemaIssue.InvalidValue({ message: "Expected no such parameter" })
      })),
    { code: "unknown_field" }
  )
)

/** A page of a list, newest first. */
export const Page = <S extends Schema.Top>(item: S) =>
  Schema.Struct({
    object: Schema.Literal("list"),
    data: Schema.Array(item).annotate({ description: "Newest first" }),
    has_more: Schema.Boolean.annotate({ description: "Whether there are more in the direction of the page" })
  })
