/** Setting up: tenants, provider accounts and keys. Each call leaves what is asked for, however often it is made. */
import type { Ids, Owner } from "@salesos/core"
import { Effect, type Redacted, Redacted as Secret } from "effect"
import { SqlClient } from "effect/sql"
import { lookupOf, type Scope } from "./ApiKeys.ts"
import { transact } from "./Client.ts"
import { credentialsPlace } from "./Tenants.ts"
import { Vault } from "./Vault.ts"

export const tenant = Effect.fnUntraced(function* (given: { readonly id: Ids.TenantId; readonly name: string; readonly timeZone: string }) {
  const sql = yield* SqlClient.SqlClient
  yield* transact(sql`
    insert into tenant (id, name, time_zone) values (${given.id}, ${given.name}, ${given.timeZone})
    on conflict (id) do update set name = excluded.name, time_zone = excluded.time_zone`)
})

export const providerAccount = Effect.fnUntraced(function* (
  owner: Owner.Owner,
  given: {
    readonly name: string
    readonly provider: string
    readonly credentials: Redacted.Redacted<Readonly<Record<string, string>>>
    readonly settings: Readonly<Record<string, string>>
    readonly notificationToken: string
  }
) {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault
  const sealed = vault.encrypt(JSON.stringify(Secret.value(given.credentials)), credentialsPlace(owner, given.name))
  // The notification address has been handed out with charges: it stays.
  yield* transact(sql`
    insert into provider_account (tenant, environment, name, provider, credentials, settings, notification_token)
    values (${owner.tenant}, ${owner.environment}, ${given.name}, ${given.provider}, ${sealed},
      ${JSON.stringify(given.settings)}::jsonb, ${given.notificationToken})
    on conflict (tenant, environment, name) do update set credentials = excluded.credentials, settings = excluded.settings`)
})

export const apiKey = Effect.fnUntraced(function* (
  owner: Owner.Owner,
  given: {
    readonly id: Ids.ApiKeyId
    readonly name: string
    readonly key: Redacted.Redacted
    readonly hash: string
    readonly scopes: ReadonlyArray<Scope>
  }
) {
  const sql = yield* SqlClient.SqlClient
  yield* transact(sql`
    insert into api_key (tenant, environment, id, name, lookup, hash, scopes)
    values (${owner.tenant}, ${owner.environment}, ${given.id}, ${given.name}, ${lookupOf(Secret.value(given.key))},
      ${given.hash}, ${given.scopes})
    on conflict (lookup) do nothing`)
})
