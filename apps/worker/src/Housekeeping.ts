/** Forgetting what nobody needs any more, now and then. */
import { Housekeeping } from "@salesos/core"
import { Effect } from "effect"
import { forEver } from "./Loop.ts"

/** Purges for ever. */
export const run = forEver(
  Effect.gen(function* () {
    const gone = yield* Housekeeping.purge()
    yield* Effect.logDebug("Purged").pipe(Effect.annotateLogs(gone))
    yield* Effect.sleep("10 minutes")
  }),
  "The worker could not keep house"
)
