/** How busy the worker is. */
import { Config as Wiring } from "@salesos/app-wiring"
import { Config, Duration, Schema } from "effect"

/** A delivery is tried for three days, and an endpoint may fail for five: what is younger is still needed. */
const shortest = Duration.days(7)

const Retention = Schema.DurationFromString.check(
  Schema.makeFilter((duration) => Duration.isGreaterThanOrEqualTo(duration, shortest), {
    message: "Expected 7 days or more"
  })
)

const Years = Schema.NumberFromString.check(
  Schema.isInt(),
  Schema.isBetween({ minimum: 7, maximum: 100 }, { message: "Expected 7 to 100 years" })
)

/** Fails with `BadConfiguration`. */
export const load = Wiring.read(
  Config.all({
    pollInterval: Config.Duration("WORKER_POLL_INTERVAL").pipe(Config.withDefault(Duration.millis(250))),
    concurrency: Config.schema(Wiring.Count, "WORKER_CONCURRENCY").pipe(Config.withDefault(16)),
    retention: Config.schema(Retention, "WEBHOOK_RETENTION").pipe(Config.withDefault(Duration.days(30))),
    sealInterval: Config.Duration("AUDIT_SEAL_INTERVAL").pipe(Config.withDefault(Duration.minutes(1))),
    retentionYears: Config.schema(Years, "AUDIT_RETENTION_YEARS").pipe(Config.withDefault(7))
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
  /** How many provider lookups, and how many visits to webhook endpoints, run at once. */
  readonly concurrency: number
  /** How long events and deliveries are kept. */
  readonly retention: Duration.Duration
}

export interface AuditConfig {
  /** How often the audit log is sealed. */
  readonly sealInterval: Duration.Duration
  /** How long its entries are kept. */
  readonly retentionYears: number
}
