/** What an owner has configured: its time zone and its provider accounts, their credentials decrypted in memory only. */
import { type Invoice, type Owner, type Provider, Settings, Store } from "@salesos/core"
import { Cache, Duration, Effect, Exit, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"
import { Vault } from "./Vault.ts"

/** Says whose credentials a sealed text is: moved to another account it can't be read. */
export const credentialsPlace = ({ environment, tenant }: Owner.Owner, name: string): string =>
  `provider_account/${tenant}/${environment}/${name}`

const timeToLive = Duration.seconds(5)

export const layer = Layer.effect(
  Store.Tenants,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const vault = yield* Vault
    const { publicUrl } = yield* Settings.Settings

    const read = Effect.fnUntraced(function* (owner: Owner.Owner) {
      const [tenant] = yield* sql<{
        readonly name: string
        readonly time_zone: string
        readonly late_payments: Invoice.LatePayments
        readonly letters: boolean
      }>`select name, time_zone, late_payments, letters from tenant where id = ${owner.tenant}`
      const rows = yield* sql<{
        readonly name: string
        readonly provider: string
        readonly credentials: Uint8Array
        readonly settings: Readonly<Record<string, string>>
        readonly notification_token: string
        readonly refused: boolean
      }>`
        select a.name, a.provider, a.credentials, a.settings, a.notification_token, exists (
          select 1 from account_refusal r
          where (r.tenant, r.environment, r.account, r.kind) = (a.tenant, a.environment, a.name, 'credentials')) as refused
        from provider_account a
        where a.tenant = ${owner.tenant} and a.environment = ${owner.environment} order by a.name`
      const accounts = rows.map((row): Provider.ProviderAccount => ({
        tenant: owner.tenant,
        name: row.name,
        provider: row.provider,
        environment: owner.environment,
        credentials: Redacted.make(
          JSON.parse(Redacted.value(vault.decrypt(row.credentials, credentialsPlace(owner, row.name))))
        ),
        settings: row.settings,
        notificationUrl: `${publicUrl}/notifications/${row.provider}/${row.notification_token}`
      }))
      return {
        name: tenant?.name ?? "",
        timeZone: tenant?.time_zone ?? "America/Sao_Paulo",
        latePayments: tenant?.late_payments ?? "accept",
        letters: tenant?.letters ?? true,
        accounts,
        refused: rows.flatMap(({ name, refused }) => (refused ? [name] : []))
      } satisfies Store.Profile
    })

    // Read with every request, changed a few times a year.
    const profiles = yield* Cache.makeWith((owner: Owner.Owner) => orUnavailable(read(owner)), {
      capacity: 10_000,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? timeToLive : Duration.zero)
    })

    return Store.Tenants.of({ profile: (owner) => Cache.get(profiles, owner) })
  })
)
