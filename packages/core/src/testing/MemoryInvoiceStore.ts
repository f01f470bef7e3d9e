/** Invoices in memory: intents, leases, changes, lists and the attempts that are due. */
import { DateTime, Duration, Effect, Layer, Option } from "effect"
import * as Invoice from "../models/Invoice.ts"
import type { Owner } from "../models/Owner.ts"
import type { Keyed } from "../models/Idempotency.ts"
import type { Begun, Change, Opened } from "../ports/Operations.ts"
import { type Due, type InvoiceFilter, type InvoiceIntent, InvoiceStore } from "../ports/Store.ts"
import type { InvoiceId } from "../values/Ids.ts"
import * as OurNumber from "../values/OurNumber.ts"
import { type InvoiceRow, keyOf, MemoryDatabase, put, sameOwner, type Tables } from "./MemoryDatabase.ts"
import * as MemoryLedger from "./MemoryLedger.ts"
import * as MemoryWebhooks from "./MemoryWebhooks.ts"
import { decideKey, millisLeft } from "./memoryKeys.ts"
import { pageOf } from "./paging.ts"
import { refuseIf } from "./refusal.ts"

const all = (tables: Tables, owner: Owner): ReadonlyArray<Invoice.Invoice> =>
  [...tables.invoices.values()].flatMap(({ invoice }) => (sameOwner(invoice.owner, owner) ? [invoice] : []))

const row = (tables: Tables, owner: Owner, id: InvoiceId): InvoiceRow | undefined => {
  const found = tables.invoices.get(id)
  return found !== undefined && sameOwner(found.invoice.owner, owner) ? found : undefined
}

const acquire = (held: InvoiceRow, duration: Duration.Duration, now: DateTime.Utc): InvoiceRow => ({
  ...held,
  lease: { token: held.lease.token + 1, until: DateTime.toEpochMillis(now) + Duration.toMillis(duration) }
})

const nextNumber = (tables: Tables, { createdAt, owner, timeZone }: InvoiceIntent): OurNumber.OurNumber => {
  const year = OurNumber.yearOf(createdAt, timeZone)
  const taken = all(tables, owner).map(({ ourNumber }) => OurNumber.parse(ourNumber))
  const last = taken.reduce((most, each) => (each.year === year ? Math.max(most, each.sequence) : most), 0)
  return OurNumber.format("INV", year, last + 1)
}

const open = (
  tables: Tables,
  intent: InvoiceIntent,
  now: DateTime.Utc
): { readonly tables: Tables; readonly result: Opened<Invoice.Invoice> } => {
  const { keyed, owner } = intent
  const known = decideKey(tables, owner, keyed, now)
  if (known === null) {
    const ourNumber = nextNumber(tables, intent)
    const missesCountFrom = DateTime.addDuration(now, intent.missesCountAfter)
    const invoice = Invoice.requested({ ...intent, ourNumber, missesCountFrom })
    const leased = acquire({ invoice, lease: { token: 0, until: 0 } }, intent.lease, now)
    const keys = put(tables.keys, keyOf(owner, keyed.key), { owner, ...keyed, invoice: invoice.id, response: null })
    return {
      tables: { ...tables, keys, invoices: put(tables.invoices, invoice.id, leased) },
      result: { _tag: "Created", current: invoice, lease: { token: leased.lease.token } }
    }
  }
  if (known._tag !== "Resume") return { tables, result: known }
  const leased = acquire(known.row, intent.lease, now)
  return {
    tables: { ...tables, invoices: put(tables.invoices, leased.invoice.id, leased) },
    result: { _tag: "Resumed", current: leased.invoice, lease: { token: leased.lease.token } }
  }
}

/** The lease of an invoice for an operation on it, with the operation's key if it has one. */
const begin = (
  tables: Tables,
  owner: Owner,
  id: InvoiceId,
  keyed: Keyed | null,
  duration: Duration.Duration,
  now: DateTime.Utc
): { readonly tables: Tables; readonly result: Begun<Invoice.Invoice> } => {
  const known = keyed === null ? null : decideKey(tables, owner, keyed, now)
  if (known !== null && known._tag !== "Resume") return { tables, result: known }
  const held = row(tables, owner, id)
  if (held === undefined) return { tables, result: { _tag: "Missing" } }
  const left = millisLeft(held, now)
  if (left > 0) return { tables, result: { _tag: "Busy", retryAfterSeconds: Math.ceil(left / 1000) } }
  const leased = acquire(held, duration, now)
  const keys =
    keyed === null || known !== null
      ? tables.keys
      : put(tables.keys, keyOf(owner, keyed.key), { owner, ...keyed, invoice: id, response: null })
  return {
    tables: { ...tables, keys, invoices: put(tables.invoices, id, leased) },
    result: { _tag: "Begun", current: leased.invoice, lease: { token: leased.lease.token } }
  }
}

/** A money fact or a provider reference that another row has: the transaction fails. */
const duplicates = (tables: Tables, { next: invoice }: Change<Invoice.Invoice>): string | undefined => {
  const others = all(tables, invoice.owner).filter(({ id }) => id !== invoice.id)
  const facts = new Set(others.flatMap((each) => each.facts.map(({ key }) => key)))
  const references = new Set(
    others.flatMap((each) => each.attempts.map(({ account, reference }) => `${account} ${reference}`))
  )
  const own = invoice.facts.map(({ key }) => key)
  if (new Set(own).size < own.length || own.some((key) => facts.has(key))) return "a money fact is booked already"
  return invoice.attempts.some(({ account, reference }) => references.has(`${account} ${reference}`))
    ? "a provider reference is taken already"
    : undefined
}

/** The tables after a change. The lease and the stored response are the holder's alone. */
const write = Effect.fnUntraced(function* (
  tables: Tables,
  held: InvoiceRow,
  holdsLease: boolean,
  change: Change<Invoice.Invoice>,
  now: DateTime.Utc
) {
  const { events, finished, next: invoice, posted, released, seen } = change
  yield* refuseIf(duplicates(tables, change))
  const ends = holdsLease && (finished !== undefined || released === true)
  const lease = ends ? { ...held.lease, until: 0 } : held.lease
  const withState: Tables = {
    ...tables,
    invoices: put(tables.invoices, invoice.id, { invoice, lease }),
    seen: seen === undefined ? tables.seen : [...tables.seen, { invoice: invoice.id, ...seen }],
    keys: holdsLease && finished !== undefined ? answered(tables, invoice.owner, finished) : tables.keys
  }
  return yield* MemoryWebhooks.emit(yield* MemoryLedger.post(withState, posted), invoice.owner, events, now)
})

const answered = (
  tables: Tables,
  owner: Owner,
  { keyed, response }: NonNullable<Change<Invoice.Invoice>["finished"]>
): Tables["keys"] => {
  const key = keyOf(owner, keyed.key)
  const known = tables.keys.get(key)
  return known === undefined ? tables.keys : put(tables.keys, key, { ...known, response })
}

const matches =
  (filter: InvoiceFilter) =>
  (invoice: Invoice.Invoice): boolean => {
    const { request } = invoice
    const account = Invoice.account(invoice)
    return (
      (filter.status ?? invoice.status) === invoice.status &&
      (filter.method ?? request.payment_method.type) === request.payment_method.type &&
      (filter.provider ?? account) === account &&
      (filter.costCenter ?? request.cost_center) === request.cost_center &&
      (filter.ourNumber ?? invoice.ourNumber) === invoice.ourNumber &&
      (filter.contractorReference ?? request.contractor_reference) === request.contractor_reference &&
      (filter.createdFrom === undefined || DateTime.isGreaterThanOrEqualTo(invoice.createdAt, filter.createdFrom)) &&
      (filter.createdTo === undefined || DateTime.isLessThanOrEqualTo(invoice.createdAt, filter.createdTo))
    )
  }

/** The tables with some attempts due at another time. Nothing that a client sees changes by it. */
export const reschedule = (
  tables: Tables,
  due: ReadonlyArray<Due>,
  at: (before: DateTime.Utc | null) => DateTime.Utc
): Tables => ({
  ...tables,
  invoices: due.reduce((invoices, { attempt, invoice: id }) => {
    const held = invoices.get(id)
    if (held === undefined) return invoices
    const attempts = held.invoice.attempts.map((each) =>
      each.number === attempt ? { ...each, dueAt: at(each.dueAt) } : each
    )
    return put(invoices, id, { ...held, invoice: { ...held.invoice, attempts } })
  }, tables.invoices)
})

const takeDue = (tables: Tables, limit: number, retryIn: Duration.Duration, now: DateTime.Utc) => {
  const due = [...tables.invoices.values()]
    .flatMap(({ invoice }) =>
      invoice.attempts.map(({ dueAt, number }) => ({
        dueAt,
        due: { owner: invoice.owner, invoice: invoice.id, attempt: number }
      }))
    )
    .flatMap(({ due, dueAt }) => (dueAt !== null && DateTime.isLessThanOrEqualTo(dueAt, now) ? [{ due, dueAt }] : []))
    .toSorted((a, b) => DateTime.Order(a.dueAt, b.dueAt))
    .slice(0, limit)
    .map(({ due }) => due)
  return { tables: reschedule(tables, due, () => DateTime.addDuration(now, retryIn)), result: due }
}

/** The invoice store over {@link MemoryDatabase}. */
export const layer: Layer.Layer<InvoiceStore, never, MemoryDatabase> = Layer.effect(
  InvoiceStore,
  Effect.gen(function* () {
    const database = yield* MemoryDatabase
    return InvoiceStore.of({
      open: (intent) => database.transaction((tables, now) => Effect.succeed(open(tables, intent, now))),
      recall: (owner, keyed) =>
        database.transaction((tables, now) => {
          const known = decideKey(tables, owner, keyed, now)
          const result = known?._tag === "Resume" ? { _tag: known._tag } : known
          return Effect.succeed({ tables, result: Option.fromNullishOr(result) })
        }),
      begin: (owner, id, keyed, duration) =>
        database.transaction((tables, now) => Effect.succeed(begin(tables, owner, id, keyed, duration, now))),
      change: (owner, id, lease, decide) =>
        database.transaction((tables, now) =>
          Effect.gen(function* () {
            const held = row(tables, owner, id)
            if (held === undefined) return { tables, result: Option.none() }
            const holdsLease = lease !== null && lease.token === held.lease.token && millisLeft(held, now) > 0
            const { change, result } = yield* decide({ current: held.invoice, holdsLease, now })
            return { tables: yield* write(tables, held, holdsLease, change, now), result: Option.some(result) }
          })
        ),
      get: (owner, id) =>
        Effect.map(database.tables, (tables) => Option.fromNullishOr(row(tables, owner, id)?.invoice)),
      list: (owner, filter, page) =>
        Effect.map(database.tables, (tables) => pageOf(all(tables, owner).filter(matches(filter)), page)),
      takeDue: (limit, retryIn) =>
        database.transaction((tables, now) => Effect.succeed(takeDue(tables, limit, retryIn, now)))
    })
  })
)
