/**
 * `our_number`: `<PREFIX>-<YYYY>-<sequence>`, the gapless number of an invoice or payout within its tenant,
 * environment and year. The sequence begins at 1, is padded to six digits and grows past them.
 */
import { DateTime, Option, Result, Schema } from "effect"
import "./Annotations.ts"

const sequenceOf = (text: string): number => Number(text.slice(text.lastIndexOf("-") + 1))

const error = { message: "Expected a number such as INV-2026-000001", code: "invalid_our_number" }

export const OurNumber = Schema.String.check(
  Schema.isPattern(/^(INV|PO)-\d{4}-(?!0+$)(\d{6}|[1-9]\d{6,15})$/, error),
  Schema.makeFilter((text) => Number.isSafeInteger(sequenceOf(text)), error)
).pipe(Schema.brand("OurNumber"))
export type OurNumber = typeof OurNumber.Type

/** What is numbered: invoices under INV, payouts under PO. */
export type Series = "INV" | "PO"

/** The rule that a number breaks. */
export const Rule = Schema.Literals(["year", "sequence", "time_zone"])
export type Rule = typeof Rule.Type

export class InvalidOurNumber extends Schema.TaggedError<InvalidOurNumber>()("InvalidOurNumber", {
  rule: Rule,
  message: Schema.String
}) {}

const refuse = (rule: Rule, message: string) => Result.fail(new InvalidOurNumber({ rule, message }))

const checkedYear = (year: number): Result.Result<number, InvalidOurNumber> =>
  Number.isInteger(year) && year >= 1000 && year <= 9999
    ? Result.succeed(year)
    : refuse("year", `${year} is not a year of four digits`)

/** The number at a place of a series: `make("INV", 2026, 1)` is `INV-2026-000001`. The year has four digits. */
export const make = (series: Series, year: number, sequence: number): Result.Result<OurNumber, InvalidOurNumber> =>
  Result.flatMap(checkedYear(year), () =>
    Number.isSafeInteger(sequence) && sequence > 0
      ? Result.succeed(OurNumber.make(`${series}-${year}-${sequence.toString().padStart(6, "0")}`))
      : refuse("sequence", `${sequence} is not a place in a series`)
  )

/** {@link make} for a year and a sequence that were counted, not read: anything else is a defect. */
export const format = (series: Series, year: number, sequence: number): OurNumber =>
  Result.getOrThrow(make(series, year, sequence))

/** The parts of a number. */
export const parse = (
  text: OurNumber
): { readonly series: Series; readonly year: number; readonly sequence: number } => {
  const [series, year] = text.split("-")
  return { series: series === "PO" ? "PO" : "INV", year: Number(year), sequence: sequenceOf(text) }
}

/** The year a row is numbered in: that of its creation, read in the tenant's time zone (an IANA name). */
export const yearIn = (createdAt: DateTime.Utc, timeZone: string): Result.Result<number, InvalidOurNumber> =>
  Option.match(DateTime.setZoneNamed(createdAt, timeZone), {
    onNone: () => refuse("time_zone", `${timeZone} is no time zone`),
    onSome: (zoned) => checkedYear(DateTime.toParts(zoned).year)
  })

/** {@link yearIn} for a time zone that was checked when the tenant was set up: any other is a defect. */
export const yearOf = (createdAt: DateTime.Utc, timeZone: string): number =>
  Result.getOrThrow(yearIn(createdAt, timeZone))
