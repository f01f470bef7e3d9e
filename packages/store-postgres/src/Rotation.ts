/** Encrypting what is sealed anew when one encryption key replaces another. Both keys work meanwhile. */
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { Vault } from "./Vault.ts"

/** A column of sealed text: where it is, what names its row, and whose text it is by that. */
interface SealedColumn {
  readonly table: string
  readonly column: string
  /** Beside tenant and environment. */
  readonly name: string
}

/** Every sealed column of the schema. `place` in the vault is `table/tenant/environment/name` for all of them. */
export const sealedColumns: ReadonlyArray<SealedColumn> = [
  { table: "provider_account", column: "credentials", name: "name" },
  { table: "webhook_endpoint", column: "secret", name: "id" },
  { table: "webhook_endpoint", column: "secret_before", name: "id" },
  { table: "access_token", column: "sealed", name: "account" }
]

const batchSize = 100

/** What became of a column: how many rows were encrypted anew, and how many can't be read with the keys there are. */
export interface Rotated {
  readonly column: string
  readonly rotated: number
  readonly unreadable: number
}

/**
 * Encrypts whatever is not yet under the first key, in small batches, each row by itself and only if it still is what was read.
 * May be stopped and run again at any time. Fails with `StoreUnavailable`.
 */
export const rotate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault

  const column = Effect.fnUntraced(function* ({ column: name, name: key, table }: SealedColumn) {
    let [rotated, unreadable, after] = [0, 0, ["", "", ""]]
    for (;;) {
      const [tenant = "", environment = "", id = ""] = after
      const rows = yield* sql<{
        readonly tenant: string
        readonly environment: string
        readonly id: string
        readonly sealed: Uint8Array
      }>`
        select tenant, environment, ${sql(key)} as id, ${sql(name)} as sealed from ${sql(table)}
        where (tenant, environment, ${sql(key)}) > (${tenant}, ${environment}, ${id})
          and length(${sql(name)}) > 0 and not starts_with(encode(${sql(name)}, 'hex'), ${vault.currentKey})
        order by tenant, environment, ${sql(key)} limit ${batchSize}`
      for (const row of rows) {
        const place = `${table}/${row.tenant}/${row.environment}/${row.id}`
        const text = yield* Effect.option(
          Effect.try({ try: () => vault.decrypt(row.sealed, place), catch: () => null })
        )
        if (text._tag === "None") {
          unreadable += 1
          continue
        }
        // Changed meanwhile: then it was encrypted by a process that has the new key first, or comes again next time.
        const changed = yield* sql`
          update ${sql(table)} set ${sql(name)} = ${vault.encrypt(Redacted.value(text.value), place)}
          where tenant = ${row.tenant} and environment = ${row.environment} and ${sql(key)} = ${row.id}
            and ${sql(name)} = ${row.sealed} returning 1`
        rotated += changed.length
      }
      const last = rows.at(-1)
      if (last === undefined) return { column: `${table}.${name}`, rotated, unreadable } satisfies Rotated
      after = [last.tenant, last.environment, last.id]
    }
  })

  return yield* Effect.forEach(sealedColumns, column)
}).pipe(orUnavailable)
