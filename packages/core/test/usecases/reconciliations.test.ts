/** Reconciliation: whatever was lost on the way, the books come to say what the provider's statement says. */
import { assert, describe, it } from "@effect/vitest"
import { Provider, ReconciliationReport, Reconciliations } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime, Effect, Fiber, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { breathe, create, Given, inGateway, invoices, theInvoice, work } from "../support/gateway.ts"
import { noon } from "../support/given.ts"
import { account, ask, checkBalance, net, reconcile, rowsOf, short, statement } from "../support/reconciling.ts"

const days = (count: number) => TestClock.adjust(`${count} days`)

/** The same with a driver that tells its statement otherwise. */
const telling =
  (change: (line: Provider.ProviderStatementLine) => ReadonlyArray<Provider.ProviderStatementLine>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const drivers = (yield* Provider.Drivers).map((driver): Provider.Driver => {
        const read = driver.readStatement ?? assert.fail("it has a statement")
        return {
          ...driver,
          readStatement: (...given) => Stream.flatMap(read(...given), (line) => Stream.fromIterable(change(line)))
        }
      })
      return yield* Effect.provideService(effect, Provider.Drivers, drivers)
    })

describe("what was lost on the way", () => {
  it.effect("is learned from the statement: the attempt is asked about, and its payment booked once", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        assert.strictEqual((yield* theInvoice).status, "open")
        yield* TestClock.adjust("1 second")
        const report = yield* reconcile()
        assert.strictEqual((yield* theInvoice).status, "paid")
        assert.deepStrictEqual(yield* rowsOf(report), ["matched 12187/12187 infrapsp-1-payment-1"])
        yield* TestClock.adjust("1 minute")
        yield* work
        yield* reconcile()
        assert.deepStrictEqual(yield* statement, ["charge 12187"])
        yield* checkBalance
      })
    )
  )

  it.effect("is learned also of a charge that was given up, by our reference", () =>
    inGateway({ providers: [{ visibleAfter: "2 hours" }] })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* Effect.flip(create("k1"))
        for (let minute = 0; minute < 60; minute++) yield* Effect.andThen(TestClock.adjust("1 minute"), work)
        assert.strictEqual((yield* theInvoice).attempts[0]?.status, "absent")
        yield* provider.pay("infrapsp-1")
        yield* TestClock.adjust("3 hours")
        yield* reconcile()
        assert.strictEqual((yield* theInvoice).status, "paid")
        assert.deepStrictEqual(yield* statement, ["charge 12187"])
      })
    )
  )

  it.effect("is not booked by guess while the provider does not tell about the charge", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        yield* days(10)
        yield* provider.nextLookups("unavailable")
        assert.deepStrictEqual(yield* rowsOf(yield* reconcile()), ["missing_here -/12187 infrapsp-1-payment-1"])
        assert.deepStrictEqual(yield* statement, [])
        assert.deepStrictEqual(yield* rowsOf(yield* reconcile()), ["matched 12187/12187 infrapsp-1-payment-1"])
      })
    )
  )
})

describe("a line that matches nothing", () => {
  it.effect("is none if it moved nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.move(yield* account, { id: "x1", net: 0, kind: "transfer" })
        yield* provider.move(yield* account, { id: "x2", net: 0, kind: "charge", providerId: "other" })
        for (const wait of [1, 4]) {
          yield* days(wait)
          const report = yield* reconcile()
          assert.deepStrictEqual(yield* rowsOf(report), [])
          assert.strictEqual(report.counts.missing_here, 0)
        }
        assert.deepStrictEqual(yield* statement, [])
      })
    )
  )

  it.effect("waits for three days, and is then booked once as an adjustment", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.move(yield* account, { id: "x1", net: 777 })
        yield* provider.move(yield* account, { id: "x2", net: -70 })
        yield* days(3)
        assert.deepStrictEqual(yield* rowsOf(yield* reconcile()), ["missing_here -/777 x1", "missing_here -/-70 x2"])
        assert.deepStrictEqual(yield* statement, [])
        yield* TestClock.adjust("1 minute")
        for (let runs = 0; runs < 3; runs++) {
          assert.deepStrictEqual(yield* rowsOf(yield* reconcile()), ["booked 777/777 x1", "booked -70/-70 x2"])
        }
        assert.deepStrictEqual(yield* statement, ["adjustment -70 for x2", "adjustment 777 for x1"])
        yield* checkBalance
      })
    )
  )

  it.effect(
    "is booked at once where its kind says what it is: a transfer to the owner's bank, a fee, and what came back",
    () =>
      inGateway()(
        Effect.gen(function* () {
          const { provider } = yield* Given
          const of = yield* account
          yield* provider.move(of, { id: "t1", net: -5010, fee: 10, kind: "transfer" })
          yield* provider.move(of, { id: "t2", net: 900, kind: "transfer" })
          yield* provider.move(of, { id: "f1", net: -49, kind: "fee" })
          yield* provider.move(of, { id: "f2", net: 4, kind: "fee" })
          yield* provider.move(of, { id: "z", net: 0 })
          yield* TestClock.adjust("1 second")
          yield* reconcile()
          yield* reconcile()
          assert.deepStrictEqual(yield* statement, [
            "adjustment -5010 for t1",
            "adjustment 4 for f2",
            "adjustment 900 for t2",
            "fee -49 for f1"
          ])
          yield* checkBalance
        })
      )
  )

  it.effect(
    "is reversed once when it turns out to be a charge's, however late, and its money booked as the charge's",
    () =>
      inGateway({ providers: [{ statementShowsReferences: false }] })(
        Effect.gen(function* () {
          const { provider } = yield* Given
          yield* provider.next({ _tag: "LoseAnswer" })
          yield* Effect.flip(create("k1"))
          yield* provider.pay("infrapsp-1")
          yield* days(4)
          yield* reconcile()
          assert.deepStrictEqual(yield* statement, ["adjustment 12187 for infrapsp-1-payment-1"])
          yield* days(60)
          yield* work
          assert.strictEqual((yield* theInvoice).status, "paid")
          assert.strictEqual(yield* net, 2 * 12187)
          // Long after the line the daily range does not reach it any more.
          yield* reconcile({ from: DateTime.add(noon, { days: 60 }) })
          yield* reconcile()
          const report = yield* reconcile()
          assert.deepStrictEqual(yield* statement, [
            "adjustment -12187 for infrapsp-1-payment-1",
            "adjustment 12187 for infrapsp-1-payment-1",
            "charge 12187"
          ])
          assert.deepStrictEqual(yield* rowsOf(report), ["matched 12187/12187 infrapsp-1-payment-1"])
          yield* checkBalance
        })
      )
  )

  it.effect("of another customer of the provider, and of another owner, is nobody's business", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner, provider } = yield* Given
        const of = yield* account
        yield* provider.move(of, { id: "x1", net: 777 })
        yield* days(5)
        yield* Reconciliations.request(otherOwner, of.name, { from: noon })
        const report = Option.getOrNull(yield* Reconciliations.runNext()) ?? assert.fail("no turn")
        assert.deepStrictEqual([report.owner, yield* rowsOf(report)], [otherOwner, []])
        assert.deepStrictEqual(yield* statement, [])
      })
    )
  )
})

describe("what differs", () => {
  it.effect("is for the operator: amounts are not corrected, and nothing is booked", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        yield* days(5)
        const report = yield* reconcile().pipe(telling((line) => [{ ...line, net: line.net - 1 }]))
        assert.deepStrictEqual(yield* rowsOf(report), ["different 12187/12186 infrapsp-1-payment-1"])
        assert.deepInclude(report.sums[0], { ours: 12187n, theirs: 12186n, different: -1n })
        assert.deepStrictEqual(yield* statement, ["charge 12187"])
      })
    )
  )

  it.effect("is asked about first: a fee that was told later explains it", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1", { fee: null })
        yield* TestClock.adjust("1 minute")
        yield* work
        yield* provider.tellFee("infrapsp-1", 310)
        assert.deepStrictEqual(yield* rowsOf(yield* reconcile()), ["matched 12000/12000 infrapsp-1-payment-1"])
        assert.deepStrictEqual(yield* statement, ["charge 12310", "fee -310"])
      })
    )
  )

  it.effect("is told where the provider's statement lacks what we booked", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        yield* TestClock.adjust("1 minute")
        yield* work
        const report = yield* reconcile().pipe(telling(() => []))
        assert.deepStrictEqual(yield* rowsOf(report), ["missing_there 12187/-"])
      })
    )
  )

  it.effect("in the balance is told against the reconciliation before", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        const of = yield* account
        yield* provider.move(of, { id: "opening", net: 100_000, at: DateTime.subtract(noon, { years: 1 }) })
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        yield* TestClock.adjust("1 minute")
        const first = yield* reconcile()
        assert.deepStrictEqual(first.balances, [
          { currency: Samples.brl, provider: 112_187n, ours: 12_187n, difference: 100_000n, drift: null }
        ])
        const second = yield* reconcile()
        assert.deepInclude(second.balances[0], { difference: 100_000n, drift: 0n })
        yield* provider.move(of, { id: "x1", net: -5 })
        const third = yield* reconcile()
        assert.deepInclude(third.balances[0], { difference: 99_995n, drift: -5n })
      })
    )
  )
})

describe("a reconciliation", () => {
  it.effect("of a long time is done in windows, and a movement at their edges is one row", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        for (let place = 1; place <= 6; place++) {
          yield* create(`k${place}`)
          const edge = DateTime.add(noon, { days: 7 * (place % 3), milliseconds: (place % 2) - 1 })
          yield* provider.pay(`infrapsp-${place}`, { occurredAt: edge })
        }
        yield* days(30)
        // Both sides see a movement at slightly other times.
        const report = yield* reconcile({ from: DateTime.subtract(noon, { days: 7 }) }).pipe(
          telling((line) => [{ ...line, at: DateTime.add(line.at, { minutes: 1 }) }])
        )
        assert.deepStrictEqual(report.counts, { ...ReconciliationReport.noCounts, matched: 6 })
        assert.strictEqual((yield* rowsOf(report)).length, 6)
        yield* checkBalance
      })
    )
  )

  it.effect("fails with the provider, says so, and is tried again; what it was up to is covered by the next", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner, provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        yield* TestClock.adjust("1 minute")
        yield* provider.nextStatements("unavailable", "hang")
        const failed = yield* reconcile()
        assert.deepStrictEqual([failed.status, failed.failure], ["failed", "Too many requests"])
        const [schedule] = yield* Reconciliations.schedules(owner)
        assert.deepInclude(schedule, { failures: 1, lastRun: failed.id, running: false, coveredTo: null })
        assert.isTrue(Option.isNone(yield* Reconciliations.runNext()))
        yield* ask()
        const hanging = yield* Effect.forkChild(Reconciliations.runNext())
        yield* breathe
        yield* TestClock.adjust("16 minutes")
        const again = Option.getOrNull(yield* Fiber.join(hanging)) ?? assert.fail("it was nobody's turn")
        assert.strictEqual(again.status, "failed")
        yield* reconcile()
        assert.strictEqual((yield* theInvoice).status, "paid")
        const [after] = yield* Reconciliations.schedules(owner)
        assert.deepInclude(after, { failures: 0, running: false })
        assert.isNotNull(after?.coveredTo)
      })
    )
  )

  it.effect("is done by one of many workers, once", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        yield* TestClock.adjust("1 minute")
        yield* ask()
        const ran = yield* Effect.all(
          Array.from({ length: 5 }, () => Reconciliations.runNext()),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(ran.filter(Option.isSome).length, 1)
        const calls = (yield* provider.books).calls
        assert.strictEqual(calls.filter((call) => call === "readBalance").length, 1)
      })
    )
  )

  it.effect("comes every day in a calm hour by itself, and covers all since the last", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner, provider } = yield* Given
        const runs: Array<ReconciliationReport.Report> = []
        for (let quarter = 0; quarter < 4 * 24 * 6; quarter++) {
          const ran = yield* Reconciliations.runNext()
          if (Option.isSome(ran) && ran.value !== null && ran.value.owner.environment === owner.environment) {
            runs.push(ran.value)
          }
          yield* TestClock.adjust("15 minutes")
          if (quarter % 96 === 40) {
            yield* create(`k${quarter}`)
            yield* provider.pay(`infrapsp-${(quarter - 40) / 96 + 1}`)
          }
        }
        assert.isAtLeast(runs.length, 4)
        for (const { from, startedAt, to } of runs) {
          const hour = DateTime.getPartUtc(startedAt, "hour") - 3 // São Paulo's
          assert.isTrue(hour >= 3 && hour < 6, `at ${hour}`)
          assert.strictEqual(DateTime.formatIso(to).slice(11), "03:00:00.000Z")
          assert.isTrue(DateTime.isLessThan(from, to))
        }
        const paid = (yield* invoices).filter(({ status }) => status === "paid")
        assert.isAtLeast(paid.length, 4)
      })
    )
  )

  it.effect("is kept, and read as JSON and as CSV that no spreadsheet takes for a formula", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner, owner, provider } = yield* Given
        yield* create("k1")
        yield* provider.pay("infrapsp-1")
        yield* provider.move(yield* account, { id: '=1+1,"x"', net: -7, at: DateTime.subtract(noon, { days: 1 }) })
        yield* TestClock.adjust("1 minute")
        const report = yield* reconcile()
        assert.deepStrictEqual(yield* Reconciliations.get(owner, report.id), report)
        assert.deepStrictEqual((yield* Reconciliations.list(owner, {}, { limit: 5 })).data, [report])
        assert.strictEqual((yield* Effect.flip(Reconciliations.get(otherOwner, report.id)))._tag, "NotFound")
        const json = ReconciliationReport.json(report)
        assert.deepStrictEqual(json.counts, { matched: 1, booked: 0, missing_here: 1, missing_there: 0, different: 0 })
        assert.deepStrictEqual(json.sums, [
          { currency: Samples.brl, ours: 12187, theirs: 12180, missing_here: -7, missing_there: 0, different: 0 }
        ])
        const csv = (yield* Stream.runCollect(Reconciliations.csv(owner, report.id))).join("")
        const [row] = (yield* theInvoice).attempts
        const [booked] = (yield* Stream.runCollect(Reconciliations.rows(owner, report.id))).filter((each) =>
          short(each).startsWith("matched")
        )
        assert.strictEqual(
          csv,
          [
            ReconciliationReport.csvHeader,
            `missing_here,2026-11-20T12:00:00.000Z,,,BRL,,-7,-7,,"'=1+1,""x"""`,
            `matched,2026-11-21T12:00:00.000Z,${row?.reference},infrapsp-1,BRL,12187,12187,0,${booked?.ourLines[0]},infrapsp-1-payment-1`,
            ""
          ].join("\r\n")
        )
      })
    )
  )
})
