/** Inbound notifications: kept first, and what they name made due. */
import { type Ids, type Owner, Store } from "@salesos/core"
import { Effect, Layer, Option } from "effect"
import { SqlClient } from "effect/sql"
import { orUnavailable } from "./Client.ts"

export const layer = Layer.effect(
  Store.Notifications,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return Store.Notifications.of({
      accountOf: (provider, token) =>
        // By provider_account_token.
        sql<{ readonly tenant: Ids.TenantId; readonly environment: Owner.Environment; readonly name: string }>`
          select tenant, environment, name from provider_account
          where provider = ${provider} and notification_token = ${token}`.pipe(
          orUnavailable,
          Effect.map(([row]) =>
            Option.map(Option.fromUndefinedOr(row), ({ environment, name, tenant }) => ({
              owner: { tenant, environment },
              account: name
            }))
          )
        ),
      // One statement. The same notification again changes nothing: the first has made what it names due already.
      receive: ({ account, body, charges, dedupeKey, owner: { environment, tenant }, payouts }) =>
        sql`
          with received as (
            insert into notification (tenant, environment, account, dedupe_key, charges, payouts, body)
            values (${tenant}, ${environment}, ${account}, ${dedupeKey}, ${charges}, ${payouts}, ${body})
            on conflict do nothing returning 1
          ), payouts_due as (
            update payout_attempt set due_at = clock_timestamp() from received
            where tenant = ${tenant} and environment = ${environment} and account = ${account}
              and provider_id = any(${payouts})
          )
          update charge_attempt set due_at = clock_timestamp() from received
          where tenant = ${tenant} and environment = ${environment} and account = ${account} and provider_id = any(${charges})`.pipe(
          orUnavailable,
          Effect.asVoid,
          Effect.withSpan("Notifications.receive")
        )
    })
  })
)
