/** What laws begin with: owners, intents and invoices in a store. */
import { DateTime, Duration, Effect, Option } from "effect"
import * as Idempotency from "../../models/Idempotency.ts"
import type * as Invoice from "../../models/Invoice.ts"
import type { Lease } from "../../models/Idempotency.ts"
import type { ChargeObservation } from "../../models/Observation.ts"
import type { Owner } from "../../models/Owner.ts"
import type { Change, Held, Opened } from "../../ports/Operations.ts"
import { type InvoiceIntent, InvoiceStore } from "../../ports/Store.ts"
import * as Observations from "../../usecases/Observations.ts"
import * as Ids from "../../values/Ids.ts"
import type { InvoiceId } from "../../values/Ids.ts"
import * as Samples from "../Samples.ts"
import { TestOwners } from "../TestOwners.ts"
import { LawBroken } from "./law.ts"

/** A fresh tenant with an account at infrapsp in both environments. */
export const tenancy = Effect.flatMap(TestOwners, ({ fresh }) => fresh(["infrapsp"]))

/** The sandbox of a fresh tenant. */
export const owner = Effect.map(tenancy, ({ sandbox }) => sandbox)

/** An intent under a new key. Its lease is long, and its attempt not due soon, unless the law says so. */
export const intent = Effect.fnUntraced(function* (of: Owner, changes: Partial<InvoiceIntent> = {}) {
  const request = changes.request ?? Samples.request()
  return {
    owner: of,
    keyed: {
      key: Idempotency.IdempotencyKey.make(yield* Ids.generate("key")),
      fingerprint: Idempotency.fingerprint("POST", "/invoices", request)
    },
    id: yield* Ids.generate("inv"),
    request,
    account: "infrapsp",
    leg: "pix",
    lapsesAt: DateTime.add(yield* DateTime.now, { hours: 1 }),
    document: request.tax_document === undefined ? null : yield* Ids.generate("td"),
    createdAt: yield* DateTime.now,
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

/** The intent of a client that sends the same again: same key and body, another id. */
export const again = (first: InvoiceIntent, changes: Partial<InvoiceIntent> = {}) =>
  Effect.map(Ids.generate("inv"), (id): InvoiceIntent => ({ ...first, id, ...changes }))

/** Opens an intent. */
export const open = (of: InvoiceIntent) => Effect.flatMap(InvoiceStore, (store) => store.open(of))

/** The invoice and lease of an intent that was new. */
export const created = (
  opened: Opened<Invoice.Invoice>
): Effect.Effect<{ readonly invoice: Invoice.Invoice; readonly lease: Lease }, LawBroken> =>
  opened._tag === "Created"
    ? Effect.succeed({ invoice: opened.current, lease: opened.lease })
    : Effect.fail(new LawBroken({ message: `Expected a new invoice, got ${opened._tag}` }))

/** A new invoice of an owner, its first attempt recorded and not sent. */
export const invoice = Effect.fnUntraced(function* (of: Owner, changes: Partial<InvoiceIntent> = {}) {
  const asked = yield* intent(of, changes)
  return { ...(yield* created(yield* open(asked))), intent: asked }
})

/** The invoice as it is stored. */
export const stored = Effect.fnUntraced(function* (of: Owner, id: InvoiceId) {
  const found = yield* (yield* InvoiceStore).get(of, id)
  return yield* Option.match(found, {
    onNone: () => Effect.fail(new LawBroken({ message: `Invoice ${id} is not there` })),
    onSome: Effect.succeed
  })
})

/** Makes a change that there is something to make to, by its decision. */
export const change = Effect.fnUntraced(function* <A = undefined, E = never>(
  of: Owner,
  id: InvoiceId,
  lease: Lease | null,
  decide: (
    held: Held<Invoice.Invoice>
  ) => Effect.Effect<{ readonly change: Change<Invoice.Invoice>; readonly result: A }, E>
) {
  const changed = yield* (yield* InvoiceStore).change(of, id, lease, decide)
  return yield* Option.match(changed, {
    onNone: () => Effect.fail(new LawBroken({ message: `Invoice ${id} is not there to be changed` })),
    onSome: Effect.succeed
  })
})

/** A change that only ends something, or nothing, of an invoice. */
export const nothing = (
  { current }: Held<Invoice.Invoice>,
  ends: Partial<Change<Invoice.Invoice>> = {}
): Change<Invoice.Invoice> => ({
  next: current,
  posted: [],
  events: [],
  ...ends
})

/** Takes an invoice's lease, if nobody holds it. */
export const take = (of: Owner, id: InvoiceId, duration: Duration.Duration) =>
  Effect.map(
    Effect.flatMap(InvoiceStore, (store) => store.begin(of, id, null, duration)),
    (begun) => (begun._tag === "Begun" ? Option.some({ invoice: begun.current, lease: begun.lease }) : Option.none())
  )

/** Gives the lease back. */
export const release = (of: Owner, id: InvoiceId, lease: Lease) =>
  change(of, id, lease, (held) =>
    Effect.succeed({ change: nothing(held, { released: true }), result: held.holdsLease })
  )

/** Whether a lease is the invoice's. */
export const holdsLease = (of: Owner, id: InvoiceId, lease: Lease | null) =>
  change(of, id, lease, (held) => Effect.succeed({ change: nothing(held), result: held.holdsLease }))

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
