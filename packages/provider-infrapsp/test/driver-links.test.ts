import { assert, describe } from "@effect/vitest"
import { type Observation, Provider } from "@salesos/core"
import { receiver } from "@salesos/simulator-kit/testing"
import { DateTime, Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { brl } from "../src/money.ts"
import { reference, request, test } from "./fixtures/driver.ts"

/** A charge by payment link. */
const card = (amount: number, changes: Partial<Provider.ChargeRequest> = {}) =>
  request(amount, { method: "card", ...changes })

const open = { _tag: "open" } as const
const settled = { _tag: "settled" } as const
const ended = (reason: Observation.EndReason) => ({ _tag: "ended", reason }) as const

describe("a charge by payment link", () => {
  test("is where the account's template says, and runs out when it was asked to", ({ account, driver }) =>
    Effect.gen(function* () {
      const created = yield* driver.createCharge(account, card(10_000, { expiresIn: 600 }))
      assert.deepEqual(created.status, open)
      assert.deepEqual(created.money, { amount: 10_000, currency: brl })
      assert.deepEqual(created.artifact, {
        type: "card",
        checkoutUrl: account.settings["checkoutUrl"]?.replace("{id}", created.providerId) ?? ""
      })
      assert.deepEqual(created.expiresAt, DateTime.makeUnsafe(600_000))
      assert.deepEqual(yield* driver.getCharge(account, created.providerId), created)
      assert.deepEqual(yield* driver.findCharge(account, reference(1)), Option.some(created))
      yield* TestClock.adjust("10 minutes")
      assert.deepEqual((yield* driver.getCharge(account, created.providerId)).status, ended("expired"))
    }))

  test("is not sent while the account has no template, or one that makes no address", ({ account, driver }) =>
    Effect.gen(function* () {
      const { checkoutUrl: _, ...settings } = account.settings
      for (const checkoutUrl of [undefined, "", "https://pay.test/", "javascript:{id}", "/checkout/{id}"]) {
        const other = { ...account, settings: checkoutUrl === undefined ? settings : { ...settings, checkoutUrl } }
        const failure = yield* Effect.flip(driver.createCharge(other, card(1098)))
        assert.strictEqual(failure._tag, "Unavailable")
        assert.notProperty(failure, "account", "its PIX charges are fine")
      }
      assert.deepEqual(yield* driver.findCharge(account, reference(1)), Option.none())
    }))

  test("survives a failed try, and is refused when all are used up", ({ account, attempt, driver }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, card(1098))
      const status = Effect.map(driver.getCharge(account, providerId), (seen) => seen.status)
      yield* attempt(providerId, "95643732042")
      assert.deepEqual(yield* status, open)
      yield* attempt(providerId, "95643732044")
      assert.deepEqual(yield* status, open)
      yield* attempt(providerId, "95643732042")
      assert.deepEqual(yield* status, ended("refused"))
      assert.deepEqual((yield* driver.getCharge(account, providerId)).payments, [])
    }))

  test("is open while its payment is under review, though it has run out", ({ account, attempt, control, driver }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, card(1098, { expiresIn: 60 }))
      const transaction = yield* attempt(providerId, "95643732045")
      yield* TestClock.adjust("1 hour")
      assert.deepEqual((yield* driver.getCharge(account, providerId)).status, open)
      yield* control(`transactions/${transaction}/fail`)
      assert.deepEqual((yield* driver.getCharge(account, providerId)).status, ended("expired"))
    }))

  test("is paid in installments, each with its day", ({ account, attempt, driver }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-05-04T12:00:00.000Z"))
      const { providerId } = yield* driver.createCharge(account, card(10_000))
      const transaction = yield* attempt(providerId, "95643732041", 3)
      yield* TestClock.adjust(0)
      const seen = yield* driver.getCharge(account, providerId)
      assert.deepEqual(seen.status, settled)
      const [payment, ...more] = seen.payments
      assert.isEmpty(more)
      assert.deepInclude(payment, {
        ordinal: transaction,
        money: { amount: 10_000, currency: brl },
        fee: 489, // 30 cents and 4.59 %
        availableOn: "2026-08-02",
        occurredAt: DateTime.makeUnsafe("2026-05-04T12:00:00.000Z"),
        endToEndId: null
      })
      assert.deepEqual(
        payment?.settlements?.map(({ net, on }) => [on, net]),
        [
          ["2026-06-03", 3171],
          ["2026-07-03", 3170],
          ["2026-08-02", 3170]
        ]
      )
      assert.deepEqual(yield* driver.findCharge(account, reference(1)), Option.some(seen))
    }))

  test("is canceled, unless somebody is paying or has paid", ({ account, attempt, driver }) =>
    Effect.gen(function* () {
      const cancel = (id: string) => driver.cancelCharge?.(account, id) ?? Effect.die("it cannot be canceled")
      const unpaid = yield* driver.createCharge(account, card(1098))
      const canceled = yield* cancel(unpaid.providerId)
      assert.deepEqual(canceled.status, ended("canceled"))
      assert.deepEqual(canceled.canceledAt, DateTime.makeUnsafe(0))
      const paying = yield* driver.createCharge(account, card(1010, { reference: reference(2) }))
      yield* attempt(paying.providerId, "95643732041")
      assert.strictEqual((yield* Effect.flip(cancel(paying.providerId)))._tag, "Rejected")
      yield* TestClock.adjust("10 seconds")
      const paid = yield* cancel(paying.providerId)
      assert.deepEqual(paid.status, settled)
      assert.lengthOf(paid.payments, 1)
      const pix = yield* driver.createCharge(account, request(1098, { reference: reference(3) }))
      assert.strictEqual((yield* Effect.flip(cancel(pix.providerId)))._tag, "Rejected")
    }))

  test("is refunded by the transaction that paid it", ({ account, attempt, driver }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, card(10_000))
      yield* attempt(providerId, "95643732042")
      yield* attempt(providerId, "95643732041")
      yield* TestClock.adjust(0)
      const refund = driver.refundCharge?.(account, providerId) ?? Effect.die("it cannot be refunded")
      const refunded = yield* refund
      assert.deepEqual(
        refunded.reversals?.map(({ kind, money }) => [kind, money.amount]),
        [["refund", 10_000]]
      )
      assert.deepEqual((yield* refund).reversals, refunded.reversals, "given back once")
      assert.deepEqual((yield* driver.getCharge(account, providerId)).reversals, refunded.reversals)
    }))

  test("is what the notification of its transaction names", ({ account, attempt, driver }) =>
    Effect.gen(function* () {
      const hook = yield* receiver(200)
      const { providerId } = yield* driver.createCharge({ ...account, notificationUrl: hook.url }, card(10_000))
      yield* attempt(providerId, "95643732041")
      yield* TestClock.adjust(0)
      const body = new TextEncoder().encode((yield* hook.take).text)
      const told = Option.getOrThrow(yield* driver.readNotification(account, {}, body))
      assert.deepEqual(told.charges, [providerId])
    }).pipe(Effect.scoped))

  test("and a PIX charge are told apart by their ids", ({ account, driver }) =>
    Effect.gen(function* () {
      const link = yield* driver.createCharge(account, card(1098))
      const pix = yield* driver.createCharge(account, request(1098, { reference: reference(2) }))
      assert.strictEqual((yield* driver.getCharge(account, link.providerId)).artifact?.type, "card")
      assert.strictEqual((yield* driver.getCharge(account, pix.providerId)).artifact?.type, "pix")
      assert.strictEqual((yield* Effect.flip(driver.getCharge(account, "neither")))._tag, "Rejected")
    }))
})
