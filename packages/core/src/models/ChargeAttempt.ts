/**
 * A charge attempt: one collection at one provider for an invoice. Its machine is the table below; whatever is not in
 * it is refused as a value.
 */
import { DateTime, Duration, Result, Schema } from "effect"
import type { OurNumber } from "../values/OurNumber.ts"
import * as Backoff from "./Backoff.ts"
import type { Doubt } from "./Doubt.ts"
import type { Leg } from "./InvoiceRequest.ts"
import type { Artifact, EndReason, Exchange } from "./Observation.ts"
import type { ProviderOperation } from "./ProviderOperation.ts"
import { TransitionRefused } from "./Transition.ts"

/** What we send as the provider's external id. Unique per provider account: it answers "did this already happen?". */
export const ProviderReference = Schema.String.pipe(Schema.brand("ProviderReference"))
export type ProviderReference = typeof ProviderReference.Type

/**
 * - `sent`: recorded, and perhaps sent
 * - `in_doubt`: sent, no trustworthy answer
 * - `open`: payable
 * - `orphaned`: exists at the provider, but its artifact is lost to us; watched, never shown
 * - `rejected`: refused, or surely never processed
 * - `absent`: looked for as often and as late as the driver asks, and not there
 * - `ended`: expired, refused or canceled
 * - `paid`
 */
export const Status = Schema.Literals(["sent", "in_doubt", "open", "orphaned", "rejected", "absent", "ended", "paid"])
export type Status = typeof Status.Type

export type Event = "Accepted" | "Doubted" | "Rejected" | "ArtifactLost" | "NotThere" | "Ended" | "Paid"

const transitions = {
  sent: { Accepted: "open", Doubted: "in_doubt", Rejected: "rejected", Paid: "paid" },
  in_doubt: {
    Accepted: "open",
    ArtifactLost: "orphaned",
    NotThere: "absent",
    Ended: "ended",
    Rejected: "rejected",
    Paid: "paid"
  },
  open: { Ended: "ended", Paid: "paid" },
  orphaned: { Ended: "ended", Paid: "paid" },
  // Money that arrives is never denied, not even by an attempt that was given up.
  rejected: { Paid: "paid" },
  absent: { Paid: "paid" },
  ended: { Paid: "paid" },
  paid: { Paid: "paid" }
} as const satisfies Record<Status, Partial<Record<Event, Status>>>

export interface ChargeAttempt extends Doubt {
  /** 1 for the first attempt of an invoice. */
  readonly number: number
  /** What it collects by. */
  readonly leg: Leg
  readonly reference: ProviderReference
  /** The configured name of the provider account that the attempt was sent with. */
  readonly account: string
  readonly status: Status
  /** The provider's id, once an answer carried one. */
  readonly providerId: string | null
  readonly artifact: Artifact | null
  readonly exchange: Exchange | null
  /** When the artifact stops being payable, once the provider has said it. */
  readonly expiresAt: DateTime.Utc | null
  /** When it is over by our clock: asked about then, and still unpaid, it is expired. A payment after it is late. */
  readonly lapsesAt: DateTime.Utc
  /** When the provider canceled it, by its own clock. */
  readonly canceledAt: DateTime.Utc | null
  readonly endReason: EndReason | null
  /** That it is to be canceled at the provider; null while nobody wants that. */
  readonly cancel: ProviderOperation | null
  /** That its payment is to be given back; null while nobody wants that. */
  readonly refund: ProviderOperation | null
  /** When the provider should be asked again, or null when nothing more can happen. */
  readonly dueAt: DateTime.Utc | null
  readonly createdAt: DateTime.Utc
}

/** The reference of an invoice's attempt: our_number, with `-2`, `-3`… from the second on. */
export const referenceOf = (ourNumber: OurNumber, number: number): ProviderReference =>
  ProviderReference.make(number === 1 ? ourNumber : `${ourNumber}-${number}`)

/** Where an event leads, or a refusal. */
export const next = (from: Status, event: Event): Result.Result<Status, TransitionRefused> => {
  const row: Partial<Record<Event, Status>> = transitions[from]
  const to = row[event]
  return to === undefined
    ? Result.fail(new TransitionRefused({ machine: "charge attempt", from, event }))
    : Result.succeed(to)
}

/** Whether we do not know what became of it. */
export const isUnresolved = (attempt: ChargeAttempt): boolean =>
  attempt.status === "sent" || attempt.status === "in_doubt"

/** Whether a payer may still pay it. */
export const isLive = (attempt: ChargeAttempt): boolean => attempt.status === "open" || attempt.status === "orphaned"

/**
 * When to ask the provider again about a charge that is not final: a quarter of its age later, from 2 seconds to 15 minutes, and right
 * after its time is over: expired is what the provider then does not deny. A notification makes it due at once, so this is only how
 * late a lost one is noticed.
 */
export const nextLookup = ({ createdAt, lapsesAt }: ChargeAttempt, now: DateTime.Utc): DateTime.Utc => {
  const bySchedule = Backoff.growing(createdAt, now, { from: Duration.seconds(2), to: Duration.minutes(15) })
  const lapsed = DateTime.add(lapsesAt, { seconds: 1 })
  return DateTime.isGreaterThan(lapsed, now) ? DateTime.min(lapsed, bySchedule) : bySchedule
}
