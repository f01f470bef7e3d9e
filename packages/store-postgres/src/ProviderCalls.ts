/** Access tokens and the pace of calls, shared by all processes. Neither holds a lock while somebody waits. */
import { type Operations, Provider, ProviderCalls } from "@salesos/core"
import { DateTime, Duration, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable, transact } from "./Client.ts"
import { Vault } from "./Vault.ts"

/** Says whose token a sealed text is. */
const placeOf = ({ environment, name, tenant }: Provider.ProviderAccount): string =>
  `access_token/${tenant}/${environment}/${name}`

const unavailable = (_: Operations.StoreUnavailable) =>
  new Provider.Unavailable({ message: "The provider's access can't be looked up now" })

/** How long a renewal keeps others from renewing; a process that died renewing is waited for no longer. */
const renewalSeconds = 20

/** A token is renewed while it still works, so that no call has to find out that it doesn't. */
const marginSeconds = 60

const accessTokens = Layer.effect(
  ProviderCalls.AccessTokens,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const vault = yield* Vault

    const current = (account: Provider.ProviderAccount) =>
      sql<{ readonly sealed: Uint8Array }>`
        select sealed from access_token
        where tenant = ${account.tenant} and environment = ${account.environment} and account = ${account.name}
          and sealed is not null and expires_at > clock_timestamp() + make_interval(secs => ${marginSeconds})`.pipe(
        Effect.map(([row]) => (row === undefined ? undefined : vault.decrypt(row.sealed, placeOf(account)))),
        orUnavailable,
        Effect.mapError(unavailable)
      )

    /** Of those who find no token one gets to renew it. */
    const claim = (account: Provider.ProviderAccount) =>
      sql`
        insert into access_token as t (tenant, environment, account, renewing_until)
        values (${account.tenant}, ${account.environment}, ${account.name},
          clock_timestamp() + make_interval(secs => ${renewalSeconds}))
        on conflict (tenant, environment, account) do update set renewing_until = excluded.renewing_until
          where (t.renewing_until is null or t.renewing_until <= clock_timestamp())
            and (t.sealed is null or t.expires_at <= clock_timestamp() + make_interval(secs => ${marginSeconds}))
        returning 1`.pipe(
        Effect.map((rows) => rows.length > 0),
        orUnavailable,
        Effect.mapError(unavailable)
      )

    const keep = (account: Provider.ProviderAccount, token: ProviderCalls.AccessToken) =>
      sql`
        update access_token set sealed = ${vault.encrypt(Redacted.value(token.value), placeOf(account))},
          expires_at = ${DateTime.toDateUtc(token.expiresAt)}, renewing_until = null
        where tenant = ${account.tenant} and environment = ${account.environment} and account = ${account.name}`

    const giveUp = (account: Provider.ProviderAccount) =>
      sql`
        update access_token set renewing_until = null
        where tenant = ${account.tenant} and environment = ${account.environment} and account = ${account.name}`.pipe(
        Effect.ignore // it runs out by itself
      )

    const get: ProviderCalls.AccessTokens["Service"]["get"] = Effect.fnUntraced(function* (account, renew) {
      for (let tries = 0; tries < 150; tries++) {
        const known = yield* current(account)
        if (known !== undefined) return known
        if (yield* claim(account)) {
          const renewed = yield* Effect.onError(renew, () => giveUp(account))
          // A token that can't be kept is good all the same.
          yield* Effect.ignore(keep(account, renewed))
          return renewed.value
        }
        yield* Effect.sleep("100 millis")
      }
      return yield* new Provider.Unavailable({ message: "The provider's access is being renewed" })
    })

    return ProviderCalls.AccessTokens.of({
      get,
      forget: Effect.fnUntraced(function* (account, refused) {
        const known = yield* Effect.orElseSucceed(current(account), () => undefined)
        if (known === undefined || Redacted.value(known) !== Redacted.value(refused)) return
        yield* Effect.ignore(
          sql`update access_token set sealed = null where tenant = ${account.tenant}
            and environment = ${account.environment} and account = ${account.name}`
        )
      })
    })
  })
)

const pacing = Layer.effect(
  ProviderCalls.Pacing,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    /** Takes a place in one short transaction; the waiting for it comes afterwards. */
    const take = Effect.fnUntraced(function* (account: Provider.ProviderAccount, pace: ProviderCalls.Pace) {
      const { environment, name, tenant } = account
      yield* sql`insert into provider_pace (tenant, environment, account) values (${tenant}, ${environment}, ${name})
        on conflict do nothing`
      const [row] = yield* sql<{
        readonly called_at: ReadonlyArray<bigint>
        readonly paused_until: bigint
        readonly now: bigint
      }>`
        select called_at, paused_until, (extract(epoch from clock_timestamp()) * 1000)::bigint as now from provider_pace
        where tenant = ${tenant} and environment = ${environment} and account = ${name} for update`
      if (row === undefined) return yield* Effect.die("The row was just inserted")
      const now = Number(row.now)
      const called = { at: row.called_at.map(Number), pausedUntil: Number(row.paused_until) }
      const next = ProviderCalls.nextPlace(called, pace, now)
      if (next === null) return undefined
      yield* sql`update provider_pace set called_at = ${next.called.at}
        where tenant = ${tenant} and environment = ${environment} and account = ${name}`
      return next.at - now
    })

    return ProviderCalls.Pacing.of({
      place: Effect.fnUntraced(function* (account, pace) {
        const wait = yield* transact(take(account, pace)).pipe(
          Effect.mapError(unavailable),
          Effect.provideService(SqlClient.SqlClient, sql)
        )
        if (wait === undefined)
          return yield* new Provider.Unavailable({ message: "The provider's call limit is reached" })
        yield* Effect.sleep(wait)
      }),
      pause: ({ environment, name, tenant }, duration) =>
        sql`
          insert into provider_pace as p (tenant, environment, account, paused_until)
          values (${tenant}, ${environment}, ${name},
            (extract(epoch from clock_timestamp() + make_interval(secs => ${Duration.toSeconds(duration)})) * 1000)::bigint)
          on conflict (tenant, environment, account) do update
            set paused_until = greatest(p.paused_until, excluded.paused_until)`.pipe(Effect.ignore)
    })
  })
)

export const layer = Layer.merge(accessTokens, pacing)
