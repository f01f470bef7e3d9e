/** Idempotency keys: taken in the transaction of what they guard, and read back when they are known. */
import { Idempotency, type Operations, type Owner } from "@salesos/core"
import { Effect } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { transact } from "./Client.ts"

/** Takes a key for a resource; false when it was taken before. Waits for a transaction that is just taking it. */
export const claim = (
  sql: SqlClient.SqlClient,
  owner: Owner.Owner,
  { fingerprint, key }: Idempotency.Keyed,
  resource: string
): Effect.Effect<boolean, SqlError.SqlError> =>
  sql`insert into idempotency_key (tenant, environment, key, fingerprint, resource)
    values (${owner.tenant}, ${owner.environment}, ${key}, sha256(convert_to(${fingerprint}, 'UTF8')), ${resource})
    on conflict do nothing returning 1`.pipe(Effect.map((rows) => rows.length > 0))

/** What a known key stands for, with the seconds left of the lease of its resource, if that has one. */
export const findKey = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  owner: Owner.Owner,
  { fingerprint, key }: Idempotency.Keyed
) {
  const [row] = yield* sql<{
    readonly same: boolean
    readonly response_status: number | null
    readonly response_body: string | null
    readonly resource: string
    readonly lease_seconds: number | null
  }>`
    select k.fingerprint = sha256(convert_to(${fingerprint}, 'UTF8')) as same, k.response_status, k.response_body, k.resource,
      extract(epoch from coalesce(i.lease_until, p.lease_until) - clock_timestamp())::float8 as lease_seconds
    from idempotency_key k
    left join invoice i on (i.tenant, i.environment, i.id) = (k.tenant, k.environment, k.resource)
    left join payout p on (p.tenant, p.environment, p.id) = (k.tenant, k.environment, k.resource)
    where k.tenant = ${owner.tenant} and k.environment = ${owner.environment} and k.key = ${key}`
  if (row === undefined) return undefined
  const { lease_seconds, resource, response_body, response_status, same } = row
  const response =
    response_status === null || response_body === null ? null : { status: response_status, body: response_body }
  return { sameFingerprint: same, response, leaseSeconds: lease_seconds ?? 0, resource }
})

const beingTaken = { _tag: "InProgress", retryAfterSeconds: 1 } as const

/** What a key means that was used before, by `Idempotency.decide`; null when it is new. What has no lease is not gone on with. */
export const meaningOf = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  owner: Owner.Owner,
  keyed: Idempotency.Keyed
) {
  const found = yield* findKey(sql, owner, keyed)
  if (found === undefined) return null
  const decision = Idempotency.decide(found)
  return decision._tag === "Resume" ? beingTaken : decision
})

/** Takes a key for a resource. What it means where it was taken before; null when it is ours. */
export const take = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  owner: Owner.Owner,
  keyed: Idempotency.Keyed,
  resource: string
) {
  if (yield* claim(sql, owner, keyed, resource)) return null
  return (yield* meaningOf(sql, owner, keyed)) ?? beingTaken
})

/** Makes a change once for a key, and stores the answer, which is known beforehand, in the same transaction. */
export const once = <E>(
  owner: Owner.Owner,
  { keyed, response }: { readonly keyed: Idempotency.Keyed; readonly response: Idempotency.StoredResponse },
  resource: string,
  change: Effect.Effect<unknown, E, SqlClient.SqlClient>
) =>
  transact(
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const known = yield* take(sql, owner, keyed, resource)
      if (known !== null) return known satisfies Operations.Once
      yield* change
      yield* sql`update idempotency_key set response_status = ${response.status}, response_body = ${response.body},
          finished_at = clock_timestamp()
        where tenant = ${owner.tenant} and environment = ${owner.environment} and key = ${keyed.key}`
      return { _tag: "Done" } satisfies Operations.Once
    })
  )
