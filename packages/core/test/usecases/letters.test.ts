/** Letters: one for an event that has one, to whom it is for, tried for three days, and never about what is not so any more. */
import { assert, describe, it } from "@effect/vitest"
import { Correspondence, Letter, Letters, Mailer, type Payout } from "@salesos/core"
import { MemoryDatabase, MemoryTenants, PayoutSamples } from "@salesos/core/testing"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { create, Given, inGateway, patiently, theInvoice, workFor } from "../support/gateway.ts"
import * as Paying from "../support/payoutGateway.ts"
import { cancelDocument, inTaxGateway, theDocument, withInvoice } from "../support/taxGateway.ts"

/** A carrier that gives the same answer to everything, and keeps what it has taken. */
const carrier = (answer: Effect.Effect<void, Mailer.NotSent> = Effect.void) => {
  const tried: Array<Mailer.Outgoing> = []
  const mailer = Mailer.Mailer.of({
    carries: ["sandbox"],
    send: (letter) => Effect.suspend(() => (tried.push(letter), answer))
  })
  /** Sends everything that is due. */
  const sendDue = Effect.gen(function* () {
    const due = yield* Letters.take("sandbox", 100)
    yield* Effect.provideService(Effect.forEach(due, Letters.send), Mailer.Mailer, mailer)
  })
  return { tried, sendDue }
}

const notSent = (permanent: boolean) =>
  Effect.fail(new Mailer.NotSent({ permanent, summary: "EENVELOPE 550", message: "550 nobody there" }))

/** What has become of each letter. */
const outcomes = Effect.gen(function* () {
  const { letters } = yield* (yield* MemoryDatabase.MemoryDatabase).tables
  return letters.map(({ letter, outcome }) => [
    letter.kind,
    outcome?._tag,
    outcome !== null && "reason" in outcome ? outcome.reason : null
  ])
})

const paid = Effect.gen(function* () {
  const { provider } = yield* Given
  yield* create("k1")
  yield* provider.pay("infrapsp-1")
  yield* workFor(2)
})

describe("a receipt", () => {
  it.effect("goes to the customer, once, with a link to the payer's page and no full tax id", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* paid
        const { sendDue, tried } = carrier()
        yield* sendDue
        yield* workFor(10)
        yield* sendDue
        const { id, request } = yield* theInvoice
        const [letter, ...others] = tried
        assert.isEmpty(others)
        assert.deepInclude(letter, {
          environment: "sandbox",
          sender: "Test",
          to: { name: request.customer.name, address: request.customer.email },
          language: "pt-BR",
          timeZone: "America/Sao_Paulo",
          attachments: []
        })
        assert.deepInclude(letter?.content, { kind: "receipt", link: `https://gateway.example/pay/payer-${id}` })
        assert.notInclude(JSON.stringify(letter), request.customer.document ?? assert.fail("no tax id"))
        assert.deepStrictEqual(yield* outcomes, [["receipt", "Sent", null]])
      })
    )
  )

  it.effect("is in the language of the customer's country", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* create("k1")
        const invoice = yield* theInvoice
        const abroad = { ...invoice.request.customer, country: "PT" }
        assert.strictEqual(Correspondence.payer(invoice).language, "pt-BR")
        const { language } = Correspondence.payer({ ...invoice, request: { ...invoice.request, customer: abroad } })
        assert.strictEqual(language, "en")
      })
    )
  )

  it.effect("that is not taken is tried again, later and later, for about three days", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* paid
        const { sendDue, tried } = carrier(notSent(false))
        const hours: Array<number> = []
        for (let hour = 0; hour < 24 * 6; hour++) {
          const before = tried.length
          yield* sendDue
          if (tried.length > before) hours.push(hour)
          yield* TestClock.adjust("1 hour")
        }
        assert.lengthOf(tried, Letter.maximumTries)
        assert.isAtLeast(hours.at(-1) ?? 0, 56)
        assert.isAtMost(hours.at(-1) ?? 0, 96)
        assert.deepStrictEqual(yield* outcomes, [["receipt", "GivenUp", "550 nobody there"]])
      })
    )
  )

  it.effect("that is refused for good is given up at once", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* paid
        const { sendDue, tried } = carrier(notSent(true))
        yield* sendDue
        yield* TestClock.adjust("1 day")
        yield* sendDue
        assert.lengthOf(tried, 1)
        assert.deepStrictEqual(yield* outcomes, [["receipt", "GivenUp", "550 nobody there"]])
      })
    )
  )

  it.effect("that takes too long, or meets a bug, is tried again", () =>
    inGateway()(
      Effect.gen(function* () {
        yield* paid
        yield* carrier(Effect.die("a bug")).sendDue
        assert.deepStrictEqual(yield* outcomes, [["receipt", "Again", "Something is wrong with it"]])
        yield* TestClock.adjust("1 hour")
        yield* patiently(carrier(Effect.never).sendDue)
        assert.deepStrictEqual(yield* outcomes, [["receipt", "Again", "It took too long"]])
      })
    )
  )

  it.effect("is not sent for a tenant that sends none, nor a week late", () =>
    inGateway()(
      Effect.gen(function* () {
        const { owner } = yield* Given
        const { sendDue, tried } = carrier()
        yield* paid
        yield* TestClock.adjust("8 days")
        yield* sendDue
        const accounts = [MemoryTenants.account(owner, "infrapsp")]
        yield* MemoryTenants.configure(owner, {
          name: "Test",
          timeZone: "America/Sao_Paulo",
          latePayments: "accept",
          letters: false,
          accounts
        })
        yield* create("k2")
        yield* (yield* Given).provider.pay("infrapsp-2")
        yield* workFor(2)
        yield* sendDue
        assert.isEmpty(tried)
        assert.deepStrictEqual(yield* outcomes, [
          ["receipt", "Dropped", "too_old"],
          ["receipt", "Dropped", "switched_off"]
        ])
      })
    )
  )
})

describe("a tax document", () => {
  it.effect("goes to the customer when it is issued, as XML and PDF", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* provider.pay("infrapsp-1")
        yield* workFor(5)
        const { sendDue, tried } = carrier()
        yield* sendDue
        const { ourNumber } = yield* theInvoice
        const { accessKey } = yield* theDocument
        const letter = tried.find(({ content }) => content.kind === "tax_document") ?? assert.fail("no letter")
        assert.lengthOf(tried, 2)
        assert.deepInclude(letter.content, { number: "1" })
        assert.deepStrictEqual(
          letter.attachments.map(({ name, type }) => [name, type]),
          [
            [`nfse-${ourNumber}.xml`, "application/xml"],
            [`nfse-${ourNumber}.pdf`, "application/pdf"]
          ]
        )
        const [xml, pdf] = letter.attachments.map(({ content }) => Buffer.from(content).toString("utf8"))
        assert.include(xml, `chave="${accessKey}"`)
        assert.match(pdf ?? "", /^%PDF-/)
      })
    )
  )

  it.effect("that was canceled meanwhile is not sent", () =>
    inTaxGateway()(
      Effect.gen(function* () {
        const provider = yield* withInvoice(true)
        yield* provider.pay("infrapsp-1")
        yield* workFor(5)
        yield* cancelDocument("cancel")
        yield* workFor(5)
        const { sendDue, tried } = carrier()
        yield* sendDue
        assert.deepStrictEqual(
          tried.map(({ content }) => content.kind),
          ["receipt"]
        )
        assert.deepInclude(yield* outcomes, ["tax_document", "Dropped", "outdated"])
      })
    )
  )
})

describe("a payout's receipt", () => {
  /** A payout that was delivered to somebody with this address. */
  const delivered = (email: string | null) =>
    Effect.gen(function* () {
      const { provider } = yield* Paying.Given
      const { email: _, ...beneficiary } = PayoutSamples.request().beneficiary
      yield* Paying.create(
        "k1",
        PayoutSamples.request({ beneficiary: email === null ? beneficiary : { ...beneficiary, email } })
      )
      yield* provider.deliver("sellxpay-po-1")
      yield* TestClock.adjust("1 minute")
      yield* Paying.work
      return yield* Paying.thePayout
    })

  it.effect("goes to the beneficiary with what was delivered, without tax id and PIX key", () =>
    Paying.inGateway()(
      Effect.gen(function* () {
        const { ourNumber, request, status }: Payout.Payout = yield* delivered("joao@example.com")
        assert.strictEqual(status, "paid")
        const { sendDue, tried } = carrier()
        yield* sendDue
        const [letter, ...others] = tried
        assert.isEmpty(others)
        assert.deepInclude(letter?.to, { address: "joao@example.com", name: request.beneficiary.name })
        assert.deepInclude(letter?.content, { kind: "payout_receipt", ourNumber })
        const text = JSON.stringify(letter)
        assert.notInclude(text, request.beneficiary.document)
        if (request.destination.type === "pix") assert.notInclude(text, request.destination.key)
      })
    )
  )

  it.effect("is not sent where no address was given", () =>
    Paying.inGateway()(
      Effect.gen(function* () {
        yield* delivered(null)
        const { sendDue, tried } = carrier()
        yield* sendDue
        assert.isEmpty(tried)
        assert.deepStrictEqual(yield* outcomes, [["payout_receipt", "Dropped", "no_address"]])
      })
    )
  )
})
