/** Telling a person, once, of what has been in doubt for long about an invoice. */
import type { DateTime } from "effect"
import * as ChargeAttempt from "../ChargeAttempt.ts"
import * as Doubt from "../Doubt.ts"
import * as ProviderOperation from "../ProviderOperation.ts"
import * as TaxDocument from "../TaxDocument.ts"
import { touch } from "./internal.ts"
import type { Invoice } from "./State.ts"

const tellOfAttempt = (found: ChargeAttempt.ChargeAttempt, now: DateTime.Utc): ChargeAttempt.ChargeAttempt => {
  const told = ChargeAttempt.isUnresolved(found) ? Doubt.tell(found, now) : found
  const cancel = found.cancel && ProviderOperation.tell(found.cancel, now)
  const refund = found.refund && ProviderOperation.tell(found.refund, now)
  return cancel === found.cancel && refund === found.refund ? told : { ...told, cancel, refund }
}

const tellOfDocument = (found: TaxDocument.TaxDocument, now: DateTime.Utc): TaxDocument.TaxDocument => {
  const cancel = found.cancel && ProviderOperation.tell(found.cancel, now)
  const doubted = TaxDocument.unresolvedSending(found)
  const sending = doubted === null ? found.sending : Doubt.tell(doubted, now)
  return cancel === found.cancel && sending === found.sending ? found : { ...found, cancel, sending }
}

/**
 * Marks what has been in doubt for long by now as told; the very same invoice where nobody is to be told of anything. It is a change
 * of the invoice, so that of several who find the same at once one makes it.
 */
export const tellOfDoubts = (invoice: Invoice, now: DateTime.Utc): Invoice => {
  const attempts = invoice.attempts.map((each) => tellOfAttempt(each, now))
  const documents = invoice.documents.map((each) => tellOfDocument(each, now))
  const isSame =
    attempts.every((each, at) => each === invoice.attempts[at]) &&
    documents.every((each, at) => each === invoice.documents[at])
  return isSame ? invoice : touch(invoice, now, { attempts, documents })
}
