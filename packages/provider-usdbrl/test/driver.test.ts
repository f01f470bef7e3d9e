import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Documents, Ids, Json, type Provider } from "@salesos/core"
import { MemoryProviderCalls } from "@salesos/core/testing"
import { Tell } from "@salesos/provider-testkit"
import * as Proxy from "@salesos/provider-testkit/proxy"
import * as Testing from "@salesos/simulator-kit/testing"
import { DateTime, Effect, Layer, Option, type Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Simulator from "../simulator/index.ts"
import { brl, usd } from "../src/price.ts"
import * as UsdBrl from "../src/index.ts"
import document from "./fixtures/document.json" with { type: "json" }
import { account, credentials, reference, request } from "./fixtures/request.ts"

const prefix = "/simulators/usdbrl"

const creates = { method: "POST", path: new RegExp(`^${prefix}/v1/payment$`) }
const gets = { method: "GET", path: new RegExp(`^${prefix}/v1/payment/`) }
const lists = { method: "GET", path: new RegExp(`^${prefix}/v1/payments\\?`) }
const tokens = { method: "POST", path: new RegExp(`^${prefix}/oauth2/token$`) }

/** A simulator below a path, a proxy that sees what is sent to it, an account there, and a driver that knows only that. */
const start = Effect.gen(function* () {
  const served = yield* Testing.serve(Simulator.layer({ ...credentials, prefix }))
  const proxy = yield* Proxy.make({ target: served.url })
  return {
    proxy,
    account: account(`${proxy.url}${prefix}/`),
    driver: yield* UsdBrl.make,
    control: (path: string, body: unknown = {}) => served.call("POST", `${prefix}/control/${path}`, body)
  }
})
type Started = Effect.Success<typeof start>

/** A test on the test clock, over real HTTP. */
const test = <E>(name: string, run: (started: Started) => Effect.Effect<void, E, Scope.Scope>) =>
  it.effect(name, () =>
    start.pipe(
      Effect.flatMap(run),
      Effect.provide(Layer.fresh(Layer.mergeAll(NodeHttpClient.layerUndici, MemoryProviderCalls.accessTokens))),
      Effect.scoped
    )
  )

/** What was sent in the only creation so far. */
const sent = ({ proxy }: Started) =>
  Effect.map(proxy.exchanges(creates), ([first, ...more]) => {
    assert.isEmpty(more)
    return { text: first?.body ?? "", headers: first?.headers ?? {}, json: Json.parseExact(first?.body ?? "") }
  })

describe("a charge", () => {
  test("is created with one request, the amount as a number of its digits", (started) =>
    Effect.gen(function* () {
      yield* started.driver.createCharge(started.account, request())
      const { headers, json, text } = yield* sent(started)
      assert.match(headers["authorization"] ?? "", /^Bearer [0-9A-Za-z]{64}$/)
      assert.include(headers["content-type"], "application/json")
      assert.include(text, `"amount":300.10,`)
      assert.containsSubset(json, {
        currency: "USD",
        payment_method: "pix",
        transaction: { id: "INV-2026-000042" },
        callback: "https://gateway.test/notifications/usdbrl/t0ken",
        pix: { expire_in: "3600" }
      })
    }))

  test("tells what the payer pays in reais, at which rate, and the fee in it", ({ account, control, driver }) =>
    Effect.gen(function* () {
      yield* control("exchange", { rate: "5.4321", feeBasisPoints: 150 })
      const now = yield* DateTime.now
      const seen = yield* driver.createCharge(account, request())
      assert.deepEqual(seen.money, { amount: 300_10, currency: usd })
      assert.deepEqual(seen.exchange, { rate: "5.4321", payer: { amount: 1654_62, currency: brl }, payerFee: 24_45 })
      assert.strictEqual(seen.artifact?.type, "pix")
      assert.deepEqual(seen.expiresAt, DateTime.add(now, { seconds: 3600 }))
      const inBrl = yield* driver.createCharge(account, request({ money: { amount: 300_10, currency: brl } }))
      assert.deepEqual(inBrl.money, { amount: 300_10, currency: brl })
      assert.notProperty(inBrl, "exchange")
    }))

  test("by bank transfer tells where to, and does not run out", ({ account, driver }) =>
    Effect.gen(function* () {
      const seen = yield* driver.createCharge(account, request({ method: "bank_transfer" }))
      assert.deepInclude(seen.artifact, { type: "bank_transfer", bankCode: "000", accountType: "current" })
      assert.isNull(seen.expiresAt)
    }))

  test("is booked at the invoice's amount in the invoice's currency, without a fee of ours", (started) =>
    Effect.gen(function* () {
      const { account, control, driver } = started
      yield* control("exchange", { rate: "5.50", feeBasisPoints: 200 })
      const { providerId } = yield* driver.createCharge(account, request())
      yield* TestClock.adjust("10 seconds") // 300.10: paid after ten
      const seen = yield* driver.getCharge(account, providerId)
      assert.deepInclude(seen.payments[0], {
        ordinal: "1",
        money: { amount: 300_10, currency: usd },
        fee: 0,
        occurredAt: DateTime.makeUnsafe("1970-01-01T00:00:10.000Z")
      })
    }))

  test("whose answer was cut off is found, its artifact lost", ({ account, control, driver }) =>
    Effect.gen(function* () {
      yield* control("faults", { truncateCreateAnswers: true })
      assert.strictEqual((yield* Effect.flip(driver.createCharge(account, request())))._tag, "Unknown")
      const found = Option.getOrThrow(yield* driver.findCharge(account, request().reference))
      assert.isNull(found.artifact)
      assert.deepEqual(found.money, { amount: 300_10, currency: usd })
    }))

  test("that expired may be paid all the same: the money was under way", ({ account, control, driver }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, request({ expiresIn: 5 }))
      yield* TestClock.adjust("5 seconds")
      const expired = yield* driver.getCharge(account, providerId)
      assert.deepEqual(expired.status, { _tag: "ended", reason: "expired" })
      yield* control(`payments/${providerId}/pay`)
      assert.lengthOf((yield* driver.getCharge(account, providerId)).payments, 1)
    }))

  test("is read by an id of any characters, and another one is not taken for it", ({ account, driver, proxy }) =>
    Effect.gen(function* () {
      const { providerId } = yield* driver.createCharge(account, request())
      assert.strictEqual((yield* Effect.flip(driver.getCharge(account, "a/b?c")))._tag, "Rejected")
      const [read] = yield* proxy.exchanges(gets)
      assert.strictEqual(read?.path, `${prefix}/v1/payment/a%2Fb%3Fc`)
      const other = (body: unknown) => Tell.at("data", "id")(body, "another")
      yield* proxy.on(
        gets,
        Proxy.Fault.rewrite((answer) => ({ ...answer, body: JSON.stringify(other(JSON.parse(answer.body))) }))
      )
      assert.strictEqual((yield* Effect.flip(driver.getCharge(account, providerId)))._tag, "Unknown")
    }))

  test("is not there only where a list says so", ({ account, driver, proxy }) =>
    Effect.gen(function* () {
      const find = driver.findCharge(account, reference(1))
      assert.deepEqual(yield* find, Option.none())
      const row = document["list: answer"].data[0]
      const others: unknown = { data: Array(40).fill(row) }
      for (const answer of [others, { data: [{ ...row, amount: "x" }] }, { data: {} }, []]) {
        yield* proxy.on(lists, Proxy.Fault.instead(200, answer))
        assert.strictEqual((yield* Effect.flip(find))._tag, "Unknown")
      }
      const unpriced = { ...row, transaction_id: reference(1), amount: "0.00" }
      yield* proxy.on(lists, Proxy.Fault.instead(200, { data: [unpriced] }))
      assert.strictEqual((yield* Effect.flip(find))._tag, "Unknown")
    }))
})

describe("the customer's id at the provider", () => {
  const idOf = (changes: Partial<Provider.ProviderAccount>, document: Documents.Cpf) =>
    Effect.scoped(
      Effect.gen(function* () {
        const started = yield* start
        const { customer } = request()
        yield* started.driver.createCharge(
          { ...started.account, ...changes },
          request({ customer: { ...customer, document } })
        )
        const { json } = yield* sent(started)
        return typeof json === "object" && json !== null && "customer_id" in json ? String(json.customer_id) : ""
      }).pipe(Effect.provide(Layer.fresh(Layer.mergeAll(NodeHttpClient.layerUndici, MemoryProviderCalls.accessTokens))))
    )

  it.live("is the same for a tenant's customer every time, and tells nothing about who it is", () =>
    Effect.gen(function* () {
      const [one, other] = [Documents.Cpf.make("16972691419"), Documents.Cpf.make("52998224725")]
      const first = yield* idOf({}, one)
      assert.match(first, /^[0-9a-f]{64}$/)
      assert.strictEqual(yield* idOf({ name: "second" }, one), first)
      assert.notStrictEqual(yield* idOf({}, other), first)
      const tenant = Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0Q")
      assert.notStrictEqual(yield* idOf({ tenant }, one), first)
    })
  )
})

describe("an access token", () => {
  test("is fetched once for many calls, and again before it runs out", ({ account, driver, proxy }) =>
    Effect.gen(function* () {
      const many = Effect.forEach(
        [1, 2, 3, 4, 5, 6, 7, 8],
        (number) => driver.createCharge(account, request({ reference: reference(number) })),
        { concurrency: "unbounded" }
      )
      yield* many
      yield* TestClock.adjust("58 minutes")
      yield* many
      assert.lengthOf(yield* proxy.exchanges(tokens), 1)
      yield* TestClock.adjust("90 seconds") // half a minute is left
      yield* many
      assert.lengthOf(yield* proxy.exchanges(tokens), 2)
      const [asked] = yield* proxy.exchanges(tokens)
      assert.strictEqual(asked?.headers["authorization"], `Basic ${btoa("usdbrl_test:s3cr3t-value")}`)
    }))

  test("that the provider ended before its time is replaced once", ({ account, control, driver, proxy }) =>
    Effect.gen(function* () {
      yield* driver.findCharge(account, reference(1))
      yield* control("tokens/revoke")
      yield* driver.createCharge(account, request())
      assert.lengthOf(yield* proxy.exchanges(tokens), 2)
      assert.lengthOf(yield* proxy.exchanges(creates), 2)
    }))
})

describe("the statement", () => {
  const read = ({ account, driver }: Started, from: string, to: string) =>
    Effect.gen(function* () {
      const range = { from: DateTime.makeUnsafe(from), to: DateTime.makeUnsafe(to) }
      return yield* Stream.runCollect(driver.readStatement?.(account, range) ?? Stream.empty)
    })

  test("has every payment of its days once, over pages, by when it was paid", (started) =>
    Effect.gen(function* () {
      const { account, driver, proxy } = started
      yield* TestClock.setTime(Date.parse("2026-05-04T23:59:00Z"))
      const ids = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, place) => place + 1),
        (number) =>
          Effect.map(
            driver.createCharge(
              account,
              // paid after 20 seconds, and every tenth after 80: on the next day
              request({
                reference: reference(number),
                money: { amount: number % 10 === 0 ? 10_80 : 10_20, currency: usd }
              })
            ),
            ({ providerId }) => providerId
          )
      )
      yield* driver.createCharge(
        account,
        request({ reference: reference(99), money: { amount: 10_21, currency: usd } })
      )
      yield* TestClock.adjust("2 minutes")
      const first = yield* read(started, "2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z")
      const second = yield* read(started, "2026-05-05T00:00:00Z", "2026-05-06T00:00:00Z")
      assert.lengthOf(first, 45)
      assert.lengthOf(second, 5)
      assert.sameMembers(
        [...first, ...second].map(({ id }) => id),
        ids
      )
      assert.deepInclude(first[0], { currency: usd, net: 10_20, fee: 0, kind: "charge" })
      assert.strictEqual(first[0]?.providerId, first[0]?.id)
      const pages = (yield* proxy.exchanges(lists)).map(({ path }) => new URL(path, "http://host").searchParams)
      assert.deepEqual(
        pages.map((page) => page.get("page")),
        ["1", "2", "1", "2"]
      )
      assert.strictEqual(pages[0]?.get("end_time"), "2026-05-05T00:00:00.000Z")
      assert.strictEqual(pages[0]?.get("limit"), "40")
      assert.strictEqual(pages[0]?.get("sort"), "id,asc")
      assert.isBelow(Date.parse(pages[0]?.get("start_time") ?? ""), Date.parse("2026-02-05"))
    }))

  test("ends where it ends: its last moment belongs to the next", (started) =>
    Effect.gen(function* () {
      yield* started.driver.createCharge(started.account, request()) // paid at 00:00:10
      yield* TestClock.adjust("1 minute")
      const at = "1970-01-01T00:00:10Z"
      const range = { from: DateTime.makeUnsafe(at), to: DateTime.makeUnsafe("1970-01-01T00:01:00Z") }
      const lines = Stream.runCollect(started.driver.readStatement?.(started.account, range) ?? Stream.empty)
      assert.deepEqual(yield* lines, yield* lines)
      assert.lengthOf(yield* read(started, at, "1970-01-01T00:01:00Z"), 1)
      assert.isEmpty(yield* read(started, "1970-01-01T00:00:00Z", at))
    }))

  test("fails where a page can't be read", (started) =>
    Effect.gen(function* () {
      for (const [fault, outcome] of [
        [Proxy.Fault.instead(500, "<html>"), "Unknown"],
        [Proxy.Fault.instead(422, { message: "no" }), "Unknown"],
        [Proxy.Fault.tooManyRequests(1), "Unavailable"],
        [Proxy.Fault.malform, "Unknown"]
      ] as const) {
        yield* started.proxy.on(lists, fault)
        const failure = yield* Effect.flip(read(started, "2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z"))
        assert.strictEqual(failure._tag, outcome)
      }
    }))
})
