import { assert, it } from "@effect/vitest"
import { Client, Migrations } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { MovableClock } from "@salesos/store-postgres/testing"
import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"

it.live(
  "a database's clock that is moved moves what statements read, and the times that columns have by themselves",
  () =>
    Effect.gen(function* () {
      const { url } = yield* TestDatabase.make(Migrations.migrate)
      const client = Client.layer({ url: Redacted.make(url), applicationName: "test", maxConnections: 1 })
      yield* Effect.provide(MovableClock.prepare, client)
      const sql = Context.get(yield* Layer.build(Layer.fresh(client)), SqlClient.SqlClient)
      yield* sql`update moved.clock set seconds = 7200`
      const [read] = yield* sql<{ readonly ahead: number }>`
      select extract(epoch from clock_timestamp() - pg_catalog.clock_timestamp())::float8 as ahead`
      assert.approximately(read?.ahead ?? 0, 7200, 60)
      const defaults = yield* sql<{ readonly name: string; readonly expression: string }>`
      select c.table_name || '.' || c.column_name as name, c.column_default as expression
      from information_schema.columns c
      where c.table_schema = 'public' and c.column_default ~ 'clock_timestamp|now\\('`
      assert.isAbove(defaults.length, 10)
      // PostgreSQL's own would be told with its schema: the other one comes first.
      for (const { expression, name } of defaults) assert.strictEqual(expression, "clock_timestamp()", name)
    }).pipe(Effect.scoped)
)
