/** Running a process to its end: a graceful stop on SIGINT and SIGTERM, and a start that fails with one clear line. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Effect, Layer, Predicate } from "effect"
import * as Logging from "./Logging.ts"

/** What a person should read when a start fails: the messages of what is expected to fail, and the rest whole. */
const explain = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return Predicate.isTagged(error, "BadConfiguration") || Predicate.isTagged(error, "EmbeddedPostgresError")
    ? String(Predicate.hasProperty(error, "message") ? error.message : error)
    : Cause.pretty(cause)
}

/** Runs until it is told to stop. Exits with 1 when it could not start or broke. */
export const runMain = <E>(program: Effect.Effect<unknown, E>): void =>
  NodeRuntime.runMain(
    program.pipe(
      Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Console.error(explain(cause)))),
      Effect.provide(Logging.layer)
    ),
    { disableErrorReporting: true }
  )

/** Builds a layer and keeps it until the process is told to stop. */
export const runLayer = <E>(layer: Layer.Layer<never, E>): void => runMain(Layer.launch(layer))
