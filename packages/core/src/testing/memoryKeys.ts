/** Idempotency keys in memory. */
import { DateTime } from "effect"
import * as Idempotency from "../models/Idempotency.ts"
import type { Owner } from "../models/Owner.ts"
import { type InvoiceRow, keyOf, type Tables } from "./MemoryDatabase.ts"

/** How long an invoice's lease still holds, in milliseconds; 0 or less when nobody has it. */
export const millisLeft = ({ lease }: InvoiceRow, now: DateTime.Utc): number =>
  lease.until - DateTime.toEpochMillis(now)

/** What a key gets that was used before, and the invoice to go on with; null when it is new. */
export const decideKey = (
  tables: Tables,
  owner: Owner,
  keyed: Idempotency.Keyed,
  now: DateTime.Utc
):
  | Exclude<Idempotency.Decision, { readonly _tag: "Resume" }>
  | { readonly _tag: "Resume"; readonly row: InvoiceRow }
  | null => {
  const known = tables.keys.get(keyOf(owner, keyed.key))
  if (known === undefined) return null
  const row = known.invoice === null ? undefined : tables.invoices.get(known.invoice)
  const decision = Idempotency.decide({
    sameFingerprint: known.fingerprint === keyed.fingerprint,
    response: known.response,
    leaseSeconds: row === undefined ? 0 : millisLeft(row, now) / 1000
  })
  if (decision._tag !== "Resume") return decision
  // An operation without an invoice stores its answer with its key, so that there is always one to replay.
  if (row === undefined) throw new Error("A key without an answer has an invoice")
  return { _tag: "Resume", row }
}
