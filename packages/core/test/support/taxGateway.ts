/** A gateway in memory that issues tax documents. */
import { assert } from "@effect/vitest"
import {
  Cancellation,
  Idempotency,
  Invoice,
  type InvoiceRequest,
  Notifications,
  Statements,
  type TaxDocument,
  TaxDocuments
} from "@salesos/core"
import { type FakeIssuer, FakeProvider, MemoryDatabase, MemoryTenants, Samples } from "@salesos/core/testing"
import { Effect } from "effect"
import { create, Given, inGateway, type Options, patiently, theInvoice } from "./gateway.ts"

/** A gateway with an issuer of NFS-e. */
export const inTaxGateway = (options: Options = {}) => inGateway({ issuers: [{}], ...options })

export const issuer = Effect.map(Given, ({ issuers }): FakeIssuer.FakeIssuer => issuers[0] ?? assert.fail("no issuer"))

/** The request of an invoice that is to have a document. */
export const documented = (autoIssue: boolean, changes: Partial<InvoiceRequest.InvoiceRequest> = {}) =>
  Samples.request({
    tax_document: { auto_issue: autoIssue, type: "nfse", service_code: "01.05", iss_withheld: false },
    ...changes
  })

export const keyed = (key: string, body: unknown = {}): Idempotency.Keyed => ({
  key: Idempotency.IdempotencyKey.make(key),
  fingerprint: Idempotency.fingerprint("POST", "/tax-documents", body)
})

/** Asks for a document of the only invoice. */
export const requestDocument = (key: string, wanted: TaxDocument.Request = { type: "nfse", service_code: "01.05" }) =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    return yield* patiently(TaxDocuments.request(owner, keyed(key, wanted), (yield* theInvoice).id, wanted))
  })

export const reason = "The service was not delivered"

/** Cancels the last document of the only invoice. */
export const cancelDocument = (key: string) =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    const invoice = yield* theInvoice
    const { id } = Invoice.document(invoice) ?? assert.fail("no document")
    return yield* patiently(TaxDocuments.cancel(owner, keyed(key), invoice.id, id, reason))
  })

/** Cancels the only invoice. */
export const cancelInvoice = (key: string) =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    return yield* patiently(Cancellation.cancel(owner, keyed(key), (yield* theInvoice).id))
  })

/** The last document of the only invoice. */
export const theDocument = Effect.map(theInvoice, (invoice) => Invoice.document(invoice) ?? assert.fail("no document"))

/** The status of each document of the only invoice, oldest first. */
export const statuses = Effect.map(theInvoice, ({ documents }) => documents.map(({ status }) => status))

/** What the authority has in its books. */
export const issued = Effect.gen(function* () {
  return (yield* (yield* issuer).books).documents.map(({ status }) => status)
})

/** How often each call was made. */
export const calls = Effect.gen(function* () {
  return (yield* (yield* issuer).books).calls
})

/** The contents that were sent. */
export const sent = Effect.gen(function* () {
  return (yield* (yield* issuer).books).sent
})

export const events = Effect.map(
  Effect.flatMap(MemoryDatabase.MemoryDatabase, ({ tables }) => tables),
  (all) => all.events.map(({ event }) => event.type)
)

export const lines = Effect.gen(function* () {
  const { owner } = yield* Given
  const { data } = yield* Statements.list(owner, {}, { limit: 100 })
  return data.map(({ account, line }) => [account, line.type, line.amount, line.fee, line.net])
})

/** The issuer's account says that a document costs so much. */
export const costs = (fee: string) =>
  Effect.gen(function* () {
    const { owner } = yield* Given
    const accounts = ["infrapsp", "nfse"].map((name) => MemoryTenants.account(owner, name))
    yield* MemoryTenants.configure(owner, {
      name: "Test",
      timeZone: "America/Sao_Paulo",
      latePayments: "accept",
      letters: true,
      accounts: accounts.map((each) => (each.name === "nfse" ? { ...each, settings: { documentFee: fee } } : each))
    })
  })

/** An open invoice that is to have a document, and its provider. */
export const withInvoice = (autoIssue: boolean) =>
  Effect.gen(function* () {
    yield* create("invoice", documented(autoIssue))
    return (yield* Given).provider
  })

/** The provider says that there is news about the first charge. */
export const notified = Effect.gen(function* () {
  const { notificationToken } = yield* Given
  yield* Notifications.receive("infrapsp", notificationToken, {}, FakeProvider.notification("n1", "infrapsp-1"))
})

export const failureOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)
