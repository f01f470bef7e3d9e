/** How busy the worker is. */
import { Config as Wiring } from "@salesos/app-wiring"
import { Config, Duration, Schema } from "effect"

const Count = Schema.NumberFromString.check(
  Schema.isInt(),
  Schema.isBetween({ minimum: 1, maximum: 1000 }, { message: "Expected 1 to 1000" })
)

/** Fails with `BadConfiguration`. */
export const load = Wiring.read(
  Config.all({
    pollInterval: Config.Duration("WORKER_POLL_INTERVAL").pipe(Config.withDefault(Duration.millis(250))),
    concurrency: Config.schema(Count, "WORKER_CONCURRENCY").pipe(Config.withDefault(16))
  })
)

export interface WorkerConfig {
  /** How often the worker looks for what is due when nothing was. */
  readonly pollInterval: Duration.Duration
  /** How many provider lookups, and how many deliveries, run at once. */
  readonly concurrency: number
}
