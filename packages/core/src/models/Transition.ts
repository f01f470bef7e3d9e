/** What every state machine here answers to an event that its table does not list. */
import { Result, Schema } from "effect"

/** The table has no such transition: nothing changes. */
export class TransitionRefused extends Schema.TaggedError<TransitionRefused>()("TransitionRefused", {
  machine: Schema.String,
  from: Schema.String,
  event: Schema.String
}) {}

/** A machine by its table: where an event leads from a status, or a refusal. */
export const machine =
  <Status extends string, Event extends string>(
    name: string,
    table: Readonly<Record<Status, Partial<Record<Event, Status>>>>
  ) =>
  (from: Status, event: Event): Result.Result<Status, TransitionRefused> => {
    const to = table[from][event]
    return to === undefined
      ? Result.fail(new TransitionRefused({ machine: name, from, event }))
      : Result.succeed<Status>(to)
  }
