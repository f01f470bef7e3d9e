/** What laws begin with: owners, intents and invoices in a store. */
import { DateTime, Duration, Effect } from "effect"
import * as Idempotency from "../../models/Idempotency.ts"
import type * as Invoice from "../../models/Invoice.ts"
import type { ChargeObservation } from "../../models/Observation.ts"
import type { Owner } from "../../models/Owner.ts"
import { type InvoiceIntent, InvoiceStore } from "../../ports/Store.ts"
import * as Observations from "../../usecases/Observations.ts"
import * as Ids from "../../values/Ids.ts"
import type { InvoiceId } from "../../values/Ids.ts"
import * as Samples from "../Samples.ts"
import { TestOwners } from "../TestOwners.ts"
import { given, type Subject } from "./subject.ts"

/** A fresh tenant with an account at infrapsp in both environments. */
export const tenancy = Effect.flatMap(TestOwners, ({ fresh }) => fresh(["infrapsp"]))

/** The sandbox of a fresh tenant. */
export const owner = Effect.map(tenancy, ({ sandbox }) => sandbox)

/** An intent under a new key. Its lease is long, and its attempt not due soon, unless the law says so. */
export const intent = Effect.fnUntraced(function* (of: Owner, changes: Partial<InvoiceIntent> = {}) {
  const request = changes.request ?? Samples.request()
  const createdAt = changes.createdAt ?? (yield* DateTime.now)
  return {
    owner: of,
    keyed: {
      key: Idempotency.IdempotencyKey.make(yield* Ids.generate("key")),
      fingerprint: Idempotency.fingerprint("POST", "/invoices", request)
    },
    id: yield* Ids.generate("inv", createdAt),
    request,
    account: "infrapsp",
    leg: "pix",
    lapsesAt: DateTime.add(yield* DateTime.now, { hours: 1 }),
    document: request.tax_document === undefined ? null : yield* Ids.generate("td"),
    createdAt,
    timeZone: "America/Sao_Paulo",
    lease: Duration.minutes(5),
    missesCountAfter: Duration.hours(1),
    ...changes
  } satisfies InvoiceIntent
})

/** Where one more attempt by PIX is sent. */
export const sending = (now: DateTime.Utc): Invoice.Sending => ({
  leg: "pix",
  account: "infrapsp",
  lapsesAt: DateTime.add(now, { hours: 1 }),
  missesCountFrom: now
})

/** Invoices, for what laws hold of invoices and payouts alike. */
export const invoices: Subject<Invoice.Invoice, InvoiceIntent> = {
  name: "invoice",
  series: "INV",
  store: InvoiceStore,
  list: (of) =>
    Effect.flatMap(InvoiceStore, (store) => Effect.map(store.list(of, {}, { limit: 100 }), ({ data }) => data)),
  intent,
  newId: Ids.generate("inv"),
  learned: (invoice) => ({ ...invoice, confirmed: true })
}

const { created, ...rest } = given(invoices)
export const { change, nothing, open, stored } = rest

/** A new invoice of an owner, its first attempt recorded and not sent. */
export const invoice = Effect.fnUntraced(function* (of: Owner, changes: Partial<InvoiceIntent> = {}) {
  const asked = yield* intent(of, changes)
  const { current, lease } = yield* created(yield* open(asked))
  return { invoice: current, lease, intent: asked }
})

/** Applies what a provider says about the first attempt. */
export const observe = (of: Owner, id: InvoiceId, seen: ChargeObservation) => Observations.apply(of, id, 1, seen)

/** A new invoice that was paid once. */
export const paid = Effect.fnUntraced(function* (
  of: Owner,
  options: { readonly fee?: number | null; readonly intent?: Partial<InvoiceIntent> } = {}
) {
  const made = yield* invoice(of, options.intent)
  const money = { amount: made.invoice.request.amount, currency: made.invoice.request.currency }
  yield* observe(of, made.invoice.id, {
    ...Samples.settled(
      `tx${made.invoice.id}`,
      Samples.payment({ money, fee: options.fee === undefined ? 123 : options.fee })
    ),
    money
  })
  return yield* stored(of, made.invoice.id)
})
