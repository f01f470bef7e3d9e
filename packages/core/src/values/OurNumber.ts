/**
 * `our_number`: `<PREFIX>-<YYYY>-<sequence>`, the gapless number of an invoice or payout within its tenant,
 * environment and year. The sequence begins at 1, is padded to six digits and grows past them.
 */
import { DateTime, Option, Schema } from "effect"

export const OurNumber = Schema.String.check(
  Schema.isPattern(/^(INV|PO)-\d{4}-(?!0+$)(\d{6}|[1-9]\d{6,})$/, {
    message: "Expected a number such as INV-2026-000001",
    code: "invalid_our_number"
  })
).pipe(Schema.brand("OurNumber"))
export type OurNumber = typeof OurNumber.Type

/** What is numbered: invoices under INV, payouts under PO. */
export type Series = "INV" | "PO"

/** The number at a place of a series: `format("INV", 2026, 1)` is `INV-2026-000001`. */
export const format = (series: Series, year: number, sequence: number): OurNumber =>
  OurNumber.make(`${series}-${year}-${sequence.toString().padStart(6, "0")}`)

/** The parts of a number, for tests and audits. */
export const parse = (
  text: OurNumber
): { readonly series: Series; readonly year: number; readonly sequence: number } => {
  const [series, year, sequence] = text.split("-")
  return { series: series === "PO" ? "PO" : "INV", year: Number(year), sequence: Number(sequence) }
}

/** The year a row is numbered in: that of its creation, read in the tenant's time zone. */
export const yearOf = (createdAt: DateTime.Utc, timeZone: string): number =>
  DateTime.toParts(Option.getOrThrow(DateTime.setZoneNamed(createdAt, timeZone))).year
