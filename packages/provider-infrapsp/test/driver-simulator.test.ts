import { assert, describe } from "@effect/vitest"
import { Documents, Pix } from "@salesos/core"
import { DateTime, Effect, Fiber, Option, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import { brl } from "../src/money.ts"
import { credentials, reference, request, test } from "./fixtures/driver.ts"

describe("with the simulator", () => {
  test("a charge is created, read and found as the same one", ({ account, driver }) =>
    Effect.gen(function* () {
      const now = yield* DateTime.now
      const created = yield* driver.createCharge(account, request(12_398))
      assert.deepEqual(created.status, { _tag: "open" })
      assert.deepEqual(created.money, { amount: 12_398, currency: brl })
      assert.isTrue(Schema.is(Pix.BrCode)(created.artifact?.type === "pix" && created.artifact.copyPaste))
      assert.deepEqual(created.expiresAt, DateTime.add(now, { seconds: 3600 }))
      assert.deepEqual(yield* driver.getCharge(account, created.providerId), created)
      assert.deepEqual(yield* driver.findCharge(account, reference(1)), Option.some(created))
      assert.deepEqual(yield* driver.findCharge(account, reference(2)), Option.none())
    }))

  test("every kind of customer is accepted", ({ account, driver }) =>
    Effect.gen(function* () {
      const { customer } = request(1)
      const bare = { country: "BR", name: "🎉".repeat(255), email: "a@example.com" }
      for (const each of [customer, bare, { ...customer, document: Documents.Cpf.make("16142765010") }]) {
        yield* driver.createCharge(account, request(1098, { customer: each, description: "🎉".repeat(1000) }))
      }
    }))

  test("a charge is paid, with its fee and the day of its money", ({ account, driver }) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.parse("2026-05-04T23:59:00.000Z"))
      const { providerId } = yield* driver.createCharge(account, request(10_020))
      yield* TestClock.adjust("20 seconds")
      const seen = yield* driver.getCharge(account, providerId)
      assert.deepEqual(seen.status, { _tag: "settled" })
      const [payment] = seen.payments
      assert.deepInclude(payment, {
        ordinal: "1",
        money: { amount: 10_020, currency: brl },
        fee: 129, // 30 cents and 0.99 %
        availableOn: "2026-05-04",
        occurredAt: DateTime.makeUnsafe("2026-05-04T23:59:20.000Z")
      })
      assert.match(payment?.endToEndId ?? "", /^E\d{20}[0-9A-Za-z]{11}$/)
    }))

  test("an odd amount is accepted and then refused, and so is a failure on creation", ({ account, driver }) =>
    Effect.gen(function* () {
      const odd = yield* driver.createCharge(account, request(1001))
      yield* TestClock.adjust("1 second")
      const refused = { _tag: "ended", reason: "refused" } as const
      assert.deepEqual((yield* driver.getCharge(account, odd.providerId)).status, refused)
      const failed = yield* driver.createCharge(account, request(1098, { description: "fail_on_create" }))
      assert.deepEqual(failed.status, refused)
      assert.isNull(failed.artifact)
    }))

  test("a charge expires, and money that comes later is a payment all the same", ({ account, control, driver }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, request(1098, { expiresIn: 60 }))
      yield* TestClock.adjust("61 seconds")
      assert.deepEqual((yield* driver.getCharge(account, providerId)).status, { _tag: "ended", reason: "expired" })
      yield* control(`transactions/${providerId}/pay`)
      assert.lengthOf((yield* driver.getCharge(account, providerId)).payments, 1)
    }))

  test("a charge whose answer was cut off is in doubt, and found", ({ account, control, driver }) =>
    Effect.gen(function* () {
      yield* control("faults", { truncateCreateAnswers: true })
      assert.strictEqual((yield* Effect.flip(driver.createCharge(account, request(1098))))._tag, "Unknown")
      const found = yield* driver.findCharge(account, reference(1))
      assert.isNotNull(Option.getOrThrow(found).artifact)
    }))

  test("a charge whose answer was never awaited is found", ({ account, control, driver }) =>
    Effect.gen(function* () {
      yield* control("faults", { holdCreateAnswers: true })
      const call = yield* Effect.forkChild(driver.createCharge(account, request(1098)))
      yield* driver.findCharge(account, reference(1)).pipe(Effect.repeat({ until: Option.isSome }))
      yield* Fiber.interrupt(call)
      assert.isTrue(Option.isSome(yield* driver.findCharge(account, reference(1))))
    }))

  test("a charge whose artifact is lost is found without one", ({ account, control, driver }) =>
    Effect.gen(function* () {
      const created = yield* driver.createCharge(account, request(1098))
      yield* control("faults", { loseArtifacts: true })
      const found = Option.getOrThrow(yield* driver.findCharge(account, reference(1)))
      assert.strictEqual(found.providerId, created.providerId)
      assert.isNull(found.artifact)
      assert.deepEqual(found.expiresAt, created.expiresAt)
    }))

  test("trouble has the outcome it should", ({ account, control, driver }) =>
    Effect.gen(function* () {
      const outcome = Effect.map(Effect.flip(driver.createCharge(account, request(1098))), ({ _tag }) => _tag)
      yield* control("faults", { rejectCreates: { code: "API_ERROR", message: "no" } })
      assert.strictEqual(yield* outcome, "Rejected")
      yield* control("faults", { rejectCreates: null, createStatus: 429 })
      assert.strictEqual(yield* outcome, "Unavailable")
      yield* control("faults", { createStatus: 500 })
      assert.strictEqual(yield* outcome, "Unknown")
      yield* control("faults", { createStatus: null, down: true })
      assert.strictEqual(yield* outcome, "Unknown")
      yield* control("faults", { down: false })
      assert.deepEqual(yield* driver.findCharge(account, reference(1)), Option.none())
      const stranger = { ...account, credentials: Redacted.make({ ...credentials, apiSecret: "wrong" }) }
      assert.strictEqual((yield* Effect.flip(driver.getCharge(stranger, "x")))._tag, "Unavailable")
      assert.strictEqual((yield* Effect.flip(driver.getCharge(account, "x")))._tag, "Rejected")
    }))
})
