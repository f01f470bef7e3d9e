/** What becomes of a doubt while the provider says nothing, for every kind of doubt: one rule. */
import { assert, describe, it } from "@effect/vitest"
import {
  Doubts,
  type Ids,
  Invoice,
  Operations,
  Payout,
  Provider,
  Reading,
  Refunds,
  Store,
  TaxIssuer
} from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime, Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as Charging from "../support/gateway.ts"
import * as Paying from "../support/payoutGateway.ts"
import * as Taxing from "../support/taxGateway.ts"

/** A doubt about the only invoice or payout, whose provider has done what was asked, and says so to nobody. */
interface Doubt<R> {
  /** Makes it, and scripts so many lookups that are not answered. */
  readonly begin: (silences: ReadonlyArray<"unavailable">) => Effect.Effect<void, unknown, R>
  /** A round of the worker. */
  readonly work: Effect.Effect<unknown, unknown, R>
  /** What was called at the provider so far, in order. */
  readonly calls: Effect.Effect<ReadonlyArray<string>, unknown, R>
  /** The call that is in doubt, and those that ask about it. */
  readonly call: string
  readonly lookups: ReadonlyArray<string>
  /** How rarely it is asked about in the end: once a day, unless told. */
  readonly rarest?: Duration.Input
  readonly dueAt: Effect.Effect<DateTime.Utc | null, unknown, R>
  readonly isInDoubt: Effect.Effect<boolean, unknown, R>
  /** What it comes to once the provider answers. */
  readonly outcome: Effect.Effect<unknown, unknown, R>
  readonly expected: unknown
}

const alerts = Charging.counted("in_doubt")

const silences = Array.from({ length: 75 }, () => "unavailable" as const)

const isIn = <R>({ calls, lookups }: Doubt<R>) =>
  Effect.map(calls, (all) => all.filter((call) => lookups.includes(call)).length)

/** Works whenever something is due, with two workers at once, until every silence is used up and the provider has answered. */
const walk = Effect.fnUntraced(function* <R>(doubt: Doubt<R>) {
  const told = yield* alerts
  yield* doubt.begin(silences)
  const before = yield* isIn(doubt)
  const begun = yield* DateTime.now
  const askedAt: Array<number> = []
  let alertedAt: number | null = null
  while ((yield* isIn(doubt)) < before + silences.length) {
    const asked = yield* isIn(doubt)
    const due = yield* doubt.dueAt
    assert.isNotNull(due, "nobody would ask again")
    if (due !== null && DateTime.isGreaterThan(due, yield* DateTime.now))
      yield* TestClock.setTime(due.epochMilliseconds)
    yield* Charging.patiently(Effect.all([doubt.work, doubt.work], { concurrency: 2 }))
    const age = Duration.toMillis(DateTime.distance(begun, yield* DateTime.now))
    if ((yield* isIn(doubt)) > asked) askedAt.push(age)
    if (alertedAt === null && (yield* alerts) > told) alertedAt = age
    assert.isTrue(yield* doubt.isInDoubt, `settled by silence after ${age / 1000} s`)
  }
  assert.strictEqual((yield* alerts) - told, 1)
  const pauses = askedAt.slice(1).map((at, place) => at - (askedAt[place] ?? 0))
  for (let rounds = 0; rounds < 5 && (yield* doubt.isInDoubt); rounds++) {
    yield* TestClock.adjust("1 day")
    yield* Charging.patiently(doubt.work)
  }
  assert.strictEqual((yield* alerts) - told, 1)
  return { alertedAt: alertedAt ?? 0, pauses, askedAt }
})

const lapses = <R>(doubt: Doubt<R>) =>
  Effect.gen(function* () {
    const { alertedAt, askedAt, pauses } = yield* walk(doubt)
    const hour = Duration.toMillis("1 hour")
    assert.isTrue(alertedAt >= hour && alertedAt <= 1.5 * hour, `alerted after ${alertedAt / 60_000} minutes`)
    // Seconds or a minute at first, never sooner than the time before but for what a step of time is long, and for weeks where once a day.
    const { rarest = "1 day" } = doubt
    assert.isAtMost(pauses[0] ?? 0, Duration.toMillis("1 minute"))
    pauses.forEach((pause, at) =>
      assert.isAtLeast(pause, (pauses[at - 1] ?? 0) - 500, `pause ${at} of ${pauses.join()}`)
    )
    assert.closeTo(pauses.at(-1) ?? 0, Duration.toMillis(rarest), Duration.toMillis("1 minute"))
    assert.isAtLeast(askedAt.at(-1) ?? 0, 14 * Duration.toMillis(rarest))
    assert.isFalse(yield* doubt.isInDoubt)
    assert.deepStrictEqual(yield* doubt.outcome, doubt.expected)
    assert.lengthOf(
      (yield* doubt.calls).filter((call) => call === doubt.call),
      1
    )
  })

const theAttempt = Effect.map(Charging.theInvoice, ({ attempts }) => attempts[0] ?? assert.fail("no attempt"))

const charging = {
  work: Charging.work,
  calls: Effect.flatMap(Charging.Given, ({ provider }) => Effect.map(provider.books, ({ calls }) => calls)),
  dueAt: Effect.map(theAttempt, ({ dueAt }) => dueAt),
  isInDoubt: Effect.map(Charging.theInvoice, Invoice.isInDoubt)
}

const charge: Doubt<Charging.Services> = {
  ...charging,
  begin: Effect.fnUntraced(function* (answers) {
    const { provider } = yield* Charging.Given
    yield* provider.next({ _tag: "LoseAnswer" })
    yield* provider.nextLookups(...answers)
    yield* Effect.flip(Charging.create("k1"))
  }),
  call: "createCharge",
  lookups: ["findCharge"],
  outcome: Effect.map(theAttempt, ({ endReason, providerId, status }) => [providerId, status, endReason]),
  // It is there, and nobody could pay it for so long.
  expected: ["infrapsp-1", "ended", "expired"]
}

/** Payable for a day. */
const lasting = Samples.request({ payment_method: { type: "pix", expires_in: 24 * 3600 } })

const cancellation: Doubt<Charging.Services> = {
  ...charging,
  rarest: "15 minutes", // it may still be paid
  begin: Effect.fnUntraced(function* (answers) {
    const { provider } = yield* Charging.Given
    yield* Charging.create("k1", lasting)
    yield* provider.nextOperations("lose_answer")
    yield* provider.nextLookups("answer", ...answers)
    yield* Effect.flip(Taxing.cancelInvoice("c1"))
  }),
  call: "cancelCharge",
  lookups: ["getCharge"],
  outcome: Effect.map(theAttempt, ({ cancel, status }) => [cancel?.status, status]),
  expected: ["done", "ended"]
}

const refund: Doubt<Charging.Services> = {
  ...charging,
  begin: Effect.fnUntraced(function* (answers) {
    const { owner, provider } = yield* Charging.Given
    yield* Charging.create("k1")
    yield* provider.pay("infrapsp-1")
    yield* Charging.workFor(5)
    yield* provider.nextOperations("lose_answer")
    yield* provider.nextLookups(...answers)
    yield* Effect.flip(Refunds.refund(owner, (yield* Charging.theInvoice).id))
  }),
  call: "refundCharge",
  lookups: ["getCharge"],
  outcome: Effect.map(Charging.theInvoice, ({ amountReversed, attempts }) => [
    attempts[0]?.refund?.status,
    amountReversed
  ]),
  expected: ["done", 12310]
}

const payout: Doubt<Paying.Services> = {
  begin: Effect.fnUntraced(function* (answers) {
    const { provider } = yield* Paying.Given
    yield* provider.next({ _tag: "LoseAnswer" })
    yield* provider.nextLookups(...answers)
    yield* Paying.create("k1")
  }),
  work: Paying.work,
  calls: Effect.flatMap(Paying.Given, ({ provider }) => Effect.map(provider.books, ({ calls }) => calls)),
  call: "createPayout",
  lookups: ["findPayout"],
  dueAt: Effect.map(Paying.thePayout, ({ attempts }) => attempts[0]?.dueAt ?? null),
  isInDoubt: Effect.map(Paying.thePayout, (found) => Payout.unresolved(found).length > 0),
  outcome: Paying.statuses,
  expected: ["processing", "accepted"]
}

const taxing = {
  ...charging,
  calls: Taxing.calls,
  lookups: ["find"],
  dueAt: Effect.map(Taxing.theDocument, ({ dueAt }) => dueAt)
}

const taxDocument: Doubt<Charging.Services> = {
  ...taxing,
  begin: Effect.fnUntraced(function* (answers) {
    yield* Charging.create("k1")
    const issuer = yield* Taxing.issuer
    yield* issuer.next("lose_answer")
    yield* issuer.nextLookups(...answers)
    yield* Taxing.requestDocument("t1")
    yield* Charging.work
  }),
  call: "issue",
  outcome: Taxing.statuses,
  expected: ["issued"]
}

const taxCancellation: Doubt<Charging.Services> = {
  ...taxing,
  begin: Effect.fnUntraced(function* (answers) {
    yield* Charging.create("k1")
    yield* Taxing.requestDocument("t1")
    yield* Charging.work
    const issuer = yield* Taxing.issuer
    yield* issuer.nextCancels("lose_answer")
    yield* issuer.nextLookups(...answers)
    yield* Effect.flip(Taxing.cancelDocument("c1"))
  }),
  call: "cancel",
  outcome: Taxing.statuses,
  expected: ["canceled"]
}

describe("while the provider says nothing, it is asked ever more rarely, a person is told once, and nothing is sent again", () => {
  it.effect("of a charge", () => Charging.inGateway()(lapses(charge)))
  it.effect("of a charge's cancellation", () => Charging.inGateway()(lapses(cancellation)))
  it.effect("of a refund", () => Charging.inGateway()(lapses(refund)))
  it.effect("of a payout", () => Paying.inGateway()(lapses(payout)))
  it.effect("of a tax document", () => Taxing.inTaxGateway()(lapses(taxDocument)))
  it.effect("of a tax document's cancellation", () => Taxing.inTaxGateway()(lapses(taxCancellation)))
})

const poison = () => Effect.die(new Error("poison"))

const driversDie = <A, E, R>(run: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Provider.Drivers, (drivers) =>
    Effect.provideService(
      run,
      Provider.Drivers,
      drivers.map(({ payouts: pays, ...driver }): Provider.Driver => ({
        ...driver,
        findCharge: poison,
        getCharge: poison,
        ...(pays === undefined ? {} : { payouts: { ...pays, find: poison } })
      }))
    )
  )

describe("while whoever could tell dies of it, a person is told once, and nobody else is kept from asking", () => {
  const outlives = <R>(
    doubt: Doubt<R>,
    dying: Effect.Effect<unknown, unknown, R>,
    ask: Effect.Effect<void, unknown, R>
  ) =>
    Effect.gen(function* () {
      const told = yield* alerts
      yield* doubt.begin([])
      for (let rounds = 0; rounds < 20; rounds++) {
        yield* TestClock.adjust("10 minutes")
        yield* Effect.exit(dying)
        assert.isTrue(yield* doubt.isInDoubt)
        assert.isNotNull(yield* doubt.dueAt)
      }
      assert.strictEqual((yield* alerts) - told, 1)
      yield* ask
      assert.isFalse(yield* doubt.isInDoubt)
      assert.deepStrictEqual(yield* doubt.outcome, doubt.expected)
    })

  const issuersDie = <A, E, R>(run: Effect.Effect<A, E, R>) =>
    Effect.flatMap(TaxIssuer.TaxIssuers, (issuers) =>
      Effect.provideService(
        run,
        TaxIssuer.TaxIssuers,
        issuers.map((each) => ({ ...each, find: poison }))
      )
    )

  const askAboutInvoice = Effect.gen(function* () {
    const { owner } = yield* Charging.Given
    yield* Doubts.askAboutInvoice(owner, (yield* Charging.theInvoice).id)
  })
  const askAboutPayout = Effect.gen(function* () {
    const { owner } = yield* Paying.Given
    yield* Doubts.askAboutPayout(owner, (yield* Paying.thePayout).id)
  })

  it.effect("a charge", () => Charging.inGateway()(outlives(charge, driversDie(charge.work), askAboutInvoice)))
  it.effect("a charge's cancellation", () =>
    Charging.inGateway()(outlives(cancellation, driversDie(cancellation.work), askAboutInvoice))
  )
  it.effect("a refund", () => Charging.inGateway()(outlives(refund, driversDie(refund.work), askAboutInvoice)))
  it.effect("a payout", () => Paying.inGateway()(outlives(payout, driversDie(payout.work), askAboutPayout)))
  it.effect("a tax document", () =>
    Taxing.inTaxGateway()(outlives(taxDocument, issuersDie(taxDocument.work), askAboutInvoice))
  )
  it.effect("a tax document's cancellation", () =>
    Taxing.inTaxGateway()(outlives(taxCancellation, issuersDie(taxCancellation.work), askAboutInvoice))
  )
})

describe("a tax document whose process died while it was sent", () => {
  const dies = (by: (invoice: Invoice.Invoice, id: Ids.TaxDocumentId, now: DateTime.Utc) => Invoice.Invoice) =>
    Effect.gen(function* () {
      const { owner } = yield* Charging.Given
      const { documents, id } = yield* Charging.theInvoice
      const { id: document } = documents[0] ?? assert.fail("no document")
      yield* (yield* Store.InvoiceStore).change(owner, id, null, ({ current, now }) =>
        Effect.succeed({ change: Operations.onlyState(by(current, document, now)), result: undefined })
      )
      yield* (yield* Taxing.issuer).nextLookups("unavailable")
      yield* Charging.work
      return yield* Taxing.theDocument
    })

  it.effect("is in doubt, also while the authority does not tell: so an operator sees it", () =>
    Taxing.inTaxGateway()(
      Effect.gen(function* () {
        yield* Charging.create("k1", Taxing.documented(true))
        const to = { reference: "DPS1", account: "nfse" }
        const { sending } = yield* dies((invoice, id, now) => Invoice.documentSent(invoice, id, to, now, now))
        assert.strictEqual(sending?.status, "in_doubt")
      })
    )
  )

  it.effect("or its cancellation was, too", () =>
    Taxing.inTaxGateway()(
      Effect.gen(function* () {
        yield* Charging.create("k1")
        yield* Taxing.requestDocument("t1")
        yield* Charging.work
        const why = { reason: Taxing.reason, withInvoice: false }
        const { cancel } = yield* dies((invoice, id, now) => Invoice.documentCancelSent(invoice, id, why, now, now))
        assert.strictEqual(cancel?.status, "in_doubt")
      })
    )
  )
})

describe("whoever reads an invoice asks about all that is in doubt of it", () => {
  const reads = (doubt: Doubt<Charging.Services>) =>
    Effect.gen(function* () {
      yield* doubt.begin(["unavailable"])
      const { owner } = yield* Charging.Given
      const { documents, id } = yield* Charging.theInvoice
      const { invoice, taxDocument: document } = yield* Reading.Reading
      const read = documents[0] === undefined ? invoice(owner, id) : document(owner, id, documents[0].id)
      const asked = yield* isIn(doubt)
      yield* Effect.all([read, read], { concurrency: 2 })
      assert.strictEqual((yield* isIn(doubt)) - asked, 1)
      assert.isTrue(yield* doubt.isInDoubt)
      yield* TestClock.adjust(Duration.times(Reading.pause, 2))
      yield* read
      assert.isFalse(yield* doubt.isInDoubt)
      // What is known is read from the store alone.
      yield* TestClock.adjust(Duration.times(Reading.pause, 2))
      yield* read
      assert.strictEqual((yield* isIn(doubt)) - asked, 2)
    }).pipe(Effect.provide(Reading.Reading.layer))

  it.effect("a charge", () => Charging.inGateway()(reads(charge)))
  it.effect("a charge's cancellation", () => Charging.inGateway()(reads(cancellation)))
  it.effect("a refund", () => Charging.inGateway()(reads(refund)))
  it.effect("a tax document", () => Taxing.inTaxGateway()(reads(taxDocument)))
  it.effect("a tax document's cancellation", () => Taxing.inTaxGateway()(reads(taxCancellation)))
})

describe("a cancellation that its client asks for again and again, each answer lost and nobody else told", () => {
  for (const minutes of [30, 90]) {
    it.effect(`every ${minutes} minutes, is told of once`, () =>
      Charging.inGateway()(
        Effect.gen(function* () {
          const told = yield* alerts
          const { provider } = yield* Charging.Given
          yield* Charging.create("k1", lasting)
          yield* provider.nextOperations("lose_request")
          yield* Effect.flip(Taxing.cancelInvoice("c1"))
          for (let asked = 1; asked <= 8; asked++) {
            yield* TestClock.adjust(Duration.minutes(minutes))
            yield* Effect.exit(driversDie(cancellation.work))
            if (asked * minutes >= 120) assert.strictEqual((yield* alerts) - told, 1)
            yield* provider.nextOperations("lose_request")
            yield* Effect.flip(Taxing.cancelInvoice("c1"))
            assert.isTrue(yield* cancellation.isInDoubt)
          }
          const sent = (yield* cancellation.calls).filter((call) => call === "cancelCharge")
          assert.deepStrictEqual([(yield* alerts) - told, sent.length], [1, 9])
        })
      )
    )
  }
})
