/** Running a process to its end: a graceful stop on SIGINT and SIGTERM, and a start that fails with one clear line. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect, Layer, Predicate, Random } from "effect"
import { SqlError } from "effect/sql"
import * as Logging from "./Logging.ts"
import { random } from "./SecureRandom.ts"
import * as Telemetry from "./Telemetry.ts"

const unreachable: ReadonlySet<string> = new Set(["ConnectionError", "AuthenticationError"])

/** What a person should read when a start fails: the messages of what is expected to fail, and the rest whole. */
const explain = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (SqlError.isSqlError(error) && unreachable.has(error.reason._tag)) {
    const { cause } = error.reason
    return `DATABASE_URL: The database can't be reached: ${cause instanceof Error ? cause.message : error.message}`
  }
  return Predicate.isTagged(error, "BadConfiguration") || Predicate.isTagged(error, "EmbeddedPostgresError")
    ? String(Predicate.hasProperty(error, "message") ? error.message : error)
    : Cause.pretty(cause)
}

/** Runs until it is told to stop. Exits with 1 when it could not start or broke. `name` is what telemetry calls the process. */
export const runMain = <E>(program: Effect.Effect<unknown, E>, name = "salesos"): void =>
  NodeRuntime.runMain(
    program.pipe(
      Effect.provideService(Random.Random, random),
      Effect.provide(Telemetry.layer(name)),
      Effect.provide(Logging.layer), // its own variables may be what is wrong
      Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Console.error(explain(cause))))
    ),
    { disableErrorReporting: true }
  )

/** Builds a layer and keeps it until the process is told to stop. */
export const runLayer = <E>(layer: Layer.Layer<never, E>, name: string): void => runMain(Layer.launch(layer), name)
