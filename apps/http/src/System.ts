/** Handlers of the system group: whether the process lives, and whether it can serve. */
import { Api, Problems } from "@salesos/api"
import { Migrations } from "@salesos/store-postgres"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { SqlClient } from "effect/sql"

const ok = { status: "ok" as const }

export const layer = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fnUntraced(function* (handlers) {
    const sql = yield* SqlClient.SqlClient
    const isCurrent = Effect.provideService(Migrations.isCurrent, SqlClient.SqlClient, sql)
    return handlers.handleAll({
      healthz: () => Effect.succeed(ok),
      readyz: () =>
        isCurrent.pipe(
          Effect.catchTag("SqlError", () =>
            Effect.fail(new Problems.Unavailable({ detail: "The database can't be reached" }))
          ),
          Effect.filterOrFail(
            (current) => current,
            () => new Problems.Unavailable({ detail: "The database is not at the schema of this version" })
          ),
          Effect.as(ok)
        )
    })
  })
)
