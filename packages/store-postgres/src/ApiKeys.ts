/** API keys as they are kept: a bcrypt hash, and a digest's beginning to find the row by. Never the key. */
import { type Ids, type Operations, type Owner } from "@salesos/core"
import { Context, DateTime, Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { createHash } from "node:crypto"
import { orUnavailable } from "./Client.ts"

export type Scope = "payments:read" | "payments:write" | "payments:admin"

export interface KeyRecord {
  readonly id: Ids.ApiKeyId
  readonly owner: Owner.Owner
  readonly hash: string
  readonly scopes: ReadonlyArray<Scope>
  readonly expiresAt: DateTime.Utc | null
  readonly revoked: boolean
}

/** Enough of a digest to find a row, too little to check a key by: that is what the hash is for. */
export const lookupOf = (key: string): Uint8Array => createHash("sha256").update(key).digest().subarray(0, 12)

export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    /** The record that a presented key may belong to; it has yet to be compared with the hash. */
    readonly find: (key: string) => Effect.Effect<Option.Option<KeyRecord>, Operations.StoreUnavailable>
  }
>()("@salesos/store-postgres/ApiKeys") {
  static readonly layer = Layer.effect(
    ApiKeys,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      return ApiKeys.of({
        find: (key) =>
          // By api_key_lookup.
          sql<{
            readonly tenant: Ids.TenantId
            readonly environment: Owner.Environment
            readonly id: Ids.ApiKeyId
            readonly hash: string
            readonly scopes: ReadonlyArray<Scope>
            readonly expires_at: Date | null
            readonly revoked: boolean
          }>`
            select tenant, environment, id, hash, scopes, expires_at, revoked_at is not null as revoked
            from api_key where lookup = ${lookupOf(key)}`.pipe(
            orUnavailable,
            Effect.map(([row]) =>
              Option.map(
                Option.fromUndefinedOr(row),
                ({ environment, expires_at, hash, id, revoked, scopes, tenant }) => ({
                  id,
                  owner: { tenant, environment },
                  hash,
                  scopes,
                  expiresAt: expires_at === null ? null : DateTime.fromDateUnsafe(expires_at),
                  revoked
                })
              )
            )
          )
      })
    })
  )
}
