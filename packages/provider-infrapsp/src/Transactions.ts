/**
 * Transactions read: one by its id, or those of a search, with what moved their money.
 */
import { Outcome, type Provider } from "@salesos/core"
import { DateTime, Duration, Effect, Option, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import { Chargeback, Payable, Transaction } from "./Api.ts"
import { type Answer, type Listed, listOf, maxPageSize, type Send, since } from "./Calls.ts"
import { isPaid } from "./mapping.ts"
import { mayBeDisputed, type Reading } from "./money.ts"

type Account = Provider.ProviderAccount

/** Payables and chargebacks are worth waiting for, but not so long that the call's own deadline loses the transaction. */
const patience = Duration.seconds(3)

/** Where a transaction's chargebacks are listed, unless the account's setting `chargebacksPath` says otherwise. */
const defaultChargebacksPath = "/v1/transactions/{id}/chargebacks"

export const decode = Schema.decodeUnknownOption(Transaction)
const list = listOf(Transaction)
const listPayables = listOf(Payable)
const listChargebacks = listOf(Chargeback)

const entries = <A>(listed: Option.Option<ReadonlyArray<Listed<A>>>): ReadonlyArray<A> =>
  Option.getOrElse(listed, () => []).map(({ entry }) => entry)

const raws = <A>(listed: Option.Option<ReadonlyArray<Listed<A>>>): unknown =>
  Option.match(listed, { onNone: () => null, onSome: (all) => all.map(({ raw }) => raw) })

/** Whether an answer says that there is no such thing, in words that can be read. */
export const isMissing = ({ refusal, status }: Answer): boolean => status === 404 && refusal !== null

/** What reads transactions. */
export const make = (send: Send) => {
  /** None when it cannot be had now: a fee may follow, a payment may not wait. */
  const worthwhile = <A, E>(read: Effect.Effect<A, E>): Effect.Effect<Option.Option<A>> =>
    Effect.orElseSucceed(Effect.timeoutOption(read, patience), Option.none)

  /** A transaction with its payables once it is paid, and its chargebacks where there may be some. */
  const complete = Effect.fnUntraced(function* (account: Account, { entry: transaction, raw }: Listed<Transaction>) {
    const nothing = Option.none<ReadonlyArray<Listed<Payable>>>()
    const { id } = transaction
    // Oldest first: what has the same time stays in the order in which it came.
    const page = {
      pageSize: maxPageSize,
      sortOrder: "asc",
      ...since(transaction.paidAt ?? transaction.createdAt ?? (yield* DateTime.now))
    }
    const payables = isPaid(transaction)
      ? yield* worthwhile(listPayables(send, account, "/v1/payables", { transactionId: id, ...page }))
      : nothing
    const path = (account.settings["chargebacksPath"] ?? defaultChargebacksPath).replaceAll(
      "{id}",
      encodeURIComponent(id)
    )
    const chargebacks = mayBeDisputed({ transaction, payables: entries(payables) })
      ? yield* worthwhile(listChargebacks(send, account, path, page))
      : Option.none<ReadonlyArray<Listed<Chargeback>>>()
    const reading: Reading = {
      transaction,
      payables: entries(payables),
      chargebacks: entries(chargebacks),
      raw: { transaction: raw, payables: raws(payables), chargebacks: raws(chargebacks) }
    }
    return reading
  })

  /** The answer to a request for one transaction. An answer that carries one counts, whatever the status of either. */
  const ofAnswer = Effect.fnUntraced(function* (account: Account, { body, raw, refusal, status }: Answer) {
    const transaction = decode(body)
    return Option.isSome(transaction)
      ? yield* complete(account, { entry: transaction.value, raw })
      : yield* Outcome.ofAnswer(status, refusal)
  })

  return {
    complete,
    ofAnswer,
    /** The answer to a request for the transaction of an id. */
    get: (account: Account, id: string) =>
      send(account, HttpClientRequest.get(`/v1/transactions/${encodeURIComponent(id)}`)),
    /** Those of a search, one page. */
    search: (account: Account, params: Readonly<Record<string, string | number>>) =>
      list(send, account, "/v1/transactions", params)
  }
}

export type Transactions = ReturnType<typeof make>
