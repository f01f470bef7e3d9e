import { assert, describe, it } from "@effect/vitest"
import {
  AccountRefusals,
  type Execution,
  Invoices,
  Money,
  Operations,
  Provider,
  Statements,
  Store
} from "@salesos/core"
import { FakeProvider, MemoryDatabase, MemoryTenants, Samples } from "@salesos/core/testing"
import { Clock, DateTime, Duration, Effect, Exit, Fiber, Layer, Ref, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  charges,
  checkBooks,
  create,
  Given,
  inGateway,
  invoices,
  keyed,
  pass,
  patiently,
  theInvoice,
  work,
  workFor
} from "../support/gateway.ts"

const Body = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    our_number: Schema.String,
    status: Schema.String,
    confirmed: Schema.Boolean,
    provider: Schema.NullOr(Schema.String),
    payment_method: Schema.Struct({
      type: Schema.String,
      expires_at: Schema.NullOr(Schema.String),
      pix: Schema.optionalKey(Schema.Struct({ copy_paste: Schema.String, qr_code_url: Schema.String }))
    })
  })
)
const read = (answer: Execution.Answer) => Schema.decodeUnknownSync(Body)(answer.response.body)
const statuses = Effect.map(theInvoice, (invoice) => [invoice.status, ...invoice.attempts.map(({ status }) => status)])
const infraAndSellx = { providers: [{ name: "infrapsp" }, { name: "sellxpay" }] }

describe("creating an invoice", () => {
  it.effect("answers 201 with the invoice and what its payer needs", () =>
    inGateway()(
      Effect.gen(function* () {
        const answer = yield* create("k1")
        assert.strictEqual(answer.response.status, 201)
        assert.isFalse(answer.replayed)
        const body = read(answer)
        assert.deepInclude(body, {
          our_number: "INV-2026-000001",
          status: "open",
          confirmed: true,
          provider: "infrapsp"
        })
        const [charge] = yield* charges
        assert.deepStrictEqual(body.payment_method, {
          type: "pix",
          expires_at: "2026-11-21T13:00:00.000Z",
          pix: { copy_paste: charge?.copyPaste ?? "", qr_code_url: `https://gateway.example/qr/${body.id}.svg` }
        })
        assert.deepInclude<object>(charge ?? {}, {
          reference: "INV-2026-000001",
          money: { amount: 12310, currency: "BRL" }
        })
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("with the same key replays the same answer, and charges once", () =>
    inGateway()(
      Effect.gen(function* () {
        const first = yield* create("k1")
        const { provider } = yield* Given
        yield* provider.pay("infrapsp-1")
        yield* workFor(1)
        const second = yield* create("k1")
        assert.deepStrictEqual(second, { response: first.response, replayed: true })
        assert.strictEqual((yield* charges).length, 1)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("with the same key and another body is refused, and stores nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create("k1")
        const error = yield* Effect.flip(create("k1", Samples.request({ amount: Money.Amount.make(12311) })))
        assert.strictEqual(error._tag, "IdempotencyKeyReused")
        assert.strictEqual((yield* invoices).length, 1)
        assert.strictEqual((yield* charges).length, 1)
      })
    )
  )

  it.effect("100 times at once with the same key charges once; the others are told to come back", () =>
    inGateway()(
      Effect.gen(function* () {
        const answers = yield* Effect.all(
          Array.from({ length: 100 }, () => Effect.exit(create("k1"))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter(Exit.isSuccess).length, 1)
        assert.strictEqual((yield* charges).length, 1)
        const again = yield* create("k1")
        assert.isTrue(again.replayed)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("100 times at once with keys of their own numbers them without a gap", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* Effect.all(
          Array.from({ length: 100 }, (_, place) => create(`k${place}`)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual((yield* charges).length, 100)
        assert.strictEqual((yield* invoices).at(-1)?.ourNumber, "INV-2026-000100")
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("asks for no longer than the provider can keep a charge payable", () =>
    inGateway({ providers: [{ capabilities: [{ ...FakeProvider.pix, maximumExpirySeconds: 1800 }] }] })(
      Effect.gen(function* () {
        assert.strictEqual(read(yield* create("k1")).payment_method.expires_at, "2026-11-21T12:30:00.000Z")
      })
    )
  )

  it.effect("that nobody is configured for stores nothing", () =>
    inGateway()(
      Effect.gen(function* () {
        const sepa = Samples.request({ payment_method: { type: "sepa_debit" } })
        const fiscal = Samples.request({ tax_document: { type: "nfse" } })
        const unknown = Samples.request({ provider: "other" })
        const tags = yield* Effect.forEach([sepa, fiscal, unknown], (request) =>
          Effect.map(Effect.flip(create("k1", request)), ({ _tag }) => _tag)
        )
        assert.deepStrictEqual(tags, ["ProviderNotConfigured", "ProviderNotConfigured", "ValidationError"])
        assert.deepStrictEqual(yield* invoices, [])
        assert.strictEqual(read(yield* create("k1")).our_number, "INV-2026-000001")
      })
    )
  )
})

describe("a key that was answered", () => {
  it.effect("keeps its answer when nobody could collect the invoice any more", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const first = yield* create("k1")
        yield* MemoryTenants.configure(owner, {
          name: "Test",
          timeZone: "America/Sao_Paulo",
          latePayments: "accept",
          letters: true,
          accounts: []
        })
        assert.deepStrictEqual(yield* create("k1"), { response: first.response, replayed: true })
        const other = Samples.request({ amount: Money.Amount.make(12311) })
        assert.strictEqual((yield* Effect.flip(create("k1", other)))._tag, "IdempotencyKeyReused")
        assert.strictEqual((yield* Effect.flip(create("k2")))._tag, "ProviderNotConfigured")
        assert.strictEqual((yield* invoices).length, 1)
      })
    )
  )

  it.effect("is its tenant's, and its environment's", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner } = yield* Given
        yield* create("k1")
        const theirs = yield* Invoices.create(otherOwner, keyed("k1"), Samples.request())
        assert.isFalse(theirs.replayed)
        assert.strictEqual(read(theirs).our_number, "INV-2026-000001")
        assert.strictEqual((yield* charges).length, 2)
      })
    )
  )
})

describe("a provider that refuses", () => {
  it.effect("leaves an invoice that failed, and the same key tries again under the same number", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Reject", code: "blocked" })
        const error = yield* Effect.flip(create("k1"))
        assert.deepInclude(error, { _tag: "ProviderError", inDoubt: false, code: "blocked" })
        assert.deepInclude(yield* theInvoice, { status: "failed", confirmed: false })
        assert.strictEqual((yield* theInvoice).failure?.code, "not_created")
        yield* checkBooks("settled")

        assert.deepInclude(read(yield* create("k1")), { our_number: "INV-2026-000001", status: "open" })
        assert.deepStrictEqual(yield* statuses, ["open", "rejected", "open"])
        assert.deepStrictEqual(
          (yield* charges).map(({ reference }) => `${reference}`),
          ["INV-2026-000001-2"]
        )
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("gives way to the next one", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Reject" })
        assert.deepInclude(read(yield* create("k1")), { provider: "sellxpay", status: "open" })
        assert.deepStrictEqual(yield* statuses, ["open", "rejected", "open"])
        yield* checkBooks("settled")
      })
    )
  )
})

describe("a provider that is unavailable", () => {
  it.effect("is asked again a little later, under the same reference", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Unavailable" }, { _tag: "Unavailable" })
        const body = read(yield* patiently(create("k1")))
        assert.strictEqual(body.status, "open")
        assert.deepStrictEqual(yield* statuses, ["open", "open"])
        assert.deepStrictEqual((yield* provider.books).calls, ["createCharge", "createCharge", "createCharge"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("for three tries gives way to the next one", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Unavailable" }, { _tag: "Unavailable" }, { _tag: "Unavailable" })
        assert.strictEqual(read(yield* patiently(create("k1"))).provider, "sellxpay")
        assert.deepStrictEqual(yield* statuses, ["open", "rejected", "open"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("and the last one leaves an invoice that was not created", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Unavailable" }, { _tag: "Unavailable" }, { _tag: "Unavailable" })
        assert.deepInclude(yield* Effect.flip(patiently(create("k1"))), { _tag: "ProviderError", inDoubt: false })
        assert.deepStrictEqual(yield* statuses, ["failed", "rejected"])
        yield* checkBooks("settled")
      })
    )
  )
})

describe("an answer that was lost", () => {
  it.effect("is in doubt: never sent again, never to another, and the same key finds the charge", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        assert.deepInclude(yield* Effect.flip(create("k1")), { _tag: "ProviderError", inDoubt: true })
        assert.deepInclude(yield* theInvoice, { status: "open", confirmed: false })
        assert.deepStrictEqual(yield* statuses, ["open", "in_doubt"])

        const answer = yield* create("k1")
        assert.deepInclude(read(answer), { our_number: "INV-2026-000001", status: "open", provider: "infrapsp" })
        assert.isFalse(answer.replayed)
        assert.deepStrictEqual((yield* provider.books).calls, ["createCharge", "findCharge"])
        assert.strictEqual((yield* charges).length, 1)
        assert.isTrue((yield* create("k1")).replayed)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("of a charge whose artifact can't be read again is replaced under the next suffix, and still watched", () =>
    inGateway({ providers: [{ lookupsShowArtifact: false }] })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* Effect.flip(create("k1"))
        assert.strictEqual(read(yield* create("k1")).status, "open")
        assert.deepStrictEqual(yield* statuses, ["open", "orphaned", "open"])
        yield* checkBooks("settled")

        yield* provider.pay("infrapsp-1")
        yield* workFor(2)
        assert.deepStrictEqual(yield* statuses, ["paid", "paid", "ended"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("of a charge that is not shown at once is found when it is, and never sent again", () =>
    inGateway({ providers: [{ visibleAfter: "25 seconds" }] })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* Effect.flip(create("k1"))
        for (let early = 0; early < 10; early++) {
          assert.deepInclude(yield* Effect.flip(create("k1")), { _tag: "ProviderError", inDoubt: true })
          yield* TestClock.adjust("2 seconds")
        }
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(read(yield* create("k1")).status, "open")
        assert.strictEqual((yield* charges).length, 1)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("because nobody answers within the deadline is in doubt, also when the charge is made much later", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Hang", madeAfter: "25 seconds" })
        assert.deepInclude(yield* Effect.flip(patiently(create("k1"))), {
          _tag: "ProviderError",
          inDoubt: true
        })
        assert.deepInclude(yield* Effect.flip(create("k1")), { _tag: "ProviderError", inDoubt: true })
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(read(yield* create("k1")).provider, "infrapsp")
        assert.strictEqual((yield* charges).length, 1)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("while lookups fail, too, stays in doubt", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* provider.nextLookups("unavailable", "unknown", "hang")
        yield* Effect.flip(create("k1"))
        yield* TestClock.adjust("10 minutes")
        for (let round = 0; round < 3; round++) {
          assert.deepInclude(yield* Effect.flip(patiently(create("k1"))), { inDoubt: true })
        }
        assert.strictEqual(read(yield* create("k1")).status, "open")
        assert.strictEqual((yield* charges).length, 1)
        yield* checkBooks("settled")
      })
    )
  )
})

describe("a request that was lost", () => {
  it.effect("is sent again under the next suffix, after as many misses and as late as the provider asks", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseRequest" })
        yield* Effect.flip(create("k1"))
        yield* TestClock.adjust("29 seconds")
        for (let early = 0; early < 5; early++) assert.deepInclude(yield* Effect.flip(create("k1")), { inDoubt: true })
        yield* TestClock.adjust("1 second")
        for (let miss = 1; miss <= 2; miss++) assert.deepInclude(yield* Effect.flip(create("k1")), { inDoubt: true })
        assert.deepInclude(read(yield* create("k1")), { our_number: "INV-2026-000001", status: "open" })
        assert.deepStrictEqual(yield* statuses, ["open", "absent", "open"])
        assert.deepStrictEqual(
          (yield* charges).map(({ reference }) => `${reference}`),
          ["INV-2026-000001-2"]
        )
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("and nobody asks for again is given up by the worker: not created, without an event", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseRequest" })
        yield* Effect.flip(create("k1"))
        yield* workFor(10)
        assert.deepStrictEqual(yield* statuses, ["failed", "absent"])
        assert.strictEqual((yield* theInvoice).failure?.code, "not_created")
        assert.strictEqual((yield* charges).length, 0)
        yield* checkBooks("settled")
        assert.strictEqual(read(yield* create("k1")).our_number, "INV-2026-000001")
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("and found by the worker is open, and the same key answers 201 with it as it stands", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "LoseAnswer" })
        yield* Effect.flip(create("k1"))
        yield* workFor(5)
        yield* provider.pay("infrapsp-1")
        yield* workFor(5)
        const answer = yield* create("k1")
        assert.strictEqual(answer.response.status, 201)
        assert.strictEqual(read(answer).status, "paid")
        assert.isTrue((yield* create("k1")).replayed)
        yield* checkBooks("settled")
      })
    )
  )
})

describe("an artifact that a payer could not use", () => {
  it.effect("is never shown: with a wrong CRC its charge is orphaned, and the next provider's shown", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Accept", artifact: "corrupted" })
        assert.strictEqual(read(yield* create("k1")).provider, "sellxpay")
        assert.deepStrictEqual(yield* statuses, ["open", "orphaned", "open"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("of the only provider is a provider error, and the same key tries again", () =>
    inGateway()(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Accept", artifact: "none" })
        assert.deepInclude(yield* Effect.flip(create("k1")), { _tag: "ProviderError", inDoubt: false })
        assert.deepStrictEqual(yield* statuses, ["failed", "orphaned"])
        assert.strictEqual(read(yield* create("k1")).status, "open")
        assert.deepStrictEqual(yield* statuses, ["open", "orphaned", "open"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("because it asks for another sum is not shown, and its charge is watched", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Accept", money: { amount: 1231000, currency: Samples.brl } })
        assert.strictEqual(read(yield* create("k1")).provider, "sellxpay")
        assert.deepStrictEqual(yield* statuses, ["open", "orphaned", "open"])
        yield* checkBooks("settled")
      })
    )
  )
})

describe("a charge that is over at once", () => {
  it.effect("was accepted, and is answered with 201: refused", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next({ _tag: "Accept", artifact: "none", status: { _tag: "ended", reason: "refused" } })
        assert.strictEqual(read(yield* create("k1")).status, "failed")
        assert.strictEqual((yield* charges).length, 1)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("was accepted, and is answered with 201: paid", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { owner, provider } = yield* Given
        yield* provider.next({ _tag: "Accept", artifact: "none", paid: true })
        assert.strictEqual(read(yield* create("k1")).status, "paid")
        assert.strictEqual((yield* Statements.list(owner, {}, { limit: 10 })).data.length, 1)
        yield* checkBooks("settled")
      })
    )
  )
})

describe("an execution that lost its lease", () => {
  it.effect("records what the provider answered, stores no response, and does not charge again", () =>
    // The answer takes longer than the lease: only a deadline that is set wrong allows that.
    inGateway({ settings: { lease: Duration.seconds(20), callDeadline: Duration.seconds(19) } })(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const store = yield* Store.InvoiceStore
        const slow: typeof store = {
          ...store,
          change: (of, id, lease, decide) => Effect.delay(store.change(of, id, lease, decide), "25 seconds")
        }
        const first = yield* create("k1").pipe(
          Effect.provideService(Store.InvoiceStore, slow),
          Effect.flip,
          Effect.forkChild
        )
        yield* pass("22 seconds")
        const taken = yield* store.begin(owner, (yield* theInvoice).id, null, Duration.minutes(1))
        assert.strictEqual(taken._tag, "Begun")
        yield* pass("10 seconds")
        assert.strictEqual((yield* Fiber.join(first))._tag, "IdempotencyInProgress")
        assert.deepStrictEqual(yield* statuses, ["open", "open"])
        assert.strictEqual((yield* charges).length, 1)
        yield* pass("1 minute")
        assert.isFalse((yield* create("k1")).replayed)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("does not send when the lease would not outlast the call, by a clock that nobody sets", () =>
    inGateway({ settings: { lease: Duration.seconds(20), callDeadline: Duration.seconds(15) } })(
      Effect.gen(function* () {
        const { provider } = yield* Given
        const store = yield* Store.InvoiceStore
        // Recording takes ten seconds, and meanwhile somebody sets the wall clock back by an hour.
        const clock = yield* Clock.Clock
        const setBack = yield* Ref.make(0)
        const wrong: Clock.Clock = {
          sleep: (duration) => clock.sleep(duration),
          currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() - Ref.getUnsafe(setBack),
          currentTimeMillis: Effect.sync(() => clock.currentTimeMillisUnsafe() - Ref.getUnsafe(setBack)),
          currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe() - BigInt(Ref.getUnsafe(setBack)) * 1_000_000n,
          currentTimeNanos: Effect.sync(
            () => clock.currentTimeNanosUnsafe() - BigInt(Ref.getUnsafe(setBack)) * 1_000_000n
          ),
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
          monotonicTimeNanos: clock.monotonicTimeNanos
        }
        const slow: typeof store = {
          ...store,
          open: (intent) => store.open(intent).pipe(Effect.delay("10 seconds"), Effect.tap(Ref.set(setBack, 3_600_000)))
        }
        const first = yield* create("k1").pipe(
          Effect.provideService(Store.InvoiceStore, slow),
          Effect.provideService(Clock.Clock, wrong),
          Effect.exit,
          Effect.forkChild
        )
        yield* pass("30 seconds")
        yield* Fiber.join(first)
        assert.deepStrictEqual((yield* provider.books).calls, [])
      })
    )
  )
})

describe("a client that hangs up", () => {
  it.effect("does not break off the call to the provider: the charge is made, and the same key finds it", () =>
    inGateway()(
      Effect.gen(function* () {
        const drivers = (yield* Provider.Drivers).map((driver) => ({
          ...driver,
          createCharge: (...given: Parameters<typeof driver.createCharge>) =>
            Effect.delay(driver.createCharge(...given), "2 seconds")
        }))
        const first = yield* Effect.forkChild(create("k1").pipe(Effect.provideService(Provider.Drivers, drivers)))
        yield* pass("1 second")
        yield* Effect.forkChild(Fiber.interrupt(first))
        yield* pass("2 seconds")
        assert.strictEqual((yield* charges).length, 1)
        yield* pass("2 minutes")
        assert.strictEqual(read(yield* create("k1")).status, "open")
        assert.strictEqual((yield* charges).length, 1)
        yield* checkBooks("settled")
      })
    )
  )
})

describe("a tenant", () => {
  it.effect("is numbered by the year of its own time zone", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        yield* TestClock.setTime(DateTime.makeUnsafe("2027-01-01T02:59:59.000Z").epochMilliseconds)
        assert.strictEqual(read(yield* create("k1")).our_number, "INV-2026-000001")
        yield* pass("1 second")
        assert.strictEqual(read(yield* create("k2")).our_number, "INV-2027-000001")
        const { profile } = yield* Store.Tenants
        const { accounts } = yield* profile(owner)
        yield* MemoryTenants.configure(owner, {
          name: "Test",
          timeZone: "Pacific/Honolulu",
          latePayments: "accept",
          letters: true,
          accounts
        })
        assert.strictEqual(read(yield* create("k3")).our_number, "INV-2026-000002")
      })
    )
  )

  it.effect("sees nothing of another's", () =>
    inGateway()(
      Effect.gen(function* () {
        const { otherOwner, owner } = yield* Given
        yield* create("k1")
        const { id } = yield* theInvoice
        assert.strictEqual((yield* Effect.flip(Invoices.get(otherOwner, id)))._tag, "NotFound")
        assert.deepStrictEqual((yield* Invoices.list(otherOwner, {}, { limit: 10 })).data, [])
        assert.strictEqual((yield* Invoices.get(owner, id)).id, id)
        const theirs = yield* Invoices.create(otherOwner, keyed("k1"), Samples.request())
        assert.isFalse(theirs.replayed)
      })
    )
  )
})

describe("an account whose credentials are refused", () => {
  const refused = { _tag: "Unavailable", account: "credentials" } as const

  it.effect("is not called again until a probe gets through, also for payouts", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner, provider } = yield* Given
        const calls = Effect.map(provider.books, (books) => books.calls.length)
        yield* provider.next(refused, refused)
        assert.deepInclude(yield* Effect.flip(create("k1")), { _tag: "ProviderError", inDoubt: false })
        assert.strictEqual(yield* calls, 1)
        for (const key of ["k2", "k1"]) {
          assert.strictEqual((yield* Effect.flip(create(key)))._tag, "ProviderError")
        }
        assert.strictEqual(yield* calls, 1)
        const refusals = yield* AccountRefusals.AccountRefusals
        assert.strictEqual(yield* refusals.admit(owner, "infrapsp", ["credentials", "payouts"]), "refused")
        yield* TestClock.adjust("1 minute")
        // Of many at once, one is the probe.
        const probes = Array.from({ length: 10 }, (_, place) => Effect.exit(create(`p${place}`)))
        assert.isTrue((yield* Effect.all(probes, { concurrency: "unbounded" })).every(Exit.isFailure))
        assert.strictEqual(yield* calls, 2)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(read(yield* create("k1")).our_number, "INV-2026-000001")
        assert.strictEqual(read(yield* create("k9")).status, "open")
        assert.deepStrictEqual(yield* refusals.list(owner), [])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("is passed over for the next one on the route", () =>
    inGateway(infraAndSellx)(
      Effect.gen(function* () {
        const { provider } = yield* Given
        yield* provider.next(refused)
        assert.strictEqual(read(yield* create("k1")).provider, "sellxpay")
        assert.strictEqual(read(yield* create("k2")).provider, "sellxpay")
        assert.strictEqual((yield* provider.books).calls.length, 1)
      })
    )
  )
})

describe("the database", () => {
  it.effect("that is down leaves nothing half done", () =>
    inGateway()(
      Effect.gen(function* () {
        const store = yield* Store.InvoiceStore
        const down = new Operations.StoreUnavailable({ cause: "shutting down" })
        const broken = { ...store, change: () => Effect.fail(down) }
        const error = yield* Effect.flip(create("k1").pipe(Effect.provide(Layer.succeed(Store.InvoiceStore, broken))))
        assert.strictEqual(error._tag, "StoreUnavailable")
        yield* checkBooks("under way")
        yield* pass("3 minutes")
        assert.strictEqual(read(yield* create("k1")).status, "open")
        assert.strictEqual((yield* charges).length, 1)
        assert.strictEqual((yield* (yield* MemoryDatabase.MemoryDatabase).tables).events.length, 0)
        assert.isAtMost(yield* work, 1)
        yield* checkBooks("settled")
      })
    )
  )
})
