/**
 * Asking providers about charges and payouts that are due: by schedule, or because a notification named them; and seeing to the
 * tax documents that are.
 */
import { Lookups, Notifications, type Operations, PayoutLookups, Store, TaxSending } from "@salesos/core"
import { Duration, Effect } from "effect"
import type { WorkerConfig } from "./Config.ts"
import { forEver } from "./Loop.ts"

/** After this a taken attempt is due again, in case its worker died: longer than a provider's calls may take. */
const retryIn = Duration.seconds(30)

/** As many as a page of a provider's list shows: those of one account are asked about together. */
const together = 100

/** Takes what is due in rounds, for ever, and looks it up. */
const inRounds = <Due, E, R>(
  { pollInterval }: WorkerConfig,
  limit: number,
  takeDue: (
    limit: number,
    retryIn: Duration.Duration
  ) => Effect.Effect<ReadonlyArray<Due>, Operations.StoreUnavailable>,
  lookUpAll: (due: ReadonlyArray<Due>) => Effect.Effect<void, E, R>
) => {
  const round = Effect.gen(function* () {
    const due = yield* takeDue(limit, retryIn)
    yield* lookUpAll(due)
    if (due.length < limit) yield* Effect.sleep(pollInterval)
  })
  return forEver(round, "The worker could not look for what is due")
}

/** Looks charges up for ever. */
export const charges = (config: WorkerConfig) =>
  Effect.flatMap(Store.InvoiceStore, ({ takeDue }) =>
    inRounds(config, together, takeDue, (due) => Lookups.lookUpAll(due, config.concurrency))
  )

/** Looks payouts up for ever. */
export const payouts = (config: WorkerConfig) =>
  Effect.flatMap(Store.PayoutStore, ({ takeDue }) =>
    inRounds(config, config.concurrency, takeDue, PayoutLookups.lookUpAll)
  )

/** Looks for ever for notifications that were overlooked. */
export const overlooked = forEver(
  Effect.andThen(Notifications.wake(), Effect.sleep("10 seconds")),
  "The worker could not look for what was overlooked"
)

/** Sends tax documents for ever, and finds out about those in doubt. */
export const taxDocuments = (config: WorkerConfig) =>
  Effect.flatMap(Store.TaxStore, ({ takeDue }) =>
    inRounds(config, config.concurrency, takeDue, eachAlone(TaxSending.seeTo))
  )

/** All at once; one that goes wrong does not keep the others from it. */
const eachAlone =
  <Due, A, E, R>(seeTo: (due: Due) => Effect.Effect<A, E, R>) =>
  (due: ReadonlyArray<Due>) =>
    Effect.forEach(
      due,
      (each) =>
        seeTo(each).pipe(
          Effect.catchCause((cause) =>
            Effect.logError("What is due could not be looked up", cause).pipe(Effect.annotateLogs({ due: each }))
          )
        ),
      { concurrency: "unbounded", discard: true }
    )
