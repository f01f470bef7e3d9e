/** Idempotency keys in memory. */
import { DateTime } from "effect"
import * as Idempotency from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import { keyOf, type LeaseRow, type Tables } from "./MemoryDatabase.ts"

/** How long a lease still holds, in milliseconds; 0 or less when nobody has it. */
export const millisLeft = ({ lease }: { readonly lease: LeaseRow }, now: DateTime.Utc): number =>
  lease.until - DateTime.toEpochMillis(now)

/** What a key gets that was used before, and the id of the resource to go on with; null when it is new. */
export const decideKey = (
  tables: Tables,
  owner: Owner,
  keyed: Idempotency.Keyed,
  now: DateTime.Utc
):
  | Exclude<Idempotency.Decision, { readonly _tag: "Resume" }>
  | { readonly _tag: "Resume"; readonly resource: string }
  | null => {
  const known = tables.keys.get(keyOf(owner, keyed.key))
  if (known === undefined) return null
  const resource = known.resource ?? ""
  const row = tables.invoices.get(resource) ?? tables.payouts.get(resource)
  const decision = Idempotency.decide({
    sameFingerprint: known.fingerprint === keyed.fingerprint,
    response: known.response,
    leaseSeconds: row === undefined ? 0 : millisLeft(row, now) / 1000
  })
  if (decision._tag !== "Resume") return decision
  // An operation without a resource stores its answer with its key, so that there is always one to replay.
  if (row === undefined) throw new Error("A key without an answer has a resource")
  return { _tag: "Resume", resource }
}
