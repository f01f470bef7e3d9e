/**
 * Reconciliation of provider accounts with the providers' own statements, up to a cut-off. What a statement tells of attempts
 * of ours is asked for and applied like any observation; what belongs to nothing of ours is booked, once for each line.
 *
 * Every step is a transaction of its own that repeats without effect: a process that dies anywhere leaves the same books as one
 * that did not, once another has come to the end.
 */
import { Clock, DateTime, Duration, Effect, Option, Schema, Stream } from "effect"
import type { Owner } from "../models/Owner.ts"
import * as ReconciliationReport from "../models/ReconciliationReport.ts"
import type { Requested } from "../models/ReconciliationSchedule.ts"
import * as ReconciliationSchedule from "../models/ReconciliationSchedule.ts"
import type { Page } from "../ports/Operations.ts"
import type { Driver, ProviderAccount, ProviderBalance } from "../ports/Provider.ts"
import { Unknown } from "../ports/Provider.ts"
import { AccountLines } from "../ports/AccountLines.ts"
import { ReconciliationStore, type Turn } from "../ports/ReconciliationStore.ts"
import type { ReconciliationId } from "../values/Ids.ts"
import * as Ids from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { NotFound } from "./errors.ts"
import { needsALook } from "./Execution.ts"
import { withDeadline } from "./ProviderCall.ts"
import * as StatementMatching from "./StatementMatching.ts"

/** How long one step may take before another process may take the account over: longer than a window's statement takes. */
const lease = Duration.minutes(20)

/** How long the statement of one window may take. A provider that counts calls is read slowly. */
const patience = Duration.minutes(15)

/** How much of a statement is held at once. */
const windowLength = Duration.days(7)

/** How far apart the two sides may see one movement: so much beyond either end of a window is compared along with it. */
const margin = Duration.hours(6)

/** Somebody else has taken the account over. */
class TurnLost extends Schema.TaggedError<TurnLost>()("TurnLost", {}) {}

interface Range {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

/** The range in windows, oldest first. */
const windowsOf = ({ from, to }: Range): ReadonlyArray<Range> => {
  const windows: Array<Range> = []
  for (let start = from; DateTime.isLessThan(start, to);) {
    const end = DateTime.min(DateTime.addDuration(start, windowLength), to)
    windows.push({ from: start, to: end })
    start = end
  }
  return windows
}

/** What a provider calls something, as text that a database holds. */
const storable = (name: string): string => name.toWellFormed().replaceAll("\u0000", "\uFFFD")

/** The provider's lines of a range. One that a provider repeats, on pages that overlap, is taken once. */
const readStatement = Effect.fnUntraced(function* (
  read: NonNullable<Driver["readStatement"]>,
  account: ProviderAccount,
  range: Range
) {
  const lines = yield* read(account, range).pipe(
    Stream.runCollect,
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => new Unknown({ message: `No statement within ${Duration.toMinutes(patience)} minutes` })
    }),
    Effect.withSpan("provider.readStatement", { kind: "client" })
  )
  const all = lines.map((line) => ({
    ...line,
    account: account.name,
    id: storable(line.id),
    providerId: line.providerId === null ? null : storable(line.providerId),
    reference: line.reference === null ? null : storable(line.reference)
  }))
  return [...new Map(all.map((line) => [line.id, line])).values()]
})

/** Reconciles one account in a range, window by window, and gives the report. */
const reconcile = Effect.fnUntraced(function* (
  turn: Turn,
  via: { account: ProviderAccount; driver: Driver },
  range: Range
) {
  const reconciliations = yield* ReconciliationStore
  const { owner } = turn
  const { account, driver } = via
  const read = driver.readStatement
  if (read === undefined) return yield* Effect.die(`${driver.name} has no statement`)
  const before = yield* reconciliations.list(owner, { account: account.name, status: "finished" }, { limit: 1 })
  const mine = (kept: boolean) => (kept ? Effect.void : Effect.fail(new TurnLost()))
  let report: ReconciliationReport.Report = {
    owner,
    id: yield* Ids.generate("rec"),
    account: account.name,
    ...range,
    status: "running",
    failure: null,
    counts: ReconciliationReport.noCounts,
    sums: [],
    balances: [],
    startedAt: turn.now,
    finishedAt: null
  }
  yield* mine(yield* reconciliations.begin(turn, report))
  const step = Effect.gen(function* () {
    yield* StatementMatching.matchLate(owner, via)
    for (const window of windowsOf(range)) {
      const readTo = DateTime.min(DateTime.addDuration(window.to, margin), DateTime.max(window.to, yield* DateTime.now))
      const around = { from: DateTime.subtractDuration(window.from, margin), to: readTo }
      const theirs = yield* readStatement(read, account, around)
      const rows = yield* StatementMatching.matchWindow(owner, via, { ...window, around, cutOff: range.to, theirs })
      report = { ...report, ...ReconciliationReport.withRows(report, rows) }
      yield* mine(yield* reconciliations.add(turn, report, rows, lease))
    }
    return { ...report, balances: yield* balancesOf(owner, via, before.data[0]?.balances ?? []) }
  })
  return yield* step.pipe(
    Effect.map((done): ReconciliationReport.Report => ({ ...done, status: "finished" })),
    Effect.catchTag(["Unavailable", "Unknown"], ({ message }) => Effect.succeed(failed(report, message))),
    Effect.catchDefect((defect) =>
      // A bug of ours must not keep the account from all that comes later.
      Effect.as(Effect.logError("A reconciliation broke off", defect), failed(report, "It broke off"))
    )
  )
})

const failed = (report: ReconciliationReport.Report, failure: string): ReconciliationReport.Report => ({
  ...report,
  status: "failed",
  failure
})

/** What the provider says the account holds, against Σ net; nothing where it does not tell. */
const balancesOf = Effect.fnUntraced(function* (
  owner: Owner,
  { account, driver }: { readonly account: ProviderAccount; readonly driver: Driver },
  before: ReadonlyArray<ReconciliationReport.Balance>
) {
  if (driver.readBalance === undefined) return []
  const told: ReadonlyArray<ProviderBalance> = yield* withDeadline(
    "provider.readBalance",
    { provider: driver.name },
    driver.readBalance(account)
  )
  const ours = yield* (yield* AccountLines).balances(owner, account.name)
  return ReconciliationReport.balancesOf(told, ours, before)
})

/** Says in the log what an operator should look at. */
const announce = Effect.fnUntraced(
  function* ({ balances, counts, failure, status }: ReconciliationReport.Report) {
    if (status === "failed") return yield* Effect.logWarning(`An account was not reconciled: ${failure}`)
    yield* Effect.logInfo("An account was reconciled").pipe(Effect.annotateLogs({ ...counts }))
    if (counts.different > 0) yield* needsALook("statement_differs")
    if (counts.missing_there > 0) yield* needsALook("missing_in_statement")
    if (balances.some(({ drift }) => drift !== null && drift !== 0n)) yield* needsALook("balance_drifts")
  },
  (effect, { account, id, owner }) => Effect.annotateLogs(effect, { reconciliation: id, account, tenant: owner.tenant })
)

/**
 * Reconciles the account whose turn it is, if it is anybody's; among all processes one does. Gives its report; null inside where
 * there was nothing to do, and none where it is nobody's turn. Fails with `StoreUnavailable`.
 */
export const runNext = Effect.fn("Reconciliations.runNext")(
  function* () {
    const reconciliations = yield* ReconciliationStore
    const firstAt = ReconciliationSchedule.nextRun(yield* DateTime.now, "")
    const taken = yield* reconciliations.takeTurn(lease, firstAt)
    if (Option.isNone(taken)) return Option.none<ReconciliationReport.Report | null>()
    const turn = taken.value
    const range = ReconciliationSchedule.rangeOf(turn, turn.now)
    const via = Option.filter(
      yield* Accounts.find(turn.owner, turn.account),
      ({ driver }) => driver.readStatement !== undefined && DateTime.isLessThan(range.from, range.to)
    )
    const begun = yield* Clock.currentTimeMillis
    const found = Option.isNone(via) ? null : yield* reconcile(turn, via.value, range)
    const now = DateTime.add(turn.now, { milliseconds: (yield* Clock.currentTimeMillis) - begun })
    const report = found === null ? null : { ...found, finishedAt: now }
    const isDone = report?.status !== "failed"
    const failures = isDone ? 0 : turn.failures + 1
    const seed = `${turn.owner.tenant} ${turn.owner.environment} ${turn.account}`
    const ended = yield* reconciliations.end(turn, {
      report,
      coveredTo: report !== null && isDone ? ReconciliationSchedule.coveredTo(turn, range) : turn.coveredTo,
      failures,
      nextAt: isDone ? ReconciliationSchedule.nextRun(now, seed) : ReconciliationSchedule.retryAt(now, failures)
    })
    if (ended && report !== null) yield* announce(report)
    return Option.some(report)
  },
  // Whoever has it now comes to the end of it.
  Effect.catchTag("TurnLost", () => Effect.succeedSome(null))
)

/**
 * Makes it an account's turn now, for a worker to carry out: up to this moment, unless told. Fails with `NotFound` when there
 * is no such account.
 */
export const request = Effect.fn("Reconciliations.request")(function* (
  owner: Owner,
  account: string,
  requested: Requested = {}
) {
  const known = yield* (yield* ReconciliationStore).request(owner, account, requested)
  if (!known) return yield* new NotFound({ message: "No such provider account" })
})

/** How an owner's accounts stand: the last run, the next, and up to when all is covered. */
export const schedules = Effect.fn("Reconciliations.schedules")(function* (owner: Owner) {
  return yield* (yield* ReconciliationStore).schedules(owner)
})

/** One report. Fails with `NotFound`, also for another owner's. */
export const get = Effect.fn("Reconciliations.get")(function* (owner: Owner, id: ReconciliationId) {
  const found = yield* (yield* ReconciliationStore).get(owner, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new NotFound({ message: "No such reconciliation" })),
    onSome: Effect.succeed
  })
})

/** Reports of an owner, newest first; of one account if it is named. */
export const list = Effect.fn("Reconciliations.list")(function* (
  owner: Owner,
  filter: { readonly account?: string },
  page: Page
) {
  return yield* (yield* ReconciliationStore).list(owner, filter, page)
})

const rowsAtOnce = 500

/** The rows of a report, read page by page. Empty for another owner's. */
export const rows = (owner: Owner, id: ReconciliationId) =>
  Stream.paginate(0, (after) =>
    Effect.map(
      Effect.flatMap(ReconciliationStore, (reconciliations) => reconciliations.rows(owner, id, after, rowsAtOnce)),
      (page) => [page, page.length < rowsAtOnce ? Option.none() : Option.some(after + page.length)] as const
    )
  )

/** The report as lines of CSV, each with its end. */
export const csv = (owner: Owner, id: ReconciliationId) =>
  Stream.concat(
    Stream.make(ReconciliationReport.csvHeader),
    Stream.map(rows(owner, id), ReconciliationReport.csv)
  ).pipe(Stream.map((line) => `${line}\r\n`))
