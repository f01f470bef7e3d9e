/**
 * What happens when a provider has said something about a charge: the pure machine decides, and state, ledger and
 * events are written in one transaction. Observations need no lease and may come at any time.
 */
import { Effect, Option } from "effect"
import type { Alert } from "../models/Alert.ts"
import * as Heard from "../models/Heard.ts"
import * as Invoice from "../models/Invoice.ts"
import type { ChargeObservation } from "../models/Observation.ts"
import type { Owner } from "../models/Owner.ts"
import type { Change, Held } from "../ports/Operations.ts"
import { Settings } from "../ports/Settings.ts"
import { InvoiceStore, Tenants } from "../ports/Store.ts"
import * as Ids from "../values/Ids.ts"
import type { InvoiceId } from "../values/Ids.ts"
import { changeOf } from "./Changes.ts"
import { announce } from "./Execution.ts"

/** The change an observation makes to an invoice as it is now: nothing but the raw answer when all of it is known. */
export const changeBy = Effect.fnUntraced(function* (
  held: Held<Invoice.Invoice>,
  attempt: number,
  seen: ChargeObservation,
  latePayments: Invoice.LatePayments
) {
  const observed = Invoice.observe(held.current, attempt, seen, held.now, latePayments)
  // The transaction that makes an invoice paid makes its tax document due, or holds it.
  const next = Invoice.documentAfterPayment(observed.invoice, yield* Ids.generate("td"), held.now)
  const change = yield* changeOf(held.current, next, held.now, observed.bookings)
  const alerts: ReadonlyArray<Alert> = [
    ...observed.alerts,
    ...(isHeld(next) && !isHeld(held.current) ? ["tax_document_held" as const] : [])
  ]
  return { ...change, alerts, seen: { attempt, raw: seen.raw } } satisfies Change<Invoice.Invoice>
})

/** Whether the tax document waits for a person. */
const isHeld = (invoice: Invoice.Invoice): boolean => (Invoice.document(invoice)?.held ?? null) !== null

/**
 * Applies an observation of an attempt, with the notifications that had been heard of it before it was made. Repeats and
 * reorderings leave the same state and ledger.
 */
export const apply = Effect.fn("Observations.apply")(function* (
  owner: Owner,
  id: InvoiceId,
  attempt: number,
  seen: ChargeObservation,
  heard: ReadonlyArray<Heard.Heard> = []
) {
  const store = yield* InvoiceStore
  const settings = yield* Settings
  const { latePayments } = yield* (yield* Tenants).profile(owner)
  const applied = yield* store.change(owner, id, null, (held) =>
    changeBy(held, attempt, Heard.confirmCharge(seen, heard), latePayments).pipe(
      Effect.map((change) => ({ change: { ...change, heard }, result: change })),
      Effect.provideService(Settings, settings)
    )
  )
  if (Option.isSome(applied)) yield* announce(id, applied.value)
  return Option.map(applied, ({ next }) => next)
})
