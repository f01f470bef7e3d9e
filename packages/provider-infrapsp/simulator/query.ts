/**
 * The parameters that all lists share: pages, sorting and date ranges.
 */
import type { Parse } from "@salesos/simulator-kit"
import { Schema, SchemaTransformation } from "effect"
import { isDate } from "./wire/common.ts"

/** "a date range must be an interval that is less than or equal to 365 days" (InfraPSP document, introduction). */
const maxRange = 365 * 24 * 60 * 60 * 1_000

/** A date in ISO 8601. */
export const date = Schema.optionalKey(Schema.String.check(isDate))
const count = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThan(0))
/** A bound of an amount. */
export const cents = Schema.optionalKey(Schema.FiniteFromString.check(Schema.isGreaterThanOrEqualTo(0)))
/** An id, whatever it looks like. */
export const id = Schema.optionalKey(Schema.String)
/** Free text. */
export const short = Schema.optionalKey(Schema.String.check(Schema.isMaxLength(128)))

/** "comma-separated list of …", or the parameter given several times. */
export const csv = <Values extends ReadonlyArray<string>>(item: Schema.Literals<Values>) =>
  Schema.optionalKey(
    Schema.ArrayEnsure(Schema.String).pipe(
      Schema.decodeTo(
        Schema.Array(Schema.String),
        SchemaTransformation.transform<ReadonlyArray<string>, ReadonlyArray<string>>({
          decode: (parts) => parts.flatMap((part) => part.split(",")),
          encode: (parts) => parts
        })
      ),
      Schema.decodeTo(Schema.Array(item))
    )
  )

/** The parameters of every list. */
export const page = {
  createdAtGte: date,
  createdAtLte: date,
  page: Schema.optionalKey(count),
  pageSize: Schema.optionalKey(count.check(Schema.isLessThanOrEqualTo(1_000))),
  sortOrder: Schema.optionalKey(Schema.Literals(["asc", "desc"]))
}

interface Range {
  readonly createdAtGte?: string
  readonly createdAtLte?: string
}

/** What a list was asked for. */
export interface Page extends Range {
  readonly page?: number
  readonly pageSize?: number
  readonly sortField?: string
  readonly sortOrder?: "asc" | "desc"
}

/** The first and last moment of the list, as ISO dates; a missing end is now, a missing start one year before now. */
const range = (
  query: Range,
  now: number
): { readonly from: string; readonly to: string } | { invalid: Parse.Invalid } => {
  const to = query.createdAtLte === undefined ? now : Date.parse(query.createdAtLte)
  const from = query.createdAtGte === undefined ? now - maxRange : Date.parse(query.createdAtGte)
  return to - from > maxRange
    ? { invalid: { message: "date range is longer than 365 days", paths: ["createdAtGte", "createdAtLte"] } }
    : { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}

/** Within a range whose open ends let everything pass. */
export const within = (value: string, gte: string | undefined, lte: string | undefined): boolean =>
  (gte === undefined || Date.parse(value) >= Date.parse(gte)) &&
  (lte === undefined || Date.parse(value) <= Date.parse(lte))

/** Whether a value is wanted and not unwanted. */
export const oneOf = <A>(
  value: A,
  wanted: ReadonlyArray<A> | undefined,
  unwanted: ReadonlyArray<A> | undefined
): boolean => (wanted === undefined || wanted.includes(value)) && !(unwanted?.includes(value) ?? false)

/** Whether a value is the wanted one, if any is. */
export const same = <A>(value: A, wanted: A | undefined): boolean => wanted === undefined || value === wanted

/** Where a list takes its rows from. */
export interface Source<Row> {
  /** Oldest first. */
  readonly ids: ReadonlyArray<string>
  readonly get: (id: string) => Row | undefined
  readonly createdAt: (row: Row) => string
  readonly keep: (row: Row) => boolean
  /** The value of a field other than `createdAt` to sort by; rows without one come last. */
  readonly field: (row: Row, name: string) => string | null
}

/** One page of the rows to keep. Sorted by creation, it looks at no more rows than it has to. */
export const select = <Row>(
  source: Source<Row>,
  query: Page,
  now: number
): ReadonlyArray<Row> | { invalid: Parse.Invalid } => {
  const bounds = range(query, now)
  if ("invalid" in bounds) return bounds
  const { from, to } = bounds
  const size = query.pageSize ?? 10
  const start = ((query.page ?? 1) - 1) * size
  const ascending = query.sortOrder === "asc"
  const field = query.sortField ?? "createdAt"
  const byCreation = field === "createdAt"

  const rows: Array<Row> = []
  const { ids } = source
  for (let i = 0; i < ids.length; i++) {
    const row = source.get(ids[ascending ? i : ids.length - 1 - i] ?? "")
    if (row === undefined) continue
    const createdAt = source.createdAt(row)
    if (ascending ? createdAt > to : createdAt < from) break
    if (createdAt < from || createdAt > to || !source.keep(row)) continue
    rows.push(row)
    if (byCreation && rows.length === start + size) break
  }
  if (!byCreation) {
    const sign = ascending ? 1 : -1
    rows.sort((a, b) => {
      const left = source.field(a, field)
      const right = source.field(b, field)
      if (left === right) return 0
      if (left === null) return 1
      if (right === null) return -1
      return left < right ? -sign : sign
    })
  }
  return rows.slice(start, start + size)
}
