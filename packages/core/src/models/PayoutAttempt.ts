/**
 * A payout attempt: one transfer asked of one provider for a payout. Its machine is the table below; whatever is not in it is
 * refused as a value.
 */
import { type DateTime, Schema } from "effect"
import type { ProviderReference } from "./ChargeAttempt.ts"
import * as Doubt from "./Doubt.ts"
import { machine } from "./Transition.ts"

/**
 * - `sent`: recorded, and perhaps sent
 * - `in_doubt`: sent, no trustworthy answer
 * - `accepted`: the provider has it
 * - `rejected`: refused, or surely never processed
 * - `absent`: looked for as often and as late as the driver asks, and not there; watched, never sent again
 * - `delivered`: the beneficiary has the money
 * - `failed`, `canceled`: over at the provider, without money
 * - `returned`: delivered, and some of it came back
 */
export const Status = Schema.Literals([
  "sent",
  "in_doubt",
  "accepted",
  "rejected",
  "absent",
  "delivered",
  "failed",
  "canceled",
  "returned"
])
export type Status = typeof Status.Type

export type Event = "Accepted" | "Doubted" | "Rejected" | "NotThere" | "Failed" | "Canceled" | "Delivered" | "Returned"

/** Money that moved is never denied, not even by an attempt that was given up. */
const money = { Delivered: "delivered", Returned: "returned" } as const

const transitions = {
  sent: { Accepted: "accepted", Doubted: "in_doubt", Rejected: "rejected", ...money },
  in_doubt: { Accepted: "accepted", NotThere: "absent", Rejected: "rejected", ...money },
  accepted: { Failed: "failed", Canceled: "canceled", ...money },
  rejected: money,
  absent: money,
  failed: money,
  canceled: money,
  delivered: money,
  // What came back had been delivered, whichever we heard of first.
  returned: { Delivered: "returned", Returned: "returned" }
} as const satisfies Record<Status, Partial<Record<Event, Status>>>

/** Whether a provider's fee comes on top of what is asked for, or is taken out of what is delivered: as its driver declares. */
export const FeeMode = Schema.Literals(["on_top", "deducted"])
export type FeeMode = typeof FeeMode.Type

export interface PayoutAttempt extends Doubt.Doubt {
  /** 1 for the first attempt of a payout. */
  readonly number: number
  readonly reference: ProviderReference
  /** The configured name of the provider account that the attempt was sent with. */
  readonly account: string
  readonly feeMode: FeeMode
  readonly status: Status
  /** The provider's id, once an answer carried one. */
  readonly providerId: string | null
  /** When the provider should be asked again, or null when nothing more can happen. */
  readonly dueAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
}

/** Where an event leads, or a refusal. */
export const next = machine<Status, Event>("payout attempt", transitions)

/** Whether we do not know what became of it. */
export const isUnresolved = ({ status }: PayoutAttempt): boolean => status === "sent" || status === "in_doubt"

/**
 * When to ask the provider again, also about one that is not in doubt. However long one is watched, that is a few dozen questions.
 * A notification makes it due at once, so this is only how late a lost one is noticed.
 */
export const nextLookup = ({ createdAt }: PayoutAttempt, now: DateTime.Utc): DateTime.Utc =>
  Doubt.nextLookup(createdAt, now)
