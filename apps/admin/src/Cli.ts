/** The operator's command line, as a tree of commands. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect, Logger, Predicate, References } from "effect"
import { Command } from "effect/cli"
import { SqlError } from "effect/sql"
import { accounts } from "./Accounts.ts"
import { audit } from "./Audit.ts"
import { costCenters } from "./CostCenters.ts"
import { doubts } from "./Doubts.ts"
import { refund, show } from "./Invoices.ts"
import { keys } from "./Keys.ts"
import { migrate } from "./Migrate.ts"
import { notifications } from "./Notifications.ts"
import { Json } from "./Output.ts"
import { reconciliations } from "./Reconciliations.ts"
import { refusals } from "./Refusals.ts"
import { tenants } from "./Tenants.ts"

const salesos = Command.make("salesos").pipe(
  Command.withDescription(
    "Runs SalesOS Payments: who uses it, with what, and what becomes of it. Every act is in the audit log"
  ),
  Command.withSubcommands([
    tenants,
    keys,
    accounts,
    costCenters,
    show,
    refund,
    doubts,
    refusals,
    notifications,
    reconciliations,
    audit,
    migrate
  ]),
  Command.withGlobalFlags([Json])
)

/** What a person should read when a command fails; a bug is told whole. */
const explain = (error: unknown): string => {
  if (
    Predicate.isTagged(error, "ValidationError") &&
    Predicate.hasProperty(error, "errors") &&
    Array.isArray(error.errors)
  ) {
    return error.errors.map(({ field, message }) => `${field}: ${message}`).join("\n")
  }
  if (Predicate.isTagged(error, "StoreUnavailable")) return "The database can't be reached"
  return Predicate.hasProperty(error, "message") && String(error.message) !== "" ? String(error.message) : String(error)
}

const runWith = Command.runWith(salesos, { version: "0.0.0" })

/** Runs a command line; gives the code to exit with. A bug, and a database that can't be reached, fail. */
export const run = (args: ReadonlyArray<string>) =>
  runWith(args).pipe(
    Effect.as(0),
    Effect.catchCause((cause) => {
      const failure = cause.reasons.find(Cause.isFailReason)
      if (failure === undefined || SqlError.isSqlError(failure.error)) return Effect.failCause(cause)
      // Help, and what is wrong with the command line, were printed already.
      const said = Predicate.isTagged(failure.error, "ShowHelp") ? Effect.void : Console.error(explain(failure.error))
      return Effect.as(said, 1)
    }),
    Effect.provide(NodeServices.layer),
    // Standard output is the command's own.
    Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatJson)])),
    Effect.provideService(References.MinimumLogLevel, "Warn")
  )
