/** Asking providers about charges that are due: by schedule, or because a notification named them. */
import { Lookups, Store } from "@salesos/core"
import { Duration, Effect } from "effect"
import type { WorkerConfig } from "./Config.ts"
import { forEver } from "./Loop.ts"

/** After this a taken attempt is due again, in case its worker died: longer than a provider's call may take. */
const retryIn = Duration.seconds(30)

/** Looks up for ever. */
export const run = ({ concurrency, pollInterval }: WorkerConfig) =>
  Effect.gen(function* () {
    const store = yield* Store.InvoiceStore
    const round = Effect.gen(function* () {
      const due = yield* store.takeDue(concurrency, retryIn)
      yield* Effect.forEach(
        due,
        (each) =>
          Lookups.lookUp(each).pipe(
            Effect.catchCause((cause) =>
              Effect.logError("A charge could not be looked up", cause).pipe(
                Effect.annotateLogs({ invoice: each.invoice })
              )
            )
          ),
        { concurrency: "unbounded", discard: true }
      )
      if (due.length < concurrency) yield* Effect.sleep(pollInterval)
    })
    yield* forEver(round, "The worker could not look for what is due")
  })
