/**
 * What we ask of a provider about something that exists there: to cancel it, or to give a payment back. Recorded before it is
 * sent, like everything that is sent. A refund is never sent again while it is in doubt; a cancellation may be.
 */
import { type DateTime, Result, Schema } from "effect"
import * as Doubt from "./Doubt.ts"
import { TransitionRefused } from "./Transition.ts"

/**
 * - `wanted`: to be sent, by whoever gets to it first
 * - `sent`: recorded, and perhaps sent
 * - `in_doubt`: sent, no trustworthy answer
 * - `done`: the provider says that it is so
 * - `refused`: the provider can't or won't, or it was looked for long enough and had not happened
 */
export const Status = Schema.Literals(["wanted", "sent", "in_doubt", "done", "refused"])
export type Status = typeof Status.Type

/** `Again` is for what does no harm when it is done twice. */
export type Event = "Wanted" | "Again" | "Sent" | "NotSent" | "Doubted" | "Refused" | "NotThere" | "Done"

const transitions = {
  wanted: { Sent: "sent", Refused: "refused", Done: "done" },
  sent: { Again: "wanted", NotSent: "wanted", Doubted: "in_doubt", Refused: "refused", Done: "done" },
  in_doubt: { Again: "wanted", NotThere: "refused", Refused: "refused", Done: "done" },
  refused: { Wanted: "wanted", Done: "done" },
  done: {}
} as const satisfies Record<Status, Partial<Record<Event, Status>>>

export interface ProviderOperation extends Doubt.Doubt {
  readonly status: Status
  /** From when its effect was first looked for, however often it was sent since; null before it was sent. */
  readonly since: DateTime.Utc | null
}

/** Where an event leads, or a refusal. */
export const next = (from: Status, event: Event): Result.Result<Status, TransitionRefused> => {
  const row: Partial<Record<Event, Status>> = transitions[from]
  const to = row[event]
  return to === undefined
    ? Result.fail(new TransitionRefused({ machine: "provider operation", from, event }))
    : Result.succeed(to)
}

/** Something that is wanted, and not yet sent. */
export const wanted = (now: DateTime.Utc): ProviderOperation => ({ status: "wanted", since: null, ...Doubt.begun(now) })

/** One in doubt, marked as told if it has lasted by now: sent again, it has lasted since it was sent first. */
export const tell = <A extends ProviderOperation>(operation: A, now: DateTime.Utc): A =>
  isUnresolved(operation) ? Doubt.tell(operation, now, operation.since ?? operation.missesCountFrom) : operation

/** Whether it may have been sent, and nobody knows what became of it. */
export const isUnresolved = <A extends ProviderOperation>(operation: A | null): operation is A =>
  operation?.status === "sent" || operation?.status === "in_doubt"

/** Whether somebody still has to do something about it. */
export const isUnfinished = (operation: ProviderOperation | null): boolean =>
  operation?.status === "wanted" || isUnresolved(operation)
