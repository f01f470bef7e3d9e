/** A payout as it is, and its machine. */
import { type DateTime, Schema } from "effect"
import type { PayoutId } from "../../values/Ids.ts"
import type { Money } from "../../values/Money.ts"
import type { OurNumber } from "../../values/OurNumber.ts"
import type { MoneyFact } from "../MoneyFact.ts"
import type { Owner } from "../Owner.ts"
import * as PayoutAttempt from "../PayoutAttempt.ts"
import type { PayoutRequest } from "../PayoutRequest.ts"
import { machine } from "../Transition.ts"

export const Status = Schema.Literals([
  "created",
  "incoming_payment_waiting",
  "processing",
  "paid",
  "failed",
  "canceled"
])
export type Status = typeof Status.Type

export type Event =
  | "Accepted"
  | "Doubted"
  | "FundsAwaited"
  | "Funded"
  | "NotCreated"
  | "Retried"
  | "NotThere"
  | "Delivered"
  | "Failed"
  | "Canceled"
  | "Returned"

/** Money that moved is never denied: late deliveries are paid, and what came back is failed. */
const money = { Delivered: "paid", Returned: "failed" } as const

/** What may happen to a payout, and where it leads. Everything not listed is refused. */
const transitions = {
  created: {
    Accepted: "processing",
    Doubted: "processing",
    FundsAwaited: "incoming_payment_waiting",
    NotCreated: "failed",
    Failed: "failed",
    Canceled: "canceled",
    ...money
  },
  incoming_payment_waiting: { Funded: "processing", Failed: "failed", Canceled: "canceled", ...money },
  // An attempt in doubt that was found may turn out to wait for its funds.
  processing: { FundsAwaited: "incoming_payment_waiting", NotThere: "failed", Failed: "failed", ...money },
  paid: money,
  failed: { Retried: "created", ...money },
  canceled: money
} as const satisfies Record<Status, Partial<Record<Event, Status>>>

/** Why a payout failed. See {@link awaitsSending} for what may follow on `not_created`. */
export const FailureCode = Schema.Literals(["not_created", "provider_failed", "returned"])
export type FailureCode = typeof FailureCode.Type

export interface Payout {
  readonly owner: Owner
  readonly id: PayoutId
  readonly ourNumber: OurNumber
  readonly status: Status
  readonly request: PayoutRequest
  /** Oldest first, numbered from 1. */
  readonly attempts: ReadonlyArray<PayoutAttempt.PayoutAttempt>
  /** The money facts recorded so far, in the order in which they were. */
  readonly facts: ReadonlyArray<MoneyFact>
  readonly endToEndId: string | null
  readonly failure: { readonly code: FailureCode; readonly message: string } | null
  /** When the beneficiary got the money, by the provider; also of one that came back. */
  readonly paidAt: DateTime.Utc | null
  readonly canceledAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
  /** Strictly grows with every change. */
  readonly updatedAt: DateTime.Utc
}

/** Where an event leads, or a refusal. */
export const next = machine<Status, Event>("payout", transitions)

/** What is asked to be paid. */
export const asked = ({ request }: Payout): Money => ({ amount: request.amount, currency: request.currency })

/** The attempt a provider's answer is about. */
export const attempt = (payout: Payout, number: number): PayoutAttempt.PayoutAttempt | undefined =>
  payout.attempts[number - 1]

/** The provider account it is paid with: that of the last attempt. */
export const account = ({ attempts }: Payout): string | null => attempts.at(-1)?.account ?? null

/** The attempts of which we do not know what became. */
export const unresolved = ({ attempts }: Payout): ReadonlyArray<PayoutAttempt.PayoutAttempt> =>
  attempts.filter(PayoutAttempt.isUnresolved)

/**
 * Whether a transfer may still be sent: nobody has one, for sure. Once an attempt was in doubt that is never said again, not
 * even of one that is absent.
 */
export const awaitsSending = ({ attempts, failure, status }: Payout): boolean =>
  (status === "created" || (status === "failed" && failure?.code === "not_created")) &&
  attempts.every((each) => each.status === "rejected")

const of = ({ facts }: Payout, kind: MoneyFact["kind"]): ReadonlyArray<MoneyFact> =>
  facts.filter((fact) => fact.kind === kind)

const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((total, amount) => total + amount, 0)

/** The provider's fees in minor units; null while nothing was delivered, or a fee is not known. */
export const fee = (payout: Payout): number | null => {
  const fees = of(payout, "delivery").map((fact) => fact.fee)
  return fees.length === 0 || fees.includes(null) ? null : sum(fees.map((each) => each ?? 0))
}

/**
 * What the beneficiary has of it, in minor units: what was delivered, less what came back. Null while nothing was delivered, or
 * a fee that is taken out of it is not known.
 */
export const deliveredAmount = (payout: Payout): number | null => {
  const deliveries = of(payout, "delivery").map((fact) => {
    const deducted = attempt(payout, fact.attempt)?.feeMode === "deducted"
    return deducted ? (fact.fee === null ? null : fact.money.amount - fact.fee) : fact.money.amount
  })
  if (deliveries.length === 0 || deliveries.includes(null)) return null
  const returned = sum(of(payout, "return").map((fact) => fact.money.amount))
  return Math.max(0, sum(deliveries.map((each) => each ?? 0)) - returned)
}
