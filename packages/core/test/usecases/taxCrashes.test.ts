/** A process that is killed anywhere never issues a tax document twice, and never leaves one that was paid for without it. */
import { assert, describe, it } from "@effect/vitest"
import { Provider, Store, TaxIssuer } from "@salesos/core"
import { Crashes, type FakeIssuer } from "@salesos/core/testing"
import { Effect, Exit, Ref } from "effect"
import { TestClock } from "effect/testing"
import { breathe, checkBooks, pass, patiently, type Services, theInvoice, work } from "../support/gateway.ts"
import {
  cancelDocument,
  cancelInvoice,
  costs,
  events,
  inTaxGateway,
  issued,
  issuer,
  lines,
  notified,
  requestDocument,
  statuses,
  withInvoice
} from "../support/taxGateway.ts"

/** Runs something in a process that dies at a place. Gives the places that it passed. */
const dying = <A, E>(at: number, run: Effect.Effect<A, E, Services>) =>
  Effect.gen(function* () {
    const crashes = yield* Crashes.make(at)
    yield* patiently(
      Effect.exit(run).pipe(
        Effect.provideService(Store.InvoiceStore, crashes.store(yield* Store.InvoiceStore)),
        Effect.provideService(Store.TaxStore, crashes.taxStore(yield* Store.TaxStore)),
        Effect.provideService(Provider.Drivers, (yield* Provider.Drivers).map(crashes.driver)),
        Effect.provideService(TaxIssuer.TaxIssuers, (yield* TaxIssuer.TaxIssuers).map(crashes.issuer))
      )
    )
    return yield* crashes.places
  })

const minutes = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.andThen(TestClock.adjust("1 minute"), patiently(work)), {
    discard: true
  })

/** Sends the same key until it is answered. */
const untilAnswered = <A, E>(send: Effect.Effect<A, E, Services>) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 60; tries++) {
      if (Exit.isSuccess(yield* patiently(Effect.exit(send)))) return
      yield* TestClock.adjust("30 seconds")
      yield* patiently(work)
    }
    assert.fail("the same key is never let in")
  })

/** Plays a scene with a death at every place that it passes when nothing dies. */
const everywhere = <E>(atLeast: number, scene: (at: number) => Effect.Effect<ReadonlyArray<string>, E>) =>
  Effect.gen(function* () {
    const places = yield* scene(0)
    assert.isAtLeast(places.length, atLeast)
    for (let at = 1; at <= places.length; at++) yield* scene(at)
  })

const answers: ReadonlyArray<ReadonlyArray<FakeIssuer.Answer>> = [
  ["issue"],
  ["lose_answer"],
  ["lose_request"],
  ["unavailable"],
  ["hang"],
  [{ issuedAfter: "40 seconds" }]
]
const nameOf = (answer: FakeIssuer.Answer | undefined) => (typeof answer === "string" ? answer : "issue it late")

describe("a worker that dies while it issues what was paid for", () => {
  const paid = (script: ReadonlyArray<FakeIssuer.Answer>) =>
    Effect.gen(function* () {
      yield* costs("50")
      const provider = yield* withInvoice(true)
      yield* (yield* issuer).next(...script)
      yield* provider.pay("infrapsp-1")
      yield* TestClock.adjust("1 minute")
    })

  const issuedOnce = Effect.gen(function* () {
    yield* minutes(30)
    assert.deepStrictEqual(yield* statuses, ["issued"])
    assert.deepStrictEqual(yield* issued, ["issued"])
    assert.deepStrictEqual((yield* events).toSorted(), ["invoice.paid", "tax_document.issued"])
    assert.deepStrictEqual(
      (yield* lines).filter(([account]) => account === "nfse"),
      [["nfse", "fee", -50, 0, -50]]
    )
    yield* checkBooks("settled")
  })

  for (const script of answers) {
    it.effect(`issues it once all the same: ${nameOf(script[0])}`, () =>
      everywhere(12, (at) =>
        inTaxGateway()(
          Effect.gen(function* () {
            yield* paid(script)
            const places = yield* dying(at, work)
            yield* checkBooks("under way")
            yield* issuedOnce
            return places
          })
        )
      )
    )

    it.effect(
      `issues it once, too, when the next one dies as well: ${nameOf(script[0])}`,
      () =>
        everywhere(12, (at) =>
          inTaxGateway()(
            Effect.gen(function* () {
              yield* paid(script)
              const places = yield* dying(at, work)
              for (const again of [5, 11, 15]) {
                yield* TestClock.adjust("1 minute")
                yield* dying(at === 0 ? 0 : again, work)
                yield* checkBooks("under way")
              }
              yield* issuedOnce
              return places
            })
          )
        ),
      30_000
    )
  }

  it.effect("tells once that it failed", () =>
    everywhere(12, (at) =>
      inTaxGateway()(
        Effect.gen(function* () {
          yield* paid(["reject", "reject"])
          const places = yield* dying(at, work)
          yield* minutes(30)
          assert.deepStrictEqual(yield* statuses, ["failed"])
          assert.deepStrictEqual((yield* events).toSorted(), ["invoice.paid", "tax_document.failed"])
          yield* checkBooks("settled")
          return places
        })
      )
    )
  )
})

describe("a worker that is gone, or is late,", () => {
  it.effect("while its request is on its way is not taken for one that never sent", () =>
    inTaxGateway({ issuers: [{ misses: 1 }] })(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* (yield* issuer).next({ issuedAfter: "160 seconds" })
        yield* provider.pay("infrapsp-1")
        yield* TestClock.adjust("1 minute")
        const killed = (yield* TaxIssuer.TaxIssuers).map((each) => ({
          ...each,
          issue: (...given: Parameters<typeof each.issue>) =>
            Effect.raceFirst(each.issue(...given), Effect.delay(Effect.die("killed"), "1 second"))
        }))
        yield* patiently(Effect.exit(work).pipe(Effect.provideService(TaxIssuer.TaxIssuers, killed)))
        for (let rounds = 0; rounds < 60; rounds++) {
          yield* TestClock.adjust("10 seconds")
          yield* patiently(work)
        }
        assert.deepStrictEqual(yield* issued, ["issued"])
        assert.deepStrictEqual(yield* statuses, ["issued"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("with an answer that somebody else has found meanwhile books and tells nothing twice", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* costs("50")
        const provider = yield* withInvoice(true)
        yield* provider.pay("infrapsp-1")
        yield* TestClock.adjust("1 minute")
        const answered = yield* Ref.make(false)
        const store = yield* Store.InvoiceStore
        const slow: Store.InvoiceStore["Service"] = {
          ...store,
          change: (...given) =>
            Effect.flatMap(Ref.get(answered), (is) =>
              is ? Effect.delay(store.change(...given), "5 minutes") : store.change(...given)
            )
        }
        const issuers = (yield* TaxIssuer.TaxIssuers).map((each) => ({
          ...each,
          issue: (...given: Parameters<typeof each.issue>) =>
            Effect.tap(each.issue(...given), () => Ref.set(answered, true))
        }))
        const late = yield* Effect.forkChild(
          work.pipe(
            Effect.provideService(Store.InvoiceStore, slow),
            Effect.provideService(TaxIssuer.TaxIssuers, issuers)
          )
        )
        yield* Effect.repeat(breathe, { until: () => Ref.getUnsafe(answered), times: 10 })
        assert.isTrue(yield* Ref.get(answered))
        for (let rounds = 0; rounds < 24; rounds++) {
          yield* TestClock.adjust("10 seconds")
          yield* patiently(work)
        }
        assert.deepStrictEqual(yield* statuses, ["issued"])
        assert.isUndefined(late.pollUnsafe())
        yield* pass("15 minutes")
        assert.isDefined(late.pollUnsafe())
        assert.deepStrictEqual((yield* events).toSorted(), ["invoice.paid", "tax_document.issued"])
        assert.deepStrictEqual(
          (yield* lines).filter(([account]) => account === "nfse"),
          [["nfse", "fee", -50, 0, -50]]
        )
        yield* checkBooks("settled")
      })
    )
  )
})

describe("a process that dies while it takes a request", () => {
  it.effect("for a document: the same key makes one", () =>
    everywhere(6, (at) =>
      inTaxGateway()(
        Effect.gen(function* () {
          yield* withInvoice(false)
          const places = yield* dying(at, requestDocument("k"))
          yield* untilAnswered(requestDocument("k"))
          yield* minutes(5)
          assert.deepStrictEqual(yield* statuses, ["issued"])
          assert.deepStrictEqual(yield* issued, ["issued"])
          yield* checkBooks("settled")
          return places
        })
      )
    )
  )

  const withIssued = Effect.gen(function* () {
    const provider = yield* withInvoice(false)
    yield* requestDocument("issue")
    yield* patiently(work)
    assert.deepStrictEqual(yield* statuses, ["issued"])
    return provider
  })

  for (const answer of ["cancel", "lose_answer", "lose_request", "unavailable"] as const) {
    it.effect(`to cancel a document: the same key cancels it: ${answer}`, () =>
      everywhere(8, (at) =>
        inTaxGateway()(
          Effect.gen(function* () {
            yield* withIssued
            yield* (yield* issuer).nextCancels(answer)
            const places = yield* dying(at, cancelDocument("c"))
            yield* checkBooks("under way")
            yield* untilAnswered(cancelDocument("c"))
            yield* minutes(15)
            assert.deepStrictEqual(yield* events, ["tax_document.issued", "tax_document.canceled"])
            assert.deepStrictEqual(yield* issued, ["canceled"])
            yield* checkBooks("settled")
            return places
          })
        )
      )
    )

    it.effect(`to cancel an invoice with its document: the same key goes on: ${answer}`, () =>
      everywhere(12, (at) =>
        inTaxGateway()(
          Effect.gen(function* () {
            yield* withIssued
            yield* (yield* issuer).nextCancels(answer)
            const places = yield* dying(at, cancelInvoice("c"))
            yield* checkBooks("under way")
            yield* untilAnswered(cancelInvoice("c"))
            yield* minutes(15)
            assert.deepInclude(yield* theInvoice, { status: "canceled" })
            assert.deepStrictEqual(yield* statuses, ["canceled"])
            yield* checkBooks("settled")
            return places
          })
        )
      )
    )

    it.effect(`to cancel an invoice, which is then paid: its document is there: ${answer}`, () =>
      everywhere(12, (at) =>
        inTaxGateway()(
          Effect.gen(function* () {
            const provider = yield* withIssued
            yield* (yield* issuer).nextCancels(answer)
            const places = yield* dying(at, cancelInvoice("c"))
            yield* provider.pay("infrapsp-1")
            yield* notified
            yield* minutes(30)
            assert.deepInclude(yield* theInvoice, { status: "paid" })
            assert.deepStrictEqual((yield* issued).filter((status) => status === "issued").length, 1)
            assert.strictEqual((yield* statuses).at(-1), "issued")
            yield* checkBooks("settled")
            return places
          })
        )
      )
    )
  }
})
