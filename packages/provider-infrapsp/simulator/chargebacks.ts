/**
 * What becomes of a payer's dispute, as pure functions. The document tells its statuses and amounts, not when money moves:
 * here nothing does while it is pending; disputing it takes the amount, winning brings a part or all of it back, and a
 * dispute that InfraPSP's guarantee covers takes nothing.
 */
import type { Ids } from "@salesos/simulator-kit"
import * as Bookings from "./bookings.ts"
import * as Id from "./ids.ts"
import { type Charge, iso, moved, type Step } from "./rows.ts"
import * as Transactions from "./transactions.ts"
import type { Chargeback, ChargebackStatus, Payable } from "./wire/money.ts"

/** A new dispute, pending, of `amount` cents of a transaction that was paid. */
export const open = (
  charge: Charge,
  { amount, isGuaranteePaid, reason }: Pick<Chargeback, "amount" | "isGuaranteePaid" | "reason">,
  now: number,
  ids: Ids.Ids
): Chargeback => ({
  id: Id.entity(ids),
  transactionId: charge.transaction.id,
  amount,
  wonAmount: null,
  ...moved<ChargebackStatus>({ statusHistory: [] }, "pending", "Chargeback created and pending review", iso(now)),
  reason,
  requiredDocuments: ["TRANSACTION_RECEIPT"],
  providerData: { chargebackReason: "Compra aprovada sem autorização do portador" },
  isGuaranteePaid,
  createdAt: iso(now)
})

/** What may be done with a dispute in which status. */
const actions = {
  pending: ["disputing", "won", "lost", "canceled"],
  waiting_response: ["disputing", "won", "lost", "canceled"],
  under_review: ["disputing", "won", "lost", "canceled"],
  disputing: ["won", "lost", "canceled"],
  won: [],
  lost: [],
  canceled: []
} as const satisfies Record<ChargebackStatus, ReadonlyArray<ChargebackStatus>>

export type Action = "disputing" | "won" | "lost" | "canceled"

/** Whether the dispute may take that status. */
export const may = ({ status }: Chargeback, action: Action): boolean =>
  actions[status].some((each: Action) => each === action)

/** Whether its amount was taken. */
const wasTaken = ({ isGuaranteePaid, statusHistory }: Chargeback): boolean =>
  !isGuaranteePaid && statusHistory.some(({ status }) => status === "disputing")

/** A step for which `may` holds. `wonAmount` is what comes back when it is won, all of it unless told. */
export const act = (
  charge: Charge,
  chargeback: Chargeback,
  action: Action,
  wonAmount: number | undefined,
  now: number,
  ids: Ids.Ids
): { readonly chargeback: Chargeback; readonly step: Step } => {
  const won = action === "won" ? (wonAmount ?? chargeback.amount) : chargeback.wonAmount
  const next: Chargeback = {
    ...chargeback,
    ...moved(chargeback, action, `Chargeback ${action}`, iso(now)),
    wonAmount: won
  }
  const taken = wasTaken(chargeback)
  const isAgainstUs = action === "disputing" || action === "lost"
  const book = (amount: number, type: Payable["type"]) =>
    Bookings.reversal(charge.transaction, amount, type, null, now, ids)
  const booking =
    isAgainstUs && !taken && !chargeback.isGuaranteePaid
      ? book(chargeback.amount, "debit")
      : !isAgainstUs && taken
        ? book(action === "won" ? (won ?? 0) : chargeback.amount, "credit")
        : {}
  return {
    chargeback: next,
    step: {
      ...Transactions.move(charge, isAgainstUs ? "chargedback" : "paid", now),
      ...booking,
      chargebacks: [next]
    }
  }
}
