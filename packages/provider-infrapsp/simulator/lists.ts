/**
 * The lists of the InfraPSP document, each with its own filters.
 */
import { Parse } from "@salesos/simulator-kit"
import { Schema, SchemaTransformation } from "effect"
import { cents, csv, date, id, oneOf, type Page, page, same, select, short, type Source, within } from "./query.ts"
import type { State } from "./state.ts"
import {
  type Chargeback,
  ChargebackStatus,
  type Invoice,
  InvoiceStatus,
  type Operation,
  OperationEntity,
  OperationMethod,
  OperationStatus,
  type Payable,
  PayableEntity,
  PayableStatus,
  PayableType,
  type Transfer,
  TransferStatus
} from "./wire/money.ts"
import { type PreTransaction, PreTransactionStatus } from "./wire/preTransactions.ts"
import { type Transaction, TransactionMethod, TransactionStatus } from "./wire/transactions.ts"

/** A list by its untrusted query: its rows, or what is wrong with the query. `now` is in milliseconds. */
export type List<Row> = (
  state: State,
  query: unknown,
  now: number
) => ReadonlyArray<Row> | { readonly invalid: Parse.Invalid }

const list = <Query extends Page, Encoded, Row>(
  schema: Schema.Codec<Query, Encoded>,
  source: (tables: State["tables"], query: Query) => Source<Row>
): List<Row> => {
  const decode = Parse.decoder(schema)
  return (state, untrusted, now) => {
    const decoded = decode(untrusted)
    return "invalid" in decoded ? decoded : select(source(state.tables, decoded.value), decoded.value, now)
  }
}

const sortField = <Fields extends ReadonlyArray<string>>(...fields: Fields) =>
  Schema.optionalKey(Schema.Literals(["createdAt", ...fields]))

const flag = Schema.optionalKey(
  Schema.Literals(["true", "false"]).pipe(
    Schema.decodeTo(
      Schema.Boolean,
      SchemaTransformation.transform<boolean, "true" | "false">({
        decode: (text) => text === "true",
        encode: (value) => (value ? "true" : "false")
      })
    )
  )
)

const createdAt = ({ createdAt }: { readonly createdAt: string }): string => createdAt
const updatedAt = ({ updatedAt }: { readonly updatedAt: string }): string => updatedAt
const paymentDate = ({ paymentDate }: { readonly paymentDate: string }): string => paymentDate

const found = (values: ReadonlyArray<string | null | undefined>, search: string | undefined): boolean =>
  search === undefined || values.some((value) => value?.toLowerCase().includes(search.toLowerCase()) ?? false)

/** "find many transactions". */
export const transactions: List<Transaction> = list(
  Schema.Struct({
    ...page,
    method: Schema.optionalKey(TransactionMethod),
    status: csv(TransactionStatus),
    notStatus: csv(TransactionStatus),
    search: short,
    externalId: short,
    preTransactionId: id,
    sortField: sortField("updatedAt", "paidAt", "refundedAt"),
    amountRefundedGte: cents,
    amountRefundedLte: cents
  }),
  ({ charges }, query): Source<Transaction> => ({
    ids:
      query.preTransactionId !== undefined
        ? charges.idsOf("preTransactionId", query.preTransactionId)
        : query.externalId === undefined
          ? charges.ids
          : charges.idsOf("externalId", query.externalId),
    get: (id) => charges.get(id)?.transaction,
    createdAt,
    keep: (row) =>
      same(row.method, query.method) &&
      oneOf(row.status, query.status, query.notStatus) &&
      same<string | null>(row.externalId, query.externalId) &&
      row.amountRefunded >= (query.amountRefundedGte ?? 0) &&
      row.amountRefunded <= (query.amountRefundedLte ?? Infinity) &&
      found([row.id, row.externalId, ...Object.values(searchable(row.customer))], query.search),
    field: (row, name) => (name === "paidAt" ? row.paidAt : name === "refundedAt" ? row.refundedAt : row.updatedAt)
  })
)

const searchable = ({ companyName, documentNumber, email, personName }: Transaction["customer"]) => ({
  companyName,
  documentNumber,
  email,
  personName
})

/** "find many pre transactions". */
export const preTransactions: List<PreTransaction> = list(
  Schema.Struct({
    ...page,
    status: csv(PreTransactionStatus),
    notStatus: csv(PreTransactionStatus),
    search: short,
    externalId: short,
    sortField: sortField("updatedAt")
  }),
  ({ links }, query): Source<PreTransaction> => ({
    ids: query.externalId === undefined ? links.ids : links.idsOf("externalId", query.externalId),
    get: (id) => links.get(id)?.preTransaction,
    createdAt,
    keep: (row) =>
      oneOf(row.status, query.status, query.notStatus) &&
      found([row.id, row.externalId, row.description, ...Object.values(searchable(row.customer ?? {}))], query.search),
    field: updatedAt
  })
)

const entityOf = (payable: Payable): typeof PayableEntity.Type =>
  payable.transferId !== null ? "transfer" : payable.transactionRefundId !== null ? "transactionRefund" : "transaction"

/** "find many payables". */
export const payables: List<Payable> = list(
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
    sortField: sortField("paymentDate"),
    paymentDateLte: date,
    paymentDateGte: date
  }),
  ({ payables }, query): Source<Payable> => ({
    ids: query.transactionId === undefined ? payables.ids : payables.idsOf("transactionId", query.transactionId),
    get: payables.get,
    createdAt,
    keep: (row) =>
      oneOf(entityOf(row), query.entity, undefined) &&
      same<string | null>(row.transactionRefundId, query.transactionRefundId) &&
      same<string | null>(row.transactionSplitId, query.transactionSplitId) &&
      same<string | null>(row.transferId, query.transferId) &&
      oneOf(row.type, query.type, undefined) &&
      same(row.method, query.method) &&
      oneOf(row.status, query.status, query.notStatus) &&
      within(row.paymentDate, query.paymentDateGte, query.paymentDateLte),
    field: paymentDate
  })
)

/** "find many operations". */
export const operations: List<Operation> = list(
  Schema.Struct({
    ...page,
    payableId: id,
    method: Schema.optionalKey(OperationMethod),
    entity: Schema.optionalKey(OperationEntity),
    status: csv(OperationStatus),
    notStatus: csv(OperationStatus),
    sortField: sortField("paymentDate"),
    paymentDateLte: date,
    paymentDateGte: date
  }),
  ({ operations }, query): Source<Operation> => ({
    ids: query.payableId === undefined ? operations.ids : operations.idsOf("payableId", query.payableId),
    get: operations.get,
    createdAt,
    keep: (row) =>
      same(row.method, query.method) &&
      same(row.entity, query.entity) &&
      oneOf(row.status, query.status, query.notStatus) &&
      within(row.paymentDate, query.paymentDateGte, query.paymentDateLte),
    field: paymentDate
  })
)

/** "find many transaction chargebacks": all of them, or those of a transaction. */
export const chargebacks = (transactionId?: string): List<Chargeback> =>
  list(
    Schema.Struct({
      ...page,
      id,
      status: csv(ChargebackStatus),
      notStatus: csv(ChargebackStatus),
      sortField: sortField()
    }),
    ({ chargebacks }, query): Source<Chargeback> => ({
      ids: transactionId === undefined ? chargebacks.ids : chargebacks.idsOf("transactionId", transactionId),
      get: chargebacks.get,
      createdAt,
      keep: (row) => same(row.id, query.id) && oneOf(row.status, query.status, query.notStatus),
      field: createdAt
    })
  )

/** "find many transfers". */
export const transfers: List<Transfer> = list(
  Schema.Struct({
    ...page,
    status: csv(TransferStatus),
    notStatus: csv(TransferStatus),
    isAutoTransfer: flag,
    search: short,
    sortField: sortField("updatedAt")
  }),
  ({ payouts }, query): Source<Transfer> => ({
    ids: payouts.ids,
    get: (id) => payouts.get(id)?.transfer,
    createdAt,
    keep: (row) =>
      oneOf(row.status, query.status, query.notStatus) &&
      same(row.isAutoTransfer, query.isAutoTransfer) &&
      found([row.id], query.search),
    field: updatedAt
  })
)

/** "find many invoices": what InfraPSP itself charges. The document sorts them by a field that they don't have, too. */
export const invoices: List<Invoice> = list(
  Schema.Struct({
    ...page,
    merchantId: id,
    period: id,
    status: csv(InvoiceStatus),
    notStatus: csv(InvoiceStatus),
    sortField: sortField("paymentDate")
  }),
  ({ invoices }, query): Source<Invoice> => ({
    ids: invoices.ids,
    get: invoices.get,
    createdAt,
    keep: (row) =>
      same(row.merchantId, query.merchantId) &&
      same(row.period, query.period) &&
      oneOf(row.status, query.status, query.notStatus),
    field: createdAt
  })
)
