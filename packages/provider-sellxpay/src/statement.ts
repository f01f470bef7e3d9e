/**
 * A transaction as lines of the account's statement. SellxPay has no statement of its own: what moved the balance is in
 * the list of transactions, by what each has become.
 */
import { ChargeAttempt, type Provider } from "@salesos/core"
import { DateTime } from "effect"
import { brl, idOf, type Transaction } from "./Api.ts"
import { feeOf } from "./mapping.ts"

/** By which sign a transaction first moved the balance, and what took that back. */
const movements: Readonly<
  Record<string, { readonly kind: "charge" | "payout"; readonly undone: ReadonlyArray<string> }>
> = {
  deposit: { kind: "charge", undone: ["reversed", "chargedback"] },
  withdraw: { kind: "payout", undone: ["reversed"] }
}

/**
 * The lines of a transaction: none while no money moved, and none of an internal transfer; one for what came in or went
 * out, and a second where that was taken back. Nothing says when: it stands at the same time as the first, so that both
 * are the same on every reading.
 */
export const lines = (transaction: Transaction): ReadonlyArray<Provider.ProviderStatementLine> => {
  const { amount, confirmed_at: at, external_id, status, type } = transaction
  const movement = Object.hasOwn(movements, type ?? "") ? movements[type ?? ""] : undefined
  if (movement === undefined || at === undefined || at === null) return []
  const undone = movement.undone.includes(status ?? "")
  if (!undone && status !== "paid") return []

  const { kind } = movement
  const id = idOf(transaction)
  const fee = feeOf(transaction) ?? 0
  const net = amount - fee
  const line = {
    at: DateTime.toUtc(at),
    currency: brl,
    kind,
    providerId: id,
    reference: typeof external_id === "string" ? ChargeAttempt.ProviderReference.make(external_id) : null
  }
  return [
    // The tax of a payment is within its amount: so much is debited.
    { ...line, id, net: kind === "charge" ? net : 0 - amount, fee },
    ...(undone ? [{ ...line, id: `${id}:${status}`, net: kind === "charge" ? -net : net, fee: 0 }] : [])
  ]
}
