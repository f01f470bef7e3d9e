/** The port to the letters that wait to be sent. They are written with the events that lead to them; see `Operations.change`. */
import { Context, Duration, type Effect } from "effect"
import * as Letter from "../models/Letter.ts"
import type { Environment, Owner } from "../models/Owner.ts"
import type { EventId } from "../values/Ids.ts"
import type { StoreUnavailable } from "./Operations.ts"

/**
 * How long a letter that was taken is kept from others: longer than a try takes. When its worker dies it is due again after this,
 * under the same event's id.
 */
export const hold = Duration.sum(Letter.deadline, Duration.seconds(30))

/** A letter that was taken to be sent. */
export interface Taken {
  readonly owner: Owner
  /** What leads to it: a letter is known by its event. */
  readonly event: EventId
  readonly letter: Letter.Letter
  /** Which try this is: 1, 2, 3 … */
  readonly number: number
  /** How long ago its event happened. */
  readonly age: Duration.Duration
}

export class Mails extends Context.Service<
  Mails,
  {
    /** Takes up to `limit` letters of an environment that are due, those that have waited longest first. Does not wait. */
    readonly take: (environment: Environment, limit: number) => Effect.Effect<ReadonlyArray<Taken>, StoreUnavailable>
    /**
     * Records what came of a try. What is recorded too late, when the letter was taken again or is over, decides only where it was
     * sent: what arrived has arrived.
     */
    readonly record: (taken: Taken, outcome: Letter.Outcome) => Effect.Effect<void, StoreUnavailable>
    /** Drops letters that have waited for so long as `too_old`, `limit` at most; gives how many. */
    readonly expire: (age: Duration.Duration, limit: number) => Effect.Effect<number, StoreUnavailable>
    /** Forgets letters so old that wait no more, `limit` at most; gives how many. */
    readonly purge: (age: Duration.Duration, limit: number) => Effect.Effect<number, StoreUnavailable>
  }
>()("@salesos/core/ports/Mails") {}
