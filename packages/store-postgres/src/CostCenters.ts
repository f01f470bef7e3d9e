/** Cost centers. Whether one is known is decided by the statement that records an intent; see `Operations.ts`. */
import { type CostCenter, CostCenterStore } from "@salesos/core"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"

export const layer = Layer.effect(
  CostCenterStore.CostCenterStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return CostCenterStore.CostCenterStore.of({
      replace: ({ environment, tenant }, list) =>
        transact(
          Effect.gen(function* () {
            // Lists that come at once take turns. Nothing else waits: rows that refer to the tenant lock its key only.
            yield* sql`select 1 from tenant where id = ${tenant} for no key update`
            yield* sql`delete from cost_center where tenant = ${tenant} and environment = ${environment}`
            yield* sql`
              insert into cost_center (tenant, environment, code, name)
              select ${tenant}, ${environment}, c.code, c.name
              from jsonb_to_recordset(${JSON.stringify(list)}::jsonb) as c (code text, name text)`
          })
        ).pipe(Effect.provideService(SqlClient.SqlClient, sql)),
      list: ({ environment, tenant }) =>
        sql<CostCenter.CostCenter>`
          select code, name from cost_center where tenant = ${tenant} and environment = ${environment}
          order by code collate "C"`.pipe(orUnavailable)
    })
  })
)
