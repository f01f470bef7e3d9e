import { assert, describe } from "@effect/vitest"
import { Fault } from "@salesos/provider-testkit/proxy"
import { DateTime, Effect, Fiber, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { brl } from "../src/Api.ts"
import { type Bench, calls, test } from "./fixtures/driver.ts"
import * as Requests from "./fixtures/requests.ts"
import { request } from "./fixtures/simulator.ts"

const start = "2026-05-04T12:00:00.000Z"
const day = (date: string) => DateTime.makeUnsafe(`${date}T00:00:00.000Z`)

/** Sets the clock, and takes a token for what is done past the driver. */
const at = ({ psp }: Bench, time: string) => Effect.andThen(TestClock.setTime(Date.parse(time)), psp.renew)

/** Charges of 100.98 that nobody has paid yet, made past the driver. */
const make = ({ psp }: Bench, count: number) =>
  Effect.replicateEffect(
    Effect.map(psp.create("pix/qrcode", request.qrCode(100.98)), ({ transaction_id }) => transaction_id),
    count
  )

const wanted = (ids: ReadonlyArray<string>, createdAt: DateTime.Utc) =>
  ids.map((providerId) => ({ providerId, createdAt }))

describe("many charges", () => {
  test("of the same days are read by one list", (bench) =>
    Effect.gen(function* () {
      const { account, act, count, readCharges } = bench
      yield* at(bench, start)
      const [first = "", ...rest] = yield* make(bench, 10)
      yield* act(first, "pay")
      const seen = yield* readCharges(account, wanted([first, ...rest], yield* DateTime.now))
      assert.sameMembers(
        seen.map(({ providerId }) => providerId),
        [first, ...rest]
      )
      assert.deepEqual(
        seen.filter(({ payments }) => payments.length > 0).map(({ providerId }) => providerId),
        [first]
      )
      assert.deepEqual([yield* count(calls.list), yield* count(calls.read)], [1, 0])
    }))

  test("of days far apart are read by a list each, and few of them one by one", (bench) =>
    Effect.gen(function* () {
      const { account, count, psp, readCharges } = bench
      yield* at(bench, start)
      const old = wanted(yield* make(bench, 3), yield* DateTime.now)
      yield* TestClock.adjust("10 days")
      yield* psp.renew
      const lone = wanted(yield* make(bench, 1), yield* DateTime.now)
      yield* TestClock.adjust("10 days")
      yield* psp.renew
      const today = wanted(yield* make(bench, 4), yield* DateTime.now)
      const unknown = wanted(["none"], DateTime.subtract(yield* DateTime.now, { days: 5 }))
      const seen = yield* readCharges(account, [...today, ...lone, ...unknown, ...old])
      assert.sameMembers(
        seen.map(({ providerId }) => providerId),
        [...old, ...lone, ...today].map(({ providerId }) => providerId)
      )
      assert.deepEqual([yield* count(calls.list), yield* count(calls.read)], [2, 2])
      assert.deepEqual(yield* readCharges(account, []), [])
    }))

  test("are told as far as they could be read", (bench) =>
    Effect.gen(function* () {
      const { account, proxy, readCharges } = bench
      yield* at(bench, start)
      const old = wanted(yield* make(bench, 1), DateTime.subtract(yield* DateTime.now, { days: 5 }))
      const today = wanted(yield* make(bench, 3), yield* DateTime.now)
      yield* proxy.on(calls.list, Fault.instead(500, {}), Infinity)
      assert.lengthOf(yield* readCharges(account, [...today, ...old]), 1)
      assert.strictEqual((yield* Effect.flip(readCharges(account, today)))._tag, "Unknown")
    }))
})

describe("the statement", () => {
  test("has what was paid in its days, however long before it was made, and no internal transfer", (bench) =>
    Effect.gen(function* () {
      const { account, act, driver, payouts, psp, readStatement } = bench
      yield* at(bench, start)
      const boleto = yield* driver.createCharge(account, Requests.boleto(250_98, "2026-07-20"))
      yield* act(boleto.providerId, "analyse") // or the sandbox would have it paid by then
      const early = yield* driver.createCharge(account, Requests.charge(100_00))
      yield* at(bench, "2026-07-15T12:00:00.000Z")
      yield* act(boleto.providerId, "pay")
      const payout = yield* payouts.create(account, Requests.payout(500_00))
      const refunded = yield* driver.createCharge(account, Requests.charge(200_00))
      yield* act(refunded.providerId, "reverse")
      yield* driver.createCharge(account, Requests.charge(300_98)) // not paid yet
      yield* psp.control("internal-transfers", { amount: 1_000 })
      const range = { from: day("2026-07-15"), to: day("2026-07-16") }
      const lines = yield* Stream.runCollect(readStatement(account, range))
      assert.sameDeepMembers(
        lines.map(({ currency, fee, id, kind, net }) => ({ id, kind, net, fee, currency })),
        [
          { id: boleto.providerId, kind: "charge", net: 246_99, fee: 3_99, currency: brl },
          { id: payout.providerId, kind: "payout", net: -500_00, fee: 4_99, currency: brl },
          { id: refunded.providerId, kind: "charge", net: 197_01, fee: 2_99, currency: brl },
          { id: `${refunded.providerId}:reversed`, kind: "charge", net: -197_01, fee: 0, currency: brl }
        ]
      )
      const before = yield* Stream.runCollect(readStatement(account, { from: day("2026-05-01"), to: range.from }))
      assert.deepEqual(
        before.map(({ id, reference }) => [id, reference]),
        [[early.providerId, Requests.reference(1)]]
      )
      const [{ available, waitingFunds } = { available: 0, waitingFunds: null }] = yield* bench.readBalance(account)
      const moved = [...before, ...lines].reduce((sum, { net }) => sum + net, 0)
      assert.deepEqual([available, waitingFunds], [1_000_000_00 + moved + 1_000, 0])
    }))

  test("of more pages than a minute has calls waits for its turn, and tells each line once", (bench) =>
    Effect.gen(function* () {
      const { account, count, proxy, psp, readStatement } = bench
      yield* at(bench, start)
      const { transaction_id: id } = yield* psp.create("card/charge", request.card(100))
      const answer = yield* psp.call("GET", "transactions")
      // The same page a hundred times.
      const page = JSON.stringify(answer.json).replace(`"last_page":1`, `"last_page":100`)
      yield* proxy.on(calls.list, Fault.instead(200, page), Infinity)
      const range = { from: day("2026-05-01"), to: day("2026-06-01") }
      const reading = yield* Effect.forkChild(Stream.runCollect(readStatement(account, range)))
      for (const calledBefore of [48, 96, 144, 192]) {
        yield* Effect.promise(() => new Promise(setImmediate)).pipe(
          Effect.andThen(count(calls.list)),
          Effect.repeat({ until: (called) => called === calledBefore })
        )
        yield* TestClock.adjust("1 minute")
      }
      const lines = yield* Fiber.join(reading)
      assert.deepEqual(
        lines.map((line) => line.id),
        [id]
      )
      assert.strictEqual(yield* count(calls.list), 200)
    }))

  test("that can't be read to its end fails", (bench) =>
    Effect.gen(function* () {
      const { account, driver, proxy, readStatement } = bench
      yield* at(bench, start)
      yield* driver.createCharge(account, Requests.card(100_00))
      const range = { from: day("2026-05-01"), to: day("2026-06-01") }
      const outcome = Effect.map(Effect.flip(Stream.runCollect(readStatement(account, range))), ({ _tag }) => _tag)
      for (const body of ["{}", `{"data":[{"id":"x","amount":1.001}]}`]) {
        yield* proxy.on(calls.list, Fault.instead(200, body))
        assert.strictEqual(yield* outcome, "Unknown")
      }
      yield* proxy.on(calls.list, Fault.instead(403, {}))
      assert.strictEqual(yield* outcome, "Unavailable")
    }))
})

describe("a search", () => {
  test("finds the oldest of several under one reference", (bench) =>
    Effect.gen(function* () {
      const { account, driver } = bench
      yield* at(bench, start)
      const { providerId } = yield* driver.createCharge(account, Requests.charge(100_98))
      yield* TestClock.adjust("1 second")
      yield* driver.createCharge(account, Requests.charge(100_98))
      const found = Option.getOrThrow(yield* driver.findCharge(account, Requests.reference(1)))
      assert.strictEqual(found.providerId, providerId)
    }))

  test("that lists others without end proves nothing", (bench) =>
    Effect.gen(function* () {
      const { account, driver, proxy } = bench
      yield* make(bench, 20)
      const { data } = yield* bench.psp.list("per_page=100")
      const full = Array.from({ length: 5 }, () => data).flat()
      const page = JSON.stringify({ data: full, meta: null })
      yield* proxy.on(calls.list, Fault.instead(200, page), Infinity)
      assert.strictEqual((yield* Effect.flip(driver.findCharge(account, Requests.reference(1))))._tag, "Unknown")
    }))
})
