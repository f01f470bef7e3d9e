/** What holds of an invoice's tax documents whatever happens to them, in any order. */
import { assert, describe, it } from "@effect/vitest"
import { Ids, Invoice, type Observation, TaxDocument } from "@salesos/core"
import { Samples } from "@salesos/core/testing"
import { DateTime, Effect, Result } from "effect"
import * as fc from "fast-check"
import { first, later } from "../support/given.ts"

/** An invoice, the number of steps so far, and what has been sent to the authority. */
interface Play {
  readonly invoice: Invoice.Invoice
  readonly time: number
}

type Step = (play: Play, document: TaxDocument.TaxDocument | undefined, now: DateTime.Utc) => Invoice.Invoice

const newId = () => Effect.runSync(Ids.generate("td"))

const observed =
  (seen: Observation.ChargeObservation): Step =>
  ({ invoice }, _, now) =>
    Invoice.documentAfterPayment(Invoice.observe(invoice, 1, seen, now).invoice, newId(), now)

const onDocument =
  (by: (invoice: Invoice.Invoice, id: TaxDocument.TaxDocument["id"], now: DateTime.Utc) => Invoice.Invoice): Step =>
  ({ invoice }, document, now) =>
    document === undefined ? invoice : by(invoice, document.id, now)

const referenceOf = (document: TaxDocument.TaxDocument | undefined) => document?.sending?.reference ?? "none"

const partial = Samples.payment({ money: { amount: 100, currency: Samples.brl } })

const steps: Readonly<Record<string, Step>> = {
  open: observed(Samples.observation("tx")),
  pay: observed(Samples.settled("tx", Samples.payment())),
  "pay in part": observed(Samples.settled("tx", partial)),
  "pay twice": observed(Samples.settled("tx", Samples.payment(), Samples.payment({ ordinal: "2" }))),
  expire: observed(Samples.observation("tx", { status: { _tag: "ended", reason: "expired" }, artifact: null })),
  "cancel the invoice": ({ invoice }, _, now) => (Invoice.isInDoubt(invoice) ? invoice : Invoice.cancel(invoice, now)),
  request: ({ invoice }, _, now) =>
    Result.getOrElse(Invoice.requestDocument(invoice, newId(), { type: "nfse" }, now), () => invoice),
  send: ({ invoice, time }, document, now) => {
    if (document === undefined) return invoice
    const against = Invoice.mayNotBeSent(invoice, document)
    if (against !== null) {
      return document.dueAt === null ? invoice : Invoice.holdDocument(invoice, document.id, against, now)
    }
    const reference = document.sending?.reference ?? `DPS${time}`
    return Invoice.documentSent(invoice, document.id, { reference, account: "nfse" }, now, now)
  },
  doubt: onDocument((invoice, id, now) => Invoice.documentDoubted(invoice, id, now, now)),
  "not sent": onDocument(Invoice.documentNotSent),
  miss: onDocument((invoice, id, now) => Invoice.documentMissed(invoice, id, 2, now)),
  postpone: onDocument(Invoice.documentPostponed),
  issue: ({ invoice }, document, now) =>
    document === undefined || !TaxDocument.isUnresolved(document)
      ? invoice
      : Invoice.documentIssued(
          invoice,
          document.id,
          referenceOf(document),
          { accessKey: referenceOf(document), documentNumber: "1", issuedAt: now },
          now
        ),
  refuse: ({ invoice }, document, now) =>
    document === undefined || !TaxDocument.isUnresolved(document)
      ? invoice
      : Invoice.documentFailed(invoice, document.id, { code: "E0001", message: "No" }, now),
  drop: onDocument((invoice, id, now) => Invoice.dropDocument(invoice, id, "not wanted any more", now)),
  "send a cancellation": onDocument((invoice, id, now) =>
    Invoice.documentCancelSent(invoice, id, { reason: "not wanted any more", withInvoice: false }, now, now)
  ),
  "send a cancellation with the invoice": onDocument((invoice, id, now) =>
    Invoice.documentCancelSent(invoice, id, { reason: "not wanted any more", withInvoice: true }, now, now)
  ),
  "refuse the cancellation": onDocument(Invoice.documentCancelRefused),
  "doubt the cancellation": onDocument((invoice, id, now) => Invoice.documentCancelDoubted(invoice, id, now, now)),
  "miss the cancellation": onDocument((invoice, id, now) => Invoice.documentCancelMissed(invoice, id, 2, now)),
  "cancel it": ({ invoice }, document, now) =>
    document?.status !== "issued"
      ? invoice
      : Invoice.documentAfterPayment(Invoice.documentCanceled(invoice, document.id, now, now), newId(), now)
}

const begin = (autoIssue: boolean): Play => ({
  invoice: first(Samples.request({ tax_document: { auto_issue: autoIssue, type: "nfse", service_code: "01.05" } })),
  time: 0
})

const transitions: ReadonlySet<string> = new Set(
  TaxDocument.Status.literals.flatMap((from) =>
    (["Issued", "Failed", "Retried", "Dropped", "Canceled"] as const).flatMap((event) =>
      Result.match(TaxDocument.next(from, event), { onFailure: () => [], onSuccess: (to) => [`${from} ${to}`] })
    )
  )
)

/** What must hold after every step. */
const check = (name: string, before: Invoice.Invoice, after: Invoice.Invoice) => {
  const live = after.documents.filter(TaxDocument.isLive)
  assert.isAtMost(live.length, 1)
  if (live.length === 1) assert.strictEqual(Invoice.document(after), live[0])
  assert.deepStrictEqual(
    after.documents.slice(0, before.documents.length).map(({ id }) => id),
    before.documents.map(({ id }) => id)
  )
  for (const document of after.documents) {
    const was = Invoice.documentBy(before, document.id)
    if (was === undefined) {
      assert.strictEqual(document.status, "pending")
      continue
    }
    // Nothing leaves the table; what is known of an issued document is never forgotten; and what changes says so.
    if (was.status !== document.status) assert.isTrue(transitions.has(`${was.status} ${document.status}`))
    if (was.accessKey !== null) assert.strictEqual(document.accessKey, was.accessKey)
    // What may be at the authority is given up only once it is known not to be there.
    const isKnown = name === "not sent" || name === "miss"
    if (TaxDocument.isUnresolved(was) && !isKnown) {
      assert.notDeepInclude(document, { status: "canceled", accessKey: null })
    }
    const { dueAt: _due, ...shown } = document
    const { dueAt: _wasDue, ...wasShown } = was
    if (JSON.stringify(shown) !== JSON.stringify(wasShown)) {
      assert.isTrue(DateTime.isGreaterThan(document.updatedAt, was.updatedAt))
      assert.isTrue(DateTime.isGreaterThan(after.updatedAt, before.updatedAt))
    }
  }
  const last = Invoice.document(after)
  // Whoever is owed a document is not forgotten: it is due, or held for a person.
  const owed = last?.status === "pending" && (last.asked || (last.autoIssue && after.status === "paid"))
  if (owed) assert.isTrue(last.dueAt !== null || last.held !== null)
  if (last !== undefined && TaxDocument.isUnresolved(last)) assert.isNotNull(last.dueAt)
  if (last?.status === "issued" && !TaxDocument.isUnresolved(last)) assert.isNull(last.dueAt)
}

describe("an invoice's tax documents", () => {
  it("stay within their table, one live at most, none forgotten, whatever happens in whatever order", () => {
    const reached = new Set<string>()
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(fc.constantFrom(...Object.keys(steps)), { maxLength: 40 }),
        (autoIssue, names) => {
          let play = begin(autoIssue)
          for (const name of names) {
            const time = play.time + 1
            const after = steps[name]?.(play, Invoice.document(play.invoice), later(time)) ?? play.invoice
            check(name, play.invoice, after)
            for (const { status } of after.documents) reached.add(`${after.status} ${status}`)
            play = { invoice: after, time }
          }
        }
      ),
      {
        numRuns: 2000,
        // The ways to the ends that are looked for below: chance alone seldom takes some of them.
        examples: [
          [true, ["open", "pay", "send", "issue", "send a cancellation", "cancel it"]],
          [false, ["open", "request", "send", "issue"]],
          [true, ["open", "cancel the invoice"]],
          [true, ["open", "expire"]]
        ]
      }
    )
    for (const each of ["open issued", "paid issued", "paid canceled", "canceled canceled", "failed canceled"]) {
      assert.isTrue(reached.has(each), `${each} is never reached`)
    }
  })

  it("are made of a payment once, however often it is told", () => {
    const told = [Samples.settled("tx", Samples.payment()), Samples.settled("tx", Samples.payment())]
    const after = told.reduce(
      (sofar, seen, time) =>
        Invoice.documentAfterPayment(Invoice.observe(sofar, 1, seen, later(time)).invoice, newId(), later(time)),
      begin(true).invoice
    )
    assert.strictEqual(after.documents.length, 1)
    assert.deepStrictEqual(after.documents[0]?.dueAt, later(0))
  })
})

describe("a tax document that was sent a moment ago", () => {
  const request = Samples.request({ tax_document: { type: "nfse", auto_issue: true } })
  const sent = (by: (invoice: Invoice.Invoice, id: Ids.TaxDocumentId, now: DateTime.Utc) => Invoice.Invoice) => {
    const invoice = first(request)
    const { id } = invoice.documents[0] ?? assert.fail("no document")
    const under = Invoice.documentSent(invoice, id, { reference: "DPS1", account: "nfse" }, later(165), later(0))
    return by(under, id, later(10)).documents[0]?.dueAt
  }

  it.each([
    ["postponed", Invoice.documentPostponed],
    ["asked about in vain", Invoice.documentUntold],
    [
      "missed",
      (...[invoice, id, now]: Parameters<typeof Invoice.documentPostponed>) =>
        Invoice.documentMissed(invoice, id, 2, now)
    ]
  ] as const)("and is %s is asked about when that counts, and not before", (_, by) => {
    assert.deepStrictEqual(sent(by), later(165))
  })
})
