/** A gateway whose provider account is reconciled. */
import { assert } from "@effect/vitest"
import {
  AccountLines,
  type ReconciliationReport,
  Reconciliations,
  type ReconciliationSchedule,
  Store
} from "@salesos/core"
import { DateTime, Effect, Option, Stream } from "effect"
import { Given } from "./gateway.ts"
import { noon } from "./given.ts"

/** The owner's provider account. */
export const account = Effect.gen(function* () {
  const { owner } = yield* Given
  const [first] = (yield* (yield* Store.Tenants).profile(owner)).accounts
  return first ?? assert.fail("there is no account")
})

/** From before everything that a test does. */
const from = DateTime.subtract(noon, { days: 30 })

/** Makes it the account's turn. */
export const ask = (requested: ReconciliationSchedule.Requested = { from }) =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    yield* Reconciliations.request(owner, (yield* account).name, requested)
  })

/** Reconciles whatever account's turn it is; gives the reports of the owner's. */
export const runAll = Effect.gen(function* () {
  const { owner } = yield* Given
  const mine: Array<ReconciliationReport.Report> = []
  for (;;) {
    const ran = yield* Reconciliations.runNext()
    if (Option.isNone(ran)) return mine
    if (ran.value?.owner.environment === owner.environment) mine.push(ran.value)
  }
})

/** Reconciles the account, and gives the report. */
export const reconcile = (requested: ReconciliationSchedule.Requested = { from }) =>
  Effect.gen(function* () {
    yield* ask(requested)
    return (yield* runAll)[0] ?? assert.fail("it is not its turn")
  })

/** A row in short: what came of it, what both sides moved by, and the provider's lines. */
export const short = (row: ReconciliationReport.Row): string =>
  `${row.outcome} ${row.ours ?? "-"}/${row.theirs ?? "-"} ${row.theirLines.join("+")}`.trim()

/** The rows of a report in short. */
export const rowsOf = ({ id, owner }: ReconciliationReport.Report) =>
  Effect.map(Stream.runCollect(Reconciliations.rows(owner, id)), (rows) => rows.map(short))

/** Σ net of the account's statement rows. */
export const net = Effect.gen(function* () {
  const { owner } = yield* Given
  const sums = yield* (yield* AccountLines.AccountLines).balances(owner, (yield* account).name)
  return Number(sums[0]?.net ?? 0n)
})

/** Checks that Σ net is what the provider's balance has moved by. */
export const checkBalance = Effect.gen(function* () {
  const { provider } = yield* Given
  assert.strictEqual(yield* net, yield* provider.balance(yield* account))
})

/** The statement's rows in short, in the order of their amounts. */
export const statement = Effect.gen(function* () {
  const { owner } = yield* Given
  const { data } = yield* (yield* Store.Statement).list(owner, {}, { limit: 100 })
  return data
    .map(
      ({ line: { net, type }, source: { id, resource } }) =>
        `${type} ${net}${resource === "provider_line" ? ` for ${id}` : ""}`
    )
    .toSorted()
})
