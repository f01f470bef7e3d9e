/** Canceling an invoice, refunding its payment, and what happens to the charges that are left over. */
import { assert, describe, it } from "@effect/vitest"
import { Cancellation, Idempotency, Invoice, Provider, Refunds } from "@salesos/core"
import { FakeProvider, MemoryDatabase, Samples } from "@salesos/core/testing"
import { Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import {
  charges,
  checkBooks,
  create,
  Given,
  inGateway,
  patiently,
  type Services,
  theInvoice,
  work,
  workFor
} from "../support/gateway.ts"

const keyed = (key: string): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/invoices/x/cancel", {})
})

const cancel = (key = "cancel") =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    return yield* patiently(Cancellation.cancel(owner, keyed(key), (yield* theInvoice).id))
  })

const refund = Effect.gen(function* () {
  const { owner } = yield* Given
  return yield* patiently(Refunds.refund(owner, (yield* theInvoice).id))
})

const failureOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

const events = Effect.map(
  Effect.flatMap(MemoryDatabase.MemoryDatabase, ({ tables }) => tables),
  (all) => all.events.map(({ event }) => event.type)
)

const given = Effect.gen(function* () {
  yield* create("k1")
  return (yield* Given).provider
})

const lines = Effect.map(
  Effect.flatMap(MemoryDatabase.MemoryDatabase, ({ tables }) => tables),
  (all) => all.statement.map(({ line: { amount, type } }) => [type, amount])
)

describe("canceling an invoice", () => {
  it.effect("cancels its charge at the provider, tells it once, and answers the same again", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* given
        const first = yield* cancel()
        assert.strictEqual(first.response.status, 200)
        assert.deepInclude(JSON.parse(first.response.body), { status: "canceled" })
        assert.deepStrictEqual((yield* charges)[0]?.status, { _tag: "ended", reason: "canceled" })
        const again = yield* cancel()
        assert.deepStrictEqual([again.replayed, again.response], [true, first.response])
        assert.strictEqual((yield* cancel("another")).response.status, 200)
        assert.deepStrictEqual(yield* events, ["invoice.canceled"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that was paid a moment ago books the payment and is refused", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.pay("infrapsp-1")
        assert.strictEqual(yield* failureOf(cancel()), "InvalidState")
        assert.deepInclude(yield* theInvoice, { status: "paid", amountPaid: 12310 })
        assert.deepStrictEqual(yield* events, ["invoice.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("whose cancellation the provider refuses because it is being paid is refused, too", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.nextOperations("reject")
        yield* cancel()
        assert.strictEqual((yield* theInvoice).status, "canceled")
        yield* provider.pay("infrapsp-1")
        yield* workFor(10)
        assert.deepInclude(yield* theInvoice, { status: "paid", latePayment: true })
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that failed, or does not exist, is refused", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        const { otherOwner } = yield* Given
        const { id } = yield* theInvoice
        assert.strictEqual(yield* failureOf(Cancellation.cancel(otherOwner, keyed("c"), id)), "NotFound")
        yield* provider.end("infrapsp-1", "expired")
        yield* workFor(5)
        assert.strictEqual(yield* failureOf(cancel()), "InvalidState")
      })
    )
  )

  it.effect("is local where the provider has no way to cancel, and money that comes then is late", () =>
    inGateway({ providers: [{ operates: false }] })(
      Effect.gen(function* () {
        const provider = yield* given
        yield* cancel()
        assert.strictEqual((yield* theInvoice).status, "canceled")
        assert.deepStrictEqual((yield* charges)[0]?.status, { _tag: "open" })
        yield* workFor(1)
        yield* provider.pay("infrapsp-1")
        yield* workFor(10)
        assert.deepInclude(yield* theInvoice, { status: "paid", latePayment: true, amountPaid: 12310 })
        assert.deepStrictEqual(yield* events, ["invoice.canceled", "invoice.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect.each([
    ["the answer is lost, and the charge is seen to be canceled", "lose_answer", 1],
    ["the request is lost, and the charge is canceled once more", "lose_request", 2]
  ] as const)("is a 502 while it is in doubt, and the same key goes on at once: %s", ([, answer, asked]) =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.nextOperations(answer)
        assert.deepInclude(yield* Effect.flip(cancel()), { _tag: "ProviderError", inDoubt: true })
        assert.strictEqual((yield* theInvoice).status, "open")
        assert.deepInclude(JSON.parse((yield* cancel()).response.body), { status: "canceled" })
        assert.deepStrictEqual((yield* charges)[0]?.status, { _tag: "ended", reason: "canceled" })
        const { calls } = yield* provider.books
        assert.strictEqual(calls.filter((call) => call === "cancelCharge").length, asked)
        assert.deepStrictEqual(yield* events, ["invoice.canceled"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that is in doubt and turns out to be paid books the payment and is refused", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.nextOperations("lose_request")
        assert.strictEqual(yield* failureOf(cancel()), "ProviderError")
        yield* provider.pay("infrapsp-1")
        assert.strictEqual(yield* failureOf(cancel()), "InvalidState")
        assert.deepInclude(yield* theInvoice, { status: "paid", amountPaid: 12310 })
        yield* checkBooks("settled")
      })
    )
  )

  it.effect(
    "whose client does not ask again is looked at by the worker, and not canceled when it never got there",
    () =>
      inGateway()(
        Effect.gen(function* () {
          const provider = yield* given
          yield* provider.nextOperations("lose_request")
          assert.strictEqual(yield* failureOf(cancel()), "ProviderError")
          yield* workFor(30)
          assert.deepInclude(yield* theInvoice, { status: "open" })
          assert.strictEqual((yield* theInvoice).attempts[0]?.cancel?.status, "refused")
          const { calls } = yield* provider.books
          assert.strictEqual(calls.filter((call) => call === "cancelCharge").length, 1)
        })
      )
  )

  it.effect("that the provider can't be reached for changes nothing, and the same key tries again", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.nextOperations("unavailable")
        assert.strictEqual(yield* failureOf(cancel()), "ProviderError")
        assert.strictEqual((yield* theInvoice).status, "open")
        assert.strictEqual((yield* cancel()).response.status, 200)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("whose driver breaks off leaves it free: the same key finds out at once what became of it", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        yield* given
        const { id } = yield* theInvoice
        const broken = (yield* Provider.Drivers).map((driver) => ({
          ...driver,
          cancelCharge: () => Effect.die("a bug")
        }))
        const first = yield* Effect.exit(
          Cancellation.cancel(owner, keyed("cancel"), id).pipe(Effect.provideService(Provider.Drivers, broken))
        )
        assert.isTrue(Exit.hasDies(first))
        const { response } = yield* Cancellation.cancel(owner, keyed("cancel"), id)
        assert.deepInclude(JSON.parse(response.body), { status: "canceled" })
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("many times at once cancels once, and a payment at the same time is never lost", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        const exits = yield* Effect.all(
          [
            ...Array.from({ length: 10 }, (_, place) => Effect.exit(Effect.asVoid(cancel(`key ${place % 3}`)))),
            Effect.exit(provider.pay("infrapsp-1"))
          ],
          { concurrency: "unbounded" }
        )
        assert.isAbove(exits.filter(Exit.isSuccess).length, 0)
        yield* workFor(20)
        const { status } = yield* theInvoice
        assert.strictEqual(status, "paid")
        yield* checkBooks("settled")
      })
    )
  )
})

describe("a payment that is given back", () => {
  it.effect("by an operator goes back once", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.pay("infrapsp-1")
        yield* workFor(1)
        const refunded = yield* refund
        assert.deepInclude(refunded, { status: "paid", amountReversed: 12310 })
        assert.strictEqual(yield* failureOf(refund), "InvalidState")
        assert.deepStrictEqual(yield* lines, [
          ["charge", 12310],
          ["adjustment", -12310]
        ])
        assert.deepStrictEqual(yield* events, ["invoice.paid", "invoice.reversed"])
        assert.strictEqual((yield* provider.books).calls.filter((each) => each === "refundCharge").length, 1)
      })
    )
  )

  it.effect("and whose answer was lost is looked at, never sent again", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.pay("infrapsp-1")
        yield* workFor(1)
        yield* provider.nextOperations("lose_answer")
        assert.strictEqual(yield* failureOf(refund), "ProviderError")
        yield* workFor(30)
        assert.deepInclude(yield* theInvoice, { amountReversed: 12310 })
        assert.strictEqual((yield* provider.books).calls.filter((each) => each === "refundCharge").length, 1)
      })
    )
  )

  it.effect("and never got there is refused after enough looks, and an operator may ask again", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* given
        yield* provider.pay("infrapsp-1")
        yield* workFor(1)
        yield* provider.nextOperations("lose_request")
        assert.strictEqual(yield* failureOf(refund), "ProviderError")
        yield* workFor(40)
        assert.strictEqual((yield* theInvoice).attempts[0]?.refund?.status, "refused")
        assert.deepInclude(yield* refund, { amountReversed: 12310 })
      })
    )
  )
})

describe("a bolepix", () => {
  const boleto = { ...FakeProvider.pix, method: "boleto" as const, maximumExpirySeconds: null }
  const request = Samples.request({ payment_method: { type: "bolepix" } })
  const providers = [{ name: "infrapsp" }, { name: "sellxpay", capabilities: [boleto] }]

  it.effect("has two legs at two providers, and shows both", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { response } = yield* create("k1", request)
        const { confirmed, payment_method, provider } = JSON.parse(response.body)
        assert.deepStrictEqual(Object.keys(payment_method).toSorted(), ["boleto", "expires_at", "pix", "type"])
        assert.deepStrictEqual([confirmed, provider], [true, "sellxpay"])
        assert.deepStrictEqual(
          (yield* theInvoice).attempts.map(({ account, leg }) => [leg, account]),
          [
            ["boleto", "sellxpay"],
            ["pix", "infrapsp"]
          ]
        )
        yield* checkBooks("settled")
      })
    )
  )

  it.effect(
    "that is paid by boleto while nobody takes its PIX is created: the answer is stored, and nothing else made",
    () =>
      inGateway({ providers })(
        Effect.gen(function* () {
          const { provider, providers } = yield* Given
          yield* provider.next({ _tag: "Reject" })
          const paying = Effect.andThen(providers[1]!.pay("sellxpay-1"), work)
          const services = yield* Effect.context<Services>()
          const drivers = (yield* Provider.Drivers).map((driver): Provider.Driver =>
            driver.name !== "infrapsp"
              ? driver
              : {
                  ...driver,
                  createCharge: (...order) =>
                    TestClock.adjust("5 seconds").pipe(
                      Effect.andThen(paying),
                      Effect.provideContext(services),
                      Effect.orDie,
                      Effect.andThen(driver.createCharge(...order))
                    )
                }
          )
          const first = yield* Effect.provideService(create("k1", request), Provider.Drivers, drivers)
          assert.strictEqual(first.response.status, 201)
          assert.strictEqual((yield* theInvoice).status, "paid")
          assert.deepStrictEqual(yield* create("k1", request), { response: first.response, replayed: true })
          yield* checkBooks("settled")
        })
      )
  )

  it.effect("of which one leg fails is a 502, and the same key completes only the missing one", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Reject" })
        assert.strictEqual(yield* failureOf(create("k1", request)), "ProviderError")
        assert.deepInclude(yield* theInvoice, { status: "open", confirmed: false })
        assert.strictEqual((yield* create("k1", request)).response.status, 201)
        assert.deepStrictEqual(
          (yield* theInvoice).attempts.map(({ leg, status }) => [leg, status]),
          [
            ["boleto", "open"],
            ["pix", "rejected"],
            ["pix", "open"]
          ]
        )
        yield* checkBooks("settled")
      })
    )
  )

  it.effect(
    "is settled by its first payment: the other leg is canceled, and a second payment booked and given back once",
    () =>
      inGateway({ providers: [{ name: "infrapsp" }, { name: "sellxpay", capabilities: [boleto] }] })(
        Effect.gen(function* () {
          const { provider, providers: all } = yield* Given
          yield* create("k1", request)
          yield* all[1]!.nextOperations("reject")
          yield* provider.pay("infrapsp-1")
          yield* workFor(5)
          assert.strictEqual((yield* theInvoice).status, "paid")
          yield* all[1]!.pay("sellxpay-1")
          yield* workFor(120)
          assert.deepInclude(yield* theInvoice, { amountPaid: 2 * 12310, amountReversed: 12310 })
          assert.strictEqual((yield* all[1]!.books).calls.filter((each) => each === "refundCharge").length, 1)
          assert.deepStrictEqual(yield* lines, [
            ["charge", 12310],
            ["adjustment", 12310],
            ["adjustment", -12310]
          ])
        })
      )
  )

  it.effect("ends when both of its legs have", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* create("k1", request)
        yield* provider.end("infrapsp-1", "expired")
        yield* workFor(20)
        assert.isTrue(Invoice.needsNewPix(yield* theInvoice))
        assert.strictEqual((yield* theInvoice).status, "open")
        yield* cancel()
        assert.strictEqual((yield* theInvoice).status, "canceled")
        yield* checkBooks("settled")
      })
    )
  )
})
