/** Laws of tax documents: their state, which is their invoice's, their numbers and texts, and what of them is due. */
import { DateTime, Duration, Effect, Option } from "effect"
import type { Owner } from "../../models/Owner.ts"
import * as TaxDocument from "../../models/TaxDocument.ts"
import { type DocumentDue, TaxStore } from "../../ports/Store.ts"
import * as Ids from "../../values/Ids.ts"
import type { InvoiceId, TaxDocumentId } from "../../values/Ids.ts"
import * as Samples from "../Samples.ts"
import { change, invoice, nothing, owner, stored, tenancy } from "./given.ts"
import { eventually, holds, law, refused, same, times, upTo } from "./law.ts"

const hour = Duration.hours(1)

/** A new invoice with a document that waits, and the document's id. */
const documented = Effect.fnUntraced(function* (of: Owner) {
  const made = yield* invoice(of, {
    request: Samples.request({ tax_document: { auto_issue: true, type: "nfse", service_code: "01.05" } }),
    document: yield* Ids.generate("td")
  })
  const document = made.invoice.documents[0]
  yield* holds(document !== undefined, "an invoice that asks for a document has none")
  return { id: made.invoice.id, document: document?.id ?? (yield* Ids.generate("td")) }
})

/** Changes the invoice's documents, and keeps texts with them. */
const changeDocuments = (
  of: Owner,
  id: InvoiceId,
  by: (documents: ReadonlyArray<TaxDocument.TaxDocument>, now: DateTime.Utc) => ReadonlyArray<TaxDocument.TaxDocument>,
  files: ReadonlyArray<TaxDocument.File> = []
) =>
  change(of, id, null, (held) => {
    const { current, now } = held
    const updatedAt = DateTime.max(now, DateTime.add(current.updatedAt, { milliseconds: 1 }))
    const next = { ...current, documents: by(current.documents, now), updatedAt }
    return Effect.succeed({ change: { ...nothing(held), next, files }, result: next })
  })

/** The same for every document of an invoice. */
const changeEach = (of: Owner, id: InvoiceId, changes: Partial<TaxDocument.TaxDocument>) =>
  changeDocuments(of, id, (documents) => documents.map((each) => ({ ...each, ...changes })))

const sending = (reference: string, at: DateTime.Utc): TaxDocument.Sending => ({
  reference,
  account: "nfse",
  status: "in_doubt",
  since: at,
  misses: 2,
  missesCountFrom: DateTime.add(at, { minutes: 3 }),
  alerted: true
})

const sentFile = (document: TaxDocumentId, reference: string, content = "<DPS/>"): TaxDocument.File => ({
  document,
  kind: "sent",
  reference,
  content
})

const of = (due: ReadonlyArray<DocumentDue>, owner: Owner): ReadonlyArray<TaxDocumentId> =>
  due.flatMap((each) =>
    each.owner.tenant === owner.tenant && each.owner.environment === owner.environment ? [each.document] : []
  )

/** Takes until nothing is due any more. Others' documents in the same database are taken, too. */
const takeAll = Effect.fnUntraced(function* (limit: number, retryIn: Duration.Duration) {
  const store = yield* TaxStore
  const taken: Array<DocumentDue> = []
  while (true) {
    const due = yield* store.takeDue(limit, retryIn)
    yield* holds(due.length <= limit, `${due.length} were taken at a limit of ${limit}`)
    taken.push(...due)
    if (due.length === 0) return taken
  }
})

/** Laws of `TaxStore`, and of the documents that `InvoiceStore` keeps. */
export const taxDocuments = [
  law(
    "a tax document comes back as it was written, whatever has happened to it",
    Effect.gen(function* () {
      const mine = yield* owner
      const { id } = yield* documented(mine)
      yield* same("what is read at first", (yield* stored(mine, id)).documents[0]?.asked, false)
      const at = DateTime.add(yield* DateTime.now, { hours: 1 })
      const operation = { status: "in_doubt" as const, misses: 1, missesCountFrom: at, since: at, alerted: true }
      const written = yield* changeEach(mine, id, {
        status: "issued",
        autoIssue: false,
        asked: true,
        serviceCode: "010501",
        issWithheld: true,
        metadata: { order: "77" },
        sending: sending("DPS1", at),
        held: "reversed",
        documentNumber: "123",
        accessKey: "key",
        issuedAt: at,
        canceledAt: at,
        cancel: { ...operation, reason: "não é mais necessário", withInvoice: true },
        failure: { code: "E0001", message: 'ção "quoted"' },
        dueAt: at,
        updatedAt: at
      })
      yield* same("what is read", (yield* stored(mine, id)).documents, written.documents)
      const cleared = yield* changeEach(mine, id, {
        sending: null,
        held: null,
        cancel: null,
        failure: null,
        dueAt: null
      })
      yield* same("what is read when it is cleared", (yield* stored(mine, id)).documents, cleared.documents)
    })
  ),
  law(
    "an invoice has one live tax document, and a new one may follow in the transaction that cancels the last",
    Effect.gen(function* () {
      const mine = yield* owner
      const { document, id } = yield* documented(mine)
      const added = yield* Ids.generate("td")
      const more = (now: DateTime.Utc) =>
        TaxDocument.pending(added, { type: "nfse" }, false, DateTime.add(now, { seconds: 1 }))
      yield* refused(
        "a second live document",
        changeDocuments(mine, id, (documents, now) => [...documents, more(now)])
      )
      yield* same(
        "the documents",
        (yield* stored(mine, id)).documents.map(({ id }) => id),
        [document]
      )
      yield* changeDocuments(mine, id, (documents, now) => [
        ...documents.map((each) => ({ ...each, status: "canceled" as const })),
        more(now)
      ])
      yield* same(
        "the documents, oldest first",
        (yield* stored(mine, id)).documents.map((each) => each.id),
        [document, added]
      )
    })
  ),
  law(
    "a reference is one document's alone: being sent, and ever after",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const [first, second] = [yield* documented(sandbox), yield* documented(sandbox)]
      const now = yield* DateTime.now
      const send = (to: typeof first, reference: string, where = sandbox) =>
        changeDocuments(
          where,
          to.id,
          (documents) => documents.map((each) => ({ ...each, sending: sending(reference, now) })),
          [sentFile(to.document, reference)]
        )
      yield* send(first, "DPS1")
      yield* refused("another document under the same reference", send(second, "DPS1"))
      // It has failed, and gone on to another number: the first stays taken.
      yield* send(first, "DPS2")
      yield* refused("another document under a reference that was sent", send(second, "DPS1"))
      const store = yield* TaxStore
      const kept = { document: second.document, kind: "sent" as const, reference: "DPS1" }
      yield* same("what is kept of what was refused", yield* store.file(sandbox, kept), Option.none())
      const [unsent] = (yield* stored(sandbox, second.id)).documents
      yield* same("what was to change with it", unsent?.sending, null)
      yield* send(second, "DPS3")
      yield* send(yield* documented(live), "DPS1", live)
    })
  ),
  law(
    "a text is kept as it is, once, and is its owner's alone",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const store = yield* TaxStore
      const { document, id } = yield* documented(sandbox)
      const content = '<?xml version="1.0"?>\r\n<DPS>ção 😀 \' "quoted" \\ $1 %\t</DPS>\n'
      const file = sentFile(document, "DPS1", content)
      const keep = (...files: ReadonlyArray<TaxDocument.File>) => changeDocuments(sandbox, id, (same) => same, files)
      yield* keep(file)
      yield* same("the text", yield* store.file(sandbox, file), Option.some(content))
      yield* keep({ ...file, content: "other" }, { ...file, kind: "issued", content: "<NFSe/>" })
      yield* same("the text after another was kept", yield* store.file(sandbox, file), Option.some(content))
      yield* same("another kind", yield* store.file(sandbox, { ...file, kind: "issued" }), Option.some("<NFSe/>"))
      yield* same("one that is not there", yield* store.file(sandbox, { ...file, kind: "canceled" }), Option.none())
      yield* same("another owner's", yield* store.file(live, file), Option.none())
    })
  ),
  law(
    "numbers of an account are taken once each, however many take some at the same time",
    Effect.gen(function* () {
      const { live, sandbox } = yield* tenancy
      const { takeNumber } = yield* TaxStore
      const taken = yield* times(50, takeNumber(sandbox, "nfse"))
      yield* same(
        "the numbers",
        taken.toSorted((a, b) => a - b),
        upTo(50)
      )
      yield* same("the next", yield* takeNumber(sandbox, "nfse"), 51)
      yield* same("another account's first", yield* takeNumber(sandbox, "other"), 1)
      yield* same("another environment's first", yield* takeNumber(live, "nfse"), 1)
    })
  ),
  law(
    "a document that is due is taken once until it is to be tried again, and taking changes nothing that a client sees",
    Effect.gen(function* () {
      const mine = yield* owner
      const [due, later] = [yield* documented(mine), yield* documented(mine)]
      const now = yield* DateTime.now
      yield* changeEach(mine, due.id, { dueAt: DateTime.subtract(now, { seconds: 1 }) })
      yield* changeEach(mine, later.id, { dueAt: DateTime.add(now, { hours: 1 }) })
      const before = yield* stored(mine, due.id)
      yield* same("taken", of(yield* takeAll(10, Duration.millis(400)), mine), [due.document])
      yield* same("taken right after", of(yield* takeAll(10, hour), mine), [])
      yield* eventually("taken again", takeAll(10, hour), (taken) => of(taken, mine).includes(due.document))
      const after = yield* stored(mine, due.id)
      yield* same(
        "the times of change",
        [after.updatedAt, after.documents[0]?.updatedAt],
        [before.updatedAt, before.documents[0]?.updatedAt]
      )
      yield* changeEach(mine, due.id, { dueAt: null })
      yield* same("taken at last", of(yield* takeAll(10, hour), mine), [])
    })
  ),
  law(
    "of many takers at once each document is handed to one",
    Effect.gen(function* () {
      const mine = yield* owner
      const made = yield* times(12, documented(mine))
      const past = DateTime.subtract(yield* DateTime.now, { seconds: 1 })
      for (const { id } of made) yield* changeEach(mine, id, { dueAt: past })
      const taken = of((yield* times(6, takeAll(3, hour))).flat(), mine)
      yield* same("the documents taken", taken.toSorted(), made.map(({ document }) => document).toSorted())
    })
  )
]
