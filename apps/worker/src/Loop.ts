/** What a worker does, it does for ever: what goes wrong is said, and tried again a little later. */
import { Effect } from "effect"

/** Repeats work until it is interrupted. `failure` says what could not be done. */
export const forEver = <A, E, R>(work: Effect.Effect<A, E, R>, failure: string): Effect.Effect<never, never, R> =>
  work.pipe(
    Effect.catchCause((cause) => Effect.logError(failure, cause).pipe(Effect.andThen(Effect.sleep("1 second")))),
    Effect.forever
  )
