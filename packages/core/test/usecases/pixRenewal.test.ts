/** The PIX of a bolepix that ran out before its boleto: made anew for who reads, once, and never for nobody. */
import { assert, describe, it } from "@effect/vitest"
import { Invoice, Invoices, Provider, Store } from "@salesos/core"
import { Crashes, FakeProvider, Samples } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import {
  breathe,
  charges,
  checkBooks,
  create,
  Given,
  inGateway,
  type Options,
  patiently,
  theInvoice,
  workFor
} from "../support/gateway.ts"

const boleto = { ...FakeProvider.pix, method: "boleto" as const, maximumExpirySeconds: null }
const request = Samples.request({ payment_method: { type: "bolepix" } })
const providers: NonNullable<Options["providers"]> = [
  { name: "infrapsp", capabilities: [{ ...FakeProvider.pix, maximumExpirySeconds: 1800 }] },
  { name: "sellxpay", capabilities: [boleto] }
]

/** A bolepix whose PIX has run out. */
const given = Effect.gen(function* () {
  yield* create("k1", request)
  yield* workFor(40)
  assert.isTrue(Invoice.needsNewPix(yield* theInvoice))
  return yield* Given
})

const read = Effect.gen(function* () {
  const { owner } = yield* Given
  return yield* Invoices.get(owner, (yield* theInvoice).id)
})

/** The attempts of the PIX leg by what we sent, and how they are. */
const pix = ({ attempts, ourNumber }: Invoice.Invoice) =>
  attempts
    .filter(({ leg }) => leg === "pix")
    .map(({ reference, status }) => `${reference.slice(ourNumber.length)} ${status}`)

describe("a bolepix whose PIX ran out", () => {
  it.effect("gets a new one when it is read, under the next reference, and only then", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { provider } = yield* given
        yield* workFor(60)
        assert.strictEqual((yield* provider.books).charges.length, 1, "never by timer")
        const invoice = yield* patiently(read)
        assert.deepStrictEqual(pix(invoice), ["-2 ended", "-3 open"])
        assert.strictEqual(Invoice.shownOf(invoice, "pix")?.number, 3)
        for (let reads = 0; reads < 3; reads++) yield* patiently(read)
        assert.strictEqual((yield* provider.books).charges.length, 2)
        yield* provider.pay("infrapsp-2")
        yield* workFor(20)
        assert.strictEqual((yield* theInvoice).status, "paid")
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("gets one for all who read it at once", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { provider } = yield* given
        const all = yield* patiently(
          Effect.all(
            Array.from({ length: 6 }, () => read),
            { concurrency: "unbounded" }
          )
        )
        assert.strictEqual((yield* provider.books).charges.length, 2)
        assert.isAtLeast(all.filter((each) => pix(each).includes("-3 open")).length, 1)
        assert.deepStrictEqual(pix(yield* patiently(read)), ["-2 ended", "-3 open"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("is read as it is where a new one can't be had, and asks again the next time", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { provider } = yield* given
        yield* provider.next({ _tag: "Reject" })
        assert.deepStrictEqual(pix(yield* patiently(read)), ["-2 ended", "-3 rejected"])
        yield* provider.next({ _tag: "Unavailable" }, { _tag: "Unavailable" }, { _tag: "Unavailable" })
        assert.deepStrictEqual(pix(yield* patiently(read)), ["-2 ended", "-3 rejected", "-4 rejected"])
        assert.strictEqual((yield* theInvoice).status, "open")
        assert.deepStrictEqual(pix(yield* patiently(read)), ["-2 ended", "-3 rejected", "-4 rejected", "-5 open"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("does not keep its readers waiting: what comes later is there for the next", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { provider } = yield* given
        yield* provider.next({ _tag: "Hang", madeAfter: "8 seconds" })
        const first = yield* Effect.forkChild(read)
        yield* breathe
        yield* TestClock.adjust("5 seconds")
        yield* breathe
        assert.isDefined(first.pollUnsafe(), "answered within five seconds")
        yield* workFor(10)
        // Its answer never came, and the provider shows it: it was found by its reference.
        assert.deepStrictEqual(pix(yield* patiently(read)), ["-2 ended", "-3 open"])
        assert.strictEqual((yield* charges).length, 3)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("gets another where the artifact was lost with the answer", () =>
    inGateway({ providers: providers.map((each) => ({ ...each, lookupsShowArtifact: false })) })(
      Effect.gen(function* () {
        const { provider } = yield* given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* patiently(read)
        yield* workFor(10)
        assert.deepStrictEqual(pix(yield* patiently(read)), ["-2 ended", "-3 orphaned", "-4 open"])
        yield* provider.pay("infrapsp-2")
        yield* workFor(20)
        assert.strictEqual((yield* theInvoice).status, "paid", "the lost one is watched")
      })
    )
  )

  it.effect("gets none after it was paid", () =>
    inGateway({ providers })(
      Effect.gen(function* () {
        const { provider, providers: all } = yield* given
        yield* all[1]!.pay("sellxpay-1")
        yield* patiently(read)
        yield* workFor(30)
        yield* patiently(read)
        assert.strictEqual((yield* theInvoice).status, "paid")
        const made = (yield* provider.books).charges.length
        yield* patiently(read)
        assert.strictEqual((yield* provider.books).charges.length, made)
      })
    )
  )

  it.effect("survives readers whose process dies anywhere: one payable PIX in the end", () =>
    Effect.gen(function* () {
      const scene = (at: number) =>
        inGateway({ providers })(
          Effect.gen(function* () {
            yield* given
            const crashes = yield* Crashes.make(at)
            const store = crashes.store(yield* Store.InvoiceStore)
            const drivers = (yield* Provider.Drivers).map(crashes.driver)
            yield* patiently(
              Effect.exit(
                read.pipe(
                  Effect.provideService(Store.InvoiceStore, store),
                  Effect.provideService(Provider.Drivers, drivers)
                )
              )
            )
            yield* checkBooks("under way")
            yield* workFor(10)
            const invoice = yield* patiently(read)
            assert.strictEqual(pix(invoice).filter((each) => each.endsWith(" open")).length, 1, pix(invoice).join())
            yield* checkBooks("settled")
            return yield* crashes.places
          })
        )
      const places = yield* scene(0)
      assert.isTrue(places.includes("after createCharge"))
      for (let at = 1; at <= places.length; at++) yield* scene(at)
    })
  )
})
