/** Setting up: tenants, provider accounts and keys. Each call leaves what is asked for, however often it is made. */
import { ApiKey, type Ids, type Invoice, type Owner, type Webhook } from "@salesos/core"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { lookupOf } from "./ApiKeys.ts"
import { orUnavailable, transact } from "./Client.ts"
import { credentialsPlace } from "./Tenants.ts"
import { secretPlace } from "./WebhookRows.ts"
import { Vault } from "./Vault.ts"

export const tenant = Effect.fnUntraced(function* (given: {
  readonly id: Ids.TenantId
  readonly name: string
  readonly timeZone: string
  /** What becomes of money that comes after an invoice's end; as it was unless given, and at first it is accepted. */
  readonly latePayments?: Invoice.LatePayments
  /** Whether its payers and beneficiaries get letters; as it was unless given, and at first they do. */
  readonly letters?: boolean
}) {
  const sql = yield* SqlClient.SqlClient
  yield* transact(sql`
    insert into tenant (id, name, time_zone, late_payments, letters)
    values (${given.id}, ${given.name}, ${given.timeZone}, coalesce(${given.latePayments ?? null}, 'accept'),
      coalesce(${given.letters ?? null}, true))
    on conflict (id) do update set name = excluded.name, time_zone = excluded.time_zone,
      late_payments = coalesce(${given.latePayments ?? null}, tenant.late_payments),
      letters = coalesce(${given.letters ?? null}, tenant.letters)`)
})

/** Sets whether a tenant's payers and beneficiaries get letters; whether there is such a tenant. */
export const letters = Effect.fnUntraced(function* (tenant: Ids.TenantId, sent: boolean) {
  const sql = yield* SqlClient.SqlClient
  const changed = yield* orUnavailable(sql`update tenant set letters = ${sent} where id = ${tenant} returning 1`)
  return changed.length > 0
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
  const sealed = vault.encrypt(JSON.stringify(Redacted.value(given.credentials)), credentialsPlace(owner, given.name))
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
    readonly scopes: ReadonlyArray<ApiKey.Scope>
    /** Requests each hour; 1000 unless given. */
    readonly rateLimitPerHour?: number
  }
) {
  const sql = yield* SqlClient.SqlClient
  yield* transact(sql`
    insert into api_key (tenant, environment, id, name, lookup, hash, scopes, rate_limit_per_hour)
    values (${owner.tenant}, ${owner.environment}, ${given.id}, ${given.name}, ${lookupOf(Redacted.value(given.key))},
      ${given.hash}, ${given.scopes}, ${given.rateLimitPerHour ?? ApiKey.defaultRateLimit})
    on conflict (tenant, environment, id) do update
      set name = excluded.name, lookup = excluded.lookup, hash = excluded.hash, scopes = excluded.scopes,
        rate_limit_per_hour = excluded.rate_limit_per_hour`)
})

/** An endpoint under an id of the caller's choice: when it is there already, it gets this address and secret. */
export const webhookEndpoint = Effect.fnUntraced(function* (
  owner: Owner.Owner,
  given: Pick<Webhook.Endpoint, "id" | "url" | "events" | "description"> & { readonly secret: Redacted.Redacted }
) {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault
  const sealed = vault.encrypt(Redacted.value(given.secret), secretPlace(owner, given.id))
  yield* transact(sql`
    insert into webhook_endpoint (tenant, environment, id, url, events, description, status, secret)
    values (${owner.tenant}, ${owner.environment}, ${given.id}, ${given.url}, ${given.events}, ${given.description}, 'enabled',
      ${sealed})
    on conflict (tenant, environment, id) do update set url = excluded.url, secret = excluded.secret,
      status = 'enabled', disabled_reason = null, failing_since = null, due_at = clock_timestamp()`)
})
