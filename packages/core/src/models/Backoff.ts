/** How tries are spread, so that others are not hit in step. */
import { Duration } from "effect"

const jitter = 0.2

/** A delay made a little longer or shorter. `random` is from 0 up to 1. */
export const spread = (delay: Duration.Input, random: number): Duration.Duration =>
  Duration.times(Duration.fromInputUnsafe(delay), 1 + jitter * (2 * random - 1))
