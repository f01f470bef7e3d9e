/**
 * Configuration by environment variables. Each is described once, in `.env.example` at the root. A value that is missing
 * or wrong stops the start with a message that names its variable.
 */
import { Settings } from "@salesos/core"
import { Config, Duration, Effect, type Redacted, Schema } from "effect"

/** What every process of the gateway needs. */
export interface GatewayConfig {
  readonly databaseUrl: Redacted.Redacted
  readonly maxConnections: number
  /** Base64 of 32 bytes; several separated by commas while one replaces another. */
  readonly encryptionKeys: Redacted.Redacted
  /** What comes from variables; the tokens of payers' pages follow from the keys. */
  readonly settings: Omit<Settings.SettingsValues, "payerTokens">
}

const Url = (pattern: RegExp, expected: string) =>
  Schema.String.check(
    Schema.makeFilter((text: string) => pattern.test(text) && URL.canParse(text), { message: `Expected ${expected}` })
  )

const PostgresUrl = Url(/^postgres(ql)?:\/\//, "postgres://user:password@host:port/database")
const HttpUrl = Url(/^https?:\/\/[^/?#]+([^?#]*[^/?#])?$/, "an http or https URL without a slash at its end")

const Keys = Schema.String.check(
  Schema.makeFilter((text: string) => text.split(",").every((key) => Buffer.from(key.trim(), "base64").length === 32), {
    message: "Expected 32 bytes in base64; make one with: openssl rand -base64 32"
  })
)

/** How many of something a process has at once. */
export const Count = Schema.NumberFromString.check(
  Schema.isInt(),
  Schema.isBetween({ minimum: 1, maximum: 1000 }, { message: "Expected 1 to 1000" })
)

const secret = <S extends Schema.ConstraintCodec<unknown, unknown>>(schema: S, name: string) =>
  Config.schema(Schema.Redacted(schema), name)

const gateway = Config.all({
  databaseUrl: secret(PostgresUrl, "DATABASE_URL"),
  maxConnections: Config.schema(Count, "DATABASE_CONNECTIONS").pipe(Config.withDefault(10)),
  encryptionKeys: secret(Keys, "SALESOS_ENCRYPTION_KEY"),
  publicUrl: Config.schema(HttpUrl, "PUBLIC_URL").pipe(Config.withDefault("http://127.0.0.1:8080")),
  callDeadline: Config.Duration("PROVIDER_CALL_DEADLINE").pipe(Config.withDefault(Settings.defaults.callDeadline)),
  requestBudget: Config.Duration("REQUEST_BUDGET").pipe(Config.withDefault(Settings.defaults.requestBudget)),
  lease: Config.Duration("OPERATION_LEASE").pipe(Config.withDefault(Settings.defaults.lease))
})

/** A variable that stops the start. */
export class BadConfiguration extends Schema.TaggedError<BadConfiguration>()("BadConfiguration", {
  message: Schema.String
}) {}

/** Reads variables, or fails with a message that names the one that is missing or wrong, and never its value. */
export const read = <A>(config: Config.Config<A>): Effect.Effect<A, BadConfiguration> =>
  Effect.mapError(config, ({ cause }) => {
    const [what, variable] = cause.message.split(/\s+at (?=\[")/)
    return new BadConfiguration({
      message: `${variable?.replaceAll(/[["\]]/g, "") ?? "Configuration"}: ${what === "Expected string" ? "It is not set" : what}`
    })
  })

/** Where the database is. */
export const databaseUrl: Effect.Effect<Redacted.Redacted, BadConfiguration> = read(secret(PostgresUrl, "DATABASE_URL"))

export const load: Effect.Effect<GatewayConfig, BadConfiguration> = Effect.gen(function* () {
  const { callDeadline, databaseUrl, encryptionKeys, lease, maxConnections, publicUrl, requestBudget } =
    yield* read(gateway)
  // Otherwise an execution could lose its lease in the middle of a call, and nothing could ever be sent.
  if (Duration.isLessThanOrEqualTo(lease, Duration.sum(callDeadline, requestBudget))) {
    return yield* new BadConfiguration({
      message: "OPERATION_LEASE: Expected more than PROVIDER_CALL_DEADLINE and REQUEST_BUDGET together"
    })
  }
  return { databaseUrl, maxConnections, encryptionKeys, settings: { publicUrl, callDeadline, requestBudget, lease } }
})
