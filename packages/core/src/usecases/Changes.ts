/** What is written together when an invoice changes: the entries of what was booked, and the events that the change tells with the letters they lead to. */
import { DateTime, Effect } from "effect"
import * as BalanceTransaction from "../models/BalanceTransaction.ts"
import * as Correspondence from "../models/Correspondence.ts"
import * as Events from "../models/Events.ts"
import * as Invoice from "../models/Invoice.ts"
import * as Resources from "../models/Resources.ts"
import { type Change, onlyState } from "../ports/Operations.ts"
import { Settings } from "../ports/Settings.ts"
import * as Ids from "../values/Ids.ts"
import * as Execution from "./Execution.ts"

/** A change from one state of an invoice to another at a time of the store's clock. Events come from the two states alone. */
export const changeOf = Effect.fnUntraced(function* (
  before: Invoice.Invoice,
  next: Invoice.Invoice,
  now: DateTime.Utc,
  bookings: ReadonlyArray<BalanceTransaction.Booking> = []
) {
  const links = yield* Settings
  const posted = yield* Effect.forEach(bookings, (booking) =>
    Effect.map(Effect.all([Ids.generate("btxn", now), Ids.generate("ent", now)]), ([id, entry]) =>
      BalanceTransaction.ofInvoice(next, booking, { id, entry, createdAt: now })
    )
  )
  const events = yield* Effect.forEach(Events.ofInvoice(before, next), (event) =>
    Effect.map(Ids.generate("evt"), (id) => {
      const { document, type } = event
      const about = { id, type, createdAt: now, letter: Correspondence.ofInvoiceEvent(next, event) }
      return document === undefined
        ? Events.render(next.owner, { ...about, subject: next.id }, Resources.invoice(next, links))
        : Events.render(next.owner, { ...about, subject: document.id }, Resources.taxDocument(next, document, links))
    })
  )
  return { next, posted, events } satisfies Change<Invoice.Invoice>
})

/** What a lookup changes that settled nothing: when it is asked again, and once that a doubt lasts. */
export const unsettled = (next: Invoice.Invoice, now: DateTime.Utc): Change<Invoice.Invoice> =>
  Execution.tellingOfDoubts(onlyState(next), Invoice.tellOfDoubts(next, now))
