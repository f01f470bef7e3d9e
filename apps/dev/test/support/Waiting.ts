import { type Duration, Effect, Schedule } from "effect"

/** Tries until a condition holds; the time-out is for what never comes, and fails with what was there instead. */
export const eventually = <A, E, R>(
  what: string,
  effect: Effect.Effect<A, E, R>,
  until: (value: A) => boolean,
  timeout: Duration.Input = "2 minutes"
) =>
  Effect.suspend(() => {
    let last: A | undefined
    return Effect.tap(effect, (value) => Effect.sync(() => void (last = value))).pipe(
      Effect.repeat({ until, schedule: Schedule.spaced("50 millis") }),
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => Effect.die(new Error(`${what}: never, at last ${JSON.stringify(last)}`))
      })
    )
  })
