/** `salesos migrate` */
import { Migrations } from "@salesos/store-postgres"
import { Effect } from "effect"
import { Command } from "effect/cli"
import * as Operator from "./Operator.ts"
import * as Output from "./Output.ts"

export const migrate = Command.make(
  "migrate",
  {},
  Effect.fnUntraced(function* () {
    const applied = yield* Migrations.migrate
    // Afterwards: before the first migration there is no log to write to.
    yield* Operator.audited(
      { action: "migrate", detail: { applied: applied.map(([id]) => id).join(" ") } },
      Effect.void
    )
    yield* Output.rows(
      applied.map(([id, name]) => ({ id, name })),
      "The database is at the schema of this version"
    )
  }, Operator.withDatabase)
).pipe(Command.withDescription("Bring the database to the schema of this version; safe to run at any time"))
