/**
 * Counting the requests of API keys, one row for each key. What arrives while a statement of a key is under way is counted
 * together by the next one, so that a busy key costs no more statements than a quiet one, and every request has a number of
 * its own all the same.
 */
import { type Ids, type Owner, RateLimits } from "@salesos/core"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as Batches from "./Batches.ts"
import { orUnavailable } from "./Client.ts"

interface Request {
  readonly owner: Owner.Owner
  readonly key: Ids.ApiKeyId
  readonly limit: number
}

export const layer = Layer.effect(
  RateLimits.RateLimits,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    /**
     * Counts so many at once; gives the number of the first. An hour that is used up is left alone, and its requests are all
     * beyond the limit. The commit need not reach the disk: see docs/decisions/0080. By the primary key of api_key_usage.
     */
    const countAll = ({ key, limit, owner }: Request, requests: number) =>
      sql<{ readonly last: bigint | null; readonly reset_seconds: number }>`
        with counted as (
          insert into api_key_usage as u (tenant, environment, key, hour, requests)
          select ${owner.tenant}, ${owner.environment}, ${key}, date_trunc('hour', clock_timestamp()), ${requests}
          where set_config('synchronous_commit', 'off', true) = 'off'
          on conflict (tenant, environment, key) do update set hour = greatest(u.hour, excluded.hour),
            requests = case when u.hour < excluded.hour then 0 else u.requests end + excluded.requests
          where u.hour < excluded.hour or u.requests < ${limit}
          returning hour, requests
        )
        select c.requests as last, least(3600, greatest(1, ceil(extract(epoch from
          coalesce(c.hour, date_trunc('hour', clock_timestamp())) + interval '1 hour' - clock_timestamp()))))::float8 as reset_seconds
        from (select 1) one left join counted c on true`.pipe(
        orUnavailable,
        Effect.map(([row]) => ({
          first: row?.last === null || row?.last === undefined ? limit + 1 : Number(row.last) - requests + 1,
          resetSeconds: row?.reset_seconds ?? 1
        }))
      )

    const count = Batches.make({
      groupOf: ({ key }: Request) => key,
      maximum: 1000,
      run: Effect.fnUntraced(
        function* (requests: ReadonlyArray<Request>) {
          const [one] = requests
          if (one === undefined) return []
          // A key's limit may have been changed between two requests: the higher one decides what is written.
          const limit = Math.max(...requests.map((each) => each.limit))
          const { first, resetSeconds } = yield* countAll({ ...one, limit }, requests.length)
          return requests.map((_, place): RateLimits.Counted => ({ number: first + place, resetSeconds }))
        },
        (effect, requests) =>
          // Of several requests, and of none of them more than of the others.
          Effect.withSpan(effect, "RateLimits.count", { root: true, attributes: { members: requests.length } })
      )
    })

    return RateLimits.RateLimits.of({ count: (owner, key, limit) => count({ owner, key, limit }) })
  })
)
