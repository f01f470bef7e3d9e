/**
 * Asking providers about charges and payouts that are due: by schedule, or because a notification named them; and seeing to the
 * tax documents that are.
 */
import { Lookups, type Operations, PayoutLookups, Store, TaxSending } from "@salesos/core"
import { Duration, Effect } from "effect"
import type { WorkerConfig } from "./Config.ts"
import { forEver } from "./Loop.ts"

/** After this a taken attempt is due again, in case its worker died: longer than a provider's call may take. */
const retryIn = Duration.seconds(30)

/** Takes what is due in rounds, for ever, and looks each up; one that goes wrong does not keep the others from it. */
const inRounds = <Due, E, R>(
  { concurrency, pollInterval }: WorkerConfig,
  takeDue: (
    limit: number,
    retryIn: Duration.Duration
  ) => Effect.Effect<ReadonlyArray<Due>, Operations.StoreUnavailable>,
  lookUp: (due: Due) => Effect.Effect<void, E, R>
) => {
  const round = Effect.gen(function* () {
    const due = yield* takeDue(concurrency, retryIn)
    yield* Effect.forEach(
      due,
      (each) =>
        lookUp(each).pipe(
          Effect.catchCause((cause) =>
            Effect.logError("What is due could not be looked up", cause).pipe(Effect.annotateLogs({ due: each }))
          )
        ),
      { concurrency: "unbounded", discard: true }
    )
    if (due.length < concurrency) yield* Effect.sleep(pollInterval)
  })
  return forEver(round, "The worker could not look for what is due")
}

/** Looks charges up for ever. */
export const charges = (config: WorkerConfig) =>
  Effect.flatMap(Store.InvoiceStore, ({ takeDue }) => inRounds(config, takeDue, Lookups.lookUp))

/** Looks payouts up for ever. */
export const payouts = (config: WorkerConfig) =>
  Effect.flatMap(Store.PayoutStore, ({ takeDue }) =>
    inRounds(config, takeDue, (due) => Effect.asVoid(PayoutLookups.lookUp(due)))
  )

/** Sends tax documents for ever, and finds out about those in doubt. */
export const taxDocuments = (config: WorkerConfig) =>
  Effect.flatMap(Store.TaxStore, ({ takeDue }) => inRounds(config, takeDue, TaxSending.seeTo))
