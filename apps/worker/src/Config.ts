/** How busy the worker is, and how it sends letters. */
import { Config as Wiring } from "@salesos/app-wiring"
import { RequestFields } from "@salesos/core"
import { Config, Duration, Effect, Option, type Redacted, Schema } from "effect"

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

const SmtpUrl = Schema.Redacted(
  Schema.String.check(
    Schema.makeFilter((text: string) => /^smtps?:\/\/[^/?#]+\/?$/.test(text) && URL.canParse(text), {
      message: "Expected smtp://user:password@host:port, or smtps://"
    })
  )
)

const mail = Config.all({
  smtp: Config.option(Config.schema(SmtpUrl, "SMTP_URL")),
  from: Config.option(Config.schema(RequestFields.Email, "MAIL_FROM")),
  outbox: Config.option(Config.NonEmptyString("MAIL_OUTBOX"))
})

const worker = Wiring.read(
  Config.all({
    pollInterval: Config.Duration("WORKER_POLL_INTERVAL").pipe(Config.withDefault(Duration.millis(250))),
    concurrency: Config.schema(Wiring.Count, "WORKER_CONCURRENCY").pipe(Config.withDefault(16)),
    retention: Config.schema(Retention, "WEBHOOK_RETENTION").pipe(Config.withDefault(Duration.days(30))),
    sealInterval: Config.Duration("AUDIT_SEAL_INTERVAL").pipe(Config.withDefault(Duration.minutes(1))),
    retentionYears: Config.schema(Years, "AUDIT_RETENTION_YEARS").pipe(Config.withDefault(7)),
    mail
  })
)

/** Fails with `BadConfiguration`. */
export const load = Effect.gen(function* () {
  const config = yield* worker
  if (Option.isSome(config.mail.smtp) && Option.isNone(config.mail.from)) {
    return yield* new Wiring.BadConfiguration({ message: "MAIL_FROM: It is not set, and SMTP_URL is" })
  }
  return config
})

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

export interface MailConfig {
  /** The server that live letters are sent by; without it they wait. */
  readonly smtp: Option.Option<Redacted.Redacted>
  /** The address that letters are from. */
  readonly from: Option.Option<string>
  /** The folder that letters of the sandbox are written to; without it they wait. */
  readonly outbox: Option.Option<string>
}

export interface AuditConfig {
  /** How often the audit log is sealed. */
  readonly sealInterval: Duration.Duration
  /** How long its entries are kept. */
  readonly retentionYears: number
}
