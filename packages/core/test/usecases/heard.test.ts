/** What only notifications tell counts once a reading has confirmed it; and one of which nothing comes is a dead letter. */
import { assert, describe, it } from "@effect/vitest"
import { Notifications, Pix, Provider, Store } from "@salesos/core"
import { Crashes, FakeProvider, MemoryDatabase } from "@salesos/core/testing"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { counted, create, Given, inGateway, patiently, theInvoice, work, workFor } from "../support/gateway.ts"

const e2e = Pix.EndToEndId.make("E9040088820261121120000123873170")

/** A charge whose payments tell no end-to-end id when they are read. */
const charged = Effect.gen(function* () {
  yield* create("k1")
  const { notificationToken, provider } = yield* Given
  const hear = (body: Uint8Array) => Notifications.receive("infrapsp", notificationToken, {}, body)
  return { provider, hear, pay: provider.pay("infrapsp-1", { endToEndId: null }) }
})

/** What waits for a reading of the charge. */
const pending = Effect.gen(function* () {
  const { owner } = yield* Given
  return yield* (yield* Store.Notifications).pending(owner, "infrapsp", "charge", ["infrapsp-1"])
})

describe("an end-to-end id that only the notification tells", () => {
  it.effect("is the invoice's once the provider confirms the payment", () =>
    inGateway()(
      Effect.gen(function* () {
        const { hear, pay } = yield* charged
        yield* pay
        yield* hear(FakeProvider.identifying("n1", "infrapsp-1", e2e))
        assert.strictEqual((yield* theInvoice).endToEndId, null)
        yield* work
        assert.deepInclude(yield* theInvoice, { status: "paid", endToEndId: e2e })
        assert.deepStrictEqual(yield* pending, [])
      })
    )
  )

  it.effect("is the invoice's also where a poll had seen the payment before", () =>
    inGateway()(
      Effect.gen(function* () {
        const { hear, pay } = yield* charged
        yield* pay
        yield* workFor(1)
        assert.deepInclude(yield* theInvoice, { status: "paid", endToEndId: null })
        yield* hear(FakeProvider.identifying("n1", "infrapsp-1", e2e))
        yield* work
        assert.strictEqual((yield* theInvoice).endToEndId, e2e)
        yield* hear(FakeProvider.identifying("n2", "infrapsp-1", "E0000000020261121120000FORGEDFORG"))
        yield* work
        assert.strictEqual((yield* theInvoice).endToEndId, e2e, "told once and never changed")
      })
    )
  )

  it.effect("changes nothing while the charge is not paid, and nothing at all of another charge or owner", () =>
    inGateway()(
      Effect.gen(function* () {
        const { hear, pay } = yield* charged
        yield* hear(FakeProvider.identifying("forged", "infrapsp-1", "E0000000020261121120000FORGEDFORG"))
        yield* hear(FakeProvider.identifying("other", "infrapsp-2", e2e))
        const before = yield* theInvoice
        yield* work
        assert.deepInclude(yield* theInvoice, { status: "open", endToEndId: null, updatedAt: before.updatedAt })
        // It has been heard and refuted: a payment later on does not make it true.
        yield* pay
        yield* workFor(1)
        assert.deepInclude(yield* theInvoice, { status: "paid", endToEndId: null })
      })
    )
  )

  it.effect("does not displace one that the provider's own answer tells", () =>
    inGateway()(
      Effect.gen(function* () {
        const { hear, provider } = yield* charged
        yield* provider.pay("infrapsp-1")
        yield* hear(FakeProvider.identifying("forged", "infrapsp-1", "E0000000020261121120000FORGEDFORG"))
        yield* work
        assert.strictEqual((yield* theInvoice).endToEndId, "E9040088820261121200500123873170")
      })
    )
  )

  it.effect("waits while the provider does not answer, and is not lost with a process that dies", () =>
    Effect.gen(function* () {
      const scene = (at: number) =>
        inGateway()(
          Effect.gen(function* () {
            const { hear, pay, provider } = yield* charged
            yield* pay
            yield* hear(FakeProvider.identifying("n1", "infrapsp-1", e2e))
            yield* provider.nextLookups("unavailable")
            yield* work
            assert.strictEqual((yield* pending).length, 1)
            yield* TestClock.adjust("1 minute")
            const crashes = yield* Crashes.make(at)
            yield* patiently(
              Effect.exit(
                work.pipe(
                  Effect.provideService(Store.InvoiceStore, crashes.store(yield* Store.InvoiceStore)),
                  Effect.provideService(Provider.Drivers, (yield* Provider.Drivers).map(crashes.driver))
                )
              )
            )
            const { endToEndId } = yield* theInvoice
            assert.strictEqual((yield* pending).length === 0, endToEndId !== null, "processed with what it led to")
            yield* workFor(2)
            assert.strictEqual((yield* theInvoice).endToEndId, e2e)
            assert.deepStrictEqual(yield* pending, [])
            return yield* crashes.places
          })
        )
      const places = yield* scene(0)
      for (let at = 1; at <= places.length; at++) yield* scene(at)
    })
  )
})

describe("a notification of which nothing comes", () => {
  it.effect(
    "because the provider knows no such charge, is a dead letter after some tries, and the poll goes on slowly",
    () =>
      inGateway()(
        Effect.gen(function* () {
          const { owner, otherOwner, provider } = yield* Given
          const { hear, pay } = yield* charged
          yield* hear(FakeProvider.notification("n1", "infrapsp-1"))
          const unknowing = (yield* Provider.Drivers).map((driver) => ({
            ...driver,
            getCharge: () => Effect.fail(new Provider.Rejected({ message: "No such charge" }))
          }))
          const calls = Effect.map(provider.books, (books) => books.calls.length)
          const alerts = counted("notification_given_up")
          const before = yield* alerts
          yield* workFor(40).pipe(Effect.provideService(Provider.Drivers, unknowing))
          assert.strictEqual((yield* alerts) - before, 1)
          const [letter, ...others] = yield* Notifications.deadLetters(owner)
          assert.deepStrictEqual(others, [])
          assert.deepInclude(letter, { notification: "n1", providerId: "infrapsp-1", message: "No such charge" })
          assert.deepStrictEqual(yield* Notifications.deadLetters(otherOwner), [])
          assert.deepStrictEqual(yield* pending, [])
          // The charge itself is still watched.
          yield* pay
          const asked = yield* calls
          yield* workFor(30)
          assert.strictEqual((yield* theInvoice).status, "paid")
          assert.isBelow((yield* calls) - asked, 20)
        })
      )
  )

  it.effect("is put back by a person once the reason is gone, and what it told is then applied", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner, owner } = yield* Given
        const { hear, pay } = yield* charged
        yield* hear(FakeProvider.notification("n1", "infrapsp-1"))
        const unknowing = (yield* Provider.Drivers).map((driver) => ({
          ...driver,
          getCharge: () => Effect.fail(new Provider.Rejected({ message: "No such charge" }))
        }))
        yield* workFor(40).pipe(Effect.provideService(Provider.Drivers, unknowing))
        yield* pay
        for (const [of, id] of [
          [otherOwner, "n1"],
          [owner, "n2"]
        ] as const) {
          assert.strictEqual((yield* Effect.flip(Notifications.retry(of, id)))._tag, "NotFound")
        }
        yield* Notifications.retry(owner, "n1")
        yield* work
        assert.strictEqual((yield* theInvoice).status, "paid")
        assert.deepStrictEqual(yield* pending, [])
        assert.deepStrictEqual(yield* Notifications.deadLetters(owner), [])
        assert.strictEqual((yield* Effect.flip(Notifications.retry(owner, "n1")))._tag, "NotFound")
      })
    )
  )

  it.effect(
    "because what the provider says can't be applied, is one too, and keeps nothing else from being looked up",
    () =>
      inGateway()(
        Effect.gen(function* () {
          const { owner, provider } = yield* Given
          const { hear, pay } = yield* charged
          yield* create("k2")
          yield* pay
          yield* provider.pay("infrapsp-2")
          yield* hear(FakeProvider.notification("n1", "infrapsp-1"))
          const poisoned = (yield* Provider.Drivers).map((driver) => ({
            ...driver,
            getCharge: (...given: Parameters<typeof driver.getCharge>) =>
              given[1] === "infrapsp-1" ? Effect.die(new Error("poison")) : driver.getCharge(...given)
          }))
          yield* workFor(40).pipe(Effect.provideService(Provider.Drivers, poisoned))
          const [letter] = yield* Notifications.deadLetters(owner)
          assert.include(letter?.message, "poison")
          const { invoices } = yield* (yield* MemoryDatabase.MemoryDatabase).tables
          assert.deepStrictEqual([...invoices.values()].map(({ current }) => current.status).toSorted(), [
            "open",
            "paid"
          ])
        })
      )
  )

  it.effect("because nobody has such a charge, waits and is asked about by nobody", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        const { hear } = yield* charged
        yield* workFor(1)
        const before = (yield* provider.books).calls.length
        yield* hear(FakeProvider.notification("n1", "nobody's"))
        assert.strictEqual(yield* work, 0)
        assert.strictEqual((yield* provider.books).calls.length, before)
        assert.isTrue(Option.isNone(Option.fromUndefinedOr((yield* pending)[0])))
      })
    )
  )
})

describe("charges of one account that are due together", () => {
  const lister = (listsCharges: number) => inGateway({ providers: [{ listsCharges }] })

  const many = Effect.gen(function* () {
    for (let number = 1; number <= 12; number++) yield* create(`k${number}`)
    const { provider } = yield* Given
    yield* TestClock.adjust("1 minute")
    const calls = (call: string) =>
      Effect.map(provider.books, (books) => books.calls.filter((each) => each === call).length)
    const paid = Effect.map(
      Effect.flatMap(MemoryDatabase.MemoryDatabase, ({ tables }) => tables),
      ({ invoices }) => [...invoices.values()].filter(({ current }) => current.status === "paid").length
    )
    return { provider, calls, paid }
  })

  it.effect("are asked about by one question where the provider lists them", () =>
    lister(100)(
      Effect.gen(function* () {
        const { calls, paid, provider } = yield* many
        yield* Effect.forEach([1, 5, 12], (number) => provider.pay(`infrapsp-${number}`))
        yield* work
        assert.deepStrictEqual([yield* calls("readCharges"), yield* calls("getCharge"), yield* paid], [1, 0, 3])
      })
    )
  )

  it.effect("and one by one where the list leaves them out", () =>
    lister(9)(
      Effect.gen(function* () {
        const { calls, paid, provider } = yield* many
        yield* Effect.forEach([1, 5, 12], (number) => provider.pay(`infrapsp-${number}`))
        yield* work
        assert.deepStrictEqual([yield* calls("readCharges"), yield* calls("getCharge"), yield* paid], [1, 3, 3])
      })
    )
  )

  it.effect("and not at all while the provider is unavailable: they are asked about later", () =>
    lister(100)(
      Effect.gen(function* () {
        const { calls, paid, provider } = yield* many
        yield* provider.pay("infrapsp-7")
        yield* provider.nextLookups("unavailable", "hang")
        yield* work
        assert.deepStrictEqual([yield* calls("readCharges"), yield* calls("getCharge"), yield* paid], [1, 0, 0])
        yield* TestClock.adjust("2 minutes")
        yield* patiently(work)
        yield* TestClock.adjust("2 minutes")
        yield* work
        assert.deepStrictEqual([yield* calls("readCharges"), yield* calls("getCharge"), yield* paid], [3, 0, 1])
      })
    )
  )

  it.effect("with what was heard of each of them", () =>
    lister(100)(
      Effect.gen(function* () {
        const { provider } = yield* many
        const { notificationToken } = yield* Given
        yield* provider.pay("infrapsp-3", { endToEndId: null })
        yield* provider.pay("infrapsp-4", { endToEndId: null })
        yield* Notifications.receive(
          "infrapsp",
          notificationToken,
          {},
          FakeProvider.identifying("n1", "infrapsp-3", e2e)
        )
        yield* work
        const { invoices } = yield* (yield* MemoryDatabase.MemoryDatabase).tables
        assert.deepStrictEqual(
          [...invoices.values()]
            .filter(({ current }) => current.status === "paid")
            .map(({ current }) => current.endToEndId),
          [e2e, null]
        )
      })
    )
  )
})
