/** What an operator sees of what is in doubt, and that asking settles it: every kind of doubt, in the database. */
import { assert, layer as testLayer } from "@effect/vitest"
import {
  Cancellation,
  Doubts,
  Idempotency,
  Invoices,
  type InvoiceRequest,
  type Owner,
  Payouts,
  Provider,
  Refunds,
  TaxDocuments,
  TaxIssuer,
  TaxSending
} from "@salesos/core"
import { FakeIssuer, FakePayouts, FakeProvider, PayoutSamples, Samples, TestOwners } from "@salesos/core/testing"
import { Operator } from "@salesos/store-postgres"
import { DateTime, Effect, References } from "effect"
import { SqlClient } from "effect/sql"
import { layer } from "./support/store.ts"

const keyed = (key: string): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/", key)
})

const create = (owner: Owner.Owner, key: string, request: InvoiceRequest.InvoiceRequest = Samples.request()) =>
  Invoices.create(owner, keyed(key), request)

/** The owner's only invoice. */
const theInvoice = Effect.fnUntraced(function* (owner: Owner.Owner) {
  const { data } = yield* Invoices.list(owner, {}, { limit: 2 })
  assert.lengthOf(data, 1)
  return data[0] ?? assert.fail("no invoice")
})

/** Providers and an issuer that do what they are asked, and tenants that have accounts with them. */
const world = Effect.gen(function* () {
  const provider = yield* FakeProvider.make()
  const paying = yield* FakePayouts.make()
  const issuing = yield* FakeIssuer.make()
  const drivers = [provider.driver, paying.driver]
  const { fresh } = yield* TestOwners.TestOwners
  const { sandbox: owner } = yield* fresh([...drivers, issuing.issuer].map(({ name }) => name))
  const within = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.provideService(References.MinimumLogLevel, "None"),
      Effect.provideService(Provider.Drivers, drivers),
      Effect.provideService(TaxIssuer.TaxIssuers, [issuing.issuer])
    )
  return { owner, provider, paying, issuing, within }
})

type World = Effect.Success<typeof world>

/** Asks for a document, and sends it. */
const issue = Effect.fnUntraced(function* ({ owner }: World) {
  const { id } = yield* theInvoice(owner)
  yield* TaxDocuments.request(owner, keyed("t"), id, { type: "nfse", service_code: "01.05" })
  const [document = assert.fail("no document")] = (yield* theInvoice(owner)).documents
  yield* TaxSending.seeTo({ owner, invoice: id, document: document.id })
  return document.id
})

const kind = <E, R>(listed: Partial<Operator.Doubt>, doubted: (given: World) => Effect.Effect<void, E, R>) => ({
  listed,
  doubted: (given: World) => Effect.orDie(doubted(given))
})

/** Each kind: what is listed of it, and how it comes to be. */
const kinds = {
  "a charge": kind({ what: "charge", attempt: 1, doubt: "sent" }, ({ owner, provider }) =>
    Effect.gen(function* () {
      yield* provider.next({ _tag: "LoseAnswer" })
      yield* Effect.flip(create(owner, "k"))
    })
  ),
  "a cancellation": kind({ what: "charge", attempt: 1, doubt: "canceled" }, ({ owner, provider }) =>
    Effect.gen(function* () {
      yield* create(owner, "k")
      yield* provider.nextOperations("lose_answer")
      yield* Effect.flip(Cancellation.cancel(owner, keyed("c"), (yield* theInvoice(owner)).id))
    })
  ),
  "a refund": kind({ what: "charge", attempt: 1, doubt: "refunded" }, ({ owner, provider }) =>
    Effect.gen(function* () {
      // Paid by the time of the answer.
      yield* provider.next({ _tag: "Accept", paid: true })
      yield* create(owner, "k")
      assert.strictEqual((yield* theInvoice(owner)).status, "paid")
      yield* provider.nextOperations("lose_answer")
      yield* Effect.flip(Refunds.refund(owner, (yield* theInvoice(owner)).id))
    })
  ),
  "a tax document": kind({ what: "tax_document", attempt: null, doubt: "sent" }, (given) =>
    Effect.gen(function* () {
      yield* create(given.owner, "k")
      yield* given.issuing.next("lose_answer")
      yield* issue(given)
    })
  ),
  "a tax document's cancellation": kind({ what: "tax_document", attempt: null, doubt: "canceled" }, (given) =>
    Effect.gen(function* () {
      yield* create(given.owner, "k")
      const document = yield* issue(given)
      yield* given.issuing.nextCancels("lose_answer")
      const { id } = yield* theInvoice(given.owner)
      yield* Effect.flip(TaxDocuments.cancel(given.owner, keyed("c"), id, document, "Not wanted"))
    })
  )
}

const doubtsOf = ({ tenant }: Owner.Owner) =>
  Effect.map(Operator.doubts, (all) => all.filter((doubt) => doubt.tenant === tenant))

testLayer(layer, { excludeTestServices: true })("the operator's list of doubts", (it) => {
  for (const [name, { doubted, listed }] of Object.entries(kinds)) {
    it.effect(`has ${name}, and no longer once the provider was asked`, () =>
      Effect.gen(function* () {
        const given = yield* world
        const { owner, within } = given
        yield* within(doubted(given))
        const { attempts, documents, id, ourNumber } = yield* theInvoice(owner)
        const [doubt, ...others] = yield* doubtsOf(owner)
        const { reference = assert.fail("nothing was sent") } = documents[0]?.sending ?? attempts[0] ?? {}
        assert.deepInclude(doubt, { ...owner, ...listed, reference, id, our_number: ourNumber, lasting: false })
        assert.deepStrictEqual(others, [])
        yield* within(Doubts.askAboutInvoice(owner, id))
        assert.deepStrictEqual(yield* doubtsOf(owner), [])
      })
    )
  }

  it.effect("says of a cancellation when that began, and whether that has lasted, whatever became of its charge", () =>
    Effect.gen(function* () {
      const given = yield* world
      const { owner, provider, within } = given
      const sql = yield* SqlClient.SqlClient
      yield* within(kinds["a charge"].doubted(given))
      const { id } = yield* theInvoice(owner)
      yield* sql`update charge_attempt set alerted = true, created_at = created_at - interval '1 day' where tenant = ${owner.tenant}`
      assert.deepInclude((yield* doubtsOf(owner))[0], { doubt: "sent", lasting: true })
      yield* within(Doubts.askAboutInvoice(owner, id))
      yield* provider.nextOperations("lose_answer")
      yield* within(Effect.flip(Cancellation.cancel(owner, keyed("c"), id)))

      const [{ alerted, cancel } = assert.fail("no attempt")] = (yield* theInvoice(owner)).attempts
      const { missesCountFrom: since } = cancel ?? assert.fail("no cancellation")
      assert.isTrue(alerted)
      assert.deepInclude((yield* doubtsOf(owner))[0], {
        doubt: "canceled",
        since: DateTime.toDateUtc(since),
        lasting: false
      })
      yield* sql`update charge_attempt set cancel = jsonb_set(cancel, '{alerted}', 'true') where tenant = ${owner.tenant}`
      assert.deepInclude((yield* doubtsOf(owner))[0], { doubt: "canceled", lasting: true })
    })
  )

  it.effect("has a payout, says when it lasts, and no longer once the provider was asked and answered", () =>
    Effect.gen(function* () {
      const { owner, paying, within } = yield* world
      const sql = yield* SqlClient.SqlClient
      yield* paying.next({ _tag: "LoseAnswer" })
      yield* within(Payouts.create(owner, keyed("k"), PayoutSamples.request()))
      const { data } = yield* Payouts.list(owner, {}, { limit: 2 })
      const [{ id, ourNumber } = assert.fail("no payout")] = data
      const listed = { ...owner, what: "payout" as const, attempt: 1, reference: ourNumber, doubt: "sent" }
      assert.deepInclude((yield* doubtsOf(owner))[0], { ...listed, lasting: false })
      yield* sql`update payout_attempt set misses_count_from = clock_timestamp() - interval '2 hours'
        where tenant = ${owner.tenant}`
      yield* paying.nextLookups("unavailable")
      yield* within(Doubts.askAboutPayout(owner, id))
      assert.deepInclude((yield* doubtsOf(owner))[0], { ...listed, lasting: true })
      yield* within(Doubts.askAboutPayout(owner, id))
      assert.deepStrictEqual(yield* doubtsOf(owner), [])
    })
  )
})
