/** Laws of reconciliations: one turn at a time for each account, and reports that say what was added. */
import { DateTime, Duration, Effect, Option } from "effect"
import type { Owner } from "../../models/Owner.ts"
import * as ReconciliationReport from "../../models/ReconciliationReport.ts"
import { ReconciliationStore, type Turn } from "../../ports/ReconciliationStore.ts"
import * as Ids from "../../values/Ids.ts"
import * as Samples from "../Samples.ts"
import { owner, tenancy } from "./given.ts"
import { eventually, holds, law, LawBroken, same, times } from "./law.ts"

const account = "infrapsp"
const hour = Duration.hours(1)
const never = DateTime.makeUnsafe("2100-01-01T00:00:00Z")
const time = DateTime.makeUnsafe("2026-11-21T20:05:00.000Z")

/** Takes turns until one is an owner's; others' in the same database are ended again, long before their time. */
const turnOf = Effect.fnUntraced(function* (of: Owner, lease: Duration.Duration = hour) {
  const { takeTurn } = yield* ReconciliationStore
  for (;;) {
    const turn = Option.getOrUndefined(yield* takeTurn(lease, never))
    const isTheirs = turn?.owner.tenant === of.tenant && turn.owner.environment === of.environment
    if (turn === undefined || isTheirs) return turn
  }
})

const mustTurn = Effect.fnUntraced(function* (of: Owner, lease?: Duration.Duration) {
  yield* (yield* ReconciliationStore).request(of, account, {})
  const turn = yield* turnOf(of, lease)
  return turn ?? (yield* new LawBroken({ message: "It is nobody's turn" }))
})

const reportOf = Effect.fnUntraced(function* (
  { owner: of }: Turn,
  changes: Partial<ReconciliationReport.Report> = {}
): Effect.fn.Return<ReconciliationReport.Report> {
  return {
    owner: of,
    id: yield* Ids.generate("rec"),
    account,
    from: DateTime.subtract(time, { days: 1 }),
    to: time,
    status: "running",
    failure: null,
    counts: ReconciliationReport.noCounts,
    sums: [],
    balances: [],
    startedAt: time,
    finishedAt: null,
    ...changes
  }
})

const row = (id: string): ReconciliationReport.Row => ({
  outcome: "missing_here",
  at: time,
  reference: null,
  providerId: id,
  currency: Samples.brl,
  ours: null,
  theirs: -7,
  ourLines: [],
  theirLines: [id]
})

/** Laws of `ReconciliationStore`. */
export const reconciliations = [
  law(
    "an account has its turn when it is asked for, and of many takers one gets it",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { end, request, schedules } = yield* ReconciliationStore
      yield* same("before", yield* turnOf(sandbox), undefined)
      yield* same("asked for", yield* request(sandbox, account, { from: time, to: never }), true)
      yield* same("of an account that is not there", yield* request(sandbox, "nothing", {}), false)
      const turns = (yield* times(6, turnOf(sandbox))).flatMap((turn) => turn ?? [])
      yield* same("how many got it", turns.length, 1)
      const [turn] = turns
      if (turn === undefined) return
      yield* same("whose", [turn.owner, turn.account, turn.coveredTo], [sandbox, account, null])
      yield* same("what was asked for", turn.requested, { from: time, to: never })
      const [shown] = yield* schedules(sandbox)
      yield* same("as it is shown", [shown?.account, shown?.running, shown?.lastRun], [account, true, null])
      yield* same("ended", yield* end(turn, { report: null, coveredTo: time, failures: 2, nextAt: never }), true)
      yield* same("once more", yield* end(turn, { report: null, coveredTo: null, failures: 0, nextAt: time }), false)
      yield* same("after it", yield* schedules(sandbox), [
        { account, nextAt: never, coveredTo: time, lastRun: null, failures: 2, running: false }
      ])
      yield* same(
        "of the other environment",
        (yield* schedules(live)).map(({ nextAt, running }) => [nextAt, running]),
        [[never, false]]
      )
      yield* same("taken again", yield* turnOf(sandbox), undefined)
    })
  ),
  law(
    "a dead holder's turn is taken over, and it can write no more",
    Effect.gen(function* () {
      const of = yield* owner
      const { add, begin, end, get } = yield* ReconciliationStore
      const first = yield* mustTurn(of, Duration.millis(300))
      const report = yield* reportOf(first)
      yield* begin(first, report)
      const second = yield* eventually("taken over", turnOf(of), (turn) => turn !== undefined)
      if (second === undefined) return
      const ending = { report: null, coveredTo: time, failures: 0, nextAt: never }
      yield* same("begun", yield* begin(first, yield* reportOf(first)), false)
      yield* same("added", yield* add(first, report, [row("x")], hour), false)
      yield* same("ended", yield* end(first, ending), false)
      yield* begin(second, yield* reportOf(second))
      const interrupted = Option.getOrThrow(yield* get(of, report.id))
      yield* same("the first report", [interrupted.status, interrupted.failure], ["failed", "It was interrupted"])
      yield* same("ended by the second", yield* end(second, ending), true)
    })
  ),
  law(
    "a turn lasts as long as something is added, and what was asked for meanwhile comes next",
    Effect.gen(function* () {
      const of = yield* owner
      const { add, begin, end, request } = yield* ReconciliationStore
      const turn = yield* mustTurn(of, Duration.seconds(3))
      const report = yield* reportOf(turn)
      yield* begin(turn, report)
      yield* add(turn, report, [], hour)
      yield* request(of, account, {})
      yield* same("while it is held", yield* turnOf(of), undefined)
      yield* end(turn, { report: null, coveredTo: null, failures: 0, nextAt: never })
      const next = yield* turnOf(of)
      yield* holds(next?.requested !== null && next !== undefined, "what was asked for meanwhile is forgotten")
    })
  ),
  law(
    "a report is what was recorded, its rows in order, for its owner alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { add, begin, end, get, list, rows } = yield* ReconciliationStore
      const turn = yield* mustTurn(sandbox)
      const report = yield* reportOf(turn)
      yield* begin(turn, report)
      yield* same("the running report", yield* get(sandbox, report.id), Option.some(report))
      const all = Array.from({ length: 5 }, (_, index) => row(`x${index}`))
      yield* add(turn, report, all.slice(0, 2), hour)
      yield* add(turn, report, [], hour)
      yield* add(turn, report, all.slice(2), hour)
      yield* same("the rows", yield* rows(sandbox, report.id, 0, 10), all)
      yield* same("some of them", yield* rows(sandbox, report.id, 1, 2), all.slice(1, 3))
      yield* same("another owner's", yield* rows(live, report.id, 0, 10), [])
      const sum = {
        currency: Samples.brl,
        ours: 1n,
        theirs: -(2n ** 60n),
        missingHere: 0n,
        missingThere: 0n,
        different: 0n
      }
      const balance = { currency: Samples.brl, provider: 3n, ours: 2n, difference: 1n, drift: null }
      const done = { ...report, status: "finished" as const, sums: [sum], balances: [balance], finishedAt: time }
      yield* end(turn, { report: done, coveredTo: time, failures: 0, nextAt: never })
      const found = Option.getOrThrow(yield* get(sandbox, report.id))
      yield* same("its status", [found.status, found.finishedAt], ["finished", time])
      yield* holds(found.sums[0]?.theirs === sum.theirs && found.balances[0]?.provider === 3n, "the sums are others")
      yield* same("for another owner", Option.isNone(yield* get(live, report.id)), true)
      const listed = yield* list(sandbox, { account, status: "finished" }, { limit: 5 })
      yield* same(
        "the list",
        listed.data.map(({ id }) => id),
        [report.id]
      )
      yield* same("of failures", (yield* list(sandbox, { status: "failed" }, { limit: 5 })).data, [])
      yield* same("of another account", (yield* list(sandbox, { account: "sellxpay" }, { limit: 5 })).data, [])
    })
  )
]
