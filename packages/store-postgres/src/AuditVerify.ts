/** Verifying the audit log: every batch is hashed anew from its entries, and held against the chain. */
import { DateTime, Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as AuditSeal from "./AuditSeal.ts"
import { orUnavailable } from "./Client.ts"

/** What is not as it was sealed. */
export interface Finding {
  readonly kind:
    | "entry_changed"
    | "entry_deleted"
    | "entry_inserted"
    | "entry_backdated"
    | "batch_changed"
    | "batch_missing"
    | "chain_broken"
    | "head_differs"
  /** The batch it is about; null for what is not sealed yet. */
  readonly batch: number | null
  readonly message: string
}

export interface Report {
  readonly batches: number
  /** Sealed, and still there. */
  readonly entries: number
  /** Batches whose entries went after seven years. */
  readonly purged: number
  /** Not sealed yet: what could still be changed without a trace. */
  readonly unsealed: number
  readonly head: AuditSeal.Head | null
  /** None when the log is as it was sealed. */
  readonly findings: ReadonlyArray<Finding>
}

/** Entries come a little out of their order when processes write at the same time, and no more than that. */
const disorderSeconds = 60

const pageSize = 100

const isBefore = (a: string, b: string): boolean =>
  DateTime.toEpochMillis(DateTime.makeUnsafe(a)) <
  DateTime.toEpochMillis(DateTime.makeUnsafe(b)) - disorderSeconds * 1000

/** What entries are, held against the batch that sealed them. */
const compare = (
  batch: AuditSeal.BatchRow,
  entries: ReadonlyArray<{ readonly seq: bigint; readonly recorded_at: string; readonly line: string }>,
  now: DateTime.Utc
): Finding | null => {
  const number = Number(batch.number)
  const range = `${batch.first_seq} to ${batch.last_seq}`
  if (entries.length === 0 && AuditSeal.mayBePurged(batch, now)) return null
  if (entries.length < batch.entries) {
    const message = `${batch.entries - entries.length} of the ${batch.entries} entries ${range} are gone`
    return { kind: "entry_deleted", batch: number, message }
  }
  if (entries.length > batch.entries) {
    const message = `${entries.length - batch.entries} entries were added to the ${batch.entries} entries ${range}`
    return { kind: "entry_inserted", batch: number, message }
  }
  if (AuditSeal.digestOf(entries).equals(batch.digest)) return null
  return {
    kind: "entry_changed",
    batch: number,
    message: `The entries ${range} are not what was sealed, or not in that order`
  }
}

const check = Effect.fn("AuditVerify.verify")(function* (expected: AuditSeal.Head | null) {
  const sql = yield* SqlClient.SqlClient
  const now = yield* DateTime.now
  const findings: Array<Finding> = []
  let [batches, sealed, purged, lastSeq, lastAt] = [0, 0, 0, AuditSeal.beforeAll, ""]
  let head: AuditSeal.Head | null = null
  let previous = AuditSeal.genesis
  let found: AuditSeal.Head | null = null
  for (;;) {
    const page: ReadonlyArray<AuditSeal.BatchRow> = yield* AuditSeal.selectBatches(
      sql,
      sql`where number > ${head?.number ?? 0} order by number limit ${pageSize}`
    )
    for (const batch of page) {
      const number = Number(batch.number)
      const wanted: number = (head?.number ?? 0) + 1
      if (number !== wanted) {
        findings.push({
          kind: "batch_missing",
          batch: wanted,
          message: `Before batch ${number} ${number - wanted} are gone`
        })
      } else if (!Buffer.from(batch.previous).equals(previous)) {
        findings.push({ kind: "chain_broken", batch: number, message: "It does not follow the batch before it" })
      }
      if (!AuditSeal.hashOf(batch).equals(batch.hash)) {
        findings.push({ kind: "batch_changed", batch: number, message: "Its hash is not that of what is in it" })
      }
      const entries = yield* AuditSeal.selectEntries(sql, sql`seq > ${lastSeq} and seq <= ${batch.last_seq}`)
      const finding = compare(batch, entries, now)
      if (finding !== null) findings.push(finding)
      const backdated = lastAt === "" ? undefined : entries.find(({ recorded_at }) => isBefore(recorded_at, lastAt))
      if (backdated !== undefined) {
        const message = `Entry ${backdated.seq} tells a time before that of the batch before it`
        findings.push({ kind: "entry_backdated", batch: number, message })
      }
      batches += 1
      sealed += entries.length
      if (entries.length === 0) purged += 1
      head = { number, hash: AuditSeal.hex(batch.hash) }
      if (expected?.number === number) found = head
      ;[previous, lastSeq, lastAt] = [batch.hash, batch.last_seq, batch.last_at]
    }
    if (page.length < pageSize) break
  }
  if (expected !== null && found?.hash !== expected.hash) {
    const message = found === null ? "There is no such batch any more" : `Its hash was ${expected.hash}`
    findings.push({ kind: "head_differs", batch: expected.number, message })
  }
  const [rest] = yield* sql<{ readonly unsealed: bigint; readonly oldest: string | null }>`
    select count(*) as unsealed, to_char(min(recorded_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as oldest
    from audit_entry where seq > ${lastSeq}`
  if (lastAt !== "" && rest?.oldest != null && isBefore(rest.oldest, lastAt)) {
    findings.push({
      kind: "entry_backdated",
      batch: null,
      message: "An entry that is not sealed tells a time before the last batch"
    })
  }
  return { batches, entries: sealed, purged, unsealed: Number(rest?.unsealed ?? 0), head, findings } satisfies Report
}, orUnavailable)

/** Verifies the whole log, and that a head which was told before (`expected`) is still in it. Fails with `StoreUnavailable`. */
export const verify = (expected: AuditSeal.Head | null = null) => check(expected)
