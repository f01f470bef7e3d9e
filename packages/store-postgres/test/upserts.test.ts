/**
 * The rule of docs/decisions/0114: what is updated by `on conflict` is in a table with one unique index. Else PostgreSQL can overlook, in
 * the index it is told of, a row that another transaction is just moving, and fail by another index.
 */
import { assert, layer as testLayer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { layer } from "./support/store.ts"

const sources = join(import.meta.dirname, "../src")

/** An operator's commands: one that fails has done nothing, and is given again. */
const byHand = "Setup.ts"

/** The tables of the upserts of a source file. */
const upserted = (source: string) =>
  source.split("insert into ").flatMap((insert) => {
    const [statement = ""] = insert.split(/;|`/)
    return /on conflict.*do update/s.test(statement) ? [/^\w*/.exec(statement)?.[0]] : []
  })

const tables = Effect.promise(async () => {
  const names = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith(".ts") && name !== byHand)
  const files = await Promise.all(names.map((name) => readFile(join(sources, name), "utf8")))
  return [...new Set(files.flatMap(upserted))]
})

testLayer(layer, { excludeTestServices: true })("upserts", (it) => {
  it.effect("are of tables with one unique index", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const found = yield* tables
      const counted = yield* sql<{ readonly table: string; readonly indexes: number }>`
        select relname as table, count(*)::int as indexes from pg_index join pg_class c on c.oid = indrelid
        where indisunique group by relname`
      const indexes = new Map(counted.map(({ table, indexes }) => [table, indexes]))
      assert.include(found, "our_number")
      assert.deepStrictEqual(
        found.filter((table) => indexes.get(table ?? "") !== 1),
        []
      )
    })
  )
})
