/**
 * The account's statement: InfraPSP's operations. They carry neither charge nor reference, so each is joined through its
 * payable with its transaction; whole pages are joined by lists, and what those leave out is read one by one.
 */
import { ChargeAttempt, Outcome, type Provider } from "@salesos/core"
import { DateTime, Effect, Option, Schema, Stream } from "effect"
import { HttpClientRequest } from "effect/http"
import { Invoice, Operation, Payable, Transaction } from "./Api.ts"
import { between, type Failure, listOf, maxPageSize, maxRange, type Send } from "./Calls.ts"
import { brl } from "./money.ts"
import { isMissing, type Transactions } from "./Transactions.ts"

type Account = Provider.ProviderAccount
type Line = Provider.ProviderStatementLine

/** Operations on a page: few enough to be joined within a moment. */
const pageSize = 200

/** How long before an operation its transaction may have been made and still be listed along with others. */
const reach = { hours: 1 }

/** How far from an operation the invoice it pays may have been made. */
const invoiceReach = { days: 45 }

const defaultInvoicesPath = "/v1/invoices"

const listOperations = listOf(Operation)
const listPayables = listOf(Payable)
const listInvoices = listOf(Invoice)
const decodePayable = Schema.decodeUnknownOption(Payable)
const decodeTransaction = Schema.decodeUnknownOption(Transaction)

/** What an operation is about, as far as InfraPSP tells. */
export interface Joined {
  readonly operation: Operation
  readonly payable: Payable | undefined
  readonly transaction: Transaction | undefined
  /** Whether InfraPSP has sent an invoice of that amount. */
  readonly isInvoiced: boolean
}

/**
 * A line of the statement. The document does not say whether a debit's amount is negative: its payable's type decides. Money
 * that comes later (`waiting_funds`) is in the line: it is the account's from the day of the payment on.
 */
export const line = ({ isInvoiced, operation, payable, transaction }: Joined): Line => {
  const size = Math.abs(operation.amount)
  const net = payable === undefined ? operation.amount : payable.type === "debit" ? 0 - size : size
  const transactionId = payable?.transactionId ?? null
  const isTransfer = operation.entity === "transfer" || typeof payable?.transferId === "string"
  const isCharge = !isTransfer && transactionId !== null
  const isFee = !isTransfer && !isCharge && net < 0 && isInvoiced
  const externalId = isCharge ? (transaction?.externalId ?? null) : null
  return {
    id: operation.id,
    at: operation.createdAt,
    currency: brl,
    net,
    fee: payable?.fee ?? 0,
    kind: isTransfer ? "transfer" : isCharge ? "charge" : isFee ? "fee" : "other",
    // A transaction at a payment link belongs to the charge that the link is.
    providerId: isCharge ? (transaction?.preTransactionId ?? transactionId) : null,
    reference: externalId === null ? null : ChargeAttempt.ProviderReference.make(externalId)
  }
}

/** Where a reading of the statement stands. */
interface Place {
  readonly from: DateTime.Utc
  readonly page: number
}

/** What reads the statement of an account from a time (inclusive) to another (exclusive). */
export const make = (send: Send, transactions: Transactions) => {
  /** One thing by its id, undefined when there is none. */
  const one = <A>(account: Account, path: string, decode: (body: unknown) => Option.Option<A>) =>
    Effect.gen(function* () {
      const answer = yield* send(account, HttpClientRequest.get(path))
      if (isMissing(answer)) return undefined
      const found = decode(answer.body)
      return Option.isSome(found) ? found.value : yield* Outcome.ofSearch(answer.status, answer.refusal)
    })

  /** All of `ids`, out of those that a list has shown and one by one. */
  const all = Effect.fnUntraced(function* <A extends { readonly id: string }>(
    ids: ReadonlyArray<string>,
    listed: ReadonlyArray<{ readonly entry: A }>,
    read: (id: string) => Effect.Effect<A | undefined, Failure>
  ) {
    const known = new Map(listed.map(({ entry }) => [entry.id, entry]))
    const missing = [...new Set(ids)].filter((id) => !known.has(id))
    for (const each of yield* Effect.forEach(missing, read, { concurrency: 4 })) {
      if (each !== undefined) known.set(each.id, each)
    }
    return known
  })

  const join = Effect.fnUntraced(function* (account: Account, operations: ReadonlyArray<Operation>) {
    const times = operations.map(({ createdAt }) => createdAt).toSorted(DateTime.Order)
    const [first, last] = [times[0], times.at(-1)]
    if (first === undefined || last === undefined) return []
    const page = { pageSize: maxPageSize, sortOrder: "desc" }
    const end = DateTime.add(last, { seconds: 1 })

    const listedPayables = yield* listPayables(send, account, "/v1/payables", {
      ...page,
      ...between(DateTime.subtract(first, { seconds: 1 }), end)
    })
    const payables = yield* all(
      operations.flatMap(({ payableId }) => payableId ?? []),
      listedPayables,
      (id) => one(account, `/v1/payables/${encodeURIComponent(id)}`, decodePayable)
    )
    const payableOf = ({ payableId }: Operation) => payables.get(payableId ?? "")

    const listed = yield* transactions.search(account, { ...page, ...between(DateTime.subtract(first, reach), end) })
    const known = yield* all(
      operations.flatMap((each) => payableOf(each)?.transactionId ?? []),
      listed,
      (id) => one(account, `/v1/transactions/${encodeURIComponent(id)}`, decodeTransaction)
    )

    const isStray = (each: Operation): boolean => {
      const payable = payableOf(each)
      return each.entity !== "transfer" && typeof (payable?.transactionId ?? payable?.transferId) !== "string"
    }
    const invoices = operations.some(isStray)
      ? yield* listInvoices(send, account, account.settings["invoicesPath"] ?? defaultInvoicesPath, {
          ...page,
          ...between(DateTime.subtract(first, invoiceReach), DateTime.add(last, invoiceReach))
        })
      : []
    const invoiced = new Set(invoices.map(({ entry }) => entry.totalAmount))
    return operations.map((operation) => {
      const payable = payableOf(operation)
      return line({
        operation,
        payable,
        transaction: known.get(payable?.transactionId ?? ""),
        isInvoiced: invoiced.has(Math.abs(operation.amount))
      })
    })
  })

  return (
    account: Account,
    { from, to }: { readonly from: DateTime.Utc; readonly to: DateTime.Utc }
  ): Stream.Stream<Line, Failure> =>
    DateTime.isGreaterThanOrEqualTo(from, to)
      ? Stream.empty
      : Stream.paginate<Place, Line, Failure>({ from, page: 1 }, ({ from, page }) =>
          Effect.gen(function* () {
            const furthest = DateTime.add(from, maxRange)
            const end = DateTime.isLessThan(furthest, to) ? furthest : to
            // Oldest first, so that what comes meanwhile comes after what was read.
            const listed = yield* listOperations(send, account, "/v1/operations", {
              ...between(from, end),
              sortField: "createdAt",
              sortOrder: "asc",
              page,
              pageSize
            })
            // The end is exclusive here and inclusive there.
            const operations = listed
              .map(({ entry }) => entry)
              .filter(({ createdAt }) => DateTime.isLessThan(createdAt, end))
            const next: Option.Option<Place> =
              listed.length >= pageSize
                ? Option.some({ from, page: page + 1 })
                : DateTime.isLessThan(end, to)
                  ? Option.some({ from: end, page: 1 })
                  : Option.none()
            return [yield* join(account, operations), next] as const
          })
        )
}
