/**
 * What a reconciliation of one provider account found: a row for every movement, and sums. It is kept, and read as JSON or as
 * lines of CSV.
 */
import { DateTime } from "effect"
import type { Currency } from "../values/Currency.ts"
import type { ReconciliationId } from "../values/Ids.ts"
import type { Owner } from "./Owner.ts"
import type { Line, OurLine, Report as Compared } from "./Reconciliation.ts"

/**
 * - `matched`: the same on both sides
 * - `booked`: in the provider's statement, and booked for that alone
 * - `missing_here`, `missing_there`: in the provider's statement or in ours only
 * - `different`: the same movement in other amounts; for the operator
 */
export const outcomes = ["matched", "booked", "missing_here", "missing_there", "different"] as const
export type Outcome = (typeof outcomes)[number]

/** One movement. Amounts are signed minor units; null on the side that does not have it. */
export interface Row {
  readonly outcome: Outcome
  /** By the provider's clock. */
  readonly at: DateTime.Utc
  readonly reference: string | null
  readonly providerId: string | null
  readonly currency: Currency
  readonly ours: number | null
  readonly theirs: number | null
  /** Ids of balance transactions. */
  readonly ourLines: ReadonlyArray<string>
  /** The provider's own ids of its lines. */
  readonly theirLines: ReadonlyArray<string>
}

/** Signed minor units of a currency, over all rows. `theirs − ours = missingHere − missingThere + different`. */
export interface Sum {
  readonly currency: Currency
  readonly ours: bigint
  readonly theirs: bigint
  readonly missingHere: bigint
  readonly missingThere: bigint
  readonly different: bigint
}

/** What the account holds, in minor units. */
export interface Balance {
  readonly currency: Currency
  /** What the provider says, what it has received for the owner and not yet released included. */
  readonly provider: bigint
  /** Σ net of all our statement rows of the account. */
  readonly ours: bigint
  /** `provider − ours`: what the account held before we knew it, as long as nothing is missing. */
  readonly difference: bigint
  /** By how much the difference has changed since the last reconciliation; null in the first. Not 0: money is unexplained. */
  readonly drift: bigint | null
}

export type Counts = Readonly<Record<Outcome, number>>

export interface Report {
  readonly owner: Owner
  readonly id: ReconciliationId
  /** The configured name of the provider account. */
  readonly account: string
  /** Inclusive. */
  readonly from: DateTime.Utc
  /** The cut-off, exclusive. */
  readonly to: DateTime.Utc
  /** Counts, sums and balances are of what was done so far. */
  readonly status: "running" | "finished" | "failed"
  readonly failure: string | null
  readonly counts: Counts
  readonly sums: ReadonlyArray<Sum>
  /** Empty where the provider tells no balance. */
  readonly balances: ReadonlyArray<Balance>
  readonly startedAt: DateTime.Utc
  readonly finishedAt: DateTime.Utc | null
}

export const noCounts: Counts = { matched: 0, booked: 0, missing_here: 0, missing_there: 0, different: 0 }

const sumOf = (lines: ReadonlyArray<Line>): number | null =>
  lines.length === 0 ? null : lines.reduce((total, { net }) => total + net, 0)

const rowOf = (outcome: Outcome, ours: ReadonlyArray<OurLine>, theirs: ReadonlyArray<Line>): ReadonlyArray<Row> => {
  const lines: ReadonlyArray<Line> = [...theirs, ...ours]
  const [first] = lines
  if (first === undefined) return []
  return [
    {
      outcome,
      at: first.at,
      reference: lines.find(({ reference }) => reference !== null)?.reference ?? null,
      providerId: lines.find(({ providerId }) => providerId !== null)?.providerId ?? null,
      currency: first.currency,
      ours: sumOf(ours),
      theirs: sumOf(theirs),
      ourLines: ours.map(({ id }) => id),
      theirLines: theirs.map(({ id }) => id)
    }
  ]
}

/** The rows of a comparison, ordered by time: each movement is one. */
export const rows = ({
  different,
  matched,
  missingHere,
  missingThere
}: Omit<Compared<OurLine, Line>, "totals" | "bookable" | "reversible">): ReadonlyArray<Row> =>
  [
    ...matched.flatMap(({ ours, theirs }) =>
      rowOf(ours.some(({ standsFor }) => standsFor !== null) ? "booked" : "matched", ours, theirs)
    ),
    ...missingHere.flatMap((line) => rowOf("missing_here", [], [line])),
    ...missingThere.flatMap((line) => rowOf("missing_there", [line], [])),
    ...different.flatMap(({ ours, theirs }) => rowOf("different", [ours], [theirs]))
  ].toSorted((a, b) => DateTime.Order(a.at, b.at))

/** Counts and sums with those of more rows. */
export const withRows = (
  { counts, sums }: Pick<Report, "counts" | "sums">,
  more: ReadonlyArray<Row>
): Pick<Report, "counts" | "sums"> => {
  const counted = { ...counts }
  const summed = new Map(sums.map((sum) => [sum.currency, sum]))
  for (const { currency, ours, outcome, theirs } of more) {
    counted[outcome] += 1
    const sum = summed.get(currency) ?? { currency, ...nothing }
    const [our, their] = [BigInt(ours ?? 0), BigInt(theirs ?? 0)]
    summed.set(currency, {
      currency,
      ours: sum.ours + our,
      theirs: sum.theirs + their,
      missingHere: sum.missingHere + (outcome === "missing_here" ? their : 0n),
      missingThere: sum.missingThere + (outcome === "missing_there" ? our : 0n),
      different: sum.different + (outcome === "different" ? their - our : 0n)
    })
  }
  return { counts: counted, sums: [...summed.values()] }
}

const nothing = { ours: 0n, theirs: 0n, missingHere: 0n, missingThere: 0n, different: 0n }

/** What the provider says an account holds against Σ net of ours, and how that has changed since the report before. */
export const balancesOf = (
  provider: ReadonlyArray<{
    readonly currency: Currency
    readonly available: number
    readonly waitingFunds: number | null
  }>,
  ours: ReadonlyArray<{ readonly currency: Currency; readonly net: bigint }>,
  before: ReadonlyArray<Balance>
): ReadonlyArray<Balance> =>
  provider.map(({ available, currency, waitingFunds }) => {
    const held = BigInt(available) + BigInt(waitingFunds ?? 0)
    const net = ours.find((each) => each.currency === currency)?.net ?? 0n
    const last = before.find((each) => each.currency === currency)
    const difference = held - net
    return {
      currency,
      provider: held,
      ours: net,
      difference,
      drift: last === undefined ? null : difference - last.difference
    }
  })

const time = (at: DateTime.Utc | null): string | null => (at === null ? null : DateTime.formatIso(at))

/** The report as JSON: amounts are integers in minor units, times are UTC. */
export const json = (report: Report) => ({
  id: report.id,
  object: "reconciliation" as const,
  livemode: report.owner.environment === "live",
  account: report.account,
  from: time(report.from),
  to: time(report.to),
  status: report.status,
  failure: report.failure,
  counts: report.counts,
  sums: report.sums.map((sum) => ({
    currency: sum.currency,
    ours: Number(sum.ours),
    theirs: Number(sum.theirs),
    missing_here: Number(sum.missingHere),
    missing_there: Number(sum.missingThere),
    different: Number(sum.different)
  })),
  balances: report.balances.map((balance) => ({
    currency: balance.currency,
    provider: Number(balance.provider),
    ours: Number(balance.ours),
    difference: Number(balance.difference),
    drift: balance.drift === null ? null : Number(balance.drift)
  })),
  started_at: time(report.startedAt),
  finished_at: time(report.finishedAt)
})

/** A row as JSON. */
export const rowJson = (row: Row) => ({
  outcome: row.outcome,
  at: DateTime.formatIso(row.at),
  reference: row.reference,
  provider_id: row.providerId,
  currency: row.currency,
  ours: row.ours,
  theirs: row.theirs,
  difference: (row.theirs ?? 0) - (row.ours ?? 0),
  our_lines: row.ourLines,
  their_lines: row.theirLines
})

/** The names of the columns of {@link csv}. */
export const csvHeader = "outcome,at,reference,provider_id,currency,ours,theirs,difference,our_lines,their_lines"

/** A provider's text could be taken for a formula by a spreadsheet: then it begins with an apostrophe. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A row as one line of CSV (RFC 4180) without its end; several ids in one cell are parted by spaces. */
export const csv = (row: Row): string => {
  const { at, currency, difference, our_lines, ours, outcome, provider_id, reference, their_lines, theirs } =
    rowJson(row)
  return [
    outcome,
    at,
    cell(reference ?? ""),
    cell(provider_id ?? ""),
    currency,
    ours ?? "",
    theirs ?? "",
    difference,
    cell(our_lines.join(" ")),
    cell(their_lines.join(" "))
  ].join(",")
}
