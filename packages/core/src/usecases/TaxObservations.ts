/**
 * What happens when the authority has said something about a tax document: state, fee, the text as it was returned and the event
 * are written in one transaction. It counts whoever learned it, also an execution that has lost its lease.
 */
import { Effect, Option, Result } from "effect"
import type { Alert } from "../models/Alert.ts"
import type { Booking } from "../models/BalanceTransaction.ts"
import * as Invoice from "../models/Invoice.ts"
import * as Ledger from "../models/Ledger.ts"
import type * as TaxDocument from "../models/TaxDocument.ts"
import type { Change, Held } from "../ports/Operations.ts"
import type { ProviderAccount } from "../ports/Provider.ts"
import { Settings } from "../ports/Settings.ts"
import type { TaxObservation } from "../ports/TaxIssuer.ts"
import * as Ids from "../values/Ids.ts"
import type { InvoiceId } from "../values/Ids.ts"
import { changeOf } from "./Changes.ts"
import { announce, type Holder } from "./Execution.ts"

/** Which sending an observation is about. */
export interface Of {
  readonly document: TaxDocument.TaxDocument["id"]
  readonly reference: string
  readonly account: ProviderAccount
}

/** The setting of an issuer's account that says what a document costs, in minor units of BRL. */
const feeSetting = "documentFee"

/** What the issuer takes for a document; nothing unless its account says so in whole minor units. */
const feeOf = Effect.fnUntraced(function* ({ name, settings }: ProviderAccount) {
  const text = settings[feeSetting]
  if (text === undefined) return 0
  const fee = /^\d{1,15}$/.test(text) ? Number(text) : undefined
  if (fee === undefined) {
    yield* Effect.logError(`The setting ${feeSetting} is not a number of minor units`).pipe(
      Effect.annotateLogs({ account: name })
    )
  }
  return fee ?? 0
})

const apply = Effect.fnUntraced(function* (
  { id, lease, owner, store }: Holder<Invoice.Invoice, InvoiceId>,
  decide: (held: Held<Invoice.Invoice>) => Effect.Effect<Change<Invoice.Invoice>, never, Settings>
) {
  const settings = yield* Settings
  const applied = yield* store.change(owner, id, lease, (held) =>
    Effect.map(Effect.provideService(decide(held), Settings, settings), (change) => ({ change, result: change }))
  )
  const change = Option.getOrThrow(applied)
  yield* announce(id, change)
  return change.next
})

/** Records that a document was issued; the fee is booked by the transaction that makes it so, and by no other. */
const issued = (holder: Holder<Invoice.Invoice, InvoiceId>, of: Of, seen: TaxObservation, fee: number) =>
  apply(
    holder,
    Effect.fnUntraced(function* ({ current, now }) {
      const { accessKey, documentNumber, issuedAt } = seen
      const before = Invoice.documentBy(current, of.document)
      const next = Invoice.documentIssued(
        current,
        of.document,
        of.reference,
        { accessKey, documentNumber, issuedAt },
        now
      )
      const isNew = next !== current
      const bookings: ReadonlyArray<Booking> =
        isNew && fee > 0
          ? [
              {
                entry: Result.getOrThrow(Ledger.fee(fee, current.request.currency)),
                account: of.account.name,
                availableOn: null,
                attempt: 0,
                occurredAt: issuedAt
              }
            ]
          : []
      const over = current.status !== "open" && current.status !== "paid"
      const alerts: ReadonlyArray<Alert> = [
        ...(isNew && over ? ["tax_document_of_an_invoice_that_is_over" as const] : []),
        // The authority has issued what is given up here: never forgotten, and for a person to see to.
        ...(!isNew && before?.accessKey !== accessKey ? ["tax_document_issued_unexpectedly" as const] : [])
      ]
      return { ...(yield* changeOf(current, next, now, bookings)), alerts, files: [fileOf(of, "issued", seen)] }
    })
  )

/** Records that a document that is known to be issued was canceled. */
export const recordCanceled = (holder: Holder<Invoice.Invoice, InvoiceId>, of: Of, seen: TaxObservation) =>
  apply(
    holder,
    Effect.fnUntraced(function* ({ current, now }) {
      const next = Invoice.documentCanceled(current, of.document, seen.canceledAt ?? now, now)
      // A payment that came while it was being canceled gets a new one.
      const after = Invoice.documentAfterPayment(next, yield* Ids.generate("td"), now)
      return { ...(yield* changeOf(current, after, now)), files: [fileOf(of, "canceled", seen)] }
    })
  )

const fileOf = ({ document, reference }: Of, kind: TaxDocument.File["kind"], { content }: TaxObservation) => ({
  document,
  kind,
  reference,
  content
})

/** Applies what the authority says of a sending. Gives the invoice as it then is. */
export const record = Effect.fn("TaxObservations.record")(function* (
  holder: Holder<Invoice.Invoice, InvoiceId>,
  of: Of,
  seen: TaxObservation
) {
  const fee = yield* feeOf(of.account)
  const invoice = yield* issued(holder, of, seen, fee)
  return seen.status === "canceled" ? yield* recordCanceled(holder, of, seen) : invoice
})
