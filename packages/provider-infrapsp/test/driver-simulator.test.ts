import { NodeHttpClient, NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ChargeAttempt, Documents, Ids, OurNumber, Pix, type Provider } from "@salesos/core"
import { Context, DateTime, Effect, Fiber, Layer, Option, Redacted, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpRouter, HttpServer } from "effect/http"
import { NetAddress } from "effect/net"
import { TestClock } from "effect/testing"
import * as Simulator from "../simulator/index.ts"
import { brl } from "../src/money.ts"
import * as InfraPsp from "../src/index.ts"

const credentials = { apiKey: "ipsp_test", apiSecret: "secret" }
const prefix = "/simulators/infrapsp"

/** A simulator, an account there, and a driver that knows nothing but the account. */
const start = Effect.gen(function* () {
  const simulator = Simulator.layer({ ...credentials, prefix }).pipe(Layer.provide(FetchHttpClient.layer))
  const context = yield* Layer.build(
    HttpRouter.serve(simulator, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(Layer.fresh(NodeHttpServer.layerTest))
    )
  )
  const { address } = Context.get(context, HttpServer.HttpServer)
  const baseUrl = NetAddress.isUnixPathAddress(address) ? "" : `http://127.0.0.1:${address.port}${prefix}`
  const account: Provider.ProviderAccount = {
    tenant: Ids.TenantId.make("ten_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
    name: "main",
    provider: InfraPsp.infrapsp,
    environment: "sandbox",
    credentials: Redacted.make(credentials),
    settings: { baseUrl },
    notificationUrl: "http://127.0.0.1:9/n/token"
  }
  const client = yield* HttpClient.HttpClient
  const control = (path: string, body: unknown = {}) =>
    client
      .execute(HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(`${baseUrl}/control/${path}`), body))
      .pipe(Effect.flatMap((response) => response.json))
  return { account, control, driver: yield* InfraPsp.make }
})

const reference = (number: number) => ChargeAttempt.ProviderReference.make(`INV-2026-${`${number}`.padStart(6, "0")}`)

const request = (amount: number, changes: Partial<Provider.ChargeRequest> = {}): Provider.ChargeRequest => ({
  reference: reference(1),
  ourNumber: OurNumber.format("INV", 2026, 1),
  money: { amount, currency: brl },
  method: "pix",
  description: "Monthly plan",
  customer: {
    country: "BR",
    document: Documents.Cnpj.make("11222333000181"),
    name: "Acme Ltda",
    email: "acme@example.com",
    phone: "+5511999999999",
    address: {
      street: "Avenida Brigadeiro Faria Lima",
      number: "4440",
      district: "Vila Olímpia",
      zip_code: "04538133",
      state: "SP",
      city_ibge: "3550308"
    }
  },
  expiresIn: 3600,
  ...changes
})

const test = <E>(name: string, run: (psp: Effect.Success<typeof start>) => Effect.Effect<void, E>) =>
  it.effect(name, () => start.pipe(Effect.flatMap(run), Effect.provide(NodeHttpClient.layerUndici), Effect.scoped))

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
