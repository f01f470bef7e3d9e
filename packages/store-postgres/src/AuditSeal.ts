/**
 * Sealing the audit log: entries in order make a batch, and each batch's hash covers the hash of the one before it. Whoever
 * changes, removes, inserts or moves an entry, or a batch, breaks the chain; whoever makes the whole chain anew changes its
 * head, which the worker tells the process's log each time, out of the database's reach.
 */
import { DateTime, Duration, Effect } from "effect"
import { SqlClient, type Statement } from "effect/sql"
import { createHash } from "node:crypto"
import { transact } from "./Client.ts"

/** Longer than any statement may take that writes entries: nothing older than this is still being written. */
const defaultGrace = Duration.seconds(30)

const maximumEntries = 5000

/** What the first batch follows. */
export const genesis: Uint8Array = Buffer.alloc(32)

/** Before the number of any entry. */
export const beforeAll = -(2n ** 63n)

/** An entry as it is hashed: every column as text. */
interface EntryRow {
  readonly seq: bigint
  readonly recorded_at: string
  readonly line: string
}

export interface BatchRow {
  readonly number: bigint
  readonly first_seq: bigint
  readonly last_seq: bigint
  readonly entries: number
  readonly last_at: string
  readonly sealed_at: string
  readonly digest: Uint8Array
  readonly previous: Uint8Array
  readonly hash: Uint8Array
}

/** A batch's number and hash: what proves later that the log was not made anew. */
export interface Head {
  readonly number: number
  readonly hash: string
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest()

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** A time with the database's precision, which a JavaScript date has not. */
const exactly = (sql: SqlClient.SqlClient, column: string): Statement.Fragment =>
  sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${sql(column)}`

/** Entries in their order, each with the line that is hashed. By the primary key of audit_entry. */
export const selectEntries = (sql: SqlClient.SqlClient, where: Statement.Fragment) => sql<EntryRow>`
  select seq, ${exactly(sql, "recorded_at")}, jsonb_build_array(seq, recorded_at, happened_at, tenant, environment, actor, address,
    action, subject, outcome, request, idempotency, detail)::text as line
  from audit_entry where ${where} order by seq limit ${maximumEntries + 1}`

export const selectBatches = (sql: SqlClient.SqlClient, rest: Statement.Fragment) => sql<BatchRow>`
  select number, first_seq, last_seq, entries, ${exactly(sql, "last_at")}, ${exactly(sql, "sealed_at")}, digest, previous, hash
  from audit_batch ${rest}`

export const digestOf = (entries: ReadonlyArray<EntryRow>): Buffer => sha256(entries.map(({ line }) => line).join("\n"))

export const hashOf = (batch: Omit<BatchRow, "hash">): Buffer =>
  sha256(
    JSON.stringify([
      String(batch.number),
      String(batch.first_seq),
      String(batch.last_seq),
      batch.entries,
      batch.last_at,
      batch.sealed_at,
      hex(batch.digest),
      hex(batch.previous)
    ])
  )

/** Makes the next batch in the transaction it is called in. */
const sealNext = Effect.fnUntraced(function* (grace: Duration.Duration) {
  const sql = yield* SqlClient.SqlClient
  // Of several workers one seals; the others come again.
  const [lock] = yield* sql<{ readonly mine: boolean }>`
    select pg_try_advisory_xact_lock(hashtext('salesos audit_batch')) as mine`
  if (lock?.mine !== true) return null
  const [last] = yield* selectBatches(sql, sql`order by number desc limit 1`)
  const after = last?.last_seq ?? beforeAll
  // Up to the first entry that is not old enough: what is older than the grace is all there, whatever its number.
  const found = yield* selectEntries(
    sql,
    sql`seq > ${after} and seq < coalesce((select min(seq) from audit_entry where seq > ${after}
      and recorded_at > clock_timestamp() - make_interval(secs => ${Duration.toSeconds(grace)})), 9223372036854775807)`
  )
  const entries = found.slice(0, maximumEntries)
  const [first] = entries
  const newest = entries.at(-1)
  if (first === undefined || newest === undefined) return null
  const [now] = yield* sql<{ readonly sealed_at: string }>`
    select ${exactly(sql, "sealed_at")} from (select clock_timestamp() as sealed_at) c`
  const batch = {
    number: (last?.number ?? 0n) + 1n,
    first_seq: first.seq,
    last_seq: newest.seq,
    entries: entries.length,
    last_at: entries.reduce((latest, { recorded_at }) => (recorded_at > latest ? recorded_at : latest), ""),
    sealed_at: now?.sealed_at ?? "",
    digest: digestOf(entries),
    previous: last?.hash ?? genesis
  }
  const hash = hashOf(batch)
  yield* sql`insert into audit_batch ${sql.insert({ ...batch, hash })}`
  return { number: Number(batch.number), hash: hex(hash) } satisfies Head
})

/**
 * Seals the next batch of entries that are older than `grace`; none when there are none, or another process is sealing.
 * Fails with `StoreUnavailable`.
 */
export const seal = (grace: Duration.Duration = defaultGrace) => transact(sealNext(grace))

/**
 * Removes the entries of whole batches that are older than so many years (seven at least: the database refuses less). The
 * batches stay, so the chain can still be verified. Gives how many entries went. Fails with `StoreUnavailable`.
 */
export const purge = Effect.fn("AuditSeal.purge")(function* (years: number) {
  const sql = yield* SqlClient.SqlClient
  const remove = Effect.gen(function* () {
    const [batch] = yield* sql<{ readonly first: bigint; readonly last: bigint }>`
      select coalesce(lag + 1, ${beforeAll}) as first, last_seq as last
      from (select last_seq, last_at, lag(last_seq) over (order by number) as lag from audit_batch) b
      where last_at < clock_timestamp() - make_interval(years => ${Math.max(7, years)})
        and last_seq >= (select min(seq) from audit_entry)
      order by last_seq limit 1`
    if (batch === undefined) return 0
    const gone = yield* sql`delete from audit_entry where seq between ${batch.first} and ${batch.last} returning 1`
    return gone.length
  })
  let removed = 0
  for (;;) {
    const gone = yield* transact(remove)
    if (gone === 0) return removed
    removed += gone
  }
})

/** When a batch's entries may be gone: what is missing from a younger one was deleted. */
export const mayBePurged = ({ last_at }: Pick<BatchRow, "last_at">, now: DateTime.Utc): boolean =>
  DateTime.isLessThan(DateTime.makeUnsafe(last_at), DateTime.subtract(now, { years: 7 }))
