/** Each provider's own statement, over HTTP, against the books in PostgreSQL: all notifications are lost, and nobody polls. */
import { assert, describe, it } from "@effect/vitest"
import {
  AccountLines,
  Idempotency,
  Invoices,
  Metrics,
  type InvoiceRequest,
  Money,
  type Owner,
  Payouts,
  Provider,
  ChargeAttempt,
  OurNumber,
  ReconciliationReport,
  Reconciliations,
  Store
} from "@salesos/core"
import { PayoutSamples, Samples } from "@salesos/core/testing"
import { DateTime, Effect, Metric, Option, Stream } from "effect"
import { make } from "./support/Accounts.ts"

/** Nothing becomes of it by itself before the test is over. */
const amount = Money.Amount.make(123_98)

const keyed = (key: string, body: unknown): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/", body)
})

/** Creates an invoice, and gives it with the provider's id of its charge. */
const charged = Effect.fnUntraced(function* (
  owner: Owner.Owner,
  key: string,
  changes: Partial<InvoiceRequest.InvoiceRequest>
) {
  const request = Samples.request({ ...changes })
  yield* Invoices.create(owner, keyed(key, request), request)
  const { data } = yield* Invoices.list(owner, {}, { limit: 1 })
  const id = data[0]?.attempts[0]?.providerId ?? assert.fail("it has no charge")
  return { invoice: data[0]!.id, id }
})

/** Reconciles an account, and gives the report with its rows in short. */
const reconcile = Effect.fnUntraced(function* (owner: Owner.Owner, account: string) {
  const from = DateTime.subtract(yield* DateTime.now, { days: 2 })
  yield* Reconciliations.request(owner, account, { from })
  const report = Option.getOrNull(yield* Reconciliations.runNext()) ?? assert.fail("it is nobody's turn")
  assert.deepStrictEqual([report.account, report.status, report.failure], [account, "finished", null])
  const rows = yield* Stream.runCollect(Reconciliations.rows(owner, report.id))
  const csv = (yield* Stream.runCollect(Reconciliations.csv(owner, report.id))).join("").trimEnd().split("\r\n")
  assert.deepStrictEqual(csv, [ReconciliationReport.csvHeader, ...rows.map(ReconciliationReport.csv)])
  assert.deepStrictEqual(yield* Reconciliations.get(owner, report.id), report)
  return { report, rows: rows.map(({ ours, outcome, theirs }) => `${outcome} ${ours}/${theirs}`).toSorted() }
})

/** Σ net of an account. */
const net = (owner: Owner.Owner, account: string) =>
  Effect.map(
    Effect.flatMap(AccountLines.AccountLines, (lines) => lines.balances(owner, account)),
    ([sum]) => sum?.net ?? 0n
  )

/** Checks that everything matches, and that what has moved since the first report is the same on both sides. */
const checkEnd = Effect.fnUntraced(function* (owner: Owner.Owner, account: string, opening: bigint | undefined) {
  const before = yield* net(owner, account)
  const { report, rows } = yield* reconcile(owner, account)
  assert.deepInclude(report.counts, { missing_here: 0, missing_there: 0, different: 0 }, rows.join())
  assert.strictEqual(report.sums[0]?.ours, report.sums[0]?.theirs)
  assert.strictEqual(yield* net(owner, account), before, "nothing is booked twice")
  if (opening !== undefined) {
    assert.deepInclude(report.balances[0], { difference: opening, drift: 0n, ours: before })
  }
})

const statuses = (owner: Owner.Owner) =>
  Effect.map(Invoices.list(owner, {}, { limit: 10 }), ({ data }) => data.map(({ status }) => status))

describe("reconciliation", () => {
  it.live(
    "with InfraPSP: payments, a chargeback, a transfer to the owner's bank and its monthly invoice",
    () =>
      Effect.gen(function* () {
        const { context, control, owner } = yield* make
        yield* Effect.gen(function* () {
          const first = yield* reconcile(owner, "infrapsp")
          const opening = first.report.balances[0]?.difference
          const paid = yield* charged(owner, "k1", { amount, provider: "infrapsp" })
          const disputed = yield* charged(owner, "k2", { amount, provider: "infrapsp" })
          yield* charged(owner, "k3", { amount, provider: "infrapsp" })
          yield* control("infrapsp", `transactions/${paid.id}/pay`)
          yield* control("infrapsp", `transactions/${disputed.id}/pay`)
          yield* control("infrapsp", "transfers", { amount: 5_000 })
          yield* control("infrapsp", "invoices", { amount: 990 })
          const { report } = yield* reconcile(owner, "infrapsp")
          assert.deepStrictEqual(yield* statuses(owner), ["open", "paid", "paid"])
          assert.deepStrictEqual(report.counts, {
            matched: 2,
            booked: 2,
            missing_here: 0,
            missing_there: 0,
            different: 0
          })
          const lost = yield* control("infrapsp", `transactions/${disputed.id}/charge-back`)
          yield* control("infrapsp", `chargebacks/${lost}/lose`)
          yield* reconcile(owner, "infrapsp")
          assert.strictEqual((yield* Invoices.get(owner, disputed.invoice)).amountReversed, amount)
          yield* checkEnd(owner, "infrapsp", opening)
        }).pipe(Effect.provideContext(context))
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "with SellxPay: deposits by PIX and boleto, a refund, payments by PIX and one that came back",
    () =>
      Effect.gen(function* () {
        const { context, control, owner } = yield* make
        yield* Effect.gen(function* () {
          const opening = (yield* reconcile(owner, "sellxpay")).report.balances[0]?.difference
          const pix = yield* charged(owner, "k1", { amount, provider: "sellxpay" })
          const boleto = yield* charged(owner, "k2", {
            amount,
            provider: "sellxpay",
            payment_method: { type: "boleto" }
          })
          yield* control("sellxpay", `transactions/${pix.id}/pay`)
          yield* control("sellxpay", `transactions/${boleto.id}/pay`)
          const asked = PayoutSamples.request({ amount })
          for (const key of ["p1", "p2"]) yield* Payouts.create(owner, keyed(key, asked), asked)
          const { data } = yield* (yield* Store.PayoutStore).list(owner, {}, { limit: 5 })
          const [second, first] = data.map(({ attempts }) => attempts[0]?.providerId ?? assert.fail("not accepted"))
          yield* control("sellxpay", `transactions/${first}/pay`)
          yield* control("sellxpay", `transactions/${second}/pay`)
          const { report } = yield* reconcile(owner, "sellxpay")
          assert.deepStrictEqual(report.counts, {
            matched: 4,
            booked: 0,
            missing_here: 0,
            missing_there: 0,
            different: 0
          })
          yield* control("sellxpay", `transactions/${pix.id}/reverse`)
          yield* control("sellxpay", `transactions/${second}/return`)
          yield* reconcile(owner, "sellxpay")
          assert.strictEqual((yield* Invoices.get(owner, pix.invoice)).amountReversed, amount)
          const payouts = (yield* (yield* Store.PayoutStore).list(owner, {}, { limit: 5 })).data
          assert.deepStrictEqual(
            payouts.map(({ status }) => status),
            ["failed", "paid"]
          )
          yield* checkEnd(owner, "sellxpay", opening)
          // What moves the balance and is in no statement shows as drift.
          yield* control("sellxpay", "internal-transfers", { amount: 700 })
          const alerts = Metric.value(Metric.withAttributes(Metrics.alerts, { alert: "balance_drifts" }))
          const { count: before } = yield* alerts
          assert.strictEqual((yield* reconcile(owner, "sellxpay")).report.balances[0]?.drift, 700n)
          assert.strictEqual((yield* alerts).count, before + 1)
        }).pipe(Effect.provideContext(context))
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "with USD→BRL: payments that the provider converted",
    () =>
      Effect.gen(function* () {
        const { context, control, owner } = yield* make
        yield* Effect.gen(function* () {
          const usd = { amount, currency: Samples.usd, provider: "usdbrl" }
          const paid = yield* charged(owner, "k1", usd)
          yield* charged(owner, "k2", usd)
          yield* control("usdbrl", `payments/${paid.id}/pay`)
          const { report, rows } = yield* reconcile(owner, "usdbrl")
          assert.deepStrictEqual(rows, [`matched ${amount}/${amount}`])
          assert.deepStrictEqual(report.balances, [])
          assert.deepStrictEqual(yield* statuses(owner), ["open", "paid"])
          yield* checkEnd(owner, "usdbrl", undefined)
        }).pipe(Effect.provideContext(context))
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "does not book what another system charged at the same account before it is three days old",
    () =>
      Effect.gen(function* () {
        const { context, control, owner } = yield* make
        yield* Effect.gen(function* () {
          const { accounts } = yield* (yield* Store.Tenants).profile(owner)
          const account = accounts.find(({ name }) => name === "infrapsp") ?? assert.fail("it has an account")
          const driver = (yield* Provider.Drivers).find(({ name }) => name === "infrapsp") ?? assert.fail("no driver")
          const { customer, description } = Samples.request()
          const { providerId } = yield* driver.createCharge(account, {
            reference: ChargeAttempt.ProviderReference.make("ELSEWHERE-1"),
            ourNumber: OurNumber.format("INV", 2026, 999),
            money: { amount, currency: Samples.brl },
            method: "pix",
            description,
            customer,
            expiresIn: 3600
          })
          yield* control("infrapsp", `transactions/${providerId}/pay`)
          const { report } = yield* reconcile(owner, "infrapsp")
          assert.deepInclude(report.counts, { missing_here: 1, booked: 0 })
          assert.strictEqual(yield* net(owner, "infrapsp"), 0n)
        }).pipe(Effect.provideContext(context))
      }).pipe(Effect.scoped),
    60_000
  )
})
