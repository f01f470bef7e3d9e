/** Tax documents: asked for, issued once whatever the authority answers, retried, held and canceled. */
import { assert, describe, it } from "@effect/vitest"
import { FieldError, Invoices, Money, TaxDocuments, TaxFiles, TaxIssuer } from "@salesos/core"
import { type FakeIssuer, FakeProvider, Samples } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import {
  checkBooks,
  create,
  Given,
  keyed as createKeyed,
  patiently,
  theInvoice,
  work,
  workFor
} from "../support/gateway.ts"
import {
  calls,
  cancelDocument,
  cancelInvoice,
  costs,
  documented,
  events,
  failureOf,
  inTaxGateway,
  issued,
  issuer,
  keyed,
  lines,
  notified,
  reason,
  requestDocument,
  sent,
  statuses,
  theDocument,
  withInvoice
} from "../support/taxGateway.ts"

const bodyOf = ({ response }: { readonly response: { readonly body: string } }) => JSON.parse(response.body)

const tick = Effect.andThen(TestClock.adjust("1 second"), patiently(work))

describe("a tax document that is issued by itself", () => {
  it.effect("is issued once its invoice is paid, told once, and kept as it was sent and returned", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* workFor(5)
        assert.deepStrictEqual(yield* calls, [])
        yield* provider.pay("infrapsp-1")
        yield* workFor(5)
        const document = yield* theDocument
        assert.deepInclude(document, { status: "issued", documentNumber: "1", held: null, dueAt: null })
        assert.deepStrictEqual(yield* events, ["invoice.paid", "tax_document.issued"])
        assert.deepStrictEqual(yield* calls, ["issue"])
        yield* workFor(60)
        assert.deepStrictEqual(yield* calls, ["issue"])
        const { owner } = yield* Given
        const file = yield* TaxFiles.xml(owner, (yield* theInvoice).id, document.id)
        assert.include(file.content, `chave="${document.accessKey}"`)
        assert.strictEqual(file.name, `nfse-${document.accessKey}.xml`)
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("is not issued where nobody asked for that", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(false)
        yield* provider.pay("infrapsp-1")
        yield* workFor(30)
        assert.deepStrictEqual(yield* calls, [])
        assert.deepInclude(yield* theDocument, { status: "pending", held: null, dueAt: null })
      })
    )
  )

  it.effect("is held where another amount was paid, until somebody asks for it", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* provider.pay("infrapsp-1", { money: { amount: 12000, currency: Samples.brl } })
        yield* workFor(30)
        assert.deepInclude(yield* theDocument, { status: "pending", held: "amount_differs", dueAt: null })
        assert.deepStrictEqual(yield* calls, [])
        yield* requestDocument("now")
        yield* tick
        assert.deepInclude(yield* theDocument, { status: "issued", held: null })
      })
    )
  )

  it.effect("is held where the payment goes back before it is sent", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* (yield* issuer).next(...Array.from({ length: 8 }, () => "unavailable" as const))
        yield* provider.pay("infrapsp-1")
        yield* workFor(1)
        assert.deepInclude((yield* theDocument).sending, { status: "prepared" })
        yield* provider.reverse("infrapsp-1", "refund")
        yield* notified
        yield* workFor(60)
        assert.deepInclude(yield* theDocument, { status: "pending", held: "reversed" })
        assert.deepStrictEqual(yield* issued, [])
        // What was made of it is sent as it is when somebody wants it all the same.
        const other = requestDocument("other", { type: "nfse", service_code: "01.06" })
        assert.strictEqual(yield* failureOf(other), "InvalidState")
        yield* requestDocument("now")
        yield* workFor(10)
        assert.deepStrictEqual(yield* statuses, ["issued"])
        assert.strictEqual(new Set((yield* sent).map(({ content }) => content)).size, 1)
      })
    )
  )

  it.effect("is issued once after a late payment, by a new document in place of the dropped one", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* provider.end("infrapsp-1", "expired")
        yield* workFor(5)
        assert.deepStrictEqual(yield* statuses, ["canceled"])
        yield* provider.pay("infrapsp-1")
        yield* notified
        yield* workFor(5)
        assert.deepInclude(yield* theInvoice, { status: "paid" })
        assert.deepStrictEqual(yield* statuses, ["canceled", "issued"])
        assert.deepStrictEqual(yield* issued, ["issued"])
        assert.deepStrictEqual(yield* events, ["invoice.failed", "invoice.paid", "tax_document.issued"])
        yield* checkBooks("settled")
      })
    )
  )
})

describe("asking for a tax document", () => {
  it.effect("answers 202 with it pending, once for a key, and it is issued, also while the invoice is open", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* create("invoice")
        const first = yield* requestDocument("k")
        assert.strictEqual(first.response.status, 202)
        assert.deepInclude(bodyOf(first), { object: "tax_document", status: "pending", service_code: "01.05" })
        const again = yield* requestDocument("k")
        assert.deepStrictEqual([again.replayed, again.response], [true, first.response])
        yield* tick
        assert.deepStrictEqual(yield* statuses, ["issued"])
        assert.strictEqual(yield* failureOf(requestDocument("another")), "InvalidState")
        assert.deepStrictEqual((yield* requestDocument("k")).response, first.response)
        assert.deepStrictEqual(yield* issued, ["issued"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("sends one that was never sent now, with what the request changes", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* withInvoice(true)
        const { id } = yield* theDocument
        yield* requestDocument("k", { type: "nfse", iss_withheld: true, metadata: { a: "b" } })
        yield* tick
        assert.deepInclude(yield* theDocument, {
          id,
          status: "issued",
          serviceCode: "01.05",
          issWithheld: true,
          metadata: { a: "b" }
        })
        assert.include((yield* sent)[0]?.content, `servico="01.05" retido="true"`)
      })
    )
  )

  it.effect("is refused while one is being issued, for an invoice that is over, and for one that is not there", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(false)
        yield* (yield* issuer).next("lose_request")
        yield* requestDocument("k")
        yield* tick
        assert.deepStrictEqual((yield* theDocument).sending?.status, "in_doubt")
        assert.strictEqual(yield* failureOf(requestDocument("another")), "InvalidState")
        yield* workFor(10)
        assert.deepStrictEqual(yield* statuses, ["issued"])
        yield* provider.end("infrapsp-1", "expired")
        yield* notified
        yield* workFor(1)
        assert.strictEqual(yield* failureOf(requestDocument("third")), "InvalidState")
        const { otherOwner } = yield* Given
        const { id } = yield* theInvoice
        const asked = TaxDocuments.request(otherOwner, keyed("x"), id, { type: "nfse" })
        assert.strictEqual(yield* failureOf(asked), "NotFound")
      })
    )
  )

  it.effect(
    "of a type that nobody issues, or of what can't be issued, is refused with every field, and stores nothing",
    () =>
      inTaxGateway({
        issuers: [
          {
            check: ({ invoice, serviceCode }) => [
              ...(serviceCode === "99.99"
                ? [{ field: "tax_document.service_code", code: "unknown_service", message: "Not a service" }]
                : []),
              ...(invoice.customer.address === undefined && invoice.amount > 100_00
                ? [{ field: "customer.address", code: "required", message: "Required" }]
                : [])
            ]
          }
        ]
      })(
        Effect.gen(function* () {
          yield* create("invoice")
          assert.strictEqual(yield* failureOf(requestDocument("k", { type: "nfe" })), "ProviderNotConfigured")
          const refusal = yield* Effect.flip(requestDocument("k", { type: "nfse", service_code: "99.99" }))
          assert.instanceOf(refusal, FieldError.ValidationError)
          assert.deepStrictEqual(
            refusal instanceof FieldError.ValidationError &&
              refusal.errors.map(({ code, field }) => `${field} ${code}`),
            ["service_code unknown_service", "customer.address required"]
          )
          assert.deepStrictEqual((yield* theInvoice).documents, [])
        })
      )
  )

  it.effect("of an invoice in another currency is refused", () =>
    inTaxGateway({ providers: [{ name: "usdbrl", capabilities: [{ ...FakeProvider.pix, currency: Samples.usd }] }] })(
      Effect.gen(function* () {
        yield* create("invoice", Samples.request({ currency: Samples.usd }))
        const refusal = yield* Effect.flip(requestDocument("k"))
        assert.deepStrictEqual(
          refusal instanceof FieldError.ValidationError && refusal.errors.map(({ code, field }) => `${field} ${code}`),
          ["type invalid_currency"]
        )
      })
    )
  )

  it.effect("with an invoice's creation is checked there, together with what no provider takes", () =>
    inTaxGateway({
      issuers: [{ check: () => [{ field: "customer.address", code: "required", message: "Required" }] }]
    })(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const small = documented(true, { amount: Money.Amount.make(1) }) // below what the provider takes
        const refusal = yield* Effect.flip(Invoices.create(owner, createKeyed("k", small), small))
        assert.deepStrictEqual(
          refusal instanceof FieldError.ValidationError && refusal.errors.map(({ field }) => field).toSorted(),
          ["amount", "customer.address"]
        )
        assert.deepStrictEqual((yield* Invoices.list(owner, {}, { limit: 10 })).data, [])
      })
    )
  )
})

interface Outcome {
  readonly answers: ReadonlyArray<FakeIssuer.Answer>
  readonly lookups?: ReadonlyArray<"unavailable" | "unknown" | "hang">
  readonly visibleAfter?: "25 seconds"
  /** How often it was sent. */
  readonly sendings: number
}

describe("a tax document is issued once, always by the same content, whatever happens to its sending:", () => {
  const outcomes: Record<string, Outcome> = {
    "the authority is away for a while": {
      answers: ["unavailable", "unavailable", "unavailable"],
      sendings: 4
    },
    "the request is lost": { answers: ["lose_request"], sendings: 2 },
    "the answer is lost": { answers: ["lose_answer"], sendings: 1 },
    "the answer is lost, and shown late": { answers: ["lose_answer"], visibleAfter: "25 seconds", sendings: 1 },
    "no answer comes": { answers: ["hang"], sendings: 2 },
    "no answer comes, and it is issued later": { answers: [{ issuedAfter: "25 seconds" }], sendings: 1 },
    "lookups are not answered, either": {
      answers: ["lose_answer"],
      lookups: ["unknown", "unavailable", "hang"],
      sendings: 1
    },
    "one thing after another": { answers: ["unavailable", "lose_request", "unavailable", "lose_answer"], sendings: 4 }
  }
  for (const [name, { answers, lookups = [], sendings, visibleAfter }] of Object.entries(outcomes)) {
    it.effect(name, () =>
      inTaxGateway({ issuers: [visibleAfter === undefined ? {} : { visibleAfter }] })(
        Effect.gen(function* () {
          const provider = yield* withInvoice(true)
          const { next, nextLookups } = yield* issuer
          yield* next(...answers)
          yield* nextLookups(...lookups)
          yield* provider.pay("infrapsp-1")
          for (let minutes = 0; minutes < 30; minutes++) {
            yield* TestClock.adjust("1 minute")
            yield* patiently(work)
          }
          assert.deepStrictEqual(yield* statuses, ["issued"])
          assert.strictEqual((yield* sent).length, sendings)
          assert.strictEqual(new Set((yield* sent).map(({ content }) => content)).size, 1)
          assert.deepStrictEqual(yield* events, ["invoice.paid", "tax_document.issued"])
          yield* checkBooks("settled")
        })
      )
    )
  }
})

describe("a tax document that the authority refuses", () => {
  it.effect("fails with code and text, and is told; asked for again it takes a new number", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* (yield* issuer).next("reject")
        yield* provider.pay("infrapsp-1")
        yield* workFor(5)
        const failed = yield* theDocument
        assert.deepInclude(failed, { status: "failed", dueAt: null })
        assert.deepInclude(failed.failure, { code: "E0001" })
        yield* requestDocument("again", { type: "nfse", service_code: "01.06" })
        yield* tick
        const document = yield* theDocument
        assert.deepInclude(document, { id: failed.id, status: "issued", failure: null, serviceCode: "01.06" })
        assert.notStrictEqual(document.sending?.reference, failed.sending?.reference)
        assert.deepStrictEqual(yield* events, ["invoice.paid", "tax_document.failed", "tax_document.issued"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("fails where it can't even be made", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* withInvoice(false)
        yield* (yield* issuer).nextPreparations("reject")
        yield* requestDocument("k")
        yield* tick
        const failed = yield* theDocument
        assert.deepInclude(failed, { status: "failed", sending: null })
        assert.deepStrictEqual(yield* calls, [])
        yield* requestDocument("again")
        yield* tick
        assert.deepStrictEqual(yield* statuses, ["issued"])
        yield* checkBooks("settled")
      })
    )
  )
})

describe("what a document costs", () => {
  it.effect("is booked once, as a fee that stands alone, when it is issued", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* costs("50")
        const provider = yield* withInvoice(true)
        yield* (yield* issuer).next("lose_answer")
        yield* provider.pay("infrapsp-1")
        yield* workFor(30)
        assert.deepStrictEqual(yield* statuses, ["issued"])
        assert.deepStrictEqual(yield* lines, [
          ["nfse", "fee", -50, 0, -50],
          ["infrapsp", "charge", 12310, 123, 12187]
        ])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("is not booked for what was refused, nor where the setting is no number", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* costs("R$ 0,50")
        yield* withInvoice(false)
        yield* (yield* issuer).next("reject")
        yield* requestDocument("k")
        yield* tick
        yield* requestDocument("again")
        yield* tick
        assert.deepStrictEqual(yield* statuses, ["issued"])
        assert.deepStrictEqual(yield* lines, [])
      })
    )
  )
})

/** An open invoice with an issued document. */
const withIssued = Effect.gen(function* () {
  const provider = yield* withInvoice(false)
  yield* requestDocument("issue")
  yield* tick
  assert.deepStrictEqual(yield* statuses, ["issued"])
  return provider
})

describe("canceling a tax document alone", () => {
  it.effect("cancels it at the authority with the reason, tells it once, and answers the same again", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* withIssued
        const first = yield* cancelDocument("c")
        assert.strictEqual(first.response.status, 200)
        assert.deepInclude(bodyOf(first), { status: "canceled" })
        assert.deepStrictEqual((yield* (yield* issuer).books).documents[0]?.reason, reason)
        const again = yield* cancelDocument("c")
        assert.deepStrictEqual([again.replayed, again.response], [true, first.response])
        assert.deepStrictEqual(bodyOf(yield* cancelDocument("another")), bodyOf(first))
        assert.deepStrictEqual(yield* calls, ["issue", "cancel"])
        assert.deepStrictEqual(yield* events, ["tax_document.issued", "tax_document.canceled"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("gives way to a new one, which a payment does not make by itself", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withIssued
        yield* cancelDocument("c")
        yield* provider.pay("infrapsp-1")
        yield* workFor(5)
        assert.deepStrictEqual(yield* statuses, ["canceled"])
        yield* requestDocument("k")
        yield* tick
        assert.deepStrictEqual(yield* statuses, ["canceled", "issued"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("is refused when it is too late, and it stays issued", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* withIssued
        yield* (yield* issuer).nextCancels("window_over")
        assert.strictEqual(yield* failureOf(cancelDocument("c")), "CancellationWindowExpired")
        assert.deepStrictEqual(yield* statuses, ["issued"])
        assert.deepStrictEqual(yield* events, ["tax_document.issued"])
        yield* cancelDocument("c")
        assert.deepStrictEqual(yield* statuses, ["canceled"])
        yield* checkBooks("settled")
      })
    )
  )

  for (const answer of ["reject", "unavailable"] as const) {
    it.effect(`changes nothing when the authority says ${answer}, and the same key may try again`, () =>
      inTaxGateway()(
        Effect.gen(function* () {
          yield* withIssued
          yield* (yield* issuer).nextCancels(answer)
          const refusal = yield* Effect.flip(cancelDocument("c"))
          assert.deepInclude(refusal, { _tag: "ProviderError", inDoubt: false })
          yield* workFor(5)
          assert.deepStrictEqual(yield* issued, ["issued"])
          yield* cancelDocument("c")
          assert.deepStrictEqual(yield* statuses, ["canceled"])
          yield* checkBooks("settled")
        })
      )
    )
  }

  for (const [answer, canceled] of [
    ["lose_answer", true],
    ["lose_request", false],
    ["hang", false]
  ] as const) {
    it.effect(`is in doubt after ${answer}: nothing else is done until it is known, and the worker finds out`, () =>
      inTaxGateway()(
        Effect.gen(function* () {
          yield* withIssued
          yield* (yield* issuer).nextCancels(answer)
          assert.deepInclude(yield* Effect.flip(cancelDocument("c")), { _tag: "ProviderError", inDoubt: true })
          assert.strictEqual(yield* failureOf(requestDocument("k")), "OperationInProgress")
          for (let minutes = 0; minutes < 10; minutes++) {
            yield* TestClock.adjust("1 minute")
            yield* patiently(work)
          }
          assert.deepStrictEqual(yield* statuses, [canceled ? "canceled" : "issued"])
          yield* checkBooks("settled")
          yield* cancelDocument("c")
          assert.deepStrictEqual(yield* statuses, ["canceled"])
          assert.strictEqual((yield* calls).filter((call) => call === "cancel").length, canceled ? 1 : 2)
          yield* checkBooks("settled")
        })
      )
    )
  }

  it.effect("drops one that nobody has, refuses one that failed, and finds none elsewhere", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        const { otherOwner, owner } = yield* Given
        const { id } = yield* theInvoice
        const document = yield* theDocument
        const elsewhere = TaxDocuments.cancel(otherOwner, keyed("x"), id, document.id, reason)
        assert.strictEqual(yield* failureOf(elsewhere), "NotFound")
        assert.strictEqual(yield* failureOf(TaxDocuments.get(otherOwner, id, document.id)), "NotFound")
        assert.strictEqual(yield* failureOf(TaxFiles.xml(owner, id, document.id)), "NotFound")
        yield* cancelDocument("c")
        assert.deepStrictEqual(yield* statuses, ["canceled"])
        yield* provider.pay("infrapsp-1")
        yield* workFor(5)
        assert.deepStrictEqual(yield* calls, [])
        assert.deepStrictEqual(yield* events, ["invoice.paid"])
        yield* (yield* issuer).next("reject")
        yield* requestDocument("k")
        yield* tick
        assert.strictEqual(yield* failureOf(cancelDocument("d")), "InvalidState")
      })
    )
  )
})

describe("canceling an invoice that has an issued document", () => {
  it.effect("cancels the document first, and then the charge", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* withIssued
        const answer = yield* cancelInvoice("c")
        assert.deepInclude(bodyOf(answer), { status: "canceled" })
        assert.deepStrictEqual(yield* issued, ["canceled"])
        assert.deepStrictEqual(yield* events, ["tax_document.issued", "tax_document.canceled", "invoice.canceled"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("is refused when it is too late for the document, and nothing has changed", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withIssued
        yield* (yield* issuer).nextCancels("window_over")
        assert.strictEqual(yield* failureOf(cancelInvoice("c")), "CancellationWindowExpired")
        assert.deepInclude(yield* theInvoice, { status: "open" })
        assert.deepStrictEqual(yield* statuses, ["issued"])
        assert.notInclude((yield* provider.books).calls, "cancelCharge")
        assert.deepStrictEqual(yield* events, ["tax_document.issued"])
        yield* provider.pay("infrapsp-1")
        yield* workFor(2)
        assert.deepInclude(yield* theInvoice, { status: "paid" })
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("in doubt answers so, refuses others, and goes on by the same key once it is known", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* withIssued
        yield* (yield* issuer).nextCancels("lose_answer")
        yield* (yield* issuer).nextLookups("unknown", "unknown")
        assert.deepInclude(yield* Effect.flip(cancelInvoice("c")), { _tag: "ProviderError", inDoubt: true })
        assert.strictEqual(yield* failureOf(cancelInvoice("other")), "OperationInProgress")
        assert.strictEqual(yield* failureOf(cancelDocument("alone")), "OperationInProgress")
        yield* cancelInvoice("c")
        assert.deepInclude(yield* theInvoice, { status: "canceled" })
        assert.deepStrictEqual(yield* calls.pipe(Effect.map((all) => all.filter((each) => each === "cancel"))), [
          "cancel"
        ])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("that is paid while it is being canceled is refused, and a new document is issued in place", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withIssued
        yield* provider.nextOperations("reject")
        yield* payWhileCanceling(provider)
        assert.deepInclude(yield* theInvoice, { status: "paid" })
        yield* workFor(5)
        assert.deepStrictEqual(yield* statuses, ["canceled", "issued"])
        assert.deepStrictEqual(yield* issued, ["canceled", "issued"])
        assert.deepStrictEqual(yield* events, [
          "tax_document.issued",
          "tax_document.canceled",
          "invoice.paid",
          "tax_document.issued"
        ])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("and then paid all the same gets a new document for the late payment", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withIssued
        yield* cancelInvoice("c")
        yield* provider.pay("infrapsp-1")
        yield* notified
        yield* workFor(5)
        assert.deepInclude(yield* theInvoice, { status: "paid" })
        assert.deepStrictEqual(yield* statuses, ["canceled", "issued"])
        yield* checkBooks("settled")
      })
    )
  )

  it.effect("drops a document that nobody has, without a word", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        yield* withInvoice(true)
        yield* cancelInvoice("c")
        assert.deepStrictEqual(yield* statuses, ["canceled"])
        assert.deepStrictEqual(yield* events, ["invoice.canceled"])
        assert.deepStrictEqual(yield* calls, [])
      })
    )
  )
})

/** Pays between the cancellation of the document and that of the charge. */
const payWhileCanceling = (provider: FakeProvider.FakeProvider) =>
  Effect.gen(function* () {
    const issuers = yield* TaxIssuer.TaxIssuers
    const paying = issuers.map((each) => ({
      ...each,
      cancel: (...given: Parameters<typeof each.cancel>) =>
        Effect.tap(each.cancel(...given), () => provider.pay("infrapsp-1"))
    }))
    const canceling = failureOf(cancelInvoice("c"))
    assert.strictEqual(yield* Effect.provideService(canceling, TaxIssuer.TaxIssuers, paying), "InvalidState")
  })
