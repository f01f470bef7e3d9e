/**
 * The parameters that all lists share (pages, sorting and date ranges), and the lists of this part of the document.
 */
import { Parse } from "@salesos/simulator-kit"
import { Schema, SchemaTransformation } from "effect"
import type { State } from "./state.ts"
import {
  type Operation,
  OperationEntity,
  OperationMethod,
  OperationStatus,
  type Payable,
  PayableEntity,
  PayableStatus,
  PayableType,
  type Transaction,
  TransactionMethod,
  TransactionStatus
} from "./wire.ts"

/** "a date range must be an interval that is less than or equal to 365 days" (InfraPSP document, introduction). */
const maxRange = 365 * 24 * 60 * 60 * 1_000

const date = Schema.optionalKey(
  Schema.String.check(
    Schema.makeFilter((value: string) => Number.isFinite(Date.parse(value)), { expected: "a date in ISO 8601" })
  )
)
const count = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThan(0))
const cents = Schema.optionalKey(Schema.FiniteFromString.check(Schema.isGreaterThanOrEqualTo(0)))
const id = Schema.optionalKey(Schema.String)
const short = Schema.optionalKey(Schema.String.check(Schema.isMaxLength(128)))

/** "comma-separated list of …", or the parameter given several times. */
const csv = <Values extends ReadonlyArray<string>>(item: Schema.Literals<Values>) =>
  Schema.optionalKey(
    Schema.ArrayEnsure(Schema.String).pipe(
      Schema.decodeTo(
        Schema.Array(Schema.String),
        SchemaTransformation.transform<ReadonlyArray<string>, ReadonlyArray<string>>({
          decode: (parts) => parts.flatMap((part) => part.split(",")),
          encode: (parts) => parts
        })
      ),
      Schema.decodeTo(Schema.Array(item))
    )
  )

const page = {
  createdAtGte: date,
  createdAtLte: date,
  page: Schema.optionalKey(count),
  pageSize: Schema.optionalKey(count.check(Schema.isLessThanOrEqualTo(1_000))),
  sortOrder: Schema.optionalKey(Schema.Literals(["asc", "desc"]))
}

interface Range {
  readonly createdAtGte?: string
  readonly createdAtLte?: string
}

interface Page extends Range {
  readonly page?: number
  readonly pageSize?: number
  readonly sortField?: string
  readonly sortOrder?: "asc" | "desc"
}

/** The first and last moment of the list, as ISO dates; a missing end is now, a missing start one year before now. */
const range = (
  query: Range,
  now: number
): { readonly from: string; readonly to: string } | { invalid: Parse.Invalid } => {
  const to = query.createdAtLte === undefined ? now : Date.parse(query.createdAtLte)
  const from = query.createdAtGte === undefined ? now - maxRange : Date.parse(query.createdAtGte)
  return to - from > maxRange
    ? { invalid: { message: "date range is longer than 365 days", paths: ["createdAtGte", "createdAtLte"] } }
    : { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
}

/** Within a range whose open ends let everything pass. */
const within = (value: string, gte: string | undefined, lte: string | undefined): boolean =>
  (gte === undefined || Date.parse(value) >= Date.parse(gte)) &&
  (lte === undefined || Date.parse(value) <= Date.parse(lte))

const oneOf = <A>(value: A, wanted: ReadonlyArray<A> | undefined, unwanted: ReadonlyArray<A> | undefined): boolean =>
  (wanted === undefined || wanted.includes(value)) && !(unwanted?.includes(value) ?? false)

const same = <A>(value: A, wanted: A | undefined): boolean => wanted === undefined || value === wanted

interface Source<Row> {
  /** Oldest first. */
  readonly ids: ReadonlyArray<string>
  readonly get: (id: string) => Row | undefined
  readonly createdAt: (row: Row) => string
  readonly keep: (row: Row) => boolean
  /** The value of a field other than `createdAt` to sort by; rows without one come last. */
  readonly field: (row: Row, name: string) => string | null
}

/** One page of the rows to keep. Sorted by creation, it looks at no more rows than it has to. */
const select = <Row>(
  source: Source<Row>,
  query: Page,
  now: number
): ReadonlyArray<Row> | { invalid: Parse.Invalid } => {
  const bounds = range(query, now)
  if ("invalid" in bounds) return bounds
  const { from, to } = bounds
  const size = query.pageSize ?? 10
  const start = ((query.page ?? 1) - 1) * size
  const ascending = query.sortOrder === "asc"
  const field = query.sortField ?? "createdAt"
  const byCreation = field === "createdAt"

  const rows: Array<Row> = []
  const { ids } = source
  for (let i = 0; i < ids.length; i++) {
    const row = source.get(ids[ascending ? i : ids.length - 1 - i] ?? "")
    if (row === undefined) continue
    const createdAt = source.createdAt(row)
    if (ascending ? createdAt > to : createdAt < from) break
    if (createdAt < from || createdAt > to || !source.keep(row)) continue
    rows.push(row)
    if (byCreation && rows.length === start + size) break
  }
  if (!byCreation) {
    const sign = ascending ? 1 : -1
    rows.sort((a, b) => {
      const left = source.field(a, field)
      const right = source.field(b, field)
      if (left === right) return 0
      if (left === null) return 1
      if (right === null) return -1
      return left < right ? -sign : sign
    })
  }
  return rows.slice(start, start + size)
}

/** A list by its untrusted query: its rows, or what is wrong with the query. `now` is in milliseconds. */
export type List<Row> = (state: State, query: unknown, now: number) => ReadonlyArray<Row> | { invalid: Parse.Invalid }

const transactionQuery = Parse.decoder(
  Schema.Struct({
    ...page,
    method: Schema.optionalKey(TransactionMethod),
    status: csv(TransactionStatus),
    notStatus: csv(TransactionStatus),
    search: short,
    externalId: short,
    preTransactionId: id,
    sortField: Schema.optionalKey(Schema.Literals(["createdAt", "updatedAt", "paidAt", "refundedAt"])),
    amountRefundedGte: cents,
    amountRefundedLte: cents
  })
)

const searched = ({ customer, externalId, id }: Transaction): ReadonlyArray<string | null | undefined> => [
  id,
  externalId,
  customer.personName,
  customer.companyName,
  customer.documentNumber,
  customer.email
]

/** "find many transactions". */
export const transactions: List<Transaction> = ({ tables: { charges } }, untrusted, now) => {
  const decoded = transactionQuery(untrusted)
  if ("invalid" in decoded) return decoded
  const query = decoded.value
  const search = query.search?.toLowerCase()
  return select(
    {
      ids: query.externalId === undefined ? charges.ids : charges.idsOf("externalId", query.externalId),
      get: (id) => charges.get(id)?.transaction,
      createdAt: (row) => row.createdAt,
      keep: (row) =>
        same(row.method, query.method) &&
        oneOf(row.status, query.status, query.notStatus) &&
        (query.preTransactionId === undefined || row.preTransactionId === query.preTransactionId) &&
        row.amountRefunded >= (query.amountRefundedGte ?? 0) &&
        row.amountRefunded <= (query.amountRefundedLte ?? Infinity) &&
        (search === undefined || searched(row).some((value) => value?.toLowerCase().includes(search) ?? false)),
      field: (row, name) => (name === "paidAt" ? row.paidAt : name === "refundedAt" ? row.refundedAt : row.updatedAt)
    },
    query,
    now
  )
}

const payableQuery = Parse.decoder(
  Schema.Struct({
    ...page,
    entity: csv(PayableEntity),
    transactionId: id,
    transactionRefundId: id,
    transactionSplitId: id,
    transferId: id,
    type: csv(PayableType),
    method: Schema.optionalKey(Schema.Literals(["pix", "credit_card"])),
    status: csv(PayableStatus),
    notStatus: csv(PayableStatus),
    sortField: Schema.optionalKey(Schema.Literals(["createdAt", "paymentDate"])),
    paymentDateLte: date,
    paymentDateGte: date
  })
)

const entityOf = (payable: Payable): typeof PayableEntity.Type =>
  payable.transferId !== null ? "transfer" : payable.transactionRefundId !== null ? "transactionRefund" : "transaction"

/** "find many payables". */
export const payables: List<Payable> = ({ tables: { payables } }, untrusted, now) => {
  const decoded = payableQuery(untrusted)
  if ("invalid" in decoded) return decoded
  const query = decoded.value
  return select(
    {
      ids: query.transactionId === undefined ? payables.ids : payables.idsOf("transactionId", query.transactionId),
      get: payables.get,
      createdAt: (row) => row.createdAt,
      keep: (row) =>
        oneOf(entityOf(row), query.entity, undefined) &&
        same<string | null>(row.transactionRefundId, query.transactionRefundId) &&
        same<string | null>(row.transactionSplitId, query.transactionSplitId) &&
        same<string | null>(row.transferId, query.transferId) &&
        oneOf(row.type, query.type, undefined) &&
        same(row.method, query.method) &&
        oneOf(row.status, query.status, query.notStatus) &&
        within(row.paymentDate, query.paymentDateGte, query.paymentDateLte),
      field: (row) => row.paymentDate
    },
    query,
    now
  )
}

const operationQuery = Parse.decoder(
  Schema.Struct({
    ...page,
    payableId: id,
    method: Schema.optionalKey(OperationMethod),
    entity: Schema.optionalKey(OperationEntity),
    status: csv(OperationStatus),
    notStatus: csv(OperationStatus),
    sortField: Schema.optionalKey(Schema.Literals(["createdAt", "paymentDate"])),
    paymentDateLte: date,
    paymentDateGte: date
  })
)

/** "find many operations". */
export const operations: List<Operation> = ({ tables: { operations } }, untrusted, now) => {
  const decoded = operationQuery(untrusted)
  if ("invalid" in decoded) return decoded
  const query = decoded.value
  return select(
    {
      ids: query.payableId === undefined ? operations.ids : operations.idsOf("payableId", query.payableId),
      get: operations.get,
      createdAt: (row) => row.createdAt,
      keep: (row) =>
        same(row.method, query.method) &&
        same(row.entity, query.entity) &&
        oneOf(row.status, query.status, query.notStatus) &&
        within(row.paymentDate, query.paymentDateGte, query.paymentDateLte),
      field: (row) => row.paymentDate
    },
    query,
    now
  )
}
