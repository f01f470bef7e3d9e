/**
 * Matching a provider's statement with our lines, and doing about it what the match says: attempts are asked about again, lines
 * that belong to nothing are booked, and adjustments whose line has found what it belongs to are reversed.
 */
import { DateTime, Effect, Option, Result } from "effect"
import * as BalanceTransaction from "../models/BalanceTransaction.ts"
import * as Ledger from "../models/Ledger.ts"
import type { Owner } from "../models/Owner.ts"
import { type BookedAs, entryOf, type ProviderLine, ruleOf } from "../models/ProviderLine.ts"
import * as Reconciliation from "../models/Reconciliation.ts"
import * as ReconciliationReport from "../models/ReconciliationReport.ts"
import { type About, AccountLines, type KnownAttempt, type Named } from "../ports/AccountLines.ts"
import type { Driver, ProviderAccount } from "../ports/Provider.ts"
import * as Ids from "../values/Ids.ts"
import * as Lookups from "./Lookups.ts"
import * as PayoutLookups from "./PayoutLookups.ts"

interface Via {
  readonly account: ProviderAccount
  readonly driver: Driver
}

/** How many of our lines are read in one transaction. */
const pageSize = 1_000

/** How many names are looked for in one transaction. */
const namesAtOnce = 500

/** How long a line that matches nothing is waited with before it is booked. */
const bookableAfter = { days: 3 }

/** All of our lines, page by page. */
const oursOf = Effect.fnUntraced(function* (owner: Owner, account: string, about: About) {
  const lines = yield* AccountLines
  const all: Array<Reconciliation.OurLine> = []
  for (;;) {
    const page = yield* lines.ours(owner, account, about, all.at(-1) ?? null, pageSize)
    all.push(...page)
    if (page.length < pageSize) return all
  }
})

const attemptsOf = Effect.fnUntraced(function* (owner: Owner, account: string, names: ReadonlyArray<Named>) {
  const lines = yield* AccountLines
  const found: Array<KnownAttempt> = []
  for (let at = 0; at < names.length; at += namesAtOnce) {
    found.push(...(yield* lines.attempts(owner, account, names.slice(at, at + namesAtOnce))))
  }
  return found
})

/** Whether a line belongs to an attempt: by the provider's id where both know it, else by our reference. */
const belongsTo =
  ({ providerId, reference }: Named) =>
  (attempt: KnownAttempt): boolean =>
    (providerId !== null && attempt.providerId === providerId) ||
    (reference !== null && attempt.reference === reference)

/** What tells attempts apart. */
const keyOf = ({ attempt, id }: KnownAttempt): string => `${id} ${attempt}`

/** Asks the provider about attempts, each once, and applies what it says. One that can't be asked about keeps none from it. */
const askAbout = Effect.fnUntraced(function* (owner: Owner, attempts: ReadonlyArray<KnownAttempt>) {
  const each = [...new Map(attempts.map((attempt) => [keyOf(attempt), attempt])).values()]
  yield* Lookups.askAgain(
    each.flatMap((known) =>
      known.resource === "invoice" ? [{ owner, invoice: known.id, attempt: known.attempt }] : []
    )
  )
  yield* Effect.forEach(
    each.flatMap((known) => (known.resource === "payout" ? [{ owner, payout: known.id, attempt: known.attempt }] : [])),
    PayoutLookups.lookUp,
    { discard: true }
  )
})

const at = Effect.fnUntraced(function* () {
  return { id: yield* Ids.generate("btxn"), entry: yield* Ids.generate("ent"), createdAt: yield* DateTime.now }
})

/** Books a line. Once: whoever comes second books nothing. */
const book = Effect.fnUntraced(function* (owner: Owner, line: ProviderLine, as: BookedAs) {
  const entry = Option.getOrUndefined(Result.getSuccess(entryOf(line, as)))
  if (entry === undefined) return false // it moved nothing
  return yield* (yield* AccountLines).book(
    owner,
    line,
    as,
    BalanceTransaction.ofProviderLine(owner, line, entry, yield* at())
  )
})

/** Takes back the adjustment of a line. Once, likewise. */
const reverse = Effect.fnUntraced(function* (
  owner: Owner,
  { account, currency, net, ...line }: Reconciliation.OurLine
) {
  const id = line.standsFor
  const entry = Option.getOrUndefined(Result.getSuccess(Ledger.unmatchedReversed({ amount: net, currency })))
  if (id === null || entry === undefined) return false
  const posted = BalanceTransaction.ofProviderLine(owner, { id, account, at: line.at }, entry, yield* at())
  return yield* (yield* AccountLines).reverse(owner, account, id, posted)
})

export interface Window {
  /** Inclusive: rows are of what moved from here on… */
  readonly from: DateTime.Utc
  /** …until here, exclusive. */
  readonly to: DateTime.Utc
  /** What is compared: the window, and a little more on both sides. */
  readonly around: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
  /** Of the whole reconciliation: what is older than three days then may be booked. */
  readonly cutOff: DateTime.Utc
  /** The provider's lines around the window. */
  readonly theirs: ReadonlyArray<ProviderLine>
}

/**
 * Compares a window, does what is to be done, and gives the rows of what is then found. The attempts whose lines are missing
 * here or differ are asked about first: what was only late is booked by that, and nothing else. A provider's line that
 * moved nothing and belongs to nothing of ours is no row: there is nothing that could ever be booked for it.
 */
export const matchWindow = Effect.fn("StatementMatching.matchWindow")(function* (
  owner: Owner,
  { account: { name } }: Via,
  { around, cutOff, from, theirs, to }: Window
) {
  const within = ({ at }: Reconciliation.Line): boolean =>
    DateTime.isGreaterThanOrEqualTo(at, from) && DateTime.isLessThan(at, to)
  const old = DateTime.subtract(cutOff, bookableAfter)
  const compare = Effect.map(oursOf(owner, name, around), (ours) =>
    Reconciliation.reconcile(ours, theirs, { cutOff: around.to, bookableAfter: DateTime.distance(old, around.to) })
  )
  let compared = yield* compare

  const unexplained = [...compared.missingHere, ...compared.different.map((each) => each.theirs)].filter(within)
  const known = yield* attemptsOf(owner, name, unexplained)
  if (known.length > 0) {
    yield* askAbout(owner, known)
    compared = yield* compare
  }

  const isKnown = (line: Named): boolean => known.some(belongsTo(line))
  const bookable = new Set(compared.bookable)
  let changed = false
  for (const line of compared.missingHere.filter((each) => within(each) && !isKnown(each))) {
    const as = ruleOf(line) ?? (bookable.has(line) ? "adjustment" : null)
    if (as !== null && (yield* book(owner, line, as))) changed = true
  }
  for (const line of compared.reversible) if (yield* reverse(owner, line)) changed = true

  const { different, matched, missingHere, missingThere } = changed ? yield* compare : compared
  return ReconciliationReport.rows({
    matched: matched.filter(({ theirs: [first] }) => first !== undefined && within(first)),
    different: different.filter((each) => within(each.theirs)),
    missingHere: missingHere.filter((line) => within(line) && (line.net !== 0 || isKnown(line))),
    missingThere: missingThere.filter(within)
  })
})

/**
 * Lines that were booked because they matched nothing, and go by the name of an attempt now: it is asked about, and where what
 * it has moved accounts for such a line, its adjustment is reversed. However long ago the line was.
 */
export const matchLate = Effect.fn("StatementMatching.matchLate")(function* (owner: Owner, { account: { name } }: Via) {
  const lines = yield* AccountLines
  let after: string | null = null
  for (;;) {
    const page: ReadonlyArray<ProviderLine> = yield* lines.late(owner, name, after, namesAtOnce)
    const known = yield* attemptsOf(owner, name, page)
    yield* askAbout(owner, known)
    for (const attempt of known) {
      const booked = page.filter((line) => known.find(belongsTo(line)) === attempt)
      const ours = yield* oursOf(owner, name, attempt)
      const adjustments = booked.map((line) => ({ ...line, standsFor: line.id }))
      const latest = [...ours, ...adjustments]
        .map((line) => line.at)
        .toSorted(DateTime.Order)
        .at(-1)
      if (latest === undefined) continue
      const cutOff = DateTime.add(latest, { milliseconds: 1 })
      const { reversible } = Reconciliation.reconcile([...ours, ...adjustments], booked, { cutOff })
      for (const line of reversible) yield* reverse(owner, line)
    }
    after = page.at(-1)?.id ?? null
    if (page.length < namesAtOnce) return
  }
})
