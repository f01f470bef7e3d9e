/** How busy the worker is. */
import { Config as Wiring } from "@salesos/app-wiring"
import { Config, Duration } from "effect"

/** Fails with `BadConfiguration`. */
export const load = Wiring.read(
  Config.all({
    pollInterval: Config.Duration("WORKER_POLL_INTERVAL").pipe(Config.withDefault(Duration.millis(250))),
    concurrency: Config.schema(Wiring.Count, "WORKER_CONCURRENCY").pipe(Config.withDefault(16))
  })
)

/** Where the worker process serves its metrics; nowhere unless `WORKER_METRICS_PORT` is set. Fails with `BadConfiguration`. */
export const metrics = Wiring.read(
  Config.all({
    host: Config.NonEmptyString("HOST").pipe(Config.withDefault("127.0.0.1")),
    port: Config.option(Config.Port("WORKER_METRICS_PORT"))
  })
)

export interface WorkerConfig {
  /** How often the worker looks for what is due when nothing was. */
  readonly pollInterval: Duration.Duration
  /** How many provider lookups, and how many deliveries, run at once. */
  readonly concurrency: number
}
