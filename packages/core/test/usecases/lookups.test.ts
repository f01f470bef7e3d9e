import { assert, describe, it } from "@effect/vitest"
import { type Invoice, Notifications, Statements } from "@salesos/core"
import { FakeProvider, MemoryDatabase, MemoryTenants } from "@salesos/core/testing"
import { DateTime, Effect } from "effect"
import { TestClock } from "effect/testing"
import { checkBooks, create, Given, inGateway, theInvoice, work, workFor } from "../support/gateway.ts"

const events = Effect.gen(function* () {
  const { events } = yield* (yield* MemoryDatabase.MemoryDatabase).tables
  return events.map(({ event }) => event.type)
})

const lines = Effect.gen(function* () {
  const { owner } = yield* Given
  const { data } = yield* Statements.list(owner, {}, { limit: 100 })
  return data.map(({ line }) => [line.type, line.amount, line.fee, line.net])
})

const created = Effect.gen(function* () {
  yield* create("k1")
  return (yield* Given).provider
})

const failureOf = (invoice: Invoice.Invoice) => invoice.failure?.code ?? null

describe("a lookup finds out", () => {
  it.effect("that a charge was paid", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* TestClock.adjust("30 seconds")
        yield* provider.pay("infrapsp-1")
        yield* workFor(1)
        const invoice = yield* theInvoice
        assert.deepInclude(invoice, { status: "paid", amountPaid: 12310, latePayment: false })
        assert.deepStrictEqual(yield* lines, [["charge", 12310, 123, 12187]])
        assert.deepStrictEqual(yield* events, ["invoice.paid"])
        yield* workFor(30)
        assert.deepStrictEqual(yield* lines, [["charge", 12310, 123, 12187]])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect.each([
    { reason: "expired", status: "failed", code: "expired", event: "invoice.failed" },
    { reason: "refused", status: "failed", code: "refused", event: "invoice.failed" },
    { reason: "canceled", status: "canceled", code: null, event: "invoice.canceled" }
  ] as const)("that a charge is over: $reason", ({ code, event, reason, status }) =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* provider.end("infrapsp-1", reason)
        yield* workFor(5)
        assert.strictEqual((yield* theInvoice).status, status)
        assert.strictEqual(failureOf(yield* theInvoice), code)
        assert.deepStrictEqual(yield* events, [event])
        assert.strictEqual(yield* work, 0)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("nothing by the clock alone: past its time a charge is open until the provider has been asked", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* provider.nextLookups(...Array.from({ length: 300 }, () => "unavailable" as const))
        yield* workFor(70)
        assert.strictEqual((yield* theInvoice).status, "open")
      })
    )
  )

  it.effect("that a charge has expired: past its time the provider says that it is still unpaid", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* workFor(70)
        assert.deepInclude((yield* theInvoice).failure, { code: "expired" })
        yield* provider.pay("infrapsp-1")
        yield* workFor(60)
        assert.deepInclude(yield* theInvoice, { status: "paid", latePayment: true })
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("the end of a charge within seconds of its expiry", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* workFor(59)
        yield* provider.end("infrapsp-1", "expired")
        yield* TestClock.adjust("62 seconds")
        yield* work
        assert.strictEqual((yield* theInvoice).status, "failed")
      })
    )
  )

  it.effect("money that came late, when something else named the charge", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        const { notificationToken } = yield* Given
        yield* provider.end("infrapsp-1", "expired")
        yield* workFor(70)
        yield* provider.pay("infrapsp-1")
        yield* workFor(30)
        assert.strictEqual((yield* theInvoice).status, "failed")
        const body = FakeProvider.notification("n1", "infrapsp-1")
        yield* Notifications.receive("infrapsp", notificationToken, {}, body)
        yield* work
        assert.deepInclude(yield* theInvoice, { status: "paid", latePayment: true, failure: null })
        assert.deepStrictEqual(yield* events, ["invoice.failed", "invoice.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("a fee that was not known at first, and stops asking then", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* provider.pay("infrapsp-1", { fee: null })
        yield* workFor(5)
        assert.deepStrictEqual(yield* lines, [["charge", 12310, 0, 12310]])
        yield* provider.tellFee("infrapsp-1", 99)
        yield* workFor(60)
        assert.deepStrictEqual(yield* lines, [
          ["fee", -99, 0, -99],
          ["charge", 12310, 0, 12310]
        ])
        const { calls } = yield* provider.books
        yield* workFor(60)
        assert.strictEqual((yield* provider.books).calls.length, calls.length)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("a second payment: an adjustment, and one event", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* provider.pay("infrapsp-1", { fee: null })
        yield* workFor(2)
        yield* provider.pay("infrapsp-1")
        yield* provider.tellFee("infrapsp-1", 10)
        yield* workFor(30)
        assert.strictEqual((yield* theInvoice).amountPaid, 2 * 12310)
        assert.sameMembers(
          (yield* lines).map(([type]) => type),
          ["adjustment", "charge", "fee"]
        )
        assert.deepStrictEqual(yield* events, ["invoice.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("nothing while the provider does not answer, and asks again", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* provider.pay("infrapsp-1")
        yield* provider.nextLookups("unavailable", "unknown")
        yield* TestClock.adjust("2 seconds")
        for (const status of ["open", "open", "paid"]) {
          assert.strictEqual(yield* work, 1)
          assert.strictEqual((yield* theInvoice).status, status)
          yield* TestClock.adjust("1 minute")
        }
      })
    )
  )

  it.effect("nothing about an account that is no longer configured, and assumes nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        const { owner } = yield* Given
        yield* provider.pay("infrapsp-1")
        yield* MemoryTenants.configure(owner, {
          name: "Test",
          timeZone: "America/Sao_Paulo",
          latePayments: "accept",
          letters: true,
          accounts: []
        })
        yield* workFor(30)
        assert.strictEqual((yield* theInvoice).status, "open")
        assert.deepStrictEqual((yield* provider.books).calls, ["createCharge"])
        yield* MemoryTenants.configure(owner, {
          name: "Test",
          timeZone: "America/Sao_Paulo",
          latePayments: "accept",
          letters: true,
          accounts: [MemoryTenants.account(owner, "infrapsp")]
        })
        yield* workFor(30)
        assert.strictEqual((yield* theInvoice).status, "paid")
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("and asks ever more rarely", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* Effect.forEach(
          Array.from({ length: 24 * 3600 * 2 }),
          () => Effect.andThen(TestClock.adjust("30 seconds"), work),
          { discard: true }
        ).pipe(Effect.timeoutOption("48 hours"))
        const { calls } = yield* provider.books
        assert.isBelow(calls.length, 250)
        assert.isAbove(calls.length, 190)
      })
    )
  )
})

describe("a notification", () => {
  const receive = (id: string, ...charges: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const { notificationToken } = yield* Given
      yield* Notifications.receive("infrapsp", notificationToken, {}, FakeProvider.notification(id, ...charges))
    })

  it.effect("makes a charge looked up at once", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* workFor(30)
        yield* provider.pay("infrapsp-1")
        yield* receive("n1", "infrapsp-1")
        assert.strictEqual(yield* work, 1)
        assert.strictEqual((yield* theInvoice).status, "paid")
      })
    )
  )

  it.effect("that is forged, repeated, late or about nothing known changes nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        const provider = yield* created
        yield* receive("forged", "infrapsp-1", "infrapsp-2", "")
        yield* work
        assert.deepInclude(yield* theInvoice, { status: "open", amountPaid: null })
        assert.deepStrictEqual(yield* lines, [])
        yield* provider.pay("infrapsp-1")
        for (const id of ["n1", "n1", "forged", "n2"]) yield* receive(id, "infrapsp-1")
        yield* workFor(3)
        const paid = yield* theInvoice
        for (const id of ["n1", "n3"]) yield* receive(id, "infrapsp-1")
        yield* workFor(3)
        assert.strictEqual(DateTime.formatIso((yield* theInvoice).updatedAt), DateTime.formatIso(paid.updatedAt))
        assert.deepStrictEqual(yield* lines, [["charge", 12310, 123, 12187]])
        assert.deepStrictEqual(yield* events, ["invoice.paid"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("at an address that is nobody's is refused", () =>
    inGateway()(
      Effect.gen(function* () {
        const { notificationToken } = yield* Given
        const body = FakeProvider.notification("n1", "infrapsp-1")
        for (const [provider, token] of [
          ["infrapsp", "guessed"],
          ["sellxpay", notificationToken],
          ["", ""]
        ] as const) {
          assert.strictEqual((yield* Effect.flip(Notifications.receive(provider, token, {}, body)))._tag, "NotFound")
        }
      })
    )
  )

  it.effect("that can't be read is taken without complaint", () =>
    inGateway()(
      Effect.gen(function* () {
        const { notificationToken } = yield* Given
        yield* Notifications.receive("infrapsp", notificationToken, {}, new Uint8Array([0xff, 0x00, 0x7b]))
        assert.strictEqual(yield* work, 0)
      })
    )
  )
})
