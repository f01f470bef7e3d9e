import { assert, describe } from "@effect/vitest"
import { Boleto, Pix } from "@salesos/core"
import { Fault } from "@salesos/provider-testkit/proxy"
import { DateTime, Effect, Option, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { brl } from "../src/Api.ts"
import { calls, test, unpaced } from "./fixtures/driver.ts"
import * as Requests from "./fixtures/requests.ts"

const at = (time: string) => DateTime.makeUnsafe(time)
const money = (amount: number) => ({ amount, currency: brl })

describe("a charge", () => {
  test("by PIX is payable for 30 minutes, then read and found without what to pay with", ({ account, driver }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-05-04T12:00:00.000Z"))
      const created = yield* driver.createCharge(account, Requests.charge(123_98, { expiresIn: 60 }))
      assert.deepEqual([created.status, created.money], [{ _tag: "open" }, money(123_98)])
      assert.deepEqual(created.expiresAt, at("2026-05-04T12:30:00.000Z"))
      const code = created.artifact?.type === "pix" ? created.artifact.copyPaste : ""
      assert.strictEqual(Result.getOrThrow(Pix.parse(code)).amount?.amount, 123_98)
      const read = yield* driver.getCharge(account, created.providerId)
      const found = Option.getOrThrow(yield* driver.findCharge(account, Requests.reference(1)))
      for (const seen of [read, found]) {
        assert.isNull(seen.artifact)
        assert.deepInclude(seen, { providerId: created.providerId, status: created.status, money: created.money })
      }
      assert.isTrue(Option.isNone(yield* driver.findCharge(account, Requests.reference(2))))
    }))

  test("by boleto has a line of its amount and due date, and a page to print", ({ account, driver }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-05-04T12:00:00.000Z"))
      const request = Requests.boleto(250_98, "2026-05-10")
      const { artifact, expiresAt } = yield* driver.createCharge(account, request)
      if (artifact?.type !== "boleto") return assert.fail("no boleto")
      const boleto = Result.getOrThrow(Boleto.parse(artifact.digitableLine))
      assert.isTrue(Boleto.matches(boleto, { amount: 250_98, dueDate: artifact.dueDate }))
      assert.deepEqual([artifact.barcode, artifact.dueDate], [boleto.barcode, request.dueDate])
      assert.match(artifact.pdfUrl ?? "", /^http:/)
      assert.deepEqual(expiresAt, at("2026-05-10T23:59:59.000Z"))
    }))

  test("by card is paid or refused in the answer", ({ account, driver }) =>
    Effect.gen(function* () {
      const paid = yield* driver.createCharge(account, Requests.card(199_00))
      assert.deepEqual(
        paid.payments.map(({ fee, money }) => [money.amount, fee]),
        [[199_00, 5_99]]
      )
      const refused = yield* driver.createCharge(account, Requests.card(199_01))
      assert.deepEqual(refused.status, { _tag: "ended", reason: "refused" })
      assert.deepEqual(refused.payments, [])
    }))

  test("is paid, with its fee and time; what expired may be paid all the same", ({ account, act, driver }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-05-04T12:00:00.000Z"))
      const { providerId } = yield* driver.createCharge(account, Requests.charge(100_20))
      yield* TestClock.adjust("20 seconds")
      const [payment] = (yield* driver.getCharge(account, providerId)).payments
      assert.deepInclude(payment, { money: money(100_20), fee: 2_99, occurredAt: at("2026-05-04T12:00:20.000Z") })
      const late = yield* driver.createCharge(account, Requests.charge(100_98))
      yield* act(late.providerId, "expire")
      const ended = { _tag: "ended", reason: "expired" } as const
      assert.deepEqual((yield* driver.getCharge(account, late.providerId)).status, ended)
      yield* act(late.providerId, "pay")
      assert.lengthOf((yield* driver.getCharge(account, late.providerId)).payments, 1)
    }))

  test("that SellxPay can't make is refused before anything is sent", ({ account, count, driver }) =>
    Effect.gen(function* () {
      const { cardToken: _, ...hosted } = Requests.card(100_00)
      const { dueDate: __, ...undated } = Requests.boleto(100_00, "2026-05-10")
      const { document: ___, ...stranger } = undated.customer
      for (const request of [
        Requests.charge(9_99),
        Requests.charge(50_000_01),
        Requests.charge(1_000.5),
        hosted,
        undated,
        Requests.boleto(100_00, "2026-05-10", { customer: stranger }),
        Requests.charge(100_00, { method: "bank_transfer" })
      ]) {
        assert.strictEqual((yield* Effect.flip(driver.createCharge(account, request)))._tag, "Rejected")
      }
      assert.strictEqual(yield* count({}), 0)
    }))

  test("of another kind is not taken for a charge", ({ account, driver, payouts }) =>
    Effect.gen(function* () {
      const payout = yield* payouts.create(account, Requests.payout(100_00))
      assert.strictEqual((yield* Effect.flip(driver.getCharge(account, payout.providerId)))._tag, "Unknown")
      assert.isTrue(Option.isNone(yield* driver.findCharge(account, Requests.payout(1).reference)))
    }))
})

describe("a refund", () => {
  test("gives the payment back and the fee with it, and a second one does nothing", ({
    account,
    count,
    driver,
    refundCharge
  }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, Requests.card(199_00))
      const refunded = yield* refundCharge(account, providerId)
      assert.deepEqual(
        refunded.reversals?.map(({ feeGivenBack, kind, money }) => [kind, money.amount, feeGivenBack]),
        [["refund", 199_00, 5_99]]
      )
      assert.deepEqual((yield* refundCharge(account, providerId)).reversals, refunded.reversals)
      assert.strictEqual(yield* count(calls.refund), 1)
    }))

  test("that finds the money given back meanwhile is done", ({ account, act, driver, proxy, refundCharge }) =>
    Effect.gen(function* () {
      for (const status of [409, 422]) {
        const { providerId } = yield* driver.createCharge(account, Requests.card(199_00))
        yield* proxy.on(calls.refund, Fault.answerInstead(status, { error: "conflict", message: "Ja reembolsada" }))
        assert.lengthOf((yield* refundCharge(account, providerId)).reversals ?? [], 1)
      }
      const { providerId } = yield* driver.createCharge(account, Requests.card(199_00))
      yield* act(providerId, "chargeback")
      assert.strictEqual((yield* Effect.flip(refundCharge(account, providerId)))._tag, "Rejected")
    }))

  test("of a charge that can't be read was surely not sent", ({ account, count, driver, proxy, refundCharge }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, Requests.card(199_00))
      yield* proxy.on(calls.read, Fault.instead(500, {}))
      assert.strictEqual((yield* Effect.flip(refundCharge(account, providerId)))._tag, "Unavailable")
      assert.strictEqual(yield* count(calls.refund), 0)
      assert.strictEqual((yield* Effect.flip(refundCharge(account, "none")))._tag, "Rejected")
    }))

  test("without the money for it says so", ({ account, driver, psp, refundCharge }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, Requests.card(199_00))
      yield* psp.create("pix/payment", { amount: 1_000_190, pix_key: "52998224725", pix_key_type: "cpf" })
      assert.deepInclude(yield* Effect.flip(refundCharge(account, providerId)), {
        _tag: "Rejected",
        code: "insufficient_balance"
      })
    }))
})

describe("a payout", () => {
  test("is delivered without the fee, and what came back is told", ({ account, act, payouts }) =>
    Effect.gen(function* () {
      const created = yield* payouts.create(account, Requests.payout(500_10))
      assert.deepEqual([created.status, created.deliveries], [{ _tag: "pending" }, []])
      yield* TestClock.adjust("10 seconds")
      const paid = Option.getOrThrow(yield* payouts.find(account, Requests.payout(1).reference))
      assert.strictEqual(paid.providerId, created.providerId)
      assert.deepEqual(
        paid.deliveries.map(({ fee, money }) => [money.amount, fee]),
        [[500_10, 4_99]]
      )
      yield* act(created.providerId, "return")
      const { returns } = yield* payouts.get(account, created.providerId)
      assert.deepEqual(
        returns.map(({ money }) => money.amount),
        [495_11]
      )
    }))

  test("is refused for want of money, or because the account is blocked", ({ account, driver, payouts, psp }) =>
    Effect.gen(function* () {
      const outcome = (amount: number) => Effect.flip(payouts.create(account, Requests.payout(amount)))
      assert.deepInclude(yield* outcome(1_000_000_01), { _tag: "Rejected", code: "insufficient_balance" })
      yield* psp.control("cash-out", { blocked: true })
      assert.deepInclude(yield* outcome(100_00), { _tag: "Unavailable", account: "payouts" })
      // Charges go on.
      yield* driver.createCharge(account, Requests.charge(100_00))
    }))

  test("to a CNPJ with letters is refused before anything is sent", ({ account, count, payouts }) =>
    Effect.gen(function* () {
      const order = Requests.payout(100_00, { type: "pix", key_type: "cnpj", key: "12ABC34501DE35" })
      assert.strictEqual((yield* Effect.flip(payouts.create(account, order)))._tag, "Rejected")
      assert.strictEqual(yield* count({}), 0)
    }))
})

describe("the access token", () => {
  test("is fetched once, renewed before it expires, and when it is revoked", ({ account, count, driver, psp }) =>
    Effect.gen(function* () {
      const fetched = count(calls.token)
      const { providerId } = yield* driver.createCharge(account, Requests.charge(100_98))
      const read = driver.getCharge(account, providerId)
      yield* Effect.all([read, read, read], { concurrency: "unbounded" })
      assert.strictEqual(yield* fetched, 1)
      yield* TestClock.adjust("29 minutes")
      yield* read
      assert.strictEqual(yield* fetched, 2)
      yield* psp.control("tokens/revoke")
      yield* read
      assert.strictEqual(yield* fetched, 3)
    }))

  test("is refused for wrong credentials, which tells nobody what they are", ({ account, driver }) =>
    Effect.gen(function* () {
      const wrong = { ...account, credentials: Redacted.make({ clientId: "client", clientSecret: "another-secret" }) }
      const failure = yield* Effect.flip(driver.createCharge(wrong, Requests.charge(100_00)))
      assert.deepInclude(failure, { _tag: "Unavailable", account: "credentials" })
      assert.notInclude(JSON.stringify(failure), "another-secret")
    }))
})

describe("the pace", () => {
  test("stays within 60 calls a minute, and leaves the last of them to what moves money", ({
    account,
    count,
    driver,
    proxy
  }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, Requests.charge(100_98))
      const read = Effect.result(driver.getCharge(account, providerId))
      while (Result.isSuccess(yield* read));
      const reads = yield* count(calls.read)
      assert.isBelow(reads, 50)
      const charge = Effect.result(driver.createCharge(account, Requests.charge(100_98)))
      while (Result.isSuccess(yield* charge));
      const { length } = (yield* proxy.exchanges()).filter(({ path }) => !path.includes("oauth"))
      assert.strictEqual(length, 60)
      yield* TestClock.adjust("1 minute")
      assert.isTrue(Result.isSuccess(yield* charge))
    }))

  test("rests for as long as the provider says", ({ account, count, driver }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, Requests.charge(100_98))
      const other = yield* unpaced
      for (let i = 0; i < 40; i++) yield* other.getCharge(account, providerId)
      for (let i = 0; i < 19; i++) yield* driver.getCharge(account, providerId)
      const refused = yield* Effect.flip(driver.getCharge(account, providerId))
      assert.strictEqual(refused._tag, "Unavailable")
      const asked = yield* count(calls.read)
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual((yield* Effect.flip(driver.getCharge(account, providerId)))._tag, "Unavailable")
      assert.strictEqual(yield* count(calls.read), asked)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* driver.getCharge(account, providerId)).providerId, providerId)
    }))
})
