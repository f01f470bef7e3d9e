import { assert, describe, it } from "@effect/vitest"
import { type FieldError, Webhook, WebhookDeliveries, WebhookEndpoints } from "@salesos/core"
import { Effect } from "effect"
import { Given, inGateway, pass } from "../support/gateway.ts"
import { delivering, keyed, register, request, secret, theEndpoint } from "../support/webhooks.ts"
/** What was wrong, as `field: code`. */
const failures = <A>(decoded: Effect.Effect<A, FieldError.ValidationError>) =>
  Effect.match(decoded, {
    onFailure: ({ errors }) => errors.map(({ code, field }) => `${field}: ${code}`),
    onSuccess: () => []
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

  it.effect("is refused where nothing may be sent, when it is registered and when it is moved", () =>
    inGateway({ refusedUrls: ["https://inside.example/"] })(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const url = "https://inside.example/"
        const registered = yield* Effect.flip(register("w1", { ...request, url }))
        const id = yield* theEndpoint()
        const moved = yield* Effect.flip(WebhookEndpoints.update(owner, id, { url }))
        for (const error of [registered, moved]) {
          assert.deepStrictEqual(
            error._tag === "ValidationError" ? error.errors.map(({ code, field }) => [field, code]) : error,
            [["url", "forbidden_address"]]
          )
        }
        assert.strictEqual((yield* WebhookEndpoints.get(owner, id)).url, request.url)
      })
    )
  )

  it.effect("is changed in what is asked for alone, and not found by another owner", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner, owner } = yield* Given
        const id = yield* theEndpoint()
        const before = yield* WebhookEndpoints.get(owner, id)
        const url = "https://other.example/"
        assert.deepStrictEqual(yield* WebhookEndpoints.update(owner, id, { url }), { ...before, url })
        const disabled = yield* WebhookEndpoints.update(owner, id, { status: "disabled", description: "Off" })
        assert.deepInclude(disabled, { url, status: "disabled", disabledReason: "requested", description: "Off" })
        const enabled = yield* WebhookEndpoints.update(owner, id, { status: "enabled", description: null })
        assert.deepStrictEqual(enabled, { ...before, url })
        const foreign = yield* Effect.all([
          Effect.flip(WebhookEndpoints.get(otherOwner, id)),
          Effect.flip(WebhookEndpoints.update(otherOwner, id, {})),
          Effect.flip(WebhookEndpoints.remove(otherOwner, id)),
          Effect.flip(WebhookEndpoints.rotate(otherOwner, id, keyed("r1"), {}, secret)),
          Effect.flip(WebhookDeliveries.ping(otherOwner, id, keyed("p1")))
        ])
        assert.deepStrictEqual([...new Set(foreign.map(({ _tag }) => _tag))], ["NotFound"])
      })
    )
  )

  it.effect("can be tried out with a ping, which goes to it alone, whatever it wants to hear", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const { sent } = yield* delivering()
        const id = yield* theEndpoint()
        yield* theEndpoint("https://other.example/")
        yield* WebhookDeliveries.ping(owner, id, keyed("p1"))
        yield* WebhookDeliveries.ping(owner, id, keyed("p1"))
        yield* pass("1 second")
        assert.deepStrictEqual(
          sent.map(({ type, url }) => ({ type, url })),
          [{ type: "ping", url: request.url }]
        )
        const { data } = yield* WebhookDeliveries.events(owner, { type: "ping" }, { limit: 10 })
        assert.deepStrictEqual(
          data.map(({ body, subject }) => ({ body, subject })),
          [{ body: sent[0]?.body ?? "nothing", subject: id }]
        )
      }).pipe(Effect.scoped)
    )
  )

  it.effect.each([
    { input: { overlap_hours: -1 }, codes: ["overlap_hours: invalid_hours"] },
    { input: { overlap_hours: 169 }, codes: ["overlap_hours: invalid_hours"] },
    { input: { overlap_hours: 1.5 }, codes: ["overlap_hours: invalid_hours"] },
    { input: { overlap: 1 }, codes: ["overlap: unknown_field"] },
    { input: { overlap_hours: 0 }, codes: [] },
    { input: {}, codes: [] }
  ] as const)("rotates its secret by $input: $codes", ({ codes, input }) =>
    Effect.gen(function* () {
      const found = yield* failures(Webhook.decodeRotation(input))
      assert.deepStrictEqual<ReadonlyArray<string>>(found, codes)
    })
  )

  it.effect.each([
    { input: { status: "removed" }, codes: ["status: invalid_value"] },
    { input: { url: "http://shop.example" }, codes: ["url: invalid_url"] },
    { input: { events: [] }, codes: ["events: invalid_length"] },
    { input: { secret: "whsec_0123456789abcdef" }, codes: ["secret: unknown_field"] },
    { input: {}, codes: [] }
  ] as const)("is changed by $input: $codes", ({ codes, input }) =>
    Effect.gen(function* () {
      const found = yield* failures(Webhook.decodePatch("live", input))
      assert.deepStrictEqual<ReadonlyArray<string>>(found, codes)
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
      const found = yield* failures(Webhook.decode(environment, { url, events: ["*"] }))
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
