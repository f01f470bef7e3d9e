import { assert, describe, it } from "@effect/vitest"
import { Idempotency, Webhook, WebhookEndpoints, Webhooks } from "@salesos/core"
import { Duration, Effect, Fiber, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { breathe, create, Given, inGateway, pass, theInvoice, workFor } from "../support/gateway.ts"

const request = { url: "https://shop.example/hooks", events: ["invoice.paid" as const] }
const secret = "whsec_0123456789abcdef"
const keyed = (key: string, body: unknown = request): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/webhook-endpoints", body)
})
const register = (key: string) =>
  Effect.flatMap(Given, ({ owner }) => WebhookEndpoints.register(owner, keyed(key), request, secret))
const answer = (status: number | null): Webhook.Attempt => ({ status, excerpt: "", duration: Duration.millis(1) })

const Event = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    type: Schema.String,
    created_at: Schema.String,
    livemode: Schema.Boolean,
    data: Schema.Struct({ object: Schema.Struct({ id: Schema.String, status: Schema.String }) })
  })
)

/** Delivers until interrupted; what was sent, with the minute it was sent in. */
const delivering = Effect.gen(function* () {
  const { deliverNext } = yield* Webhooks.Webhooks
  const sent: Array<Webhook.Delivery> = []
  const answers: Array<number | null> = []
  const worker = deliverNext((delivery) =>
    Effect.sync(() => {
      sent.push(delivery)
      const status = answers.shift()
      return answer(status === undefined ? 200 : status)
    })
  )
  yield* Effect.forkScoped(Effect.forever(worker))
  return { sent, answers }
})

const payInvoice = Effect.gen(function* () {
  const { provider } = yield* Given
  yield* create("k1")
  yield* provider.pay("infrapsp-1")
  yield* workFor(1)
})

describe("a webhook endpoint", () => {
  it.effect("is registered once per key, and its secret is told only then", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const first = yield* register("w1")
        assert.include(first.response.body, secret)
        const second = yield* register("w1")
        assert.isTrue(second.replayed)
        assert.notInclude(second.response.body, secret)
        const { data } = yield* WebhookEndpoints.list(owner, { limit: 10 })
        assert.deepInclude(data[0], { url: request.url, status: "enabled" })
        assert.strictEqual(data.length, 1)
        const other = yield* Effect.flip(WebhookEndpoints.register(owner, keyed("w1", {}), request, secret))
        assert.strictEqual(other._tag, "IdempotencyKeyReused")
      })
    )
  )

  it.effect("is sent what it wants to hear: the invoice as GET returns it, signed with its secret", () =>
    inGateway()(
      Effect.gen(function* () {
        const { sent } = yield* delivering
        yield* register("w1")
        yield* payInvoice
        yield* pass("1 second")
        assert.strictEqual(sent.length, 1)
        const { body, secrets, type, url } = sent[0] ?? assert.fail("nothing was sent")
        assert.deepStrictEqual({ secrets, type, url }, { secrets: [secret], type: "invoice.paid", url: request.url })
        const { id } = yield* theInvoice
        const event = yield* Schema.decodeUnknownEffect(Event)(body)
        assert.deepInclude(event, { type: "invoice.paid", livemode: false, data: { object: { id, status: "paid" } } })
      }).pipe(Effect.scoped)
    )
  )

  it.effect("that does not answer with success is tried again, ever later, sixteen times over about three days", () =>
    inGateway()(
      Effect.gen(function* () {
        const { answers, sent } = yield* delivering
        yield* register("w1")
        answers.push(...[null, 500, 301, 404, 199, 300], ...Array.from({ length: 20 }, () => 503))
        yield* payInvoice
        for (let hours = 0; hours < 24 * 5; hours++) yield* Effect.andThen(TestClock.adjust("1 hour"), breathe)
        assert.strictEqual(sent.length, Webhook.maximumAttempts)
        assert.strictEqual(new Set(sent.map(({ body, id }) => `${id} ${body}`)).size, 1)
      }).pipe(Effect.scoped)
    )
  )

  it("is answered with success by 2xx alone", () => {
    const delivered = [200, 201, 204, 299, 199, 300, 302, 404, 500, null].map((status) =>
      Webhook.isDelivered(answer(status))
    )
    assert.deepStrictEqual(delivered, [true, true, true, true, false, false, false, false, false, false])
  })

  it.effect("is tried again after delays that sum up to about three days, each a fifth longer or shorter", () =>
    Effect.gen(function* () {
      const step = yield* Schedule.toStep(Webhook.retrySchedule)
      const delays: Array<number> = []
      for (let tried = 1; tried < Webhook.maximumAttempts; tried++) {
        delays.push(Duration.toSeconds((yield* step(0, tried))[1]))
      }
      assert.isTrue((delays[0] ?? 0) >= 4 && (delays[0] ?? 0) <= 6, delays.join())
      const days = delays.reduce((a, b) => a + b, 0) / 86_400
      assert.isTrue(days > 2 && days < 4, `${days} days`)
    })
  )

  it.effect.each([
    { environment: "live", url: "https://shop.example/x?y=1", codes: [] },
    { environment: "live", url: "http://shop.example", codes: ["url: invalid_url"] },
    { environment: "sandbox", url: "http://localhost:3000/hooks", codes: [] },
    { environment: "sandbox", url: "ftp://shop.example", codes: ["url: invalid_url"] },
    { environment: "sandbox", url: "https://user:secret@shop.example", codes: ["url: invalid_url"] },
    { environment: "live", url: "javascript:alert(1)", codes: ["url: invalid_url"] }
  ] as const)("may be at $url ($environment): $codes", ({ codes, environment, url }) =>
    Effect.gen(function* () {
      const found = yield* Webhook.decode(environment, { url, events: ["*"] }).pipe(
        Effect.match({
          onFailure: ({ errors }) => errors.map(({ code, field }) => `${field}: ${code}`),
          onSuccess: () => []
        })
      )
      assert.deepStrictEqual<ReadonlyArray<string>>(found, codes)
    })
  )

  it.effect.each([
    { input: { url: "https://x.example", events: [] }, codes: ["events: invalid_length"] },
    { input: { url: "https://x.example", events: ["*"], secret: "short" }, codes: ["secret: invalid_length"] },
    { input: { url: "https://x.example", events: ["*"], typo: 1 }, codes: ["typo: unknown_field"] },
    { input: {}, codes: ["events: required", "url: required"] }
  ] as const)("is refused with the fields that fail: $codes", ({ codes, input }) =>
    Effect.gen(function* () {
      const { errors } = yield* Effect.flip(Webhook.decode("sandbox", input))
      assert.deepStrictEqual<ReadonlyArray<string>>(
        errors.map(({ code, field }) => `${field}: ${code}`).toSorted(),
        codes
      )
    })
  )
})

describe("a worker that dies while it delivers", () => {
  it.effect("has its delivery made by another", () =>
    inGateway()(
      Effect.gen(function* () {
        const { deliverNext } = yield* Webhooks.Webhooks
        yield* register("w1")
        yield* payInvoice
        const dead = yield* Effect.forkChild(deliverNext(() => Effect.never))
        yield* pass("1 second")
        yield* Fiber.interrupt(dead)
        const { sent } = yield* delivering
        yield* pass("1 minute")
        assert.strictEqual(sent.length, 1)
      }).pipe(Effect.scoped)
    )
  )
})
