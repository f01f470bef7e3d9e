/**
 * A process that dies at a chosen place: before a call of the store or of a provider, or after it, when its effect has
 * happened and its answer is lost.
 */
import { Effect, Ref, Stream } from "effect"
import type { AccountLines } from "../ports/AccountLines.ts"
import type { AccountRefusals } from "../ports/AccountRefusals.ts"
import type { Operations } from "../ports/Operations.ts"
import type { Driver, PayoutDriver } from "../ports/Provider.ts"
import type { ReconciliationStore } from "../ports/ReconciliationStore.ts"
import type { InvoiceStore, PayoutStore, TaxStore } from "../ports/Store.ts"
import type { TaxIssuer } from "../ports/TaxIssuer.ts"

/** The process is gone. A defect: nobody may catch it. */
export class Crash {
  readonly at: string
  constructor(at: string) {
    this.at = at
  }
}

export interface Crashes {
  readonly store: (store: InvoiceStore["Service"]) => InvoiceStore["Service"]
  readonly payoutStore: (store: PayoutStore["Service"]) => PayoutStore["Service"]
  readonly refusals: (refusals: AccountRefusals["Service"]) => AccountRefusals["Service"]
  readonly lines: (lines: AccountLines["Service"]) => AccountLines["Service"]
  readonly reconciliations: (store: ReconciliationStore["Service"]) => ReconciliationStore["Service"]
  readonly driver: (driver: Driver) => Driver
  readonly taxStore: (store: TaxStore["Service"]) => TaxStore["Service"]
  readonly issuer: (issuer: TaxIssuer) => TaxIssuer
  /** The places passed so far, in order. */
  readonly places: Effect.Effect<ReadonlyArray<string>>
}

/** Dies at the `at`-th place, counted from 1, and at every later one: a dead process does nothing. Never, at 0. */
export const make = Effect.fnUntraced(function* (at: number) {
  const passed = yield* Ref.make<ReadonlyArray<string>>([])
  const place = (name: string): Effect.Effect<void> =>
    Effect.flatMap(
      Ref.modify(passed, (before) => [before.length + 1, [...before, name]] as const),
      (count) => (at > 0 && count >= at ? Effect.die(new Crash(name)) : Effect.void)
    )
  const around = <A, E, R>(name: string, call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    // What happened has happened, and its answer is lost, also when it was a failure.
    Effect.andThen(place(`before ${name}`), call.pipe(Effect.onExit(() => place(`after ${name}`))))

  const operation =
    <Args extends ReadonlyArray<unknown>, A, E, R>(name: string, call: (...args: Args) => Effect.Effect<A, E, R>) =>
    (...args: Args): Effect.Effect<A, E, R> =>
      around(name, call(...args))

  const operations = <A, Id, NewIntent>(inner: Operations<A, Id, NewIntent>): Operations<A, Id, NewIntent> => ({
    open: (intent) => around("open", inner.open(intent)),
    recall: (owner, keyed) => around("recall", inner.recall(owner, keyed)),
    begin: (owner, id, keyed, duration) => around("begin", inner.begin(owner, id, keyed, duration)),
    change: (owner, id, lease, decide) => around("change", inner.change(owner, id, lease, decide)),
    get: (owner, id) => around("get", inner.get(owner, id))
  })
  const store: Crashes["store"] = (inner) => ({
    ...operations(inner),
    list: (owner, filter, page) => around("list", inner.list(owner, filter, page)),
    takeDue: (limit, retryIn) => around("takeDue", inner.takeDue(limit, retryIn))
  })
  const payoutStore: Crashes["payoutStore"] = (inner) => ({
    ...operations(inner),
    list: (owner, filter, page) => around("list", inner.list(owner, filter, page)),
    takeDue: (limit, retryIn) => around("takeDue", inner.takeDue(limit, retryIn))
  })
  const refusals: Crashes["refusals"] = (inner) => ({
    ...inner,
    admit: (owner, account, kinds) => around("admit", inner.admit(owner, account, kinds)),
    refuse: (owner, account, kind, message) => around("refuse", inner.refuse(owner, account, kind, message)),
    clear: (owner, account, kinds) => around("clear", inner.clear(owner, account, kinds))
  })
  const lines: Crashes["lines"] = (inner) => ({
    ours: (owner, account, about, after, limit) => around("ours", inner.ours(owner, account, about, after, limit)),
    attempts: (owner, account, names) => around("attempts", inner.attempts(owner, account, names)),
    late: (owner, account, after, limit) => around("late", inner.late(owner, account, after, limit)),
    balances: (owner, account) => around("balances", inner.balances(owner, account)),
    book: (owner, line, as, posted) => around("book", inner.book(owner, line, as, posted)),
    reverse: (owner, account, line, posted) => around("reverse", inner.reverse(owner, account, line, posted))
  })
  const reconciliations: Crashes["reconciliations"] = (inner) => ({
    ...inner,
    takeTurn: (lease, firstAt) => around("takeTurn", inner.takeTurn(lease, firstAt)),
    begin: (turn, report) => around("beginReport", inner.begin(turn, report)),
    add: (turn, report, rows, lease) => around("addRows", inner.add(turn, report, rows, lease)),
    end: (turn, ending) => around("endTurn", inner.end(turn, ending)),
    list: (owner, filter, page) => around("listReports", inner.list(owner, filter, page))
  })
  const payouts = (inner: PayoutDriver): PayoutDriver => ({
    ...inner,
    create: (account, order) => around("createPayout", inner.create(account, order)),
    get: (account, id) => around("getPayout", inner.get(account, id)),
    find: (account, reference) => around("findPayout", inner.find(account, reference)),
    ...(inner.cancel === undefined ? {} : { cancel: operation("cancelPayout", inner.cancel) })
  })
  const reading = ({ readBalance, readCharges, readStatement }: Driver): Partial<Driver> => ({
    ...(readCharges === undefined
      ? {}
      : { readCharges: (account, wanted) => around("readCharges", readCharges(account, wanted)) }),
    ...(readBalance === undefined ? {} : { readBalance: (account) => around("readBalance", readBalance(account)) }),
    ...(readStatement === undefined
      ? {}
      : {
          readStatement: (account, range) =>
            Stream.concat(
              Stream.drain(Stream.fromEffect(place("before readStatement"))),
              readStatement(account, range).pipe(Stream.tap(() => place("a line of the statement")))
            )
        })
  })
  const driver: Crashes["driver"] = (inner) => ({
    ...inner,
    createCharge: (account, request) => around("createCharge", inner.createCharge(account, request)),
    getCharge: (account, id) => around("getCharge", inner.getCharge(account, id)),
    findCharge: (account, reference) => around("findCharge", inner.findCharge(account, reference)),
    ...reading(inner),
    ...(inner.cancelCharge === undefined ? {} : { cancelCharge: operation("cancelCharge", inner.cancelCharge) }),
    ...(inner.refundCharge === undefined ? {} : { refundCharge: operation("refundCharge", inner.refundCharge) }),
    ...(inner.payouts === undefined ? {} : { payouts: payouts(inner.payouts) })
  })
  const taxStore: Crashes["taxStore"] = (inner) => ({
    takeNumber: (owner, account) => around("takeNumber", inner.takeNumber(owner, account)),
    file: (owner, of) => around("file", inner.file(owner, of)),
    takeDue: (limit, retryIn) => around("takeDue documents", inner.takeDue(limit, retryIn))
  })
  const issuer: Crashes["issuer"] = (inner) => ({
    ...inner,
    prepare: (account, order) => around("prepare", inner.prepare(account, order)),
    issue: (account, prepared) => around("issue", inner.issue(account, prepared)),
    find: (account, reference) => around("find", inner.find(account, reference)),
    cancel: (account, document) => around("cancel", inner.cancel(account, document))
  })
  return {
    store,
    payoutStore,
    refusals,
    lines,
    reconciliations,
    driver,
    taxStore,
    issuer,
    places: Ref.get(passed)
  } satisfies Crashes as Crashes
})
