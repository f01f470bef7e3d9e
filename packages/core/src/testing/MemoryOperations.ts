/**
 * What the stores of invoices and payouts have in common in memory: intents, leases, keys, changes, and the attempts that are
 * due.
 */
import { DateTime, Duration, Effect, Option } from "effect"
import type { Heard } from "../models/Heard.ts"
import type { Keyed } from "../models/Idempotency.ts"
import type { MoneyFact } from "../models/MoneyFact.ts"
import type { Owner } from "../models/Owner.ts"
import type { Begun, Change, Filed, Intent, Opened, Operations } from "../ports/Operations.ts"
import * as OurNumber from "../values/OurNumber.ts"
import { keyOf, type MemoryDatabase, put, type Row, sameOwner, type Tables } from "./MemoryDatabase.ts"
import * as MemoryHeard from "./MemoryHeard.ts"
import * as MemoryLedger from "./MemoryLedger.ts"
import { decideKey, millisLeft } from "./memoryKeys.ts"
import * as MemoryTaxStore from "./MemoryTaxStore.ts"
import * as MemoryWebhooks from "./MemoryWebhooks.ts"
import { refuseIf } from "./refusal.ts"

interface Attempt {
  readonly number: number
  readonly account: string
  readonly reference: string
  readonly providerId: string | null
  readonly dueAt: DateTime.Utc | null
}

interface Resource<Each extends Attempt> {
  readonly owner: Owner
  readonly id: string
  readonly ourNumber: OurNumber.OurNumber
  readonly attempts: ReadonlyArray<Each>
  readonly facts: ReadonlyArray<MoneyFact>
}

/** What the store adds to an intent when it is new. */
export interface Numbered {
  readonly ourNumber: OurNumber.OurNumber
  readonly missesCountFrom: DateTime.Utc
}

/** What tells invoices and payouts apart. */
export interface Kind<A, NewIntent> {
  readonly series: OurNumber.Series
  /** What notifications call it. */
  readonly kind: Heard["kind"]
  readonly rows: (tables: Tables) => ReadonlyMap<string, Row<A>>
  readonly withRows: (tables: Tables, rows: ReadonlyMap<string, Row<A>>) => Tables
  readonly requested: (intent: NewIntent & Numbered) => A
  /** What a resource may not share with others of its owner, besides money facts and references of attempts. */
  readonly duplicate?: (others: ReadonlyArray<A>, next: A) => string | undefined
}

/** An attempt that the provider should be asked about. */
export interface DueAttempt<A> {
  readonly resource: A
  readonly attempt: number
}

interface Result<A> {
  readonly tables: Tables
  readonly result: A
}

const acquire = <A>(held: Row<A>, duration: Duration.Duration, now: DateTime.Utc): Row<A> => ({
  ...held,
  lease: { token: held.lease.token + 1, until: DateTime.toEpochMillis(now) + Duration.toMillis(duration) }
})

/** The operations on one kind of resource, as functions of the tables. */
export const make = <Each extends Attempt, A extends Resource<Each>, NewIntent extends Intent<A["id"], Filed>>({
  duplicate,
  kind,
  requested,
  rows,
  series,
  withRows
}: Kind<A, NewIntent>) => {
  const putRow = (tables: Tables, row: Row<A>): Tables => withRows(tables, put(rows(tables), row.current.id, row))

  const find = (tables: Tables, owner: Owner, id: string): Row<A> | undefined => {
    const found = rows(tables).get(id)
    return found !== undefined && sameOwner(found.current.owner, owner) ? found : undefined
  }

  const all = (tables: Tables, owner: Owner): ReadonlyArray<A> =>
    [...rows(tables).values()].flatMap(({ current }) => (sameOwner(current.owner, owner) ? [current] : []))

  const nextNumber = (tables: Tables, { createdAt, owner, timeZone }: NewIntent): OurNumber.OurNumber => {
    const year = OurNumber.yearOf(createdAt, timeZone)
    const taken = all(tables, owner).map(({ ourNumber }) => OurNumber.parse(ourNumber))
    const last = taken.reduce((most, each) => (each.year === year ? Math.max(most, each.sequence) : most), 0)
    return OurNumber.format(series, year, last + 1)
  }

  const open = (tables: Tables, intent: NewIntent, now: DateTime.Utc): Result<Opened<A>> => {
    const { keyed, owner } = intent
    const known = decideKey(tables, owner, keyed, now)
    if (known === null) {
      const registered = tables.costCenters.get(keyOf(owner)) ?? []
      if (registered.length > 0 && !registered.some(({ code }) => code === intent.request.cost_center)) {
        return { tables, result: { _tag: "UnknownCostCenter" } }
      }
      const ourNumber = nextNumber(tables, intent)
      const missesCountFrom = DateTime.addDuration(now, intent.missesCountAfter)
      const current = requested({ ...intent, ourNumber, missesCountFrom })
      const leased = acquire({ current, lease: { token: 0, until: 0 } }, intent.lease, now)
      const used = { owner, ...keyed, resource: intent.id, response: null, usedAt: now }
      const keys = put(tables.keys, keyOf(owner, keyed.key), used)
      return {
        tables: putRow({ ...tables, keys }, leased),
        result: { _tag: "Created", current, lease: { token: leased.lease.token } }
      }
    }
    if (known._tag !== "Resume") return { tables, result: known }
    const held = find(tables, owner, known.resource)
    if (held === undefined) throw new Error("A key and its resource are of one owner and kind")
    const leased = acquire(held, intent.lease, now)
    return {
      tables: putRow(tables, leased),
      result: { _tag: "Resumed", current: leased.current, lease: { token: leased.lease.token } }
    }
  }

  const begin = (
    tables: Tables,
    owner: Owner,
    id: A["id"],
    keyed: Keyed | null,
    duration: Duration.Duration,
    now: DateTime.Utc
  ): Result<Begun<A>> => {
    const known = keyed === null ? null : decideKey(tables, owner, keyed, now)
    if (known !== null && known._tag !== "Resume") return { tables, result: known }
    const held = find(tables, owner, id)
    if (held === undefined) return { tables, result: { _tag: "Missing" } }
    const left = millisLeft(held, now)
    if (left > 0) return { tables, result: { _tag: "Busy", retryAfterSeconds: Math.ceil(left / 1000) } }
    const leased = acquire(held, duration, now)
    const keys =
      keyed === null || known !== null
        ? tables.keys
        : put(tables.keys, keyOf(owner, keyed.key), { owner, ...keyed, resource: id, response: null, usedAt: now })
    return {
      tables: putRow({ ...tables, keys }, leased),
      result: { _tag: "Begun", current: leased.current, lease: { token: leased.lease.token } }
    }
  }

  /** A money fact or a provider reference that another row has: the transaction fails. */
  const duplicates = (tables: Tables, { next }: Change<A>): string | undefined => {
    const others = all(tables, next.owner).filter(({ id }) => id !== next.id)
    const facts = new Set(others.flatMap((each) => each.facts.map(({ key }) => key)))
    const references = new Set(
      others.flatMap((each) => each.attempts.map(({ account, reference }) => `${account} ${reference}`))
    )
    const own = next.facts.map(({ key }) => key)
    if (new Set(own).size < own.length || own.some((key) => facts.has(key))) return "a money fact is booked already"
    return next.attempts.some(({ account, reference }) => references.has(`${account} ${reference}`))
      ? "a provider reference is taken already"
      : duplicate?.(others, next)
  }

  /** No attempt is put off, or over, while something heard of it waits for a reading that is yet to be made. */
  const stillDue = (tables: Tables, before: A, next: A, now: DateTime.Utc): A => ({
    ...next,
    attempts: next.attempts.map((attempt) => {
      if (!MemoryHeard.waits(tables, next.owner, { ...attempt, kind })) return attempt
      const was = before.attempts.find(({ number }) => number === attempt.number)?.dueAt ?? null
      const isDue = was !== null && DateTime.isLessThanOrEqualTo(was, now)
      return isDue || attempt.dueAt === null ? { ...attempt, dueAt: was ?? now } : attempt
    })
  })

  /** The tables after a change. The lease and the stored response are the holder's alone. */
  const write = Effect.fnUntraced(function* (
    tables: Tables,
    held: Row<A>,
    holdsLease: boolean,
    change: Change<A>,
    now: DateTime.Utc
  ) {
    const { events, files = [], finished, heard = [], next, posted, released, seen } = change
    const notifications = MemoryHeard.processed(tables, next.owner, heard)
    const current = stillDue({ ...tables, notifications }, held.current, next, now)
    yield* refuseIf(duplicates(tables, change) ?? MemoryTaxStore.sentBefore(tables, current.owner, files))
    const ends = holdsLease && (finished !== undefined || released === true)
    const lease = ends ? { ...held.lease, until: 0 } : held.lease
    const withState = putRow(
      {
        ...tables,
        seen: seen === undefined ? tables.seen : [...tables.seen, { resource: current.id, ...seen }],
        keys: holdsLease && finished !== undefined ? answered(tables, current.owner, finished, now) : tables.keys,
        notifications
      },
      { current, lease }
    )
    const kept = MemoryTaxStore.keep(withState, current.owner, files)
    return yield* MemoryWebhooks.emit(yield* MemoryLedger.post(kept, posted), current.owner, events, now)
  })

  /** The tables with some attempts due at another time. Nothing that a client sees changes by it. */
  const reschedule = (
    tables: Tables,
    due: ReadonlyArray<DueAttempt<A>>,
    at: (before: DateTime.Utc | null) => DateTime.Utc
  ): Tables =>
    due.reduce((sofar, { attempt, resource }) => {
      const held = find(sofar, resource.owner, resource.id)
      if (held === undefined) return sofar
      const attempts = held.current.attempts.map((each) =>
        each.number === attempt ? { ...each, dueAt: at(each.dueAt) } : each
      )
      return putRow(sofar, { ...held, current: { ...held.current, attempts } })
    }, tables)

  const takeDue = (
    tables: Tables,
    limit: number,
    retryIn: Duration.Duration,
    now: DateTime.Utc
  ): Result<ReadonlyArray<DueAttempt<A>>> => {
    const due = [...rows(tables).values()]
      .flatMap(({ current }) =>
        current.attempts.flatMap(({ dueAt, number }) =>
          dueAt !== null && DateTime.isLessThanOrEqualTo(dueAt, now)
            ? [{ dueAt, due: { resource: current, attempt: number } }]
            : []
        )
      )
      .toSorted((a, b) => DateTime.Order(a.dueAt, b.dueAt))
      .slice(0, limit)
      .map((each) => each.due)
    return { tables: reschedule(tables, due, () => DateTime.addDuration(now, retryIn)), result: due }
  }

  /** Makes the attempts that the provider knows by these ids due now, also ones that are over: money may come late. */
  const dueNow = (
    tables: Tables,
    owner: Owner,
    account: string,
    providerIds: ReadonlyArray<string>,
    now: DateTime.Utc
  ): Tables => {
    const named = all(tables, owner).flatMap((resource) =>
      resource.attempts
        .filter((each) => each.account === account && each.providerId !== null && providerIds.includes(each.providerId))
        .map(({ number }) => ({ resource, attempt: number }))
    )
    return reschedule(tables, named, (before) => (before === null ? now : DateTime.min(before, now)))
  }

  /** Whether nothing is to be asked any more of what the provider knows by this id. */
  const isAtRest = (tables: Tables, owner: Owner, account: string, providerId: string): boolean =>
    all(tables, owner).some(({ attempts }) =>
      attempts.some((each) => each.account === account && each.providerId === providerId && each.dueAt === null)
    )

  /** The operations over a database. */
  const operations = (database: MemoryDatabase["Service"]): Operations<A, A["id"], NewIntent> => ({
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
          const held = find(tables, owner, id)
          if (held === undefined) return { tables, result: Option.none() }
          const holdsLease = lease !== null && lease.token === held.lease.token && millisLeft(held, now) > 0
          const { change, result } = yield* decide({ current: held.current, holdsLease, now })
          return { tables: yield* write(tables, held, holdsLease, change, now), result: Option.some(result) }
        })
      ),
    get: (owner, id) => Effect.map(database.tables, (tables) => Option.fromNullishOr(find(tables, owner, id)?.current))
  })

  return { all, dueNow, isAtRest, operations, takeDue }
}

const answered = (
  tables: Tables,
  owner: Owner,
  { keyed, response }: NonNullable<Change<unknown>["finished"]>,
  now: DateTime.Utc
): Tables["keys"] => {
  const key = keyOf(owner, keyed.key)
  const known = tables.keys.get(key)
  return known === undefined ? tables.keys : put(tables.keys, key, { ...known, response, usedAt: now })
}

/** The filters that lists of invoices and payouts have in common. */
export interface Filter {
  readonly status?: string
  readonly provider?: string
  readonly costCenter?: string
  readonly ourNumber?: string
  readonly contractorReference?: string
  readonly createdFrom?: DateTime.Utc
  readonly createdTo?: DateTime.Utc
}

/** Whether a row is one of those that a filter names; `account` is the one it shows. */
export const matches = (
  filter: Filter,
  row: {
    readonly status: string
    readonly ourNumber: string
    readonly createdAt: DateTime.Utc
    readonly request: { readonly cost_center: string; readonly contractor_reference?: string }
  },
  account: string | null
): boolean =>
  (filter.status ?? row.status) === row.status &&
  (filter.provider ?? account) === account &&
  (filter.costCenter ?? row.request.cost_center) === row.request.cost_center &&
  (filter.ourNumber ?? row.ourNumber) === row.ourNumber &&
  (filter.contractorReference ?? row.request.contractor_reference) === row.request.contractor_reference &&
  (filter.createdFrom === undefined || DateTime.isGreaterThanOrEqualTo(row.createdAt, filter.createdFrom)) &&
  (filter.createdTo === undefined || DateTime.isLessThanOrEqualTo(row.createdAt, filter.createdTo))
