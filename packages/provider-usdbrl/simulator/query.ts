/**
 * `GET /v1/payments`: pages, sorting and filters.
 */
import { Parse, type Table } from "@salesos/simulator-kit"
import { Schema } from "effect"
import { listed, type Payment } from "./payments.ts"

/** RFC 3339, "Internet date and time format". */
const time = Schema.optionalKey(
  Schema.String.check(
    Schema.makeFilter(
      (text: string) =>
        /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(text) &&
        Number.isFinite(Date.parse(text)),
      { expected: "an Internet date and time" }
    )
  )
)

const count = (maximum: number) =>
  Schema.optionalKey(Schema.FiniteFromString.check(Schema.isInt(), Schema.isBetween({ minimum: 1, maximum })))

const sortable = [
  "id",
  "customer_id",
  "transaction_id",
  "amount",
  "currency",
  "status",
  "payment_method",
  "created_at",
  "updated_at"
] as const

const decode = Parse.decoder(
  Schema.Struct({
    limit: count(40),
    page: count(9_999_999),
    sort: Schema.optionalKey(Schema.String.check(Schema.isPattern(new RegExp(`^(${sortable.join("|")}),(asc|desc)$`)))),
    start_time: time,
    end_time: time,
    customer_id: Schema.optionalKey(Schema.String.check(Schema.isBetweenLength(1, 255))),
    transaction_id: Schema.optionalKey(Schema.String)
  })
)

/** Items on a page where no limit is given: the document does not say. */
const defaultLimit = 20

/** What a column sorts by: an amount by its value, the rest as text. */
const keyOf = (payment: Payment, column: string): string | number => {
  if (column === "amount") return payment.amount
  const row: Readonly<Record<string, string>> = listed(payment)
  return row[column] ?? ""
}

/** One page by an untrusted query, newest first unless sorted, or what is wrong with the query. */
export const list = (
  payments: Table.Table<Payment, "transactionId">,
  untrusted: unknown
): ReadonlyArray<Payment> | { readonly invalid: Parse.Invalid } => {
  const decoded = decode(untrusted)
  if ("invalid" in decoded) return decoded
  const { customer_id, end_time, limit = defaultLimit, page = 1, sort, start_time, transaction_id } = decoded.value

  const from = start_time === undefined ? -Infinity : Date.parse(start_time)
  const to = end_time === undefined ? Infinity : Date.parse(end_time)
  const ids =
    transaction_id === undefined
      ? payments.ids
      : [...new Set(transaction_id.split(",").map((id) => id.trim()))].flatMap((id) =>
          payments.idsOf("transactionId", id)
        )
  const rows = ids
    .flatMap((id) => payments.get(id) ?? [])
    .filter(
      (payment) =>
        payment.createdAt >= from &&
        payment.createdAt <= to &&
        (customer_id === undefined || payment.customerId === customer_id)
    )

  const [column = "created_at", order = "desc"] = sort?.split(",") ?? []
  const sign = order === "asc" ? 1 : -1
  const sorted = rows.toSorted((a, b) => {
    const [left, right] = [keyOf(a, column), keyOf(b, column)]
    return left === right ? 0 : left < right ? -sign : sign
  })
  return sorted.slice((page - 1) * limit, page * limit)
}
