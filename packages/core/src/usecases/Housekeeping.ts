/** Forgetting what nobody needs any more, a little at a time, so that nothing else waits for it. Money is never forgotten. */
import { Duration, Effect } from "effect"
import * as Letter from "../models/Letter.ts"
import { IdempotencyRecords } from "../ports/IdempotencyRecords.ts"
import { Mails } from "../ports/Mails.ts"
import type { StoreUnavailable } from "../ports/Operations.ts"
import { Notifications } from "../ports/Store.ts"

/** How long a key is good for, counted from when its operation left no doubt. */
const keysFor = Duration.hours(24)

/** How long notifications are kept: longer than any provider repeats one, and long enough for a dead letter to be seen. */
const notificationsFor = Duration.days(30)

/** How long letters are kept once they are over: long enough to answer whoever did not get one. */
const lettersFor = Duration.days(30)

/** How much goes in one transaction. */
const batch = 500

/** Batches until one is not full. */
const all = Effect.fnUntraced(function* (purge: Effect.Effect<number, StoreUnavailable>) {
  let total = 0
  for (;;) {
    const gone = yield* purge
    total += gone
    if (gone < batch) return total
  }
})

/** Forgets what is old enough, and drops letters that waited for too long; gives how many of each. */
export const purge = Effect.fn("Housekeeping.purge")(function* () {
  const records = yield* IdempotencyRecords
  const notifications = yield* Notifications
  const mails = yield* Mails
  return {
    idempotencyRecords: yield* all(records.purge(keysFor, batch)),
    notifications: yield* all(notifications.purge(notificationsFor, batch)),
    lettersDropped: yield* all(mails.expire(Letter.usefulFor, batch)),
    letters: yield* all(mails.purge(lettersFor, batch))
  }
})
