import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Delivery, Ids } from "@salesos/core"
import { Duration, Effect, Fiber, Layer, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import { send } from "../src/Sending.ts"
import { sign } from "../src/Signature.ts"
import * as Shop from "./support/Shop.ts"

const cpf = "52998224725"

const delivery = (url: string, changes: Partial<Delivery.Outgoing> = {}): Delivery.Outgoing => ({
  id: Ids.DeliveryId.make("whd_01K9X0ZB7C8W3Q2V5T6Y4N1M0P"),
  environment: "sandbox",
  url,
  secrets: ["whsec_c2FsZXNvcw"],
  type: "invoice.paid",
  body: JSON.stringify({ id: "evt_1", data: { object: { customer: { name: "João", document: cpf } } } }),
  ...changes
})

const logs: Array<string> = []
const kept = Layer.mergeAll(
  Logger.layer([Logger.map(Logger.formatJson, (line) => void logs.push(line))]),
  Layer.succeed(References.MinimumLogLevel, "Trace")
)
const outside = Layer.mergeAll(NodeHttpClient.layerUndici, kept)

const delivered = (to: Delivery.Outgoing) => Effect.provide(send(to), outside)

describe("a delivery", () => {
  it.live("is a signed POST of the body as it is, and of nothing else", () =>
    Effect.gen(function* () {
      const shop = yield* Shop.open((outgoing) => outgoing.writeHead(200).end("thanks"))
      const sent = delivery(shop.url)
      const { duration, ...attempt } = yield* delivered(sent)
      assert.deepEqual(attempt, { status: 200, excerpt: "thanks" })
      assert.isTrue(Delivery.isDelivered({ ...attempt, duration }))
      assert.isTrue(Duration.isGreaterThan(duration, Duration.zero))
      const [request, ...others] = shop.received
      assert.isEmpty(others)
      assert.strictEqual(request?.method, "POST")
      assert.strictEqual(request?.body, sent.body)
      const headers = request?.headers ?? {}
      assert.deepInclude(headers, {
        "content-type": "application/json",
        "content-length": `${Buffer.byteLength(sent.body)}`,
        "x-pay-event": "invoice.paid",
        "x-pay-delivery": sent.id
      })
      const time = Number(/^t=(\d+),/.exec(headers["x-pay-signature"] ?? "")?.[1])
      assert.strictEqual(headers["x-pay-signature"], sign(sent.secrets, time, sent.body))
      for (const name of ["traceparent", "b3", "authorization", "cookie"]) assert.notProperty(headers, name)
    })
  )

  it.live.each([204, 299])("answered with %i has succeeded", (status) =>
    Effect.gen(function* () {
      const shop = yield* Shop.open((outgoing) => outgoing.writeHead(status).end())
      const attempt = yield* delivered(delivery(shop.url))
      assert.deepInclude(attempt, { status, excerpt: "" })
      assert.isTrue(Delivery.isDelivered(attempt))
    })
  )

  it.live.each([301, 302, 307, 308])(
    "answered with a redirect (%i) is not sent anywhere else, and has failed",
    (status) =>
      Effect.gen(function* () {
        const elsewhere = yield* Shop.open((outgoing) => outgoing.writeHead(200).end())
        const shop = yield* Shop.open((outgoing) => outgoing.writeHead(status, { location: elsewhere.url }).end())
        const attempt = yield* delivered(delivery(shop.url))
        assert.strictEqual(attempt.status, status)
        assert.isFalse(Delivery.isDelivered(attempt))
        assert.lengthOf(shop.received, 1)
        assert.isEmpty(elsewhere.received)
      })
  )

  it.live.each([400, 410, 500, 503])("answered with %i has failed", (status) =>
    Effect.gen(function* () {
      const shop = yield* Shop.open((outgoing) => outgoing.writeHead(status).end("no"))
      const attempt = yield* delivered(delivery(shop.url))
      assert.deepInclude(attempt, { status, excerpt: "no" })
      assert.isFalse(Delivery.isDelivered(attempt))
    })
  )

  it.live("to an address where nobody listens, or that hangs up, has failed for a reason", () =>
    Effect.gen(function* () {
      const broken = yield* Shop.open((outgoing) => outgoing.destroy())
      for (const url of ["http://127.0.0.1:9/hooks", "https://nowhere.invalid/", broken.url]) {
        const attempt = yield* delivered(delivery(url))
        assert.isNull(attempt.status)
        assert.isNotEmpty(attempt.excerpt)
        assert.isAtMost(attempt.excerpt.length, 500)
        assert.match(attempt.excerpt, /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|other side closed|socket hang up/)
      }
    })
  )

  it.effect("that is not answered within ten seconds is recorded as that", () =>
    Effect.gen(function* () {
      const shop = yield* Shop.open(() => {})
      const sending = yield* Effect.forkChild(delivered(delivery(shop.url)))
      yield* shop.first
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined(sending.pollUnsafe())
      yield* TestClock.adjust("1 second")
      const attempt = yield* Fiber.join(sending)
      assert.deepInclude(attempt, { status: null, excerpt: "No answer within 10 seconds" })
      assert.isFalse(Delivery.isDelivered(attempt))
    })
  )

  it.live("answered with a body that never ends counts by its status", () =>
    Effect.gen(function* () {
      const silent = yield* Shop.open((outgoing) => outgoing.writeHead(200).flushHeaders())
      const talking = yield* Shop.open((outgoing) => void outgoing.writeHead(500).write("one moment"))
      const attempts = yield* Effect.all([delivered(delivery(silent.url)), delivered(delivery(talking.url))], {
        concurrency: 2
      })
      assert.deepEqual(
        attempts.map(({ excerpt, status }) => ({ excerpt, status })),
        [
          { status: 200, excerpt: "" },
          { status: 500, excerpt: "one moment" }
        ]
      )
    })
  )

  it.live("keeps the beginning of an answer, however it comes and however long it is", () =>
    Effect.gen(function* () {
      const long = yield* Shop.open((outgoing) => outgoing.writeHead(500).end("x".repeat(5_000_000)))
      assert.strictEqual((yield* delivered(delivery(long.url))).excerpt, "x".repeat(500))

      const dripping = yield* Shop.open((outgoing) => {
        outgoing.writeHead(500)
        const words = ["first ", "sec\u0000ond ", "thïrd"]
        const next = (): void => {
          const word = words.shift()
          if (word === undefined) outgoing.end()
          else outgoing.write(word, () => setImmediate(next))
        }
        next()
      })
      assert.strictEqual((yield* delivered(delivery(dripping.url))).excerpt, "first second thïrd")

      const bytes = yield* Shop.open((outgoing) => outgoing.writeHead(500).end(Buffer.from([0xff, 0xfe, 0x00, 0x41])))
      const { excerpt } = yield* delivered(delivery(bytes.url))
      assert.isTrue(excerpt.isWellFormed())
      assert.notInclude(excerpt, "\u0000")
    })
  )

  it.live("to an endpoint that repeats what it is sent leaves no tax id and no secret in the logs", () =>
    Effect.gen(function* () {
      const mirror = yield* Shop.open((outgoing, body) => outgoing.writeHead(200).end(body))
      logs.length = 0
      const attempt = yield* delivered(delivery(mirror.url))
      assert.include(attempt.excerpt, cpf) // kept for who owns it
      assert.isNotEmpty(logs)
      for (const hidden of [cpf, "whsec_c2FsZXNvcw"]) assert.isFalse(logs.join("\n").includes(hidden))
    })
  )
})
