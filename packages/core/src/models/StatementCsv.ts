/**
 * The statement as CSV (RFC 4180): a header, then one record for each balance transaction. Made record by record, so that a
 * statement of any length can be streamed.
 */
import { DateTime } from "effect"
import { MinorUnits, toDecimal } from "../values/Money.ts"
import type { BalanceTransaction } from "./BalanceTransaction.ts"

/** How a spreadsheet of a country reads numbers. */
export interface Format {
  readonly separator: "," | ";"
  readonly decimalMark: "." | ","
}

/** What programs read. */
export const plain: Format = { separator: ",", decimalMark: "." }

/** What a spreadsheet set to Brazil reads. */
export const brazilian: Format = { separator: ";", decimalMark: "," }

/**
 * What a spreadsheet would take for a formula, and run, begins with one of these; its full-width form counts too. An apostrophe
 * before it makes it text. (OWASP, CSV Injection.)
 */
const formula = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u

const quoted = (cell: string): string => (/[",;\r\n\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

/** Text that others chose. */
const text = (value: string | null): string => (value === null ? "" : quoted(formula.test(value) ? `'${value}` : value))

/** The columns in their order. Amounts are decimal numbers in units of the row's currency. */
const columns: ReadonlyArray<readonly [name: string, cell: (row: BalanceTransaction, format: Format) => string]> = [
  ["id", ({ id }) => id],
  ["created_at", ({ createdAt }) => DateTime.formatIso(createdAt)],
  ["type", ({ line }) => line.type],
  ["amount", (row, format) => decimal(row, row.line.amount, format)],
  ["fee", (row, format) => decimal(row, row.line.fee, format)],
  ["net", (row, format) => decimal(row, row.line.net, format)],
  ["currency", ({ line }) => line.currency],
  ["available_on", ({ availableOn }) => availableOn ?? ""],
  ["account", ({ account }) => text(account)],
  ["source_resource", ({ source }) => source.resource],
  ["source_id", ({ source }) => source.id],
  ["our_number", ({ ourNumber }) => text(ourNumber)],
  ["cost_center", ({ costCenter }) => text(costCenter)],
  ["contractor_reference", ({ contractorReference }) => text(contractorReference)],
  ["metadata", ({ metadata }) => (Object.keys(metadata).length === 0 ? "" : quoted(JSON.stringify(metadata)))]
]

// Ours alone: a minus sign is no formula, it stays a number.
const decimal = ({ line }: BalanceTransaction, amount: number, { decimalMark }: Format): string =>
  toDecimal({ amount: MinorUnits.make(amount), currency: line.currency }).replace(".", decimalMark)

const record = (cells: ReadonlyArray<string>, { separator }: Format): string => `${cells.join(separator)}\r\n`

/** The first line. */
export const header = (format: Format): string =>
  record(
    columns.map(([name]) => name),
    format
  )

/** The line, or lines where a text has several, of a balance transaction. */
export const line = (row: BalanceTransaction, format: Format): string =>
  record(
    columns.map(([, cell]) => cell(row, format)),
    format
  )
