/**
 * Giving a payment back. The document's refund has no amount: it is the whole of it.
 */
import { Outcome, Provider } from "@salesos/core"
import { Effect, Option, Schema } from "effect"
import { HttpClientRequest } from "effect/http"
import { Refund } from "./Api.ts"
import type { Send } from "./Calls.ts"
import { isPaid } from "./mapping.ts"
import type { Reading } from "./money.ts"

const decode = Schema.decodeUnknownOption(Refund)

/** Refunds that have been given, or will be. */
const standing = (reading: Reading): ReadonlyArray<Refund> =>
  (reading.transaction.refunds ?? []).filter(({ status }) => status !== "failed")

/**
 * Gives back the one of these transactions that is paid, and tells them as they then are. What is given back already, or is
 * about to be, is not given back again.
 */
export const refund = Effect.fnUntraced(function* (
  send: Send,
  account: Provider.ProviderAccount,
  readings: ReadonlyArray<Reading>
): Effect.fn.Return<ReadonlyArray<Reading>, Provider.Rejected | Provider.Unavailable | Provider.Unknown> {
  if (readings.some((each) => standing(each).length > 0)) return readings
  const paid = readings.find(({ transaction }) => isPaid(transaction) && transaction.status === "paid")
  if (paid === undefined) return yield* new Provider.Rejected({ message: "There is no payment to give back" })

  const post = HttpClientRequest.post(`/v1/transactions/${encodeURIComponent(paid.transaction.id)}/refunds`)
  const { body, raw, refusal, status } = yield* send(account, HttpClientRequest.bodyJsonUnsafe(post, {}))
  const made = Option.getOrUndefined(decode(body))
  if (made === undefined) return yield* Outcome.ofAnswer(status, refusal)
  if (made.status === "failed") return yield* new Provider.Rejected({ message: "The provider could not give it back" })
  return readings.map((each) =>
    each === paid
      ? {
          ...each,
          transaction: { ...each.transaction, refunds: [...(each.transaction.refunds ?? []), made] },
          raw: { before: each.raw, refund: raw }
        }
      : each
  )
})
