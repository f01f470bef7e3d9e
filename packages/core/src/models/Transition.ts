/** What every state machine here answers to an event that its table does not list. */
import { Schema } from "effect"

/** The table has no such transition: nothing changes. */
export class TransitionRefused extends Schema.TaggedError<TransitionRefused>()("TransitionRefused", {
  machine: Schema.String,
  from: Schema.String,
  event: Schema.String
}) {}
