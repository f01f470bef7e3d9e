/** A tax document to be read: the text that the authority returned, and the same on paper. */
import { Effect, Option } from "effect"
import type * as TaxDocument from "../models/TaxDocument.ts"
import type { Owner } from "../models/Owner.ts"
import { ProviderNotConfigured } from "../ports/Routing.ts"
import { TaxStore } from "../ports/Store.ts"
import type { InvoiceId, TaxDocumentId } from "../values/Ids.ts"
import * as Accounts from "./Accounts.ts"
import { NotFound, ProviderError } from "./errors.ts"
import * as TaxDocuments from "./TaxDocuments.ts"

/** The name that a document's files have, without its ending. */
const nameOf = ({ accessKey, id, type }: TaxDocument.TaxDocument): string =>
  `${type}-${(accessKey ?? id).replaceAll(/[^A-Za-z0-9]/g, "")}`

const issued = Effect.fnUntraced(function* (owner: Owner, id: InvoiceId, documentId: TaxDocumentId) {
  const { document } = yield* TaxDocuments.get(owner, id, documentId)
  const reference = document.sending?.reference ?? ""
  const kept = yield* (yield* TaxStore).file(owner, { document: document.id, kind: "issued", reference })
  if (document.accessKey === null || Option.isNone(kept)) {
    return yield* new NotFound({ message: "The tax document is not issued" })
  }
  return { document, name: nameOf(document), content: kept.value }
})

/** The XML as the authority returned it, also of a canceled document. Fails with `NotFound` while it is not issued. */
export const xml = Effect.fn("TaxFiles.xml")(function* (owner: Owner, id: InvoiceId, documentId: TaxDocumentId) {
  const { content, name } = yield* issued(owner, id, documentId)
  return { name: `${name}.xml`, content }
})

/**
 * The document as a PDF; canceled, it says so. Fails with `NotFound` while it is not issued, `ProviderNotConfigured` when nobody
 * speaks for its account any more, and `ProviderError` when it can't be rendered.
 */
export const pdf = Effect.fn("TaxFiles.pdf")(function* (owner: Owner, id: InvoiceId, documentId: TaxDocumentId) {
  const { content, document, name } = yield* issued(owner, id, documentId)
  const via = yield* Accounts.findIssuer(owner, document.sending?.account ?? "")
  if (Option.isNone(via)) {
    return yield* new ProviderNotConfigured({ message: "The provider account of the tax document is not configured" })
  }
  const { account, issuer } = via.value
  const rendered = yield* issuer
    .render(account, { content, canceled: document.status === "canceled" })
    .pipe(Effect.mapError(({ message }) => new ProviderError({ message, inDoubt: false })))
  return { name: `${name}.pdf`, content: rendered }
})
