import { assert, describe, it } from "@effect/vitest"
import { NodeHttpClient } from "@effect/platform-node"
import { ChargeAttempt } from "@salesos/core"
import { DateTime, Effect, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { line } from "../src/Statement.ts"
import * as Api from "../src/Api.ts"
import { brl } from "../src/money.ts"
import document from "./fixtures/document.json" with { type: "json" }
import { type Psp, reference, request, start, test } from "./fixtures/driver.ts"

const lines = ({ account, driver }: Psp, from = 0, to = Date.parse("1970-12-31T00:00:00Z")) =>
  Stream.runCollect(
    driver.readStatement?.(account, { from: DateTime.makeUnsafe(from), to: DateTime.makeUnsafe(to) }) ??
      Stream.die("none")
  )

const balanceOf = ({ account, driver }: Psp) =>
  Effect.map(driver.readBalance?.(account) ?? Effect.die("none"), ([balance]) => balance)

const total = (balance: { readonly available: number; readonly waitingFunds: number | null } | undefined): number =>
  (balance?.available ?? 0) + (balance?.waitingFunds ?? 0)

const opening = 100_000_000

describe("the statement", () => {
  test("tells what each movement is of, with our reference", (psp) =>
    Effect.gen(function* () {
      const { account, attempt, chargeBack, control, driver } = psp
      const pix = yield* driver.createCharge(account, request(10_000))
      yield* TestClock.adjust(0)
      const link = yield* driver.createCharge(account, request(20_000, { method: "card", reference: reference(2) }))
      yield* attempt(link.providerId, "95643732041", 2)
      yield* TestClock.adjust(0)
      yield* driver.refundCharge?.(account, link.providerId) ?? Effect.void
      yield* control(`chargebacks/${yield* chargeBack(pix.providerId)}/dispute`)
      yield* control("transfers", { amount: 5000 })
      yield* control("invoices", { amount: 4990 })

      const told = (yield* lines(psp)).map(({ fee, kind, net, providerId, reference }) => [
        kind,
        net,
        fee,
        providerId,
        reference
      ])
      const [first, second] = [reference(1), reference(2)]
      assert.sameDeepMembers(told, [
        ["charge", 9_871, 129, pix.providerId, first],
        ["charge", 9_526, 474, link.providerId, second], // two installments of 20,000, fee 948
        ["charge", 9_526, 474, link.providerId, second],
        ["charge", -20_000, 0, link.providerId, second],
        ["charge", -10_000, 0, pix.providerId, first],
        ["transfer", -5_100, 100, null, null],
        ["fee", -4_990, 0, null, null]
      ])
      const net = (yield* lines(psp)).reduce((sum, each) => sum + each.net, 0)
      const balance = yield* balanceOf(psp)
      assert.strictEqual(total(balance), opening + net)
      assert.strictEqual(balance?.waitingFunds, 19_052)
    }))

  test("covers ranges longer than a list may have", (psp) =>
    Effect.gen(function* () {
      const { account, driver } = psp
      const paidIn = Effect.fnUntraced(function* (year: number) {
        yield* TestClock.setTime(Date.parse(`${year}-03-01T00:00:00.000Z`))
        yield* driver.createCharge(account, request(10_000, { reference: reference(year) }))
        yield* TestClock.adjust(0)
      })
      for (const year of [2024, 2025, 2026]) yield* paidIn(year)
      const all = yield* lines(psp, Date.parse("2023-01-01T00:00:00Z"), Date.parse("2027-01-01T00:00:00Z"))
      assert.deepEqual(
        all.map((each) => each.reference),
        [2024, 2025, 2026].map(reference)
      )
      assert.isEmpty(yield* lines(psp, Date.parse("2027-01-01T00:00:00Z"), Date.parse("2026-01-01T00:00:00Z")))
    }))

  test("finds a transaction that was made long before it was paid", (psp) =>
    Effect.gen(function* () {
      const { account, control, driver } = psp
      const { providerId } = yield* driver.createCharge(account, request(1098, { expiresIn: 60 }))
      yield* TestClock.adjust("30 days")
      yield* control(`transactions/${providerId}/pay`)
      assert.deepEqual(
        (yield* lines(psp)).map((each) => [each.providerId, each.reference]),
        [[providerId, reference(1)]]
      )
    }))

  it("joins the document's examples, and takes a debit's amount for money out, signed or not", () => {
    const operation = Schema.decodeUnknownSync(Api.Operation)(document["find an operation by id: answer"])
    const example = { ...document["find a payable by id: answer"], transferId: null }
    const payable = Schema.decodeUnknownSync(Api.Payable)(example)
    const transaction = Schema.decodeUnknownSync(Api.Transaction)(document["find a transaction: answer"])
    const joined = { operation, payable, transaction, isInvoiced: false }
    assert.deepEqual(line(joined), {
      id: "zZebjp82qsenXXnu947f6",
      at: DateTime.makeUnsafe("2021-09-01T00:00:00.000Z"),
      currency: brl,
      net: 1000,
      fee: 100,
      kind: "charge",
      providerId: "eDNSaEjdyKFUYZBLGjqXH",
      reference: ChargeAttempt.ProviderReference.make("my_ext_id")
    })
    const debit = { ...joined, payable: { ...payable, type: "debit" } }
    assert.strictEqual(line(debit).net, -1000)
    assert.strictEqual(line({ ...debit, operation: { ...operation, amount: -1000 } }).net, -1000)
  })

  it("leaves what it can't place to people", () => {
    const operation = Schema.decodeUnknownSync(Api.Operation)(document["find an operation by id: answer"])
    const stray = { operation, payable: undefined, transaction: undefined, isInvoiced: true }
    assert.deepInclude(line(stray), { kind: "other", net: 1000, fee: 0, providerId: null, reference: null })
    const out = { ...stray, operation: { ...operation, amount: -1000 } }
    assert.strictEqual(line(out).kind, "fee")
    assert.strictEqual(line({ ...out, isInvoiced: false }).kind, "other")
  })
})

describe("money", () => {
  const Moves = Schema.Array(Schema.Literals(["pay", "refund", "dispute", "win", "win in part", "guarantee"])).check(
    Schema.isMaxLength(5)
  )

  it.effect.prop(
    "is told the same by the charges, the statement and the balance",
    [Moves, Schema.Int.check(Schema.isBetween({ minimum: 50, maximum: 99_000 }))],
    ([moves, hundreds]) =>
      Effect.gen(function* () {
        const psp = yield* start
        const { account, chargeBack, control, driver } = psp
        const amount = hundreds * 100
        const charges: Array<string> = []
        for (const [place, move] of moves.entries()) {
          const { providerId } = yield* driver.createCharge(account, request(amount, { reference: reference(place) }))
          charges.push(providerId)
          yield* TestClock.adjust(0)
          if (move === "refund") yield* driver.refundCharge?.(account, providerId) ?? Effect.void
          if (move === "guarantee") {
            yield* control(`chargebacks/${yield* chargeBack(providerId, { isGuaranteePaid: true })}/lose`)
          }
          if (move === "dispute" || move === "win" || move === "win in part") {
            const chargeback = yield* chargeBack(providerId)
            yield* control(`chargebacks/${chargeback}/dispute`)
            if (move === "win") yield* control(`chargebacks/${chargeback}/win`)
            if (move === "win in part") yield* control(`chargebacks/${chargeback}/win`, { wonAmount: amount - 1 })
          }
        }
        const seen = yield* Effect.forEach(charges, (id) => driver.getCharge(account, id))
        const byCharges = seen.reduce(
          (sum, { payments, reversals = [] }) =>
            sum +
            payments.reduce((paid, { fee, money }) => paid + money.amount - (fee ?? 0), 0) +
            reversals.reduce((left, { kind, money }) => left + money.amount * (kind === "chargeback_won" ? 1 : -1), 0),
          0
        )
        const byStatement = (yield* lines(psp)).reduce((sum, { net }) => sum + net, 0)
        assert.strictEqual(byCharges, byStatement)
        assert.strictEqual(total(yield* balanceOf(psp)), opening + byStatement)
      }).pipe(Effect.scoped, Effect.provide(NodeHttpClient.layerUndici)),
    { timeout: 60_000, arbitrary: { runs: 25 } }
  )
})
