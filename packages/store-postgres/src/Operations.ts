/** What the stores of invoices and payouts have in common: numbers, keys, leases, and changes that are written as a whole. */
import { Idempotency, type MoneyFact, type Operations, OurNumber, type Owner } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import * as Batches from "./Batches.ts"
import { orUnavailable, transact } from "./Client.ts"
import { recordFacts } from "./FactRows.ts"
import { claim, findKey } from "./IdempotencyKeys.ts"
import { post } from "./Ledger.ts"
import { Outbox } from "./Outbox.ts"
import { keepFiles } from "./TaxFiles.ts"

/** Another request took the key between our look and our claim: the lease goes back with the transaction. */
class KeyTaken extends Schema.TaggedError<KeyTaken>()("KeyTaken", {}) {}

const inProgress = { _tag: "InProgress", retryAfterSeconds: 1 } as const

/** The columns that every resource's row has for its operations. */
export interface OperationRow {
  readonly lease_token: bigint
  readonly lease_until: Date | null
  /** The database's clock. */
  readonly now: Date
  readonly attempts: ReadonlyArray<{ readonly number: number; readonly due_at: string | null }> | null
}

/** What is to become of a resource as it was read. */
export interface Decided<A, Row> {
  readonly row: Row
  readonly held: Operations.Held<A>
  readonly change: Operations.Change<A>
}

/** Intents that are numbered together. */
export interface Batch<NewIntent> {
  readonly owner: Owner.Owner
  readonly series: OurNumber.Series
  readonly year: number
  readonly intents: ReadonlyArray<NewIntent>
}

/** An intent whose key was new. */
export interface Numbered {
  readonly id: string
  readonly our_number: OurNumber.OurNumber
  readonly misses_count_from: Date
}

/** What tells invoices and payouts apart. */
export interface Table<A, Id extends string, NewIntent, Row extends OperationRow> {
  readonly name: "invoice" | "payout"
  readonly series: OurNumber.Series
  readonly isId: (text: unknown) => text is Id
  /** Keys, numbers, resources and first attempts in one statement; no row where a key is known. */
  readonly insert: (batch: Batch<NewIntent>) => Effect.Effect<ReadonlyArray<Numbered>, SqlError.SqlError>
  readonly requested: (
    intent: NewIntent & { readonly ourNumber: OurNumber.OurNumber; readonly missesCountFrom: DateTime.Utc }
  ) => A
  readonly select: (rows: Statement.Fragment) => Effect.Effect<ReadonlyArray<Row>, SqlError.SqlError>
  readonly fromRow: (row: Row) => A
  /** The change in one statement, if the resource still is what it was read as. Says whether it was. */
  readonly write: (decided: Decided<A, Row>) => Effect.Effect<boolean, SqlError.SqlError>
}

const seconds = (duration: Duration.Duration) => Duration.toSeconds(duration)

/** The end of a lease, or of a time of grace, by the database's clock. */
export const after = (sql: SqlClient.SqlClient, duration: Duration.Duration): Statement.Fragment =>
  sql`clock_timestamp() + make_interval(secs => ${seconds(duration)})`

/** Whether something may be filed under a cost center: it is registered, or none is. By the primary key of cost_center. */
const isFiled = (
  sql: SqlClient.SqlClient,
  { environment, tenant }: Owner.Owner,
  code: string | Statement.Fragment
): Statement.Fragment => sql`(
  exists (select 1 from cost_center where tenant = ${tenant} and environment = ${environment} and code = ${code})
  or not exists (select 1 from cost_center where tenant = ${tenant} and environment = ${environment}))`

/** The columns that are read of every intent; a table's own follow. */
const columns =
  "id text, key text, fingerprint text, request jsonb, amount bigint, currency text, cost_center text, " +
  "contractor_reference text, account text, created_at timestamptz, lease float8, quiet float8"

interface Asked {
  readonly amount: number
  readonly currency: string
  readonly cost_center: string
  readonly contractor_reference?: string
}

/**
 * The first parts of an insert, ending with `given`: the intents whose keys were new, each with its number. Keys are taken in
 * their order, so that batches that share some wait for each other and never in a circle. The counter is locked last, moved on
 * once for all, and only as long as the statement commits; where no key was new nothing at all happens.
 * Nor does anything of an intent whose cost center is not registered.
 */
export const claimedAndNumbered = <NewIntent extends Operations.Intent<string, Asked>>(
  sql: SqlClient.SqlClient,
  { intents, owner, series, year }: Batch<NewIntent>,
  /** What a table needs besides of an intent, and the columns that it is read as. */
  own: (intent: NewIntent) => Readonly<Record<string, unknown>>,
  ownColumns: string
): Statement.Fragment => {
  const members = intents.map((intent) => ({
    id: intent.id,
    key: intent.keyed.key,
    fingerprint: intent.keyed.fingerprint,
    request: intent.request,
    amount: intent.request.amount,
    currency: intent.request.currency,
    cost_center: intent.request.cost_center,
    contractor_reference: intent.request.contractor_reference,
    account: intent.account,
    created_at: DateTime.formatIso(intent.createdAt),
    lease: seconds(intent.lease),
    quiet: seconds(intent.missesCountAfter),
    ...own(intent)
  }))
  return sql`
    wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(members)}::jsonb) as r (${sql.literal(`${columns}, ${ownColumns}`)})
    ), claimed as (
      insert into idempotency_key (tenant, environment, key, fingerprint, resource)
      select ${owner.tenant}, ${owner.environment}, key, sha256(convert_to(fingerprint, 'UTF8')), id from wanted w
      where ${isFiled(sql, owner, sql.literal("w.cost_center"))} order by key
      on conflict do nothing
      returning tenant, environment, resource
    ), numbered as (
      insert into our_number as o (tenant, environment, series, year, last)
      select tenant, environment, ${series}, ${year}::int, count(*) from claimed group by tenant, environment
      on conflict (tenant, environment, series, year) do update set last = o.last + excluded.last
      returning series, year, last
    ), given as (
      select c.tenant, c.environment, w.*,
        n.series || '-' || n.year || '-' || lpad(c.number::text, greatest(6, length(c.number::text)), '0') as our_number
      from numbered n, lateral (
        select *, n.last - count(*) over () + row_number() over (order by resource) as number from claimed
      ) c join wanted w on w.id = c.resource
    )`
}

/** How an operation ends, by who holds the lease. */
export const endOf = <A>({ change, held }: Decided<A, unknown>) => {
  const finished = held.holdsLease ? change.finished : undefined
  return { finished, givesBack: finished !== undefined || (held.holdsLease && change.released === true) }
}

/**
 * The last parts of a write, `answered`, `observed` and `processed`, after a part `changed` that gives tenant, environment and id
 * where the change was written: the stored answer, what was seen where it is new, and the notifications that led to it.
 */
export const answeredAndObserved = <A>(
  sql: SqlClient.SqlClient,
  of: "invoice" | "payout",
  decided: Decided<A, unknown>
): Statement.Fragment => {
  const { finished } = endOf(decided)
  const { heard = [], seen } = decided.change
  return sql`
    answered as (
      update idempotency_key k set response_status = ${finished?.response?.status ?? null},
        response_body = ${finished?.response?.body ?? null}, finished_at = clock_timestamp()
      from changed c
      where ${finished !== undefined}
        and (k.tenant, k.environment, k.key) = (c.tenant, c.environment, ${finished?.keyed.key ?? null})
    ), observed as (
      insert into observation (tenant, environment, ${sql(of)}, attempt, raw)
      select c.*, ${seen?.attempt ?? null}::int, r.raw
      from changed c, (select ${seen === undefined ? null : JSON.stringify(seen.raw)}::jsonb as raw) r
      where ${seen !== undefined} and r.raw is distinct from (
        select o.raw from observation o
        where (o.tenant, o.environment, o.${sql(of)}, o.attempt) = (c.tenant, c.environment, c.id, ${seen?.attempt ?? null})
        order by o.seen_at desc limit 1)
    ), processed as (
      update notification_subject s set status = 'processed', processed_at = clock_timestamp()
      from changed c, jsonb_to_recordset(${JSON.stringify(heard)}::jsonb)
        as h (account text, notification text, kind text, "providerId" text)
      where (s.tenant, s.environment, s.account, s.kind, s.provider_id, s.dedupe_key)
          = (c.tenant, c.environment, h.account, h.kind, h."providerId", h.notification)
        and s.status = 'pending'
    )`
}

interface Resource {
  readonly owner: Owner.Owner
  readonly id: string
  readonly facts: ReadonlyArray<MoneyFact.MoneyFact>
}

/** The operations on the rows of a table. */
export const make = Effect.fnUntraced(function* <
  A extends Resource,
  Id extends string,
  NewIntent extends Operations.Intent<Id, Operations.Filed>,
  Row extends OperationRow
>({ fromRow, insert, isId, name, requested, select, series, write }: Table<A, Id, NewIntent, Row>) {
  const sql = yield* SqlClient.SqlClient
  const outbox = yield* Outbox
  const table = sql(name)
  const span = (method: string) => Effect.withSpan(`${name}.${method}`)

  const is = ({ environment, tenant }: Owner.Owner, id: Id) =>
    sql`tenant = ${tenant} and environment = ${environment} and id = ${id}`

  const read = (owner: Owner.Owner, id: Id) => select(sql`select * from ${table} where ${is(owner, id)}`)

  /** Compare-and-set on the row: of several takers one gets it. */
  const takeLease = Effect.fnUntraced(function* (owner: Owner.Owner, id: Id, duration: Duration.Duration) {
    const [taken] = yield* sql<{ readonly lease_token: bigint }>`
      update ${table} set lease_token = lease_token + 1, lease_until = ${after(sql, duration)}
      where ${is(owner, id)} and (lease_until is null or lease_until <= clock_timestamp())
      returning lease_token`
    if (taken === undefined) return Option.none()
    const [row] = yield* read(owner, id)
    return Option.fromUndefinedOr(row).pipe(
      Option.map((found) => ({ current: fromRow(found), lease: { token: Number(taken.lease_token) } }))
    )
  })

  /**
   * Takes the lease for a key that is known. Whoever held it may have answered while we waited for the row: the key is looked at again,
   * and what is answered is not gone on with. Fails with `KeyTaken` then, for the transaction to be rolled back.
   */
  const takeLeaseFor = Effect.fnUntraced(function* (
    keyed: Idempotency.Keyed,
    owner: Owner.Owner,
    id: Id,
    duration: Duration.Duration
  ) {
    const taken = yield* takeLease(owner, id, duration)
    const known = Option.isSome(taken) ? yield* findKey(sql, owner, keyed) : undefined
    return known?.response == null ? taken : yield* new KeyTaken()
  })

  /** What the key means now, and the lease where nobody holds it. */
  const decideKnown = Effect.fnUntraced(function* ({ keyed, lease, owner }: NewIntent) {
    const found = yield* findKey(sql, owner, keyed)
    if (found === undefined) return Option.none<Operations.Opened<A>>() // purged in between
    const decision = Idempotency.decide(found)
    if (decision._tag !== "Resume") return Option.some<Operations.Opened<A>>(decision)
    const taken = isId(found.resource) ? yield* takeLeaseFor(keyed, owner, found.resource, lease) : Option.none()
    return Option.some<Operations.Opened<A>>(
      Option.match(taken, {
        onNone: () => inProgress,
        onSome: (holder) => ({ _tag: "Resumed", ...holder })
      })
    )
  })

  const yearOf = ({ createdAt, timeZone }: NewIntent) => OurNumber.yearOf(createdAt, timeZone)

  /** The number of an intent whose key was new; undefined where it was known. */
  const number = Batches.make({
    groupOf: (intent: NewIntent) => JSON.stringify([intent.owner.tenant, intent.owner.environment, yearOf(intent)]),
    maximum: 100,
    run: (intents) =>
      Effect.gen(function* () {
        const [first] = intents
        if (first === undefined) return []
        const numbered = yield* orUnavailable(insert({ owner: first.owner, series, year: yearOf(first), intents }))
        return intents.map((intent) => numbered.find(({ id }) => id === intent.id))
      }).pipe(
        Effect.provideService(SqlClient.SqlClient, sql),
        // Of several requests, and of none of them more than of the others.
        Effect.withSpan(`${name}.number`, { root: true, attributes: { members: intents.length } })
      )
  })

  const open: (
    intent: NewIntent
  ) => Effect.Effect<Operations.Opened<A>, Operations.StoreUnavailable, SqlClient.SqlClient> = Effect.fnUntraced(
    function* (intent) {
      const inserted = yield* number(intent)
      if (inserted !== undefined) {
        const missesCountFrom = DateTime.fromDateUnsafe(inserted.misses_count_from)
        return {
          _tag: "Created",
          current: requested({ ...intent, ourNumber: inserted.our_number, missesCountFrom }),
          lease: { token: 1 }
        } satisfies Operations.Opened<A>
      }
      const known = yield* transact(decideKnown(intent)).pipe(
        Effect.catchTag("KeyTaken", () => Effect.succeedSome<Operations.Opened<A>>(inProgress))
      )
      if (Option.isSome(known)) return known.value
      const [filed] = yield* orUnavailable(
        sql<{ readonly is: boolean }>`select ${isFiled(sql, intent.owner, intent.request.cost_center)} as is`
      )
      // Registered, or its key purged, since the look: then it is new now.
      return filed?.is === true ? yield* open(intent) : { _tag: "UnknownCostCenter" }
    }
  )

  /** What a key means already; undefined when it is new, or its operation is to be gone on with. */
  const settledKey = Effect.fnUntraced(function* (owner: Owner.Owner, keyed: Idempotency.Keyed | null) {
    const found = keyed === null ? undefined : yield* findKey(sql, owner, keyed)
    const decision = found === undefined ? undefined : Idempotency.decide(found)
    return { isKnown: found !== undefined, decision: decision?._tag === "Resume" ? undefined : decision }
  })

  const begin = Effect.fnUntraced(function* (
    owner: Owner.Owner,
    id: Id,
    keyed: Idempotency.Keyed | null,
    duration: Duration.Duration
  ): Effect.fn.Return<Operations.Begun<A>, KeyTaken | SqlError.SqlError> {
    const before = yield* settledKey(owner, keyed)
    if (before.decision !== undefined) return before.decision
    const taken = yield* before.isKnown && keyed !== null
      ? takeLeaseFor(keyed, owner, id, duration)
      : takeLease(owner, id, duration)
    if (Option.isNone(taken)) {
      const [row] = yield* sql<{ readonly seconds: number }>`
        select extract(epoch from lease_until - clock_timestamp())::float8 as seconds from ${table} where ${is(owner, id)}`
      if (row === undefined) return { _tag: "Missing" }
      // Whoever holds it may have taken the key with it a moment ago.
      const { decision } = yield* settledKey(owner, keyed)
      return decision ?? { _tag: "Busy", retryAfterSeconds: Math.max(1, Math.ceil(row.seconds)) }
    }
    if (keyed !== null && !before.isKnown && !(yield* claim(sql, owner, keyed, id))) return yield* new KeyTaken()
    return { _tag: "Begun", ...taken.value }
  })

  /** A resource as it is changed: who holds its lease is said by the database's clock. */
  const toHeld = (row: Row, lease: Idempotency.Lease | null): Operations.Held<A> => ({
    current: fromRow(row),
    holdsLease:
      lease !== null &&
      row.lease_token === BigInt(lease.token) &&
      row.lease_until !== null &&
      row.lease_until > row.now,
    now: DateTime.fromDateUnsafe(row.now)
  })

  const booked = ({ change: { events, files = [], next, posted }, held }: Decided<A, Row>) => ({
    facts: next.facts.filter((fact) => !held.current.facts.includes(fact)),
    posted,
    events,
    files
  })

  const change: Operations.Operations<A, Id, NewIntent>["change"] = (owner, id, lease, decide) => {
    const decided = Effect.gen(function* () {
      const [row] = yield* read(owner, id)
      if (row === undefined) return undefined
      const held = toHeld(row, lease)
      return { row, held, ...(yield* decide(held)) }
    })
    // Most changes are one statement, which sees for itself whether another change came in between.
    const alone = Effect.gen(function* () {
      const found = yield* decided
      if (found === undefined) return Option.some(Option.none())
      const { events, facts, files, posted } = booked(found)
      if (facts.length + posted.length + events.length + files.length > 0) return Option.none()
      return (yield* write(found)) ? Option.some(Option.some(found.result)) : Option.none()
    })
    const locked = Effect.gen(function* () {
      // The lock is taken by a statement of its own: the next one then sees all that was committed before it.
      yield* sql`select 1 from ${table} where ${is(owner, id)} for update`
      const found = yield* decided
      if (found === undefined) return Option.none()
      if (!(yield* write(found))) return yield* Effect.die("A resource changed under its lock")
      const { events, facts, files, posted } = booked(found)
      if (files.length > 0) yield* keepFiles(sql, owner, files)
      if (facts.length > 0) yield* recordFacts(sql, name, found.change.next, facts)
      if (posted.length > 0) yield* post(posted)
      if (events.length > 0) yield* outbox.publish(owner, events)
      return Option.some(found.result)
    })
    return orUnavailable(alone).pipe(
      Effect.flatMap(Option.match({ onNone: () => transact(locked), onSome: Effect.succeed })),
      Effect.provideService(SqlClient.SqlClient, sql),
      span("change")
    )
  }

  return {
    open: (intent) => open(intent).pipe(Effect.provideService(SqlClient.SqlClient, sql), span("open")),
    begin: (owner, id, keyed, duration) =>
      transact(begin(owner, id, keyed, duration)).pipe(
        Effect.catchTag("KeyTaken", () => Effect.succeed(inProgress)),
        Effect.provideService(SqlClient.SqlClient, sql)
      ),
    recall: (owner, keyed) =>
      orUnavailable(findKey(sql, owner, keyed)).pipe(
        Effect.map((found) => Option.map(Option.fromUndefinedOr(found), Idempotency.decide))
      ),
    change,
    get: (owner, id) =>
      orUnavailable(read(owner, id)).pipe(
        Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), fromRow)),
        span("get")
      )
  } satisfies Operations.Operations<A, Id, NewIntent>
})
