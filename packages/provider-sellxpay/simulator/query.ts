/**
 * "Transacoes - Listar Transacoes": filters and pages.
 */
import { Parse, type Table } from "@salesos/simulator-kit"
import { Schema } from "effect"
import type { Entry } from "./transactions.ts"
import { listed } from "./shown.ts"
import { Method, Status, type Transaction, Type } from "./wire.ts"

const date = Schema.optionalKey(Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/)))
const count = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThan(0))
const text = Schema.optionalKey(Schema.String)

/** The document lists every status but `expired` here. */
const ListedStatus = Status.pick(["pending", "paid", "cancelled", "reversed", "refused", "chargedback", "in_analysis"])

const decode = Parse.decoder(
  Schema.Struct({
    status: Schema.optionalKey(ListedStatus),
    type: Schema.optionalKey(Type),
    method: Schema.optionalKey(Method),
    start_date: date,
    end_date: date,
    external_id: text,
    payer_document: text,
    page: Schema.optionalKey(count),
    per_page: Schema.optionalKey(count.check(Schema.isLessThanOrEqualTo(100)))
  })
)

const same = <A>(value: A, wanted: A | undefined): boolean => wanted === undefined || value === wanted

/** One page of the transactions, the newest first, or what is wrong with the query. Days are those of UTC. */
export const list = (transactions: Table.Table<Entry, "external_id">, untrusted: unknown) => {
  const decoded = decode(untrusted)
  if ("invalid" in decoded) return decoded
  const query = decoded.value
  const { end_date = "9999-12-31", page = 1, per_page = 20, start_date = "0000-01-01" } = query

  const keep = (row: Transaction): boolean => {
    const day = row.created_at.slice(0, 10)
    return (
      day >= start_date &&
      day <= end_date &&
      same(row.status, query.status) &&
      same(row.type, query.type) &&
      same(row.method, query.method) &&
      same(row.payer_document, query.payer_document ?? undefined)
    )
  }
  const ids = query.external_id === undefined ? transactions.ids : transactions.idsOf("external_id", query.external_id)
  const rows = ids.flatMap((id) => {
    const row = transactions.get(id)?.transaction
    return row !== undefined && keep(row) ? [row] : []
  })
  const start = (page - 1) * per_page
  return {
    data: rows
      .toReversed()
      .slice(start, start + per_page)
      .map(listed),
    meta: {
      current_page: page,
      per_page,
      total: rows.length,
      last_page: Math.max(1, Math.ceil(rows.length / per_page))
    }
  }
}
