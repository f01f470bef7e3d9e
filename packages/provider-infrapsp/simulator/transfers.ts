/**
 * What becomes of a transfer, as pure functions. It goes to the account's own registered key: a request names none.
 */
import { type Ids, Sandbox } from "@salesos/simulator-kit"
import * as Bookings from "./bookings.ts"
import { fee, transferRule } from "./fees.ts"
import * as Id from "./ids.ts"
import { iso, merchantId, type Payout, type Step } from "./rows.ts"
import type { CreateTransfer, Transfer, TransferStatus } from "./wire/money.ts"

/** The merchant's registered key, of the document's example. */
const methodDestination: Transfer["methodDestination"] = {
  pixKey: "12345678901",
  name: "John Doe",
  bank: "ITAU UNIBANCO",
  ispb: "60701190",
  documentNumber: "40980860008",
  accountType: "Conta Corrente",
  documentType: "cpf"
}

const withStatus = (transfer: Transfer, status: TransferStatus, message: string, at: string): Transfer => ({
  ...transfer,
  status,
  statusMessage: message,
  statusHistory: { status, message, createdAt: at },
  updatedAt: at
})

/** What a transfer of `amount` cents takes out of the balance. */
export const cost = (amount: number): number => amount + fee(transferRule, amount)

/**
 * A transfer under way, by the document's sandbox rules: an even amount completes after its last two digits in seconds,
 * an odd one is created and fails during processing.
 */
export const open = (
  { amount, metadata, method }: CreateTransfer,
  isAutoTransfer: boolean,
  now: number,
  ids: Ids.Ids
): Payout => {
  const { after, succeeds } = Sandbox.fate(amount)
  const status = { status: "processing", message: "Processing transfer", createdAt: iso(now) } as const
  return {
    transfer: {
      id: Id.entity(ids),
      merchantId,
      method,
      methodDestination,
      isAutoTransfer,
      amount,
      status: status.status,
      statusMessage: status.message,
      statusHistory: status,
      metadata: metadata ?? {},
      createdAt: status.createdAt,
      updatedAt: status.createdAt
    },
    next: { at: now + after, to: succeeds ? "completed" : "failed" }
  }
}

/** Ends a transfer that is under way. Only one that completes moves the balance. */
export const end = ({ transfer }: Payout, to: "completed" | "failed", now: number, ids: Ids.Ids): Step => {
  const ended = withStatus(transfer, to, `Transfer ${to}`, iso(now))
  return {
    payouts: [{ transfer: ended, next: null }],
    events: [{ event: "transfer", entityId: ended.id, data: ended, url: null }],
    ...(to === "completed" ? Bookings.transfer(ended.id, ended.amount, fee(transferRule, ended.amount), now, ids) : {})
  }
}
