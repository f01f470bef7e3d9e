/** Sending the letters that are due: each is composed of what is so now, handed over once, and tried again where it was not taken. */
import { DateTime, Duration, Effect, Option, Random, Schema } from "effect"
import * as Correspondence from "../models/Correspondence.ts"
import * as Invoice from "../models/Invoice.ts"
import * as Letter from "../models/Letter.ts"
import type { Environment, Owner } from "../models/Owner.ts"
import * as Resources from "../models/Resources.ts"
import type { TaxDocument } from "../models/TaxDocument.ts"
import { type Attachment, Mailer, NotSent } from "../ports/Mailer.ts"
import { Mails, type Taken } from "../ports/Mails.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, PayoutStore, Tenants } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import { needsALook } from "./Execution.ts"
import * as TaxFiles from "./TaxFiles.ts"

/** There is nothing to be sent. */
class NoLetter extends Schema.TaggedError<NoLetter>()("NoLetter", {
  reason: Schema.Literals(["no_address", "switched_off", "outdated", "too_old"])
}) {}

/** Takes up to `limit` letters of an environment that are due. */
export const take = (environment: Environment, limit: number) => Mails.use((mails) => mails.take(environment, limit))

const outdated = new NoLetter({ reason: "outdated" })

const foundOr = <A>(found: Option.Option<A>) => Effect.mapError(Effect.fromOption(found), () => outdated)

const inForce = (content: Letter.Content | null) => Effect.mapError(Effect.fromNullishOr(content), () => outdated)

const invoiceOf = Effect.fnUntraced(function* (owner: Owner, id: InvoiceId) {
  const invoice = yield* foundOr(yield* (yield* InvoiceStore).get(owner, id))
  return { invoice, link: Resources.payerPage(id, yield* Settings), now: yield* DateTime.now }
})

/** The document as it was issued, and on paper. */
const filesOf = Effect.fnUntraced(
  function* (owner: Owner, invoice: Invoice.Invoice, document: TaxDocument) {
    const xml = yield* TaxFiles.xml(owner, invoice.id, document.id)
    const pdf = yield* TaxFiles.pdf(owner, invoice.id, document.id)
    // Not by the access key, as a download is: the issuer's tax id may be in it.
    const name = `${document.type}-${invoice.ourNumber}`
    return [
      { name: `${name}.xml`, type: "application/xml", content: xml.content },
      { name: `${name}.pdf`, type: "application/pdf", content: pdf.content }
    ] satisfies ReadonlyArray<Attachment>
  },
  Effect.mapError(
    ({ _tag, message }) =>
      new NotSent({ permanent: false, summary: `Its files can't be made: ${_tag}`, message: `Its files: ${message}` })
  )
)

const compose = Effect.fnUntraced(function* ({ letter, owner }: Taken) {
  const none: ReadonlyArray<Attachment> = []
  switch (letter.kind) {
    case "receipt": {
      const { invoice, link, now } = yield* invoiceOf(owner, letter.invoice)
      return { to: Correspondence.payer(invoice), content: Letter.receipt(invoice, link, now), attachments: none }
    }
    case "tax_document": {
      const { invoice, link, now } = yield* invoiceOf(owner, letter.invoice)
      const document = yield* foundOr(Option.fromNullishOr(Invoice.documentBy(invoice, letter.document)))
      const content = yield* inForce(Letter.taxDocument(invoice, document, link, now))
      return { to: Correspondence.payer(invoice), content, attachments: yield* filesOf(owner, invoice, document) }
    }
    case "payout_receipt": {
      const payout = yield* foundOr(yield* (yield* PayoutStore).get(owner, letter.payout))
      return {
        to: Correspondence.beneficiary(payout),
        content: yield* inForce(Letter.payoutReceipt(payout)),
        attachments: none
      }
    }
  }
})

/** Composes a letter and hands it over. */
const handOver = Effect.fnUntraced(function* (taken: Taken) {
  const { age, event, owner } = taken
  if (Duration.isGreaterThan(age, Letter.usefulFor)) return yield* new NoLetter({ reason: "too_old" })
  const { letters, name, timeZone } = yield* (yield* Tenants).profile(owner)
  if (!letters) return yield* new NoLetter({ reason: "switched_off" })
  const { attachments, content, to } = yield* compose(taken)
  if (to.address === null) return yield* new NoLetter({ reason: "no_address" })
  yield* (yield* Mailer).send({
    id: event,
    environment: owner.environment,
    sender: name,
    to: { name: to.name, address: to.address },
    language: to.language,
    timeZone,
    content,
    attachments
  })
})

const because = (message: string) => new NotSent({ permanent: false, summary: message, message })
const tooLong = because("It took too long")
const broken = because("Something is wrong with it")

/** Sends a letter, and records what came of it. One that is given up is an alert. */
export const send = Effect.fn("Letters.send")(
  function* (taken: Taken) {
    const failed = Effect.fnUntraced(function* ({ message, permanent, summary }: NotSent) {
      const outcome = Letter.afterFailure({ message, permanent }, taken.number, yield* Random.next)
      yield* outcome._tag === "GivenUp"
        ? needsALook("letter_given_up", { reason: summary })
        : Effect.logInfo(`Letter not sent: ${summary}`)
      return outcome
    })
    const outcome = yield* handOver(taken).pipe(
      Effect.timeoutOrElse({ duration: Letter.deadline, orElse: () => Effect.fail(tooLong) }),
      Effect.as<Letter.Outcome>({ _tag: "Sent" }),
      Effect.catchTags({
        NotSent: failed,
        NoLetter: ({ reason }) => Effect.succeed<Letter.Outcome>({ _tag: "Dropped", reason })
      }),
      // A bug of ours: it must come to an end, too.
      Effect.catchDefect((defect) =>
        Effect.andThen(Effect.logError("A letter could not be sent", defect), failed(broken))
      )
    )
    yield* (yield* Mails).record(taken, outcome)
    yield* Effect.logInfo(`Letter ${outcome._tag}`)
  },
  (effect, { event, letter, owner }) =>
    Effect.annotateLogs(effect, { event, letter: letter.kind, tenant: owner.tenant, environment: owner.environment })
)
