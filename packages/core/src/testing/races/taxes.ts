/** Races about the tax document of an invoice. */
import { Effect } from "effect"
import * as Invoice from "../../models/Invoice.ts"
import * as TaxDocuments from "../../usecases/TaxDocuments.ts"
import { cancel, chargedBack, open, paid, request, theInvoice } from "./given.ts"
import { answered, of, quietly, type Race, unless } from "./race.ts"
import { keyed, sendDocuments, type World } from "./World.ts"

const documented = (autoIssue: boolean) => ({
  ...request,
  tax_document: { auto_issue: autoIssue, type: "nfse" as const, service_code: "01.05", iss_withheld: false }
})

/** An open invoice with a document that was asked for and is due. */
const asked = (world: World) =>
  Effect.gen(function* () {
    const id = yield* open(world, documented(false))
    yield* TaxDocuments.request(world.owner, keyed("document"), id, { type: "nfse", service_code: "01.05" })
    return id
  })

const work = (world: World, name = "issue") => quietly(name, sendDocuments(world))

const issued = ({ nfse }: World) => Effect.map(nfse.books, ({ documents }) => documents.map(({ status }) => status))

/** The documents of the only invoice, by their statuses. */
const statuses = (world: World) =>
  Effect.map(theInvoice(world), ({ documents }) => documents.map(({ status }) => status))

export const taxes: ReadonlyArray<Race> = [
  of({
    name: "a tax document is issued × its invoice is canceled",
    holds: "both are canceled, or the invoice stays open with its document, and the client is told which",
    before: asked,
    operations: (world, id) => [
      work(world),
      { name: "cancel", run: () => cancel(world, id), may: ["200", "OperationInProgress"] }
    ],
    laws: (world, _, [, canceled]) =>
      Effect.gen(function* () {
        const invoice = yield* theInvoice(world)
        const there = (yield* issued(world)).filter((status) => status === "issued").length
        const live = invoice.documents.filter(({ status }) => status === "issued").length
        const isCanceled = canceled.as === "200"
        return [
          ...unless(invoice.status === (isCanceled ? "canceled" : "open"), `the invoice is ${invoice.status}`),
          ...unless(live === (isCanceled ? 0 : 1), `${live} live documents of an invoice that is ${invoice.status}`),
          ...unless(there === live, `${there} live documents at the authority`)
        ]
      })
  }),
  of({
    name: "a tax document is issued by itself × the payment is charged back",
    holds: "it is issued once, or waits for a person",
    before: (world) => paid(world, documented(true)),
    operations: (world) => [work(world), chargedBack(world)],
    laws: (world) =>
      Effect.gen(function* () {
        const document = Invoice.document(yield* theInvoice(world))
        const there = yield* issued(world)
        const expected = document?.status === "issued" ? "issued" : ""
        return [
          ...unless(there.join() === expected, `at the authority: ${there.join()}`),
          ...unless(
            document?.status === "issued" || (document?.status === "pending" && document.held !== null),
            `the document is ${document?.status} and held for ${document?.held}`
          )
        ]
      })
  }),
  of({
    name: "a worker issues a tax document that is due × another one does",
    holds: "one document is issued, under one number",
    before: asked,
    operations: (world) => [work(world), work(world, "issue too")],
    laws: (world) =>
      Effect.gen(function* () {
        const [there, here] = [yield* issued(world), yield* statuses(world)]
        const { sent } = yield* world.nfse.books
        return [
          ...unless(there.join() === "issued", `at the authority: ${there.join()}`),
          ...unless(here.join() === "issued", `here: ${here.join()}`),
          ...unless(sent.length === 1, `${sent.length} were sent`)
        ]
      })
  }),
  of({
    name: "a tax document is canceled × its invoice is canceled",
    holds: "it is canceled once, and so is the invoice where a client was told so",
    before: (world) => Effect.tap(asked(world), () => sendDocuments(world)),
    operations: (world, id) => [
      {
        name: "cancel the document",
        run: () =>
          Effect.gen(function* () {
            const document = Invoice.document(yield* theInvoice(world))
            if (document === undefined) return yield* Effect.die(new Error("There is no document"))
            const reason = "The service was not delivered"
            return answered(yield* TaxDocuments.cancel(world.owner, keyed("cancel-document"), id, document.id, reason))
          }),
        may: ["200", "OperationInProgress"]
      },
      { name: "cancel", run: () => cancel(world, id), may: ["200", "OperationInProgress"] }
    ],
    laws: (world, _, [document, canceled]) =>
      Effect.gen(function* () {
        const { status } = yield* theInvoice(world)
        const [there, { calls }] = [yield* issued(world), yield* world.nfse.books]
        const asks = calls.filter((each) => each === "cancel").length
        return [
          ...unless(
            [document, canceled].some(({ as }) => as === "200"),
            "nobody was told that it is canceled"
          ),
          ...unless(status === (canceled.as === "200" ? "canceled" : "open"), `the invoice is ${status}`),
          ...unless(there.join() === "canceled", `at the authority: ${there.join()}`),
          ...unless(asks === 1, `the authority was asked ${asks} times`)
        ]
      })
  })
]
