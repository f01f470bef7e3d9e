/** What the stores of invoices and payouts have in common: numbers, keys, leases, and changes that are written as a whole. */
import { Idempotency, type MoneyFact, type Operations, type OurNumber, type Owner } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import { SqlClient, type SqlError, type Statement } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import { recordFacts } from "./FactRows.ts"
import { claim, findKey } from "./IdempotencyKeys.ts"
import { post } from "./Ledger.ts"
import { Outbox } from "./Outbox.ts"

/** Another request took the key between our look and our claim: the lease goes back with the transaction. */
class KeyTaken extends Schema.TaggedError<KeyTaken>()("KeyTaken", {}) {}

const inProgress = { _tag: "InProgress", retryAfterSeconds: 1 } as const

/** The columns that every resource's row has for its operations. */
export interface OperationRow {
  readonly lease_token: bigint
  readonly lease_until: Date | null
  /** The database's clock. */
  readonly now: Date
}

/** What is to become of a resource as it was read. */
export interface Decided<A, Row> {
  readonly row: Row
  readonly held: Operations.Held<A>
  readonly change: Operations.Change<A>
}

/** What tells invoices and payouts apart. */
export interface Table<A, Id extends string, NewIntent, Row extends OperationRow> {
  readonly name: "invoice" | "payout"
  readonly isId: (text: unknown) => text is Id
  /** Key, number, resource and first attempt in one statement; no row where the key is known. */
  readonly insert: (
    intent: NewIntent
  ) => Effect.Effect<
    ReadonlyArray<{ readonly our_number: OurNumber.OurNumber; readonly misses_count_from: Date }>,
    SqlError.SqlError
  >
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

/**
 * The first parts of an insert, `claimed` and `numbered`: the key, and the next number of the series and year. The counter is
 * locked last, and only as long as the statement commits. Nothing at all happens where the key is known.
 */
export const claimedAndNumbered = (
  sql: SqlClient.SqlClient,
  series: OurNumber.Series,
  { createdAt, id, keyed, owner, timeZone }: Operations.Intent<string, unknown>
): Statement.Fragment => sql`
  claimed as (
    insert into idempotency_key (tenant, environment, key, fingerprint, resource)
    values (${owner.tenant}, ${owner.environment}, ${keyed.key}, sha256(convert_to(${keyed.fingerprint}, 'UTF8')), ${id})
    on conflict do nothing
    returning tenant, environment
  ), numbered as (
    insert into our_number as o (tenant, environment, series, year, last)
    select tenant, environment, ${series},
      extract(year from ${DateTime.toDateUtc(createdAt)}::timestamptz at time zone ${timeZone})::int, 1 from claimed
    on conflict (tenant, environment, series, year) do update set last = o.last + 1
    returning tenant, environment,
      series || '-' || year || '-' || lpad(last::text, greatest(6, length(last::text)), '0') as our_number
  )`

/** How an operation ends, by who holds the lease. */
export const endOf = <A>({ change, held }: Decided<A, unknown>) => {
  const finished = held.holdsLease ? change.finished : undefined
  return { finished, givesBack: finished !== undefined || (held.holdsLease && change.released === true) }
}

/**
 * The last parts of a write, `answered` and `observed`, after a part `changed` that gives tenant, environment and id where the
 * change was written: the stored answer, and what was seen where it is new.
 */
export const answeredAndObserved = <A>(
  sql: SqlClient.SqlClient,
  of: "invoice" | "payout",
  decided: Decided<A, unknown>
): Statement.Fragment => {
  const { finished } = endOf(decided)
  const { seen } = decided.change
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
  NewIntent extends Operations.Intent<Id, unknown>,
  Row extends OperationRow
>({ fromRow, insert, isId, name, requested, select, write }: Table<A, Id, NewIntent, Row>) {
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

  /** What the key means now, and the lease where nobody holds it. */
  const decideKnown = Effect.fnUntraced(function* ({ keyed, lease, owner }: NewIntent) {
    const found = yield* findKey(sql, owner, keyed)
    if (found === undefined) return Option.none<Operations.Opened<A>>() // purged in between
    const decision = Idempotency.decide(found)
    if (decision._tag !== "Resume") return Option.some<Operations.Opened<A>>(decision)
    const taken = isId(found.resource) ? yield* takeLease(owner, found.resource, lease) : Option.none()
    return Option.some<Operations.Opened<A>>(
      Option.match(taken, {
        onNone: () => inProgress,
        onSome: (holder) => ({ _tag: "Resumed", ...holder })
      })
    )
  })

  const open = Effect.fnUntraced(function* (intent: NewIntent) {
    const [inserted] = yield* orUnavailable(insert(intent))
    if (inserted !== undefined) {
      const missesCountFrom = DateTime.fromDateUnsafe(inserted.misses_count_from)
      return {
        _tag: "Created",
        current: requested({ ...intent, ourNumber: inserted.our_number, missesCountFrom }),
        lease: { token: 1 }
      } satisfies Operations.Opened<A>
    }
    return Option.getOrThrow(yield* transact(decideKnown(intent)))
  })

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
    const taken = yield* takeLease(owner, id, duration)
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

  const booked = ({ change: { events, next, posted }, held }: Decided<A, Row>) => ({
    facts: next.facts.filter((fact) => !held.current.facts.includes(fact)),
    posted,
    events
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
      const { events, facts, posted } = booked(found)
      if (facts.length + posted.length + events.length > 0) return Option.none()
      return (yield* write(found)) ? Option.some(Option.some(found.result)) : Option.none()
    })
    const locked = Effect.gen(function* () {
      // The lock is taken by a statement of its own: the next one then sees all that was committed before it.
      yield* sql`select 1 from ${table} where ${is(owner, id)} for update`
      const found = yield* decided
      if (found === undefined) return Option.none()
      if (!(yield* write(found))) return yield* Effect.die("A resource changed under its lock")
      const { events, facts, posted } = booked(found)
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

/**
 * Takes attempts that are due, by the index `…_due` of their table; what another worker has just taken is passed over. `of` is the
 * column that names the resource.
 */
export const takeDue = <Id extends string>(
  sql: SqlClient.SqlClient,
  attempts: "charge_attempt" | "payout_attempt",
  of: "invoice" | "payout",
  limit: number,
  retryIn: Duration.Duration
) =>
  sql<{
    readonly tenant: Owner.Owner["tenant"]
    readonly environment: Owner.Environment
    readonly id: Id
    readonly number: number
  }>`
    with due as (
      select tenant, environment, ${sql(of)} as id, number from ${sql(attempts)}
      where due_at <= clock_timestamp() order by due_at limit ${limit} for update skip locked
    )
    update ${sql(attempts)} a set due_at = ${after(sql, retryIn)}
    from due where (a.tenant, a.environment, a.${sql(of)}, a.number) = (due.tenant, due.environment, due.id, due.number)
    returning a.tenant, a.environment, due.id, a.number`.pipe(
    orUnavailable,
    Effect.map((rows) =>
      rows.map(({ environment, id, number, tenant }) => ({ owner: { tenant, environment }, id, attempt: number }))
    )
  )
