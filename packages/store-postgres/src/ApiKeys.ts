/**
 * API keys as they are kept: a bcrypt hash, and a digest's beginning to find the row by. Never the secret.
 *
 * Bcrypt on every request would cap a core at some twenty requests a second: a secret that was verified is remembered by its
 * digest, and only compared with the row, which is read every time. So revoking takes effect at once.
 */
import { hash, verify } from "@node-rs/bcrypt"
import { type ApiKey, ApiKeyStore, Idempotency, type Ids, type Owner } from "@salesos/core"
import { DateTime, Effect, Layer, Option, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { createHash, randomBytes } from "node:crypto"
import { orUnavailable } from "./Client.ts"
import { optionalTime } from "./FactRows.ts"
import { findKey, once } from "./IdempotencyKeys.ts"
import { conditions, page } from "./Paging.ts"

const bcryptCost = 10

/** How many verified secrets are remembered; the one verified longest ago goes first. */
const capacity = 10_000

/** The secret of a new key after the prefix of its world: 192 random bits. */
export const generateSecret = (prefix: string): Redacted.Redacted =>
  Redacted.make(`${prefix}${randomBytes(24).toString("base64url")}`)

/** The hash that a secret is kept as. */
export const hashOf = (secret: Redacted.Redacted): Effect.Effect<string> =>
  Effect.promise(() => hash(Redacted.value(secret), { cost: bcryptCost }))

/** Enough of a digest to find a row, too little to check a secret by: that is what the hash is for. */
export const lookupOf = (secret: string): Uint8Array => createHash("sha256").update(secret).digest().subarray(0, 12)

interface Row {
  readonly id: Ids.ApiKeyId
  readonly name: string
  readonly scopes: ReadonlyArray<ApiKey.Scope>
  readonly rate_limit_per_hour: number
  readonly ip_allowlist: ReadonlyArray<string> | null
  readonly expires_at: Date | null
  readonly created_at: Date
  readonly revoked_at: Date | null
}

const fromRow = (row: Row): ApiKey.ApiKey => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  rateLimitPerHour: row.rate_limit_per_hour,
  ipAllowlist: row.ip_allowlist,
  expiresAt: optionalTime(row.expires_at),
  createdAt: DateTime.fromDateUnsafe(row.created_at),
  revokedAt: optionalTime(row.revoked_at)
})

export const layer = Layer.effect(
  ApiKeyStore.ApiKeyStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const columns = sql.literal(
      "id, name, scopes, rate_limit_per_hour, ip_allowlist, expires_at, created_at, revoked_at"
    )
    /** Digest of the secret → the hash that it was verified against. */
    const verified = new Map<string, string>()

    const matches = Effect.fnUntraced(function* (secret: string, kept: string) {
      const digest = createHash("sha256").update(secret).digest("base64")
      if (verified.get(digest) === kept) return true
      if (!(yield* Effect.promise(() => verify(secret, kept)))) return false
      const [oldest] = verified.size >= capacity ? verified.keys() : []
      if (oldest !== undefined) verified.delete(oldest)
      verified.set(digest, kept)
      return true
    })

    return ApiKeyStore.ApiKeyStore.of({
      create: Effect.fnUntraced(
        function* (owner, key, secret, given) {
          const hashed = yield* hashOf(secret)
          const insert = sql`insert into api_key ${sql.insert({
            tenant: owner.tenant,
            environment: owner.environment,
            id: key.id,
            name: key.name,
            lookup: lookupOf(Redacted.value(secret)),
            hash: hashed,
            scopes: key.scopes,
            rate_limit_per_hour: key.rateLimitPerHour,
            ip_allowlist: key.ipAllowlist,
            expires_at: key.expiresAt === null ? null : DateTime.toDateUtc(key.expiresAt),
            created_at: DateTime.toDateUtc(key.createdAt)
          })}`
          return yield* once(owner, given, key.id, insert)
        },
        Effect.provideService(SqlClient.SqlClient, sql)
      ),
      recall: (owner, keyed) =>
        orUnavailable(findKey(sql, owner, keyed)).pipe(
          Effect.map((found) => Option.map(Option.fromUndefinedOr(found), Idempotency.decide))
        ),
      find: Effect.fnUntraced(function* (secret) {
        const text = Redacted.value(secret)
        // By api_key_lookup.
        const [row] = yield* sql<
          Row & { readonly tenant: Ids.TenantId; readonly environment: Owner.Environment; readonly hash: string }
        >`select tenant, environment, hash, ${columns} from api_key where lookup = ${lookupOf(text)}`.pipe(
          orUnavailable
        )
        if (row === undefined || !(yield* matches(text, row.hash))) return Option.none()
        return Option.some({ owner: { tenant: row.tenant, environment: row.environment }, key: fromRow(row) })
      }),
      list: (owner, wanted) =>
        page(
          wanted,
          conditions(sql, owner, {}, {}),
          (where, order, limit) => sql<Row>`select ${columns} from api_key where ${where} ${order} ${limit}`
        ).pipe(
          orUnavailable,
          Effect.map(({ data, hasMore }) => ({ data: data.map(fromRow), hasMore })),
          Effect.provideService(SqlClient.SqlClient, sql)
        ),
      revoke: ({ environment, tenant }, id) =>
        sql<Row>`
          update api_key set revoked_at = coalesce(revoked_at, clock_timestamp())
          where tenant = ${tenant} and environment = ${environment} and id = ${id}
          returning ${columns}`.pipe(
          orUnavailable,
          Effect.map(([row]) => Option.map(Option.fromUndefinedOr(row), fromRow))
        )
    })
  })
)
