import { assert, describe, it } from "@effect/vitest"
import { Deliveries, Delivery, DeliveryQueue, Ids, WebhookDeliveries, WebhookEndpoints } from "@salesos/core"
import { DateTime, Deferred, Duration, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { breathe, Given, inGateway, pass, theInvoice } from "../support/gateway.ts"
import {
  answer,
  delivering,
  keyed,
  payInvoice,
  register,
  request,
  secret,
  theEndpoint,
  toldSecret
} from "../support/webhooks.ts"

const Event = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    type: Schema.String,
    created_at: Schema.String,
    livemode: Schema.Boolean,
    data: Schema.Struct({ object: Schema.Struct({ id: Schema.String, status: Schema.String }) })
  })
)

/** The only delivery, with its tries. */
const theDelivery = Effect.gen(function* () {
  const { owner } = yield* Given
  const { data } = yield* WebhookDeliveries.list(owner, {}, { limit: 10 })
  assert.strictEqual(data.length, 1)
  return yield* WebhookDeliveries.get(owner, data[0]?.id ?? assert.fail("there is no delivery"))
})

/** The only visit that is to be made. */
const theVisit = Effect.gen(function* () {
  const [visit, ...others] = yield* Deliveries.take("prompt", 16, [])
  assert.isEmpty(others)
  return visit ?? assert.fail("nothing is due")
})

/** A visit whose answer a test gives. */
const beginVisit = Effect.gen(function* () {
  const visit = yield* theVisit
  const answered = yield* Deferred.make<Delivery.Attempt>()
  const fiber = yield* Effect.forkChild(Deliveries.visit(visit, () => Deferred.await(answered)))
  yield* breathe
  return {
    visit,
    end: (attempt: Delivery.Attempt) => Effect.andThen(Deferred.succeed(answered, attempt), Fiber.join(fiber))
  }
})

describe("a delivery", () => {
  it.effect("is sent to an endpoint that wants it: the invoice as GET returns it, signed with its secret", () =>
    inGateway()(
      Effect.gen(function* () {
        const { sent } = yield* delivering()
        yield* register("w1")
        yield* payInvoice()
        yield* pass("1 second")
        assert.strictEqual(sent.length, 1)
        const { body, environment, secrets, type, url } = sent[0] ?? assert.fail("nothing was sent")
        assert.deepStrictEqual(
          { environment, secrets, type, url },
          { environment: "sandbox", secrets: [secret], type: "invoice.paid", url: request.url }
        )
        const { id } = yield* theInvoice
        const event = yield* Schema.decodeUnknownEffect(Event)(body)
        assert.deepInclude(event, { type: "invoice.paid", livemode: false, data: { object: { id, status: "paid" } } })
      }).pipe(Effect.scoped)
    )
  )

  it.effect("that is not answered with success is tried again, ever later, sixteen times over about three days", () =>
    inGateway()(
      Effect.gen(function* () {
        const { answers, sent } = yield* delivering("10 minutes")
        yield* register("w1")
        answers.push(...[null, 500, 301, 404, 199, 300], ...Array.from({ length: 20 }, () => 503))
        yield* payInvoice()
        for (let hours = 0; hours < 24 * 5; hours++) yield* Effect.andThen(TestClock.adjust("1 hour"), breathe)
        assert.strictEqual(sent.length, Delivery.maximumAttempts)
        assert.strictEqual(new Set(sent.map(({ body, id }) => `${id} ${body}`)).size, 1)
        const { delivery, tried } = yield* theDelivery
        assert.deepInclude(delivery, { status: "failed", tries: 16, nextAttemptAt: null })
        assert.deepStrictEqual(
          tried.map(({ number, status }) => [number, status]),
          [null, 500, 301, 404, 199, 300, ...Array.from({ length: 10 }, () => 503)].map((status, at) => [
            at + 1,
            status
          ])
        )
      }).pipe(Effect.scoped)
    )
  )

  it("is made by 2xx alone", () => {
    const made = [200, 201, 204, 299, 199, 300, 302, 404, 500, null].map((status) =>
      Delivery.isDelivered(answer(status))
    )
    assert.deepStrictEqual(made, [true, true, true, true, false, false, false, false, false, false])
  })

  it("is tried again after delays that grow, sum up to three days, and are a fifth longer or shorter", () => {
    const seconds = (number: number, random: number): number => {
      const outcome = Delivery.outcome(answer(500), number, random)
      return outcome._tag === "Again" ? Duration.toSeconds(outcome.after) : assert.fail(outcome._tag)
    }
    const numbers = Array.from({ length: Delivery.maximumAttempts - 1 }, (_, index) => index + 1)
    const delays = numbers.map((number) => seconds(number, 0.5))
    assert.deepStrictEqual(
      delays.toSorted((a, b) => a - b),
      delays
    )
    const days = delays.reduce((sum, each) => sum + each, 0) / 86_400
    assert.isTrue(days > 2.9 && days < 3.1, `${days} days`)
    for (const number of numbers) {
      const middle = seconds(number, 0.5)
      assert.closeTo(seconds(number, 0), middle * 0.8, 0.01)
      assert.closeTo(seconds(number, 1), middle * 1.2, 0.01)
    }
    assert.strictEqual(Delivery.outcome(answer(500), Delivery.maximumAttempts, 0.5)._tag, "Failed")
  })

  it.effect("is made by another worker, under the same id, when the one that had it died", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* register("w1")
        yield* payInvoice()
        const visit = yield* theVisit
        const dead = yield* Effect.forkChild(Deliveries.visit(visit, () => Effect.never))
        yield* breathe
        yield* Fiber.interrupt(dead)
        const { sent } = yield* delivering()
        yield* pass(Duration.subtract(DeliveryQueue.hold, Duration.seconds(1)))
        assert.strictEqual(sent.length, 0, "it was sent while its worker might be alive")
        yield* pass("5 seconds")
        assert.deepStrictEqual(
          sent.map(({ id }) => id),
          visit.deliveries.map(({ id }) => id)
        )
        const { delivery, tried } = yield* theDelivery
        assert.deepInclude(delivery, { status: "delivered", tries: 2 })
        assert.deepStrictEqual(
          tried.map(({ number }) => number),
          [2]
        )
      }).pipe(Effect.scoped)
    )
  )

  it.effect("that can't be sent for a bug of ours is tried again like any other", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* register("w1")
        yield* payInvoice()
        yield* Deliveries.visit(yield* theVisit, () => Effect.die(new Error("a bug")))
        const { delivery, tried } = yield* theDelivery
        assert.deepInclude(delivery, { status: "pending", tries: 1 })
        assert.deepStrictEqual(
          tried.map(({ excerpt, status }) => ({ excerpt, status })),
          [{ excerpt: "It could not be sent", status: null }]
        )
      })
    )
  )

  it.effect("can be made again: another delivery with the same body, also long after", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const { sent } = yield* delivering()
        yield* theEndpoint()
        yield* payInvoice()
        const { delivery } = yield* theDelivery
        yield* pass("1 minute")
        const again = yield* WebhookDeliveries.redeliver(owner, delivery.id, keyed("again"))
        const replayed = yield* WebhookDeliveries.redeliver(owner, delivery.id, keyed("again"))
        assert.deepStrictEqual([again.replayed, replayed.replayed], [false, true])
        assert.deepStrictEqual(again.response, replayed.response)
        yield* pass("1 second")
        const [first, second, ...others] = sent
        assert.isEmpty(others)
        assert.strictEqual(first?.body, second?.body)
        assert.notStrictEqual(first?.id, second?.id)
        assert.include(again.response.body, second?.id ?? "nothing")
      }).pipe(Effect.scoped)
    )
  )
})

describe("while a delivery is being sent", () => {
  const failed = answer(500)

  it.effect("its endpoint may be disabled: what comes back counts, and nothing more is sent", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const id = yield* theEndpoint()
        yield* payInvoice()
        const { end } = yield* beginVisit
        yield* WebhookEndpoints.update(owner, id, { status: "disabled" })
        yield* end(failed)
        const { sent } = yield* delivering("1 minute")
        yield* pass("2 hours")
        assert.deepInclude((yield* theDelivery).delivery, { status: "pending", tries: 1 })
        assert.isEmpty(sent)
        yield* WebhookEndpoints.update(owner, id, { status: "enabled" })
        yield* pass("1 minute")
        assert.strictEqual(sent.length, 1)
      }).pipe(Effect.scoped)
    )
  )

  it.effect("its endpoint may be disabled and enabled again: nobody else is sent there before the visit is over", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const id = yield* theEndpoint()
        yield* payInvoice()
        const { end } = yield* beginVisit
        yield* WebhookEndpoints.update(owner, id, { status: "disabled" })
        yield* WebhookEndpoints.update(owner, id, { status: "enabled" })
        assert.isEmpty(yield* Deliveries.take("prompt", 16, []))
        yield* end(answer(200))
        assert.strictEqual((yield* theDelivery).delivery.status, "delivered")
      })
    )
  )

  it.effect("its endpoint may be removed: it is not sent again, and a success is believed", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const id = yield* theEndpoint()
        yield* payInvoice()
        const first = yield* beginVisit
        yield* WebhookEndpoints.remove(owner, id)
        yield* first.end(failed)
        const { sent } = yield* delivering("10 minutes")
        yield* pass("1 day")
        assert.isEmpty(sent)
        const { delivery, tried } = yield* theDelivery
        assert.strictEqual(delivery.status, "failed")
        assert.strictEqual(tried.length, 1)
      }).pipe(Effect.scoped)
    )
  )

  it.effect("its endpoint may be removed, and it may arrive all the same", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const id = yield* theEndpoint()
        yield* payInvoice()
        const { end } = yield* beginVisit
        yield* WebhookEndpoints.remove(owner, id)
        yield* end(answer(200))
        assert.strictEqual((yield* theDelivery).delivery.status, "delivered")
      })
    )
  )

  it.effect("its endpoint's secret may be rotated: the next try is signed with both, and later with the new one", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const id = yield* theEndpoint()
        yield* payInvoice()
        const { end, visit } = yield* beginVisit
        assert.deepStrictEqual(visit.secrets, [secret])
        yield* WebhookEndpoints.rotate(owner, id, keyed("r1"), { overlap_hours: 1 }, "whsec_the_new_secret")
        yield* end(failed)
        const { answers, sent } = yield* delivering("5 seconds")
        answers.push(...Array.from({ length: 20 }, () => 500))
        yield* pass("15 seconds")
        assert.deepStrictEqual(
          sent.map(({ secrets }) => secrets),
          [["whsec_the_new_secret", secret]]
        )
        yield* pass("1 hour")
        yield* pass("2 hours")
        assert.deepStrictEqual(sent.at(-1)?.secrets, ["whsec_the_new_secret"])
      }).pipe(Effect.scoped)
    )
  )
})

describe("a rotation", () => {
  it.effect("is made once per key, and the new secret is told only then", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const id = yield* theEndpoint()
        const rotate = (secret: string) => WebhookEndpoints.rotate(owner, id, keyed("r1"), {}, secret)
        const first = yield* rotate("whsec_the_first_of_two")
        assert.strictEqual(yield* toldSecret(first), "whsec_the_first_of_two")
        const second = yield* rotate("whsec_the_second_of_two")
        assert.isTrue(second.replayed)
        assert.notInclude(second.response.body, "whsec_")
        yield* payInvoice()
        assert.deepStrictEqual((yield* theVisit).secrets, ["whsec_the_first_of_two", secret])
      })
    )
  )
})

describe("an endpoint that", () => {
  it.effect("says it is gone is disabled at once, and its owner sees why", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const { answers, sent } = yield* delivering()
        const id = yield* theEndpoint()
        answers.push(410)
        yield* payInvoice()
        yield* pass("1 hour")
        assert.strictEqual(sent.length, 1)
        assert.deepInclude(yield* WebhookEndpoints.get(owner, id), { status: "disabled", disabledReason: "gone" })
        assert.strictEqual((yield* theDelivery).delivery.status, "failed")
        const refused = yield* Effect.flip(WebhookDeliveries.ping(owner, id, keyed("p1")))
        assert.strictEqual(refused._tag, "InvalidState")
      }).pipe(Effect.scoped)
    )
  )

  it.effect("fails for five days is disabled; a success in between is a new beginning", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const id = yield* theEndpoint()
        const tryWith = (status: number) =>
          Effect.gen(function* () {
            yield* WebhookDeliveries.ping(owner, id, keyed(yield* Ids.generate("key")))
            const [visit] = yield* Deliveries.take("prompt", 1, [])
            yield* Deliveries.visit(visit ?? assert.fail("nothing is due"), () => Effect.succeed(answer(status)))
            return yield* WebhookEndpoints.get(owner, id)
          })
        const first = yield* tryWith(500)
        assert.deepStrictEqual(first.failingSince, yield* DateTime.now)
        yield* TestClock.adjust("4 days")
        assert.strictEqual((yield* tryWith(500)).status, "enabled")
        assert.isNull((yield* tryWith(200)).failingSince)
        yield* tryWith(500)
        yield* TestClock.adjust(Duration.days(5))
        assert.strictEqual((yield* tryWith(500)).status, "enabled")
        yield* TestClock.adjust("1 second")
        assert.deepInclude(yield* tryWith(503), { status: "disabled", disabledReason: "failing" })
        const enabled = yield* WebhookEndpoints.update(owner, id, { status: "enabled" })
        assert.deepInclude(enabled, { status: "enabled", disabledReason: null, failingSince: null })
      })
    )
  )
})

describe("old webhooks", () => {
  it.effect("are forgotten after a while, with their tries and events, and nothing younger", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        yield* delivering("1 day")
        yield* theEndpoint()
        yield* payInvoice("k1")
        yield* pass("2 days")
        yield* TestClock.adjust("20 days")
        yield* payInvoice("k2")
        yield* TestClock.adjust("11 days")
        assert.strictEqual(yield* Deliveries.purge(Duration.days(30)), 2)
        const { data } = yield* WebhookDeliveries.list(owner, {}, { limit: 10 })
        const { data: events } = yield* WebhookDeliveries.events(owner, {}, { limit: 10 })
        assert.deepStrictEqual([data.length, events.length], [1, 1])
        assert.strictEqual(yield* Deliveries.purge(Duration.days(30)), 0)
      }).pipe(Effect.scoped)
    )
  )
})
