/**
 * Asking now about all that is in doubt of one invoice or payout, for whoever wants to know. By the same leases as everybody: what
 * another operation is at is left to it.
 */
import { Effect, Option } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import * as TaxDocument from "../models/TaxDocument.ts"
import { InvoiceStore } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as InDoubt from "./InDoubt.ts"
import * as Lookups from "./Lookups.ts"
import * as PayoutInDoubt from "./PayoutInDoubt.ts"
import * as TaxInDoubt from "./TaxInDoubt.ts"

/** Asks about an invoice's charges, their cancellations and refunds, and its tax document. Nothing where there is no doubt. */
export const askAboutInvoice = Effect.fn("Doubts.askAboutInvoice")(function* (owner: Owner, id: InvoiceId) {
  const found = Option.getOrUndefined(yield* (yield* InvoiceStore).get(owner, id))
  if (found === undefined) return
  if (Invoice.unresolved(found).length > 0) yield* InDoubt.resolveAlone(owner, id)
  for (const { number } of Invoice.unresolvedOperations(found)) {
    yield* Lookups.lookUp({ owner, invoice: id, attempt: number })
  }
  if (found.documents.some(TaxDocument.isUnresolved)) yield* TaxInDoubt.resolveAlone(owner, id)
})

/** Asks about a payout. Nothing where there is no doubt. */
export const askAboutPayout = PayoutInDoubt.resolveAlone
