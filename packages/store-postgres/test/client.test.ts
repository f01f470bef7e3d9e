import { assert, it } from "@effect/vitest"
import { Operations } from "@salesos/core"
import { Client, Migrations } from "@salesos/store-postgres"
import { TestDatabase } from "@salesos/store-postgres/embedded"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { transact } from "../src/Client.ts"

const client = Layer.unwrap(
  Effect.map(TestDatabase.make(Migrations.migrate), ({ url }) =>
    Client.layer({ url: Redacted.make(url), applicationName: "test", maxConnections: 2 })
  )
)

it.live(
  "a connection that is lost within a transaction is a database that can't be reached, and the next one works",
  () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const lost = yield* Effect.flip(transact(sql`select pg_terminate_backend(pg_backend_pid())`))
      assert.instanceOf(lost, Operations.StoreUnavailable)
      // The rollback that follows finds no connection either.
      const later = yield* Effect.flip(
        transact(Effect.andThen(Effect.ignore(sql`select pg_terminate_backend(pg_backend_pid())`), sql`select 1`))
      )
      assert.instanceOf(later, Operations.StoreUnavailable)
      assert.deepEqual(yield* transact(sql`select 1 as one`), [{ one: 1 }])
    }).pipe(Effect.provide(client))
)

it.live("a statement that is wrong is a bug of ours, whatever becomes of its transaction", () =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const exit = yield* Effect.exit(transact(sql`select nothing from nowhere`))
    assert.isTrue(exit._tag === "Failure" && exit.cause.reasons.some(({ _tag }) => _tag === "Die"))
  }).pipe(Effect.provide(client))
)
