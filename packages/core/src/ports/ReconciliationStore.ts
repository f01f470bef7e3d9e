/**
 * The port to reconciliations: which provider account's turn it is, who carries it out, and the reports. Each method is one
 * transaction.
 */
import { Context, type DateTime, type Duration, type Effect, type Option } from "effect"
import type { Owner } from "../models/Owner.ts"
import type { Report, Row } from "../models/ReconciliationReport.ts"
import type { Requested } from "../models/ReconciliationSchedule.ts"
import type { ReconciliationId } from "../values/Ids.ts"
import type { Listed, Page, StoreUnavailable } from "./Operations.ts"

/** An account whose turn it is, and the right to reconcile it until the lease runs out. */
export interface Turn {
  readonly owner: Owner
  /** The configured name of the provider account. */
  readonly account: string
  readonly token: number
  readonly since: DateTime.Utc
  readonly coveredTo: DateTime.Utc | null
  readonly requested: Requested | null
  /** Failures in a row so far. */
  readonly failures: number
  /** The store's clock. */
  readonly now: DateTime.Utc
}

/** How an account stands, for whoever wants to see it. */
export interface Schedule {
  readonly account: string
  readonly nextAt: DateTime.Utc
  readonly coveredTo: DateTime.Utc | null
  /** The last report, whatever came of it. */
  readonly lastRun: ReconciliationId | null
  readonly failures: number
  readonly running: boolean
}

/** How a turn ends. */
export interface Ending {
  /** Null where there was nothing to reconcile. */
  readonly report: Report | null
  /** The cut-off that is covered from now on. */
  readonly coveredTo: DateTime.Utc | null
  readonly failures: number
  readonly nextAt: DateTime.Utc
}

export class ReconciliationStore extends Context.Service<
  ReconciliationStore,
  {
    /**
     * Takes the account whose turn came first, if any has come and nobody holds it. Accounts that are new have theirs at
     * `firstAt`, and so on for every account that was ever configured.
     */
    readonly takeTurn: (
      lease: Duration.Duration,
      firstAt: DateTime.Utc
    ) => Effect.Effect<Option.Option<Turn>, StoreUnavailable>
    /** Makes it an account's turn now. False when there is no such account. */
    readonly request: (owner: Owner, account: string, requested: Requested) => Effect.Effect<boolean, StoreUnavailable>
    /** Records a new report, still running. Reports that others left running have failed. False when the turn is lost. */
    readonly begin: (turn: Turn, report: Report) => Effect.Effect<boolean, StoreUnavailable>
    /** Records the report as it now is, adds rows to it, and makes the lease last anew. False when the turn is lost. */
    readonly add: (
      turn: Turn,
      report: Report,
      rows: ReadonlyArray<Row>,
      lease: Duration.Duration
    ) => Effect.Effect<boolean, StoreUnavailable>
    /** Ends the turn. False, and nothing is written, when it is lost. A request that came meanwhile is not forgotten. */
    readonly end: (turn: Turn, ending: Ending) => Effect.Effect<boolean, StoreUnavailable>
    /** How an owner's accounts stand, by name. */
    readonly schedules: (owner: Owner) => Effect.Effect<ReadonlyArray<Schedule>, StoreUnavailable>
    readonly get: (owner: Owner, id: ReconciliationId) => Effect.Effect<Option.Option<Report>, StoreUnavailable>
    /** Reports, newest first. */
    readonly list: (
      owner: Owner,
      filter: { readonly account?: string; readonly status?: Report["status"] },
      page: Page
    ) => Effect.Effect<Listed<Report>, StoreUnavailable>
    /** Rows of a report in the order in which they were added, `limit` at most, after so many. */
    readonly rows: (
      owner: Owner,
      id: ReconciliationId,
      after: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Row>, StoreUnavailable>
  }
>()("@salesos/core/ports/ReconciliationStore") {}
